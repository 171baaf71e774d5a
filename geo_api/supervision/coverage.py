"""Visits due and made, by calendar period of the class.

A class that asks for 2, 4, 12 or 24 visits a year asks for one in each half-year, quarter, month or half-month.
Visits beyond what a period asks for do not count: two visits in January do not make a year. A year is looked at through
the periods that ended in it: for the day ``on`` these are the periods whose end lies in (on - 1 year, on]. Periods that
still run are not judged.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from geo_api.supervision.periods import Period

ROUNDING = 0.5
"""A period with a fraction of a visit due (a shop that opened in it) counts as missed from half a visit on."""


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """One calendar period: days [start, end) and the visits that a business open all the time is due in it."""

    start: date
    end: date
    visits: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was due and made over the periods looked at.

    ``made`` is the sum over periods of min(visits, due); ``overdue_since`` is the end of the last period missed, None
    when none was.
    """

    due: float
    made: float
    overdue_since: date | None

    def overdue_days(self, on: date) -> int:
        """Days since the end of the last period missed; 0 when none was."""
        return (on - self.overdue_since).days if self.overdue_since else 0


def due_periods(visits_per_year: float, on: date) -> tuple[DuePeriod, ...]:
    """The calendar periods that ended within the year up to ``on``, for a number of visits a year, oldest first.

    >>> [(p.start.isoformat(), p.end.isoformat()) for p in due_periods(2, date(2026, 8, 1))]
    [('2025-07-01', '2026-01-01'), ('2026-01-01', '2026-07-01')]
    """
    if visits_per_year <= 0:
        return ()
    bounds, visits = _bounds(visits_per_year, on)
    first = _year_before(on)
    return tuple(DuePeriod(start, end, visits) for start, end in pairwise(bounds) if first < end <= on)


def _bounds(visits_per_year: float, on: date) -> tuple[list[date], float]:
    """Starts of the calendar periods from two years before ``on``, and the visits that one of them asks for."""
    years = range(on.year - 2, on.year + 2)
    if visits_per_year % 24 == 0:
        return [date(y, m, d) for y in years for m in range(1, 13) for d in (1, 16)], visits_per_year / 24
    for months in (1, 2, 3, 4, 6):
        if visits_per_year % (12 / months) == 0:
            starts = [date(y, m, 1) for y in years for m in range(1, 13, months)]
            return starts, visits_per_year * months / 12
    return [date(y, 1, 1) for y in years], visits_per_year


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return date(day.year - 1, 2, 28)


def covered(periods: Sequence[DuePeriod], in_force: Period, visits: Sequence[date]) -> Coverage:
    """Due and made of one business: the reference that the aggregate query is tested against.

    Args:
        periods: calendar periods, see :func:`due_periods`.
        in_force: days on which the business existed with the class that asks for these periods; due is pro rata.
        visits: days of the visits made, ascending.
    """
    due = made = 0.0
    since: date | None = None
    for period in periods:
        part = Period(period.start, period.end).within(in_force)
        if part.empty or part.start is None or part.end is None:
            continue
        asked = period.visits * ((part.end - part.start) / (period.end - period.start))
        done = bisect_left(visits, part.end) - bisect_left(visits, part.start)
        due += asked
        made += min(done, asked)
        if asked - done >= ROUNDING:
            since = period.end
    return Coverage(due, made, since)


def window(on: date) -> Period:
    """The days that the periods ending in the year up to ``on`` can reach back to."""
    return Period(_year_before(on) - timedelta(days=366), on)
