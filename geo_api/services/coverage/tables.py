"""What the coverage engine gives: arrays per business, class, industry and cell, from which every figure is rolled up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from geo_api.services.coverage.figures import CoverageRow
from geo_api.services.coverage.inputs import Array
from geo_api.supervision.coverage import MICRO

__all__ = ["CoverageRow", "CoverageTables"]


@dataclass(frozen=True)
class CoverageTables:
    """Visits due and made in [``period_from``, ``period_to``), as recorded at ``recorded_at`` (None = now).

    Calendar periods that ended in it are judged; the earliest of them began on ``judged_from``. Visits are whole millionths
    (int64), so totals of any roll-up are equal to the last digit. Codes are tuples; arrays hold their indices.

    Attributes:
        classes, industries: distinct values, sorted; an unlicensed business has the class that it counts as.
        cells: cell codes, by station; one "" for each station and one for no station = in no cell of it.
        cell_station: (cells,) index into ``stations``.
        stations: station codes, sorted; the first is "" = in no station.
        officers: ids of officers who led a cell in the time or made a visit, sorted; the first is "" = nobody.

        entity, credit_class, industry, cell: (r,) of each row: the business (index into ``entity_ids``), and what the
            calendar periods judged belonged to: the class and industry of the day, the cell on the last day.
        due_micro, made_micro: (r,) millionths of a visit.
        periods, missed: (r,) calendar periods judged, and those missed.

        entity_ids: (n,) sorted; every business that existed in the period, or in a calendar period judged in it.
        exists: (n,) whether it exists on the last day of the period. ``lon``, ``lat``: NaN = unlocated.
        entity_class, entity_industry, entity_cell: (n,) on the last day that it existed before ``period_to``.
        licensed: (n,) then.
        overdue_since: (n,) datetime64[D], end of the last calendar period missed in the year up to ``period_to``,
            where it was not visited since; NaT = not overdue.
        missed_until: (n,) the same, whether or not it was visited since.
        last_visit: (n,) datetime64[D] of the last visit that counts, within the time looked at; NaT = none.
        visits: (n,) visits that count, made in the period.
        first_due: (n,) datetime64[D], the day by which a business that opened had to be visited first, where that day
            lies in the year up to ``period_to``; NaT = nothing asked.
        first_missed: (n,) it was not visited until then. ``first_open``: and not since either.

        cell_officer: (cells,) index of the officer who leads each cell on the last day (of two the first by id).
        led_cell, led_officer, led_due_micro, led_made_micro: shares of officers in charge: a calendar period of a cell is shared
            among its leads by the days that each was lead in it; "" for days without a lead.
        team_officer, team_visits_micro, team_credit_micro: (o,) by who made the visits: visits made in the period (one
            of two officers who went together has half of it), and what of it counted as made.
    """

    jurisdiction: str
    period_from: date
    period_to: date
    judged_from: date
    recorded_at: datetime | None
    classes: tuple[str, ...]
    industries: tuple[str, ...]
    cells: tuple[str, ...]
    stations: tuple[str, ...]
    cell_station: Array
    officers: tuple[str, ...]
    entity: Array
    credit_class: Array
    industry: Array
    cell: Array
    due_micro: Array
    made_micro: Array
    periods: Array
    missed: Array
    entity_ids: Array
    exists: Array
    lon: Array
    lat: Array
    entity_class: Array
    entity_industry: Array
    entity_cell: Array
    licensed: Array
    overdue_since: Array
    missed_until: Array
    last_visit: Array
    visits: Array
    first_due: Array
    first_missed: Array
    first_open: Array
    cell_officer: Array
    led_cell: Array
    led_officer: Array
    led_due_micro: Array
    led_made_micro: Array
    team_officer: Array
    team_visits_micro: Array
    team_credit_micro: Array

    @cached_property
    def due(self) -> float:
        """Visits due in all."""
        return int(self.due_micro.sum()) / MICRO

    @cached_property
    def made(self) -> float:
        """Visits made in all, none counted beyond what its period asked for."""
        return int(self.made_micro.sum()) / MICRO

    @cached_property
    def overdue(self) -> Array:
        """(n,) bool: exists, missed a calendar period, and was not visited since."""
        return np.asarray(self.exists & ~np.isnat(self.overdue_since))

    @cached_property
    def overdue_days(self) -> Array:
        """(n,) days from the end of the last period missed to ``period_to``; 0 = not overdue."""
        days = (np.datetime64(self.period_to, "D") - self.overdue_since).astype(np.int64)
        return np.where(self.overdue, days, 0)

    @cached_property
    def entity_station(self) -> Array:
        """(n,) index of each business's station."""
        return np.asarray(self.cell_station[self.entity_cell])

    def position(self, entity_id: int) -> int:
        """Index of a business; KeyError for one that is not in it."""
        at = int(np.searchsorted(self.entity_ids, entity_id))
        if at == len(self.entity_ids) or self.entity_ids[at] != entity_id:
            raise KeyError(entity_id)
        return at
