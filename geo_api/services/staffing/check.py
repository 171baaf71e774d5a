"""Whether a station, or a bureau, is staffed as its rules want."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from geo_api.services.answers import Caller
from geo_api.services.staffing.facts import facts_of, neighbours_of, rules_of
from geo_api.services.staffing.store import StaffingStore, StationStaff
from geo_api.supervision.patrol_groups import group_findings
from geo_api.supervision.roles import require
from geo_api.supervision.staffing_checks import staffing_check
from gridding.findings import Finding, gravest_first

READERS = frozenset({"planner", "approver", "officer", "system"})


@dataclass(frozen=True, slots=True)
class StaffingCheck:
    """What the posts of a jurisdiction break on a day, gravest first; ``totals`` counts findings by rule."""

    jurisdiction: str
    on: date
    stations: int
    cells: int
    officers: int
    totals: dict[str, int]
    findings: tuple[Finding, ...]


def check_staffing(store: StaffingStore, jurisdiction: str, on: date, *, caller: Caller) -> StaffingCheck:
    """Everything that the officers, posts and patrol groups of a station or bureau break on a day.

    Raises:
        NotFound: no such station or bureau that day. NotAllowed: not the caller's to see.
    """
    allowed_to_see(store, jurisdiction, caller)
    stations = store.staff(jurisdiction, on)
    findings = gravest_first(f for staff in stations for f in station_findings(staff))
    return StaffingCheck(
        jurisdiction=jurisdiction,
        on=on,
        stations=len(stations),
        cells=sum(len(s.cells) for s in stations),
        officers=len({o.officer_id for s in stations for o in s.officers}),
        totals=dict(sorted(Counter(f.rule for f in findings).items())),
        findings=findings,
    )


def station_findings(staff: StationStaff) -> tuple[Finding, ...]:
    """Of one station; its patrol groups are looked at once it has some."""
    _, staffing = rules_of(staff)
    found = staffing_check(facts_of(staff), staff.posts, staffing)
    if not staff.groups:
        return found
    codes = [c.code for c in staff.cells]
    return (*found, *group_findings(staff.groups, codes, neighbours_of(staff), smallest=staffing.group_cells_min))


def allowed_to_see(store: StaffingStore, jurisdiction: str, caller: Caller) -> None:
    """NotAllowed where the officers of a jurisdiction are not the caller's to see."""
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the officers of {jurisdiction}",
    )
