"""Visits due and made, by calendar period of the class: the rule, one business at a time.

A class that asks for 2, 4, 12 or 24 visits a year asks for one in each half-year, quarter, month or half-month.
Visits beyond what a period asks for do not count: two visits in January do not make a year.

A calendar period is judged where it ends: the report of a month, a quarter or a year holds the calendar periods whose
end lies in it, so the reports of twelve months add up to that of the year, and a half-yearly class shows in June and
December alone. For a day, the periods that ended in the year up to it count. Periods that still run are not judged.

``geo_api.services.coverage`` computes the same for a city at once; this is what it is tested against.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from geo_api.supervision.periods import Period

ROUNDING = 0.5
"""A period with a fraction of a visit due (a shop that opened in it) counts as missed from half a visit on."""

MICRO = 1_000_000
"""Visits are added up as whole millionths, so that every roll-up has exactly the same total."""


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


@dataclass(frozen=True, slots=True)
class Version:
    """What the register said of a business: on the days ``valid``, that it was open from ``opened`` up to ``closed``."""

    valid: Period
    credit_class: str
    industry: str = ""
    opened: date | None = None
    closed: date | None = None


def due_periods(visits_per_year: float, on: date) -> tuple[DuePeriod, ...]:
    """The calendar periods that ended within the year up to ``on``, for a number of visits a year, oldest first.

    >>> [(p.start.isoformat(), p.end.isoformat()) for p in due_periods(2, date(2026, 8, 1))]
    [('2025-07-01', '2026-01-01'), ('2026-01-01', '2026-07-01')]
    """
    return judged_periods(visits_per_year, year_before(on), on)


def judged_periods(visits_per_year: float, first: date, last: date) -> tuple[DuePeriod, ...]:
    """The calendar periods of a number of visits a year whose end lies in (first, last], oldest first.

    >>> [p.end.isoformat() for p in judged_periods(4, date(2026, 3, 1), date(2026, 7, 1))]
    ['2026-04-01', '2026-07-01']
    """
    if visits_per_year <= 0:
        return ()
    bounds, visits = _bounds(visits_per_year, range(first.year - 1, last.year + 2))
    return tuple(DuePeriod(start, end, visits) for start, end in pairwise(bounds) if first < end <= last)


def _bounds(visits_per_year: float, years: Iterable[int]) -> tuple[list[date], float]:
    """Starts of the calendar periods in some years, and the visits that one of them asks for."""
    if visits_per_year % 24 == 0:
        return [date(y, m, d) for y in years for m in range(1, 13) for d in (1, 16)], visits_per_year / 24
    for months in (1, 2, 3, 4, 6):
        if visits_per_year % (12 / months) == 0:
            starts = [date(y, m, 1) for y in years for m in range(1, 13, months)]
            return starts, visits_per_year * months / 12
    return [date(y, 1, 1) for y in years], visits_per_year


def year_before(day: date) -> date:
    """The same day a year before; 28 February for 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


def existing(versions: Sequence[Version]) -> tuple[tuple[Version, Period], ...]:
    """The days on which a business existed as each version says; days without it are left out.

    A version that names a closing also ends the versions before it, which did not know of it yet; of several closings
    in a row the last one said counts. A business that opened again exists from the version that says so. The day of
    opening is that of each version.

    Args:
        versions: of one business, by the days for which they hold, which do not overlap.
    """
    found: list[tuple[Version, Period]] = []
    ended: date | None = None
    later_closed = False
    for version in reversed(versions):
        if version.closed is not None and not later_closed:
            ended = version.closed if ended is None else min(ended, version.closed)
        later_closed = version.closed is not None
        days = version.valid.within(Period(version.opened, version.closed)).within(Period(None, ended))
        if not days.empty:
            found.append((version, days))
    return tuple(reversed(found))


def covered(periods: Sequence[DuePeriod], in_force: Period | Sequence[Period], visits: Sequence[date]) -> Coverage:
    """Due and made of one business with one class: what the engine is tested against.

    Args:
        periods: calendar periods, see :func:`due_periods` and :func:`judged_periods`.
        in_force: days on which the business existed with the class that asks for these periods, one or several spans
            that do not overlap; due is pro rata.
        visits: days of the visits made, ascending.
    """
    spans = (in_force,) if isinstance(in_force, Period) else tuple(in_force)
    due = made = 0
    since: date | None = None
    for period in periods:
        days = done = 0
        for span in spans:
            part = Period(period.start, period.end).within(span)
            if part.empty or part.start is None or part.end is None:
                continue
            days += (part.end - part.start).days
            done += bisect_left(visits, part.end) - bisect_left(visits, part.start)
        asked = round(period.visits * days / (period.end - period.start).days * MICRO)
        due += asked
        made += min(done * MICRO, asked)
        if asked - done * MICRO >= ROUNDING * MICRO:
            since = period.end
    return Coverage(due / MICRO, made / MICRO, since)


def first_visit_by(opened: date | None, days: int) -> date | None:
    """The day by which (not on which) a new business must have been visited; None where nothing is asked.

    >>> first_visit_by(date(2026, 3, 1), 30)
    datetime.date(2026, 3, 31)
    """
    return opened + timedelta(days=days) if opened is not None and days else None


def window(on: date) -> Period:
    """The days that the periods ending in the year up to ``on`` can reach back to."""
    return Period(year_before(on) - timedelta(days=366), on)
