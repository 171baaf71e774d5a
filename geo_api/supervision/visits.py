"""A visit as an officer reports it: what it says, what may be wrong with it, and when two reports are the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from geo_api.supervision.periods import EARLIEST_YEAR
from geo_api.supervision.visits_rules import VisitRules
from gridding.findings import Finding, Severity

KINDS = ("daily", "special", "priority")
RESULTS = ("pass", "minor", "fail", "none")
LONGEST_TEXT = 2000
LONGEST_NAME = 200
MOST_OFFICERS = 20
MOST_MINUTES = 24 * 60
_ID = re.compile(r"[!-~]{1,64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit as reported.

    Attributes:
        visit_id: made by the client, unique for ever.
        entity: permanent id, entity code, credit code, registration number, or the register's own number.
        made_on: the day.
        kind, result: of :data:`KINDS`, :data:`RESULTS`; "none" = no result yet.
        officers: all who were there, the one who reports first.
        purpose, findings: in words.
        notice_no, rectify_by: of a rectification notice and its deadline.
        revisit_of: the visit that this one follows up.
        minutes: spent there.
    """

    visit_id: str
    entity: str
    made_on: date
    kind: str = "daily"
    result: str = "none"
    officers: tuple[str, ...] = ()
    purpose: str = ""
    findings: str = ""
    notice_no: str = ""
    rectify_by: date | None = None
    revisit_of: str | None = None
    minutes: int | None = None

    @property
    def digest(self) -> str:
        """Of all that it says: the same report has the same digest."""
        said = {k: str(v) if isinstance(v, date) else v for k, v in asdict(self).items()}
        return hashlib.md5(json.dumps(said, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


NAMES = tuple(f.name for f in fields(Visit))
_DATES = ("made_on", "rectify_by")
_TEXTS = {"visit_id": 64, "entity": LONGEST_NAME, "purpose": LONGEST_TEXT, "findings": LONGEST_TEXT,
          "notice_no": LONGEST_NAME, "revisit_of": 64, "kind": 20, "result": 20}  # fmt: skip


def wrong(where: str, message: str, message_zh: str) -> Finding:
    """One thing that is wrong with a report; ``where`` names the field."""
    return Finding("visit.field", Severity.ERROR, f"{where}: {message}", f"{where}:{message_zh}", where=where)


def visit_from(said: Mapping[str, Any]) -> tuple[Visit | None, tuple[Finding, ...]]:
    """A visit out of what a client sent (JSON), and everything that cannot be understood; None where something is."""
    problems = [
        wrong(str(name)[:80], f"is not known; known are {', '.join(NAMES)}", "没有这一项")
        for name in said
        if name not in NAMES
    ]
    values: dict[str, Any] = {}
    for name in NAMES:
        value = said.get(name)
        if value is None or value == "":
            continue
        read, problem = _read(name, value)
        values[name] = read
        problems += problem
    problems += [wrong(name, "is missing", "缺少") for name in ("visit_id", "entity", "made_on") if name not in values]
    if problems:
        return None, tuple(problems)
    visit = Visit(**values)
    return (visit if visit.revisit_of else replace(visit, revisit_of=None)), ()


def _read(name: str, value: Any) -> tuple[Any, list[Finding]]:
    if name in _DATES:
        try:
            return (date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) else None), (
                [] if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) else [_no_day(name, value)]
            )
        except (ValueError, TypeError):
            return None, [_no_day(name, value)]
    if name == "minutes":
        right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_MINUTES
        problem = wrong(
            name, f"{value!r} is no whole number of 0 to {MOST_MINUTES}", f"应为 0 至 {MOST_MINUTES} 的整数"
        )
        return value, [] if right else [problem]
    if name == "officers":
        right = isinstance(value, list | tuple) and all(isinstance(v, str) and v.strip() for v in value)
        if not right or len(value) > MOST_OFFICERS:
            return (), [
                wrong(name, f"a list of at most {MOST_OFFICERS} officers' ids was expected", "应为人员编号列表")
            ]
        return tuple(dict.fromkeys(v.strip() for v in value)), []
    if isinstance(value, int) and not isinstance(value, bool) and name == "entity":
        value = str(value)
    if not isinstance(value, str):
        return "", [wrong(name, f"a text was expected, not {value!r}"[:200], "应为文字")]
    text = value.strip()
    if len(text) > _TEXTS[name] or _CONTROL.search(text):
        return "", [wrong(name, f"at most {_TEXTS[name]} characters, no control characters", "过长或含控制字符")]
    return text, []


def _no_day(name: str, value: Any) -> Finding:
    return wrong(name, f"{value!r} is no day: write it as 2026-01-31"[:200], "应为日期，如 2026-01-31")


def visit_problems(visit: Visit, rules: VisitRules, *, today: date, known_officers: Collection[str]) -> list[Finding]:
    """What the rules say against a report, all at once; lateness is judged apart (:func:`too_late`)."""
    found = []
    if not _ID.fullmatch(visit.visit_id):
        found.append(
            wrong("visit_id", "1 to 64 letters, digits or signs, no blanks", "应为 1 至 64 个字母、数字或符号")
        )
    if visit.kind not in KINDS:
        found.append(wrong("kind", f"{visit.kind!r} is none of {', '.join(KINDS)}", f"应为 {'、'.join(KINDS)} 之一"))
    if visit.result not in RESULTS:
        found.append(
            wrong("result", f"{visit.result!r} is none of {', '.join(RESULTS)}", f"应为 {'、'.join(RESULTS)} 之一")
        )
    if visit.made_on > today:
        found.append(wrong("made_on", f"{visit.made_on} is after today ({today})", f"晚于今天（{today}）"))
    if visit.made_on.year < EARLIEST_YEAR:
        found.append(wrong("made_on", f"{visit.made_on} is before {EARLIEST_YEAR}", f"早于 {EARLIEST_YEAR} 年"))
    strangers = [o for o in visit.officers if o not in known_officers]
    if strangers:
        found.append(
            wrong(
                "officers",
                f"{', '.join(strangers)} not among the officers of the register",
                f"登记簿中没有 {'、'.join(strangers)}",
            )
        )
    if len(visit.officers) < rules.officers:
        found.append(
            wrong(
                "officers",
                f"at least {rules.officers} must be there, {len(visit.officers)} named",
                f"至少 {rules.officers} 人",
            )
        )
    if visit.rectify_by is not None and not (
        visit.made_on <= visit.rectify_by <= visit.made_on + timedelta(days=rules.rectify_days)
    ):
        found.append(
            wrong(
                "rectify_by",
                f"{visit.rectify_by} is not within {rules.rectify_days} days from the visit",
                "整改期限有误",
            )
        )
    if visit.revisit_of == visit.visit_id:
        found.append(wrong("revisit_of", "a visit does not follow up itself", "不能回访自身"))
    return found


def too_late(visit: Visit, rules: VisitRules, today: date) -> bool:
    """Whether it arrives later than officers may report."""
    return (today - visit.made_on).days > rules.late_days
