"""Due lists as data (``[rules.due]``): what each counts from, how long before it warns, whom it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from geo_api.errors import BadRequest
from geo_api.supervision.section import SectionReader
from gridding.findings import Finding

SECTION = "due"

COUNTS_FROM = {
    "licence_until": "the last day of the licence",
    "rectify_by": "the deadline of a rectification notice that nobody followed up",
    "fail": "the last failed visit, while no later visit was made",
    "minor": "the last visit with something to correct, while no later visit was made",
    "opened": "the opening, while no visit was made",
    "anniversary": "each anniversary of the opening, while no visit was made in the year before it",
    "last_visit": "the last visit",
    "period_end": "the end of the calendar period of the class, while fewer visits were made than it asks for",
    "unlicensed": "the last visit to an unlicensed entity, or its discovery",
}
"""What the day of a list can be counted from."""
WHO = ("lead", "all")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class DueList:
    """One list.

    Attributes:
        name: as asked for; title_zh, title_en: as shown.
        counts_from: a key of :data:`COUNTS_FROM`.
        days: the day due is so many days after that (negative: before).
        lead_days: listed from so many days before the day due.
        look_back_days: what fell due longer ago is not listed; 0 = however long ago.
        classes, industries: only of these; empty = all.
        function: the officers of this function are in charge; empty = those for everything.
        who: "lead" = the lead is in charge, "all" = every officer of the cell.
    """

    name: str
    title_zh: str
    title_en: str
    counts_from: str
    days: int = 0
    lead_days: int = 30
    look_back_days: int = 0
    classes: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    function: str = ""
    who: str = "lead"


DEFAULT_LISTS = (
    DueList("licence", "许可证到期", "licence ends", "licence_until", lead_days=60, look_back_days=366),
    DueList("rectification", "责改到期", "rectification deadline", "rectify_by", lead_days=7),
    DueList("penalty", "处罚回访", "revisit after a failed visit", "fail", days=30, lead_days=15),
    DueList("annual", "年度检查", "annual check", "anniversary", lead_days=30, look_back_days=366),
    DueList("first_visit", "首次巡查", "first visit", "opened", days=30, lead_days=30, look_back_days=366),
    DueList("period", "巡查周期到期", "end of the period of its class", "period_end", lead_days=15, look_back_days=366),
    DueList("unlicensed", "无照跟踪", "follow-up of the unlicensed", "unlicensed", days=15, lead_days=7),
)
"""The lists of a bureau that sets none, by the usual practice."""


@dataclass(frozen=True, slots=True)
class DueRules:
    """The due lists of a bureau, in the order in which they are shown."""

    lists: tuple[DueList, ...] = DEFAULT_LISTS

    def named(self, name: str) -> DueList | None:
        """The list of that name."""
        return next((each for each in self.lists if each.name == name), None)


def due_rules(settings: Mapping[str, Any]) -> DueRules:
    """``[rules.due]``: ``lists`` adds lists or changes the default ones by name, ``without`` drops some.

    Raises:
        BadRequest: every problem at once.
    """
    table = SectionReader(SECTION, settings)
    lists = {each.name: each for each in DEFAULT_LISTS}
    given = table.tables("lists")
    without = table.texts("without", (), of=lists)
    seen: set[str] = set()
    problems: list[Finding] = []
    for number, entry in enumerate(given):
        one = SectionReader(f"{SECTION}.lists[{number}]", entry)
        name = one.text("name")
        if not _NAME.fullmatch(name):
            one.wrong("name", "a name of small letters, digits and _", "小写字母、数字和下划线组成的名称")
        elif name in seen:
            one.wrong("name", "each list once", "每个清单只出现一次")
        seen.add(name)
        lists[name] = _one(one, lists.get(name, DueList(name, name, name, "")))
        try:
            one.done()
        except BadRequest as wrong:
            problems += wrong.findings
    table.problems += problems
    table.done()
    return DueRules(tuple(each for name, each in lists.items() if name not in without))


def _one(table: SectionReader, default: DueList) -> DueList:
    counts_from = table.choice("counts_from", default.counts_from, COUNTS_FROM)
    return replace(
        default,
        title_zh=table.text("title_zh", default.title_zh),
        title_en=table.text("title_en", default.title_en),
        counts_from=counts_from,
        days=table.number("days", default.days, low=-3660, high=3660, whole=True),
        lead_days=table.number("lead_days", default.lead_days, low=0, high=3660, whole=True),
        look_back_days=table.number("look_back_days", default.look_back_days, low=0, high=36600, whole=True),
        classes=table.texts("classes", default.classes),
        industries=table.texts("industries", default.industries),
        function=table.text("function", default.function),
        who=table.choice("who", default.who, WHO),
    )
