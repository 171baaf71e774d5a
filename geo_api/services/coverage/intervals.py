"""How many days lie between the visits of a kind to the same business: the median, quartiles, and the share that took too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
KINDS = ("daily", "special", "priority")
LIMIT_DAYS = 365


@dataclass(frozen=True, slots=True)
class VisitDays:
    """Visits as numbers, one element each, in any order.

    Attributes:
        entity: whose visit; equal numbers are one business.
        day: days since 2000-01-01.
        station: row in ``stations`` where the business lies, -1 = in none.
        stations: codes.
        names: their names.
    """

    entity: NDArray[np.int64]
    day: NDArray[np.int64]
    station: NDArray[np.int64]
    stations: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntervalFigures:
    """The intervals of a jurisdiction or of one of its stations.

    Attributes:
        code, name: of the jurisdiction.
        visits: visits in the period.
        entities: businesses visited.
        intervals: pairs of visits that follow each other at one business: visits - entities.
        median_days, quarter_days, three_quarter_days: of the intervals; None where there is none. Quartiles are interpolated
            linearly (definition 7 of Hyndman and Fan 1996).
        over: intervals longer than the limit.
        share_over: over / intervals, 0 to 1; None where there is none.
    """

    code: str
    name: str
    visits: int
    entities: int
    intervals: int
    median_days: float | None
    quarter_days: float | None
    three_quarter_days: float | None
    over: int
    share_over: float | None


@dataclass(frozen=True, slots=True)
class IntervalAnswer:
    """Days between visits.

    Attributes:
        jurisdiction: code asked for.
        period_from, period_to: days [from, to) whose visits count; None = all.
        kinds: kinds of visits that count. purpose: only visits with this purpose, "" = any.
        as_given: rows that are kept beside the visits count too: those that name nobody in the register, and repeats.
        limit_days: an interval is too long above it.
        whole: the figures of the jurisdiction. stations: of each of its stations, by code (empty with ``as_given``).
    """

    jurisdiction: str
    period_from: date | None
    period_to: date | None
    kinds: tuple[str, ...]
    purpose: str
    as_given: bool
    limit_days: int
    whole: IntervalFigures
    stations: tuple[IntervalFigures, ...]


class IntervalReader(Protocol):
    """Where visits are read."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction and of every level above it, lowest first; NotFound."""
        ...

    def visit_days(
        self,
        jurisdiction: str,
        period_from: date | None,
        period_to: date | None,
        kinds: Sequence[str],
        purpose: str,
        *,
        as_given: bool,
        recorded_at: datetime | None,
    ) -> VisitDays:
        """Visits to the businesses of a bureau, station or cell."""
        ...


def visit_intervals(
    reader: IntervalReader,
    jurisdiction: str,
    *,
    caller: Caller,
    period_from: date | None = None,
    period_to: date | None = None,
    kinds: Sequence[str] = ("daily",),
    purpose: str = "",
    limit_days: int = LIMIT_DAYS,
    as_given: bool = False,
    recorded_at: datetime | None = None,
) -> IntervalAnswer:
    """Days between visits that follow each other at one business, for a bureau, a station or a cell.

    Args:
        reader: where the visits are.
        jurisdiction: code.
        caller: who asks.
        period_from, period_to: days [from, to) whose visits count.
        kinds: daily (routine), special, priority.
        purpose: only visits with this purpose.
        limit_days: an interval is too long above it.
        as_given: count the rows that are no visits too, by the business as written: what the files say, whole.
        recorded_at: from what was recorded at this moment.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see. BadRequest: no days, or no such kind.
    """
    odd = [k for k in kinds if k not in KINDS]
    if odd or not kinds:
        raise BadRequest(
            f"there is no kind {', '.join(map(repr, odd)) or 'given'}: kinds of visits are {', '.join(KINDS)}"
        )
    if period_from is not None and period_to is not None and period_to <= period_from:
        raise BadRequest(f"the period from {period_from} to {period_to} has no days: to is the first day after it")
    if limit_days < 0:
        raise BadRequest(f"limit_days = {limit_days}: a number of days of at least 0 was expected")
    above = reader.ancestors(jurisdiction)
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=above, to=f"see the visits of {jurisdiction}")
    visits = reader.visit_days(
        jurisdiction, period_from, period_to, kinds, purpose, as_given=as_given, recorded_at=recorded_at
    )
    names = dict(zip(visits.stations, visits.names, strict=True))
    entity, at, between = _intervals(visits)
    whole = _figures(jurisdiction, names.get(jurisdiction, ""), entity, between, limit_days)
    stations = [
        _figures(code, names[code], entity[at == i], between[at == i], limit_days)
        for i, code in enumerate(visits.stations)
        if code != jurisdiction and not as_given
    ]
    return IntervalAnswer(
        jurisdiction, period_from, period_to, tuple(kinds), purpose, as_given, limit_days, whole, tuple(stations)
    )


def _intervals(visits: VisitDays) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(n,) business and station by business and day, and the days since the visit before; -1 for the first of a business."""
    order = np.lexsort((visits.day, visits.entity))
    entity, day = visits.entity[order], visits.day[order]
    between = np.full(len(day), -1, dtype=np.int64)
    same = entity[1:] == entity[:-1]
    between[1:][same] = (day[1:] - day[:-1])[same]
    return entity, visits.station[order], between


def _figures(
    code: str, name: str, entity: NDArray[np.int64], between: NDArray[np.int64], limit: int
) -> IntervalFigures:
    days = between[between >= 0]
    n = len(days)
    low, middle, high = (float(q) for q in np.quantile(days, (0.25, 0.5, 0.75))) if n else (None, None, None)
    over = int((days > limit).sum())
    return IntervalFigures(
        code, name, len(entity), len(np.unique(entity)), n, middle, low, high, over, over / n if n else None
    )
