"""Are the posts of a station as the rules of the place want them? Findings, and which of them refuse an assignment. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from geo_api.supervision.officers import DAYS_PER_YEAR
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment
from geo_api.supervision.staffing_rules import StaffingRules
from gridding.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """What is known of a station's people on a day.

    Attributes:
        on: the day.
        codes: of its cells.
        station_of: officer id -> code of the station that they belong to, for those in the register.
        joined: officer id -> first day of service, None = not known (counts as new).
        function_of: officer id -> function in the register, "" = everything.
        history: (officer id, cell code, days) of all posts, past ones too.
        away: ids of those who are absent.
        substituted: ids of the absent for whom somebody stands in.
        tenure_years, experienced_years: limits.
    """

    on: date
    station_code: str
    codes: tuple[str, ...]
    station_of: Mapping[str, str]
    joined: Mapping[str, date | None]
    function_of: Mapping[str, str]
    history: tuple[tuple[str, str, Period], ...] = ()
    away: frozenset[str] = frozenset()
    substituted: frozenset[str] = frozenset()
    tenure_years: float = 3.0
    experienced_years: float = 3.0

    def experienced(self, officer_id: str) -> bool:
        """Whether somebody has served so long that they count as experienced."""
        joined = self.joined.get(officer_id)
        return joined is not None and (self.on - joined).days / DAYS_PER_YEAR >= self.experienced_years

    def in_cell_since(self, officer_id: str, cell_code: str) -> date | None:
        """First day of an officer's uninterrupted stay in a cell, whatever the role; None: not there, or since ever."""
        return stay(self.history, officer_id, cell_code, self.on)


def stay(history: Iterable[tuple[str, str, Period]], officer_id: str, cell_code: str, on: date) -> date | None:
    """First day of the uninterrupted time that an officer has been in a cell on a day."""
    mine = [p for who, code, p in history if who == officer_id and code == cell_code]
    begun, day = None, on
    while True:
        here = [p for p in mine if day in p or p.end == day]
        starts = [p.start for p in here if p.start is not None]
        if not here or len(starts) < len(here):
            return begun
        first = min(starts)
        if begun is not None and first >= begun:
            return begun
        begun = day = first


def staffing_check(facts: StaffFacts, posts: Iterable[Assignment], rules: StaffingRules) -> tuple[Finding, ...]:
    """Everything that the posts of a day break: cells in the order of their codes."""
    by_code: dict[str, list[Assignment]] = defaultdict(list)
    for post in posts:
        by_code[post.code].append(post)
    found: list[Finding] = []
    for code in facts.codes:
        found += _cell(facts, code, by_code.get(code, []), rules)
    found += _heads(facts, by_code.get(facts.station_code, []))
    found += _cells_of_officers(by_code, facts.codes, rules)
    return tuple(found)


def tenure_ahead(facts: StaffFacts, post: Assignment) -> Iterable[Finding]:
    """The day on which a post, as long as it is to last, breaks the rule of tenure; a hint where it has no end."""
    since = facts.in_cell_since(post.officer_id, post.code)
    if post.code not in facts.codes or since is None:
        return
    reached = since + timedelta(days=math.floor(facts.tenure_years * DAYS_PER_YEAR) + 1)
    if reached > facts.on and (post.period.end is None or post.period.end > reached):
        yield _finding(
            "staffing.tenure_ahead", Severity.WARNING if post.period.end else Severity.INFO, post.code,
            f"officer {post.officer_id} will have been in cell {post.code} for more than {facts.tenure_years:g} years on "
            f"{reached}: let the post end by then, or plan a change",
            f"监管员 {post.officer_id} 到 {reached} 在网格 {post.code} 任职将超过 {facts.tenure_years:g} 年，请在此前安排轮换",
            limit=facts.tenure_years, unit="years", officers=[post.officer_id], reached=reached.isoformat(),
        )  # fmt: skip


def refusing(findings: Iterable[Finding], rules: StaffingRules, officer_id: str) -> tuple[Finding, ...]:
    """Those that refuse an assignment of an officer where they are not waived."""
    names = {f"staffing.{name}" for name in rules.refuse}
    return tuple(f for f in findings if f.rule in names and officer_id in f.details.get("officers", ()))


def _cell(facts: StaffFacts, code: str, posts: list[Assignment], rules: StaffingRules) -> Iterable[Finding]:
    people = sorted({p.officer_id for p in posts})
    general = [p for p in posts if not p.function]
    if not any(p.role == "lead" for p in general):
        yield _finding(
            "staffing.no_lead", Severity.ERROR, code, f"cell {code} has no lead officer: assign one with role lead",
            f"网格 {code} 没有主责监管员，请指定一名",
        )  # fmt: skip
    fewest = rules.officers_per_cell_min
    if len(people) < fewest:
        yield _finding(
            "staffing.too_few", Severity.ERROR, code,
            f"cell {code} has {len(people)} officer(s), at least {fewest} are expected: assign a deputy",
            f"网格 {code} 只有 {len(people)} 名监管员，至少应有 {fewest} 名",
            value=len(people), limit=fewest, unit="officers", officers=people,
        )  # fmt: skip
    if rules.scheme == "pair" and len(people) > 1 and not any(facts.experienced(o) for o in people):
        yield _finding(
            "staffing.two_new", Severity.WARNING, code,
            f"nobody in cell {code} has {facts.experienced_years:g} years of service ({', '.join(people)}): pair them with "
            "somebody experienced",
            f"网格 {code} 的监管员从业均不足 {facts.experienced_years:g} 年，应新老搭配", officers=people,
        )  # fmt: skip
    there = [o for o in people if o not in facts.away]
    if people and not there and not any(o in facts.substituted for o in people):
        yield _finding(
            "staffing.nobody_there", Severity.ERROR, code,
            f"everybody in cell {code} is away and nobody stands in: name a substitute",
            f"网格 {code} 的监管员全部缺勤且无人代班，请指定代班人员", officers=people,
        )  # fmt: skip
    yield from _people(facts, code, posts)
    held = {p.function for p in posts}
    for function in rules.functions:
        if function not in held:
            yield _finding(
                "staffing.no_function", Severity.INFO if "" in held else Severity.WARNING, code,
                f"cell {code} has no officer for {function}" + (": those for everything answer" if "" in held else ""),
                f"网格 {code} 没有“{function}”职能的监管员", function=function,
            )  # fmt: skip


def _people(facts: StaffFacts, code: str, posts: list[Assignment]) -> Iterable[Finding]:
    for officer in sorted({p.officer_id for p in posts}):
        since = facts.in_cell_since(officer, code)
        years = (facts.on - since).days / DAYS_PER_YEAR if since else 0.0
        if years > facts.tenure_years:
            yield _finding(
                "staffing.over_tenure", Severity.WARNING, code,
                f"officer {officer} has been in cell {code} for {years:.1f} years, the rule is {facts.tenure_years:g} at "
                "most: plan a change",
                f"监管员 {officer} 在网格 {code} 已 {years:.1f} 年，超过 {facts.tenure_years:g} 年，应轮换",
                value=round(years, 2), limit=facts.tenure_years, unit="years", officers=[officer],
            )  # fmt: skip
        home = facts.station_of.get(officer)
        if home is None:
            yield _finding(
                "staffing.unknown_officer", Severity.ERROR, code,
                f"officer {officer} of cell {code} is not in the register on {facts.on}: load the register of officers, or "
                "release them",
                f"网格 {code} 的监管员 {officer} 不在当日人员名册中", officers=[officer],
            )  # fmt: skip
        elif home not in ("", facts.station_code):
            yield _finding(
                "staffing.foreign_station", Severity.INFO, code,
                f"officer {officer} of cell {code} belongs to {home}",
                f"网格 {code} 的监管员 {officer} 隶属 {home}", officers=[officer],
            )  # fmt: skip
        for post in posts:
            wrong = post.officer_id == officer and post.function and facts.function_of.get(officer, "")
            if wrong and wrong != post.function:
                yield _finding(
                    "staffing.wrong_function", Severity.WARNING, code,
                    f"officer {officer} answers for {post.function} in cell {code}, and is registered for {wrong}",
                    f"监管员 {officer} 在网格 {code} 负责“{post.function}”，名册职能为“{wrong}”",
                    officers=[officer], function=post.function,
                )  # fmt: skip


def _heads(facts: StaffFacts, posts: list[Assignment]) -> Iterable[Finding]:
    for role, name in (("first", "第一责任人"), ("direct", "直接责任人")):
        if not any(p.role == role for p in posts):
            yield _finding(
                f"staffing.no_{role}", Severity.WARNING, facts.station_code,
                f"{facts.station_code} has no {role} responsible person: assign one with role {role}",
                f"{facts.station_code} 没有{name}",
            )  # fmt: skip


def _cells_of_officers(
    by_code: Mapping[str, list[Assignment]], codes: Collection[str], rules: StaffingRules
) -> Iterable[Finding]:
    held: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        for post in by_code.get(code, []):
            held[post.officer_id].add(code)
    most = rules.cells_per_officer_max
    for officer, cells in sorted(held.items()):
        if most and len(cells) > most:
            yield _finding(
                "staffing.too_many_cells", Severity.WARNING, officer,
                f"officer {officer} has {len(cells)} cells, {most} are allowed: {', '.join(sorted(cells))}",
                f"监管员 {officer} 负责 {len(cells)} 个网格，最多 {most} 个",
                value=len(cells), limit=most, unit="cells", officers=[officer],
            )  # fmt: skip


def _finding(name: str, severity: Severity, where: str, message: str, message_zh: str, *, value: float | None = None,
             limit: float | None = None, unit: str = "", **details: object) -> Finding:  # fmt: skip
    return Finding(name, severity, message, message_zh, where=where, value=value, limit=limit, unit=unit,
                   details=dict(details))  # fmt: skip
