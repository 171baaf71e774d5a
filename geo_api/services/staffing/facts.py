"""A station as read -> what the pure checks and the proposal look at."""

from __future__ import annotations

from geo_api.services.staffing.store import StationStaff
from geo_api.supervision.absences import away_on
from geo_api.supervision.frequency import Rules, rules_from
from geo_api.supervision.staffing_checks import StaffFacts
from geo_api.supervision.staffing_rules import StaffingRules, staffing_rules


def rules_of(staff: StationStaff) -> tuple[Rules, StaffingRules]:
    """The rules of the day: all, and those of staffing."""
    return rules_from(staff.rules), staffing_rules(staff.rules.get("staffing", {}))


def facts_of(staff: StationStaff) -> StaffFacts:
    """What the checks look at."""
    rules, _ = rules_of(staff)
    today = [a for a in staff.absences if staff.on in a.period]
    away = away_on(staff.absences, staff.on)
    return StaffFacts(
        on=staff.on,
        station_code=staff.code,
        codes=tuple(c.code for c in staff.cells),
        station_of={o.officer_id: o.station_code for o in staff.officers},
        joined={o.officer_id: o.joined for o in staff.officers},
        function_of={o.officer_id: o.function for o in staff.officers},
        history=staff.history,
        away=away,
        substituted=frozenset(a.officer_id for a in today if a.substitute_id and a.substitute_id not in away),
        tenure_years=rules.tenure_years,
        experienced_years=rules.experienced_years,
    )


def neighbours_of(staff: StationStaff) -> dict[str, frozenset[str]]:
    """Cell code -> codes that it shares a border with (a point in common is none)."""
    found: dict[str, set[str]] = {c.code: set() for c in staff.cells}
    for left, right, metres in staff.borders:
        if metres > 0 and left in found and right in found and left != right:
            found[left].add(right)
            found[right].add(left)
    return {code: frozenset(near) for code, near in found.items()}
