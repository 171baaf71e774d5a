"""Coverage gaps of a jurisdiction on a day: territory, entities, staff, visits, posters. Read, then pure checks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from geo_api.services.answers import Caller, GapsAnswer
from geo_api.services.coverage.arrears import arrears
from geo_api.services.coverage.compute import compute
from geo_api.services.coverage.roll_up import roll_up
from geo_api.services.coverage.tables import CoverageTables
from geo_api.services.coverage_store import CoverageStore, Register, Scope
from geo_api.services.gap_kinds.clusters import cluster_gaps
from geo_api.services.gap_kinds.far import far_findings
from geo_api.services.gap_kinds.posters import poster_gaps
from geo_api.services.gap_kinds.since import Since, since_of
from geo_api.services.gaps_entities import entity_findings
from geo_api.services.gaps_territory import territory_findings
from geo_api.services.hours import hours_of_entities
from geo_api.services.plan_store import EntityArrays
from geo_api.supervision.coverage import year_before
from geo_api.supervision.frequency import Rules
from geo_api.supervision.gaps import Gap, as_gap
from geo_api.supervision.officers import Duty, staffing_findings, tenure_findings
from geo_api.supervision.profile import profile_from
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity, gravest_first

if TYPE_CHECKING:
    from geo_api.services.claims.store import ClaimStore
    from geo_api.services.tasks.model import TaskStore
    from gridding.types import FloatArray

READERS = frozenset({"planner", "approver", "officer", "system"})
LISTED_PER_RULE = 1000
"""So many findings of a rule are listed; the totals count all."""


def find_gaps(
    store: CoverageStore,
    jurisdiction: str,
    on: date,
    *,
    caller: Caller,
    listed_per_rule: int | None = LISTED_PER_RULE,
    claims: ClaimStore | None = None,
    tasks: TaskStore | None = None,
) -> GapsAnswer:
    """Everything that nobody answers for, or not often enough, in a bureau or station on a day.

    Args:
        store: where it is looked for.
        jurisdiction: code of a bureau or station.
        on: the day.
        caller: who asks.
        listed_per_rule: so many gaps of a kind are listed, None = all; the totals count all.
        claims, tasks: where late claims and late tasks are; None = leave them out.

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
    profile = profile_from(scope.rules)
    rules, counted = profile.rules, profile.section("coverage")
    fewest = profile.section("staffing").officers_per_cell_min
    ours = within(scope, store.register(jurisdiction, on))
    dates = store.gap_dates(scope.cell_codes, scope.station_codes, on)
    tables = compute(store, jurisdiction, year_before(on), on, visitors=False)
    since = since_of(dates, scope.duties, longest_years=rules.tenure_years)
    computed = (
        *territory_findings(scope),
        *_placed(scope, staffing_findings(scope.cell_codes, scope.duties, fewest=fewest)),
        *_placed(scope, tenure_findings(scope.duties, on, longest_years=rules.tenure_years)),
        *capacity_findings(scope, ours, rules),
        *far_findings(scope, ours.register, rules, most_share=counted.far_travel_share),
    )
    codes = {*scope.cell_codes}
    gaps = (
        *(as_gap(f, on, since=since(f), cell_code=f.where if f.where in codes else "") for f in computed),
        *_of_entities(scope, ours, on, since, rules.classes.unlicensed),
        *arrears(tables, store.businesses, most=listed_per_rule),
        *cluster_gaps(tables, counted, _begun(tables, ours.register)),
        *poster_gaps(
            scope,
            store.posters([scope.code, *scope.station_codes, *scope.cell_codes], on),
            dates,
            on,
            days=counted.poster_days,
        ),
        *_late(jurisdiction, on, claims, tasks),
    )
    totals = Counter(g.rule for g in gaps)
    totals["coverage.overdue"] = int(tables.overdue.sum())
    totals["coverage.first_visit"] = int((tables.exists & tables.first_open).sum())
    totals = Counter({rule: number for rule, number in totals.items() if number})
    classes = roll_up(tables, "class")
    return GapsAnswer(
        jurisdiction=jurisdiction,
        name=scope.name,
        on=on,
        period_from=tables.judged_from,
        period_to=on,
        totals=dict(sorted(totals.items())),
        due={row.key: round(row.due, 2) for row in classes},
        made={row.key: round(row.made, 2) for row in classes},
        findings=tuple(_listed(gravest_first(gaps), totals, on, listed_per_rule)),
        recorded_at=store.recorded_at,
    )


def _of_entities(scope: Scope, ours: Ours, on: date, since: Since, unlicensed: str) -> Iterator[Gap]:
    """Entities that nobody answers for: since the register says so; of a station without a plan: since it has none."""
    began = dict(zip(map(str, ours.register.ids.tolist()), ours.register.since.tolist(), strict=True))
    for finding in entity_findings(scope, ours.register, ours.station, unlicensed):
        own = began.get(finding.where) if finding.rule != "entity.no_plan" else since(finding)
        yield as_gap(finding, on, since=own)


def _begun(tables: CoverageTables, register: Register) -> np.ndarray:
    """(n,) since when the register has known each business of the tables as it is."""
    began = np.full(len(tables.entity_ids), np.datetime64("NaT", "D"))
    at = np.searchsorted(tables.entity_ids, register.ids)
    known = at < len(tables.entity_ids)
    known[known] = tables.entity_ids[at[known]] == register.ids[known]
    began[at[known]] = register.since[known]
    return began


def _late(jurisdiction: str, on: date, claims: ClaimStore | None, tasks: TaskStore | None) -> Iterator[Gap]:
    """Claims and tasks that are late."""
    if claims is not None:
        from geo_api.services.claims.late import late_claims, misplaced_claims

        for finding in (*late_claims(claims, jurisdiction, on), *misplaced_claims(claims, jurisdiction, on)):
            yield as_gap(finding, on, cell_code=str(finding.details.get("cell", "")))
    if tasks is not None:
        from geo_api.services.tasks.figures import task_findings

        for finding in task_findings(tasks, jurisdiction, on):
            yield as_gap(finding, on)


@dataclass(frozen=True, slots=True)
class Ours:
    """The entities that a jurisdiction has to look after, and the index of the station that each lies in (-1 = none)."""

    register: Register
    station: np.ndarray


def within(scope: Scope, register: Register) -> Ours:
    """The top level has all of its register, unlocated entities too; a station, or a part of a bureau, those that lie in it."""
    number = {code: i for i, code in enumerate(scope.station_codes)}
    station = np.array([number.get(code, -1) for code in register.station_code], dtype=np.int64)
    if scope.is_top:
        return Ours(register, station)
    inside = station >= 0
    fields = {name: getattr(register, name)[inside] for name in register.__dataclass_fields__}
    return Ours(Register(**fields), station[inside])


def capacity_findings(scope: Scope, ours: Ours, rules: Rules) -> Iterable[Finding]:
    """Cells with far more work than their officers have hours; an officer's hours are shared among their cells."""
    hours, register = hours_of(ours, rules), ours.register
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


def hours_of(ours: Ours, rules: Rules) -> FloatArray:
    """(n,) hours a year of the entities of a jurisdiction."""
    register = ours.register
    arrays = EntityArrays(
        ids=register.ids,
        points=np.column_stack([register.lon, register.lat]),
        credit_class=register.credit_class,
        industry=register.industry,
        licensed=register.licensed,
        given_hours=register.given_hours,
        cell_code=register.cell_code,
    )
    return hours_of_entities(arrays, rules, ours.station)


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


def _listed(gaps: Iterable[Gap], totals: Counter[str], on: date, most: int | None) -> Iterator[Gap]:
    """The first gaps of each kind, and a word on what was left out."""
    if most is None:
        yield from gaps
        return
    seen: Counter[str] = Counter()
    for gap in gaps:
        seen[gap.rule] += 1
        if seen[gap.rule] <= most:
            yield gap
    for rule, total in totals.items():
        if total > most:
            left_out = Finding(
                "coverage.not_listed",
                Severity.INFO,
                f"{total - most} more findings of {rule} are counted but not listed: ask station by station, or write them "
                "all with `gridward gaps -o`",
                f"另有 {total - most} 条 {rule} 未列出，请按监管所查询，或用 gridward gaps -o 全部导出",
                where=rule,
                value=total - most,
                unit="findings",
            )
            yield as_gap(left_out, on)
