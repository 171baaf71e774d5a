"""Since when a gap has been open: computed from the periods of plans and assignments, never stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from geo_api.services.coverage_store import CellDates, GapDates, StationDates
from geo_api.supervision.officers import DAYS_PER_YEAR, Duty
from gridding.findings import Finding

Since = Callable[[Finding], date | None]


def since_of(dates: GapDates, duties: tuple[Duty, ...], *, longest_years: float) -> Since:
    """What tells of a finding about territory or staff since when it holds; None = not known.

    A cell has been without a lead since the last one went, or since it was first published; over capacity since its
    plan began or its officers last changed, whatever was later; an officer over tenure since the years were full.
    """
    begun = {(d.officer_id, d.cell_code, d.role, d.function): d.since for d in duties}
    last_change: dict[str, date] = {}
    for duty in duties:
        if duty.since:
            last_change[duty.cell_code] = max(duty.since, last_change.get(duty.cell_code, duty.since))
    none = CellDates(None, None, None, None)

    def since(finding: Finding) -> date | None:
        cell = dates.cells.get(finding.where, none)
        if finding.rule == "staffing.no_lead":
            return cell.last_lead or cell.first_published
        if finding.rule == "staffing.too_few":
            return cell.last_officer or cell.first_published
        if finding.rule == "staffing.over_tenure":
            key = (finding.details["officer_id"], finding.where, finding.details["role"], finding.details["function"])
            start = begun.get(key)
            return start + timedelta(days=math.floor(longest_years * DAYS_PER_YEAR) + 1) if start else None
        if finding.rule in ("capacity.over", "capacity.far"):
            return _latest(cell.plan_from, last_change.get(finding.where) if finding.rule == "capacity.over" else None)
        if finding.rule == "territory.two_cells":
            return _latest(*(dates.cells.get(code, none).plan_from for code in finding.where.split(",")))
        return _of_station(finding, dates.stations)

    return since


def _of_station(finding: Finding, stations: Mapping[str, StationDates]) -> date | None:
    station = stations.get(finding.where)
    if station is None:
        return None
    if finding.rule in ("territory.no_plan", "entity.no_plan"):
        return station.last_plan or station.outline_from
    if finding.rule == "territory.no_cell":
        return _latest(station.outline_from, station.plan_from)
    return None


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)
