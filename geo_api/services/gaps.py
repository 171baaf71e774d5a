"""Coverage gaps of a jurisdiction on a day: territory, entities, staff, visits. Read, then pure checks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from geo_api.services.answers import Caller, CoverageAnswer
from geo_api.services.coverage_store import CoverageStore, Register, Scope
from geo_api.services.gaps_entities import entity_findings
from geo_api.services.gaps_territory import territory_findings
from geo_api.services.gaps_visits import due_and_made
from geo_api.services.hours import hours_of_entities
from geo_api.services.plan_store import EntityArrays
from geo_api.supervision.coverage import window
from geo_api.supervision.frequency import Rules, rules_from
from geo_api.supervision.officers import Duty, staffing_findings, tenure_findings
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity, gravest_first
from gridding.locate import CellLocator

if TYPE_CHECKING:
    from gridding.types import FloatArray

READERS = frozenset({"planner", "approver", "officer", "system"})
LISTED_PER_RULE = 1000
"""So many findings of a rule are listed; the totals count all."""


def find_gaps(
    store: CoverageStore, jurisdiction: str, on: date, *, caller: Caller, listed_per_rule: int | None = LISTED_PER_RULE
) -> CoverageAnswer:
    """Everything that nobody answers for, or not often enough, in a bureau or station on a day.

    ``listed_per_rule``: so many findings of a rule are listed, None = all; the totals count all.

    Raises:
        NotFound: no such jurisdiction that day. NotAllowed: not the caller's to see.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the coverage of {jurisdiction}",
    )
    scope = store.scope(jurisdiction, on)
    rules = rules_from(scope.rules)
    ours = within(scope, store.register(jurisdiction, on))
    visits = due_and_made(store, ours.register, rules, on)
    findings = (
        *territory_findings(scope),
        *entity_findings(scope, ours.register, ours.station),
        *_placed(scope, staffing_findings(scope.cell_codes, scope.duties)),
        *_placed(scope, tenure_findings(scope.duties, on, longest_years=rules.tenure_years)),
        *capacity_findings(scope, ours.register, rules),
        *visits.findings,
    )
    totals = Counter(f.rule for f in findings)
    return CoverageAnswer(
        jurisdiction=jurisdiction,
        on=on,
        period_from=visits.period_from or window(on).start or on,
        period_to=on,
        totals=dict(sorted(totals.items())),
        due=visits.due,
        made=visits.made,
        findings=gravest_first(tuple(_listed(findings, totals, listed_per_rule))),
    )


@dataclass(frozen=True, slots=True)
class Ours:
    """The entities that a jurisdiction has to look after, and the index of the station that each lies in (-1 = none)."""

    register: Register
    station: np.ndarray


def within(scope: Scope, register: Register) -> Ours:
    """A bureau has all of its register, unlocated entities too; a station those that lie in it."""
    station = CellLocator(scope.station_outlines).locate(register.lon, register.lat)
    if not scope.is_station:
        return Ours(register, station)
    inside = (station >= 0) & np.isin(register.cell_code, ["", *scope.cell_codes])
    fields = {name: getattr(register, name)[inside] for name in register.__dataclass_fields__}
    return Ours(Register(**fields), station[inside])


def capacity_findings(scope: Scope, register: Register, rules: Rules) -> Iterable[Finding]:
    """Cells with far more work than their officers have hours; an officer's hours are shared among their cells."""
    hours = _hours(register, rules)
    index = {code: i for i, code in enumerate(scope.cell_codes)}
    cell = np.array([index.get(code, -1) for code in register.cell_code], dtype=np.int64)
    work = np.bincount(cell[cell >= 0], hours[cell >= 0], minlength=len(scope.cell_codes))
    capacity = _capacity(scope.duties, rules.hours_per_officer_year)
    for code, needed in zip(scope.cell_codes, work.tolist(), strict=True):
        there = capacity.get(code, 0.0)
        if there and needed > rules.over_capacity * there:
            yield Finding(
                "capacity.over",
                Severity.WARNING,
                f"cell {code} needs {needed:.0f} hours of visits a year, its officers have {there:.0f}: "
                "add an officer or redraw",
                f"网格 {code} 每年需巡查 {needed:.0f} 小时，监管员仅有 {there:.0f} 小时",
                where=code,
                value=round(needed, 1),
                limit=round(rules.over_capacity * there, 1),
                unit="hours_per_year",
                at=_inside(scope, index[code]),
            )


def _hours(register: Register, rules: Rules) -> FloatArray:
    arrays = EntityArrays(
        ids=register.ids,
        points=np.column_stack([register.lon, register.lat]),
        credit_class=register.credit_class,
        industry=register.industry,
        licensed=register.licensed,
        given_hours=register.given_hours,
        cell_code=register.cell_code,
    )
    return hours_of_entities(arrays, rules)


def _capacity(duties: Iterable[Duty], hours_per_officer: float) -> dict[str, float]:
    """Cell code -> hours a year of its officers; an officer of several cells is shared equally among them."""
    cells_of: dict[str, set[str]] = defaultdict(set)
    for duty in duties:
        cells_of[duty.officer_id].add(duty.cell_code)
    capacity: dict[str, float] = defaultdict(float)
    for cells in cells_of.values():
        for code in cells:
            capacity[code] += hours_per_officer / len(cells)
    return dict(capacity)


def _placed(scope: Scope, findings: Iterable[Finding]) -> Iterable[Finding]:
    """Findings about cells, with a place inside the cell."""
    index = {code: i for i, code in enumerate(scope.cell_codes)}
    return (replace(f, at=_inside(scope, index[f.where])) for f in findings)


def _inside(scope: Scope, index: int) -> tuple[float, float]:
    place = scope.cell_shapes[index].representative_point()
    return float(place.x), float(place.y)


def _listed(findings: Iterable[Finding], totals: Counter[str], most: int | None) -> Iterable[Finding]:
    """The first findings of each rule, and a word on what was left out."""
    if most is None:
        yield from findings
        return
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.rule] += 1
        if seen[finding.rule] <= most:
            yield finding
    for rule, total in totals.items():
        if total > most:
            yield Finding(
                "coverage.not_listed",
                Severity.INFO,
                f"{total - most} more findings of {rule} are counted but not listed: ask station by station, or write them "
                "all with `gridward gaps -o`",
                f"另有 {total - most} 条 {rule} 未列出，请按监管所查询，或用 gridward gaps -o 全部导出",
                where=rule,
                value=total - most,
                unit="findings",
            )
