"""Patrol groups of a station: listed, proposed, set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from geo_api.errors import BadRequest, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.staffing.check import allowed_to_see
from geo_api.services.staffing.facts import neighbours_of, rules_of
from geo_api.services.staffing.solve_groups import divide
from geo_api.services.staffing.store import StaffingStore, StationStaff
from geo_api.supervision.patrol_groups import Group, GroupProblem, group_findings
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity, gravest_first

SETTERS = frozenset({"planner", "approver"})
LARGEST = 4
"""Cells of a group at most, where the place says nothing larger."""


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """A patrol group with its work: hours a year, and the signed deviation from a fair part (a fraction)."""

    code: str
    name: str
    station_code: str
    cells: tuple[str, ...]
    hours_per_year: float
    deviation: float
    entities: int


@dataclass(frozen=True, slots=True)
class PatrolGroups:
    """The patrol groups of a jurisdiction on a day. ``state``: "present", "proposed" or "set"."""

    jurisdiction: str
    on: date
    state: str
    groups: tuple[GroupDetail, ...]
    findings: tuple[Finding, ...]


def list_groups(store: StaffingStore, jurisdiction: str, on: date, *, caller: Caller) -> PatrolGroups:
    """The patrol groups in force on a day; NotFound, NotAllowed."""
    allowed_to_see(store, jurisdiction, caller)
    stations = [s for s in store.staff(jurisdiction, on) if s.cells]
    return _answer(jurisdiction, on, "present", [(s, s.groups) for s in stations])


def propose_groups(
    store: StaffingStore, jurisdiction: str, *, caller: Caller, valid_from: date | None = None, plan: int | None = None
) -> PatrolGroups:
    """Every cell in one group of adjacent cells, with about the same work; groups that are as good stay as they are.

    Raises:
        NotFound: no such jurisdiction or plan. BadRequest: no plan is in force. NotAllowed: not the caller's to see.
    """
    allowed_to_see(store, jurisdiction, caller)
    on = valid_from or store.today(jurisdiction)
    stations = [s for s in store.staff(jurisdiction, on, plan) if s.cells]
    if not stations:
        raise BadRequest(f"no plan of {jurisdiction} is in force on {on}: give --plan, or publish a plan first")
    return _answer(jurisdiction, on, "proposed", [(s, proposed_for(s)) for s in stations])


def set_groups(
    store: StaffingStore,
    jurisdiction: str,
    *,
    caller: Caller,
    reason: str = "",
    groups: Mapping[str, Sequence[str]] | None = None,
    valid_from: date | None = None,
) -> PatrolGroups:
    """Make these the patrol groups of a station (group code -> cell codes) from a day on; None: those proposed.

    Raises:
        RuleViolation: a cell twice, cells that are not adjacent or not of the station. BadRequest, NotFound, NotAllowed.
    """
    what = f"set the patrol groups of {jurisdiction}"
    require(caller.role, caller.jurisdiction, allowed=SETTERS, ancestors=store.ancestors(jurisdiction), to=what)
    on = valid_from or store.today(jurisdiction)
    refuse_backdating(store, jurisdiction, on, caller=caller, reason=reason, what=what)
    stations = [s for s in store.staff(jurisdiction, on) if s.cells]
    if not stations:
        raise BadRequest(f"no plan of {jurisdiction} is in force on {on}: publish a plan first")
    if groups is not None and len(stations) != 1:
        raise BadRequest(f"{jurisdiction} has {len(stations)} stations: set groups station by station")
    wanted = [(s, proposed_for(s) if groups is None else _named(s, groups)) for s in stations]
    answer = _answer(jurisdiction, on, "set", wanted)
    wrong = tuple(f for f in answer.findings if f.severity is Severity.ERROR)
    if wrong:
        raise RuleViolation(f"the patrol groups of {jurisdiction} were not set: {wrong[0].message}", wrong)
    with store.change() as work:
        for staff, chosen in wanted:
            changed = work.rewrite_groups(staff.code, chosen, on)
            payload = {
                "valid_from": on.isoformat(),
                "groups": {g.code: list(g.cells) for g in chosen},
                "changed": changed,
            }
            work.event(
                caller=caller, verb="group", subject=f"jurisdiction:{staff.code}", reason=reason, payload=payload
            )
    return answer


def proposed_for(staff: StationStaff) -> tuple[Group, ...]:
    """Groups of a station: present ones keep their code and name, new ones take the lowest numbers that are free."""
    _, rules = rules_of(staff)
    hours = {c.code: c.hours_per_year for c in staff.cells}
    sets = divide(
        GroupProblem(
            hours=hours,
            neighbours=neighbours_of(staff),
            groups=max(1, int(len(hours) / rules.group_cells)),
            smallest=rules.group_cells_min,
            present=tuple(frozenset(g.cells) for g in staff.groups),
        ),
        largest=max(LARGEST, int(rules.group_cells) + 2),
    )
    present = {frozenset(g.cells): g for g in staff.groups}
    taken = {present[s].code for s in sets if s in present}
    free = (code for n in range(1, 10_000) if (code := f"{staff.code}-G{n:02d}") not in taken)
    chosen = []
    for cells in sorted(sets, key=min):
        group = present.get(cells)
        code = group.code if group else next(free)
        name = group.name if group else usual_name(staff, code)
        chosen.append(Group(code, name, tuple(sorted(cells))))
    return tuple(chosen)


def _named(staff: StationStaff, groups: Mapping[str, Sequence[str]]) -> tuple[Group, ...]:
    names = {g.code: g.name for g in staff.groups}
    wrong = [code for code, cells in groups.items() if not code.strip() or len(code) > 60 or not cells]
    if wrong:
        raise BadRequest(f"patrol group {wrong[0]!r}: a code of 1 to 60 characters and at least one cell were expected")
    return tuple(
        Group(code, names.get(code) or usual_name(staff, code), tuple(sorted(set(cells))))
        for code, cells in sorted(groups.items())
    )


def usual_name(staff: StationStaff, code: str) -> str:
    """The name of a group whose code is made as usual (station code, -G, number); "" for any other code."""
    number = code.removeprefix(f"{staff.code}-G")
    return f"{staff.name}第{int(number)}巡查组" if number != code and number.isdecimal() else ""


def _answer(
    jurisdiction: str, on: date, state: str, stations: list[tuple[StationStaff, tuple[Group, ...]]]
) -> PatrolGroups:
    details: list[GroupDetail] = []
    findings: list[Finding] = []
    for staff, groups in stations:
        _, rules = rules_of(staff)
        work = {c.code: c for c in staff.cells}
        fair = sum(c.hours_per_year for c in staff.cells) / max(len(groups), 1)
        for group in groups:
            hours = sum(work[c].hours_per_year for c in group.cells if c in work)
            details.append(
                GroupDetail(
                    group.code,
                    group.name,
                    staff.code,
                    group.cells,
                    round(hours, 1),
                    round(hours / fair - 1, 4) if fair else 0.0,
                    sum(work[c].entities for c in group.cells if c in work),
                )
            )
        findings += group_findings(groups, work, neighbours_of(staff), smallest=rules.group_cells_min)
    return PatrolGroups(jurisdiction, on, state, tuple(details), gravest_first(findings))
