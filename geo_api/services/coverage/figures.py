"""Figures of coverage as they are answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Figures of one class, industry, cell, officer, station, or of all.

    Attributes:
        key: what it is of; "" = no cell, no station, nobody.
        name: of the cell, station or officer; "" where it has none.
        entities: businesses on the last day of the period.
        due, made: visits; ``made`` counts none beyond what its calendar period asked for.
        share: made / due, None where nothing was due.
        visits: visits made in the period, all that count by kind.
        missed: calendar periods missed.
        overdue: businesses overdue on the last day, and the longest and the mean number of days.
        first_due, first_missed: new businesses whose first visit fell due in the period, and those not visited in time.
    """

    key: str
    name: str
    entities: int
    due: float
    made: float
    share: float | None
    visits: float
    missed: int
    overdue: int
    overdue_days_longest: int
    overdue_days_mean: float
    first_due: int
    first_missed: int
