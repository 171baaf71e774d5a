"""Half-open periods of days, and how history is cut: what a new period shortens, splits or replaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
"""Years that a day of a plan, of an assignment or of a question may lie in."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from ``start`` up to, not including, ``end``; None = open on that side."""

    start: date | None
    end: date | None

    def __contains__(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    @property
    def empty(self) -> bool:
        """Whether no day is in it."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def overlaps(self, other: Period) -> bool:
        """Whether some day is in both."""
        return not self.within(other).empty

    def within(self, other: Period) -> Period:
        """The days that are in both (may be empty)."""
        starts = [s for s in (self.start, other.start) if s is not None]
        ends = [e for e in (self.end, other.end) if e is not None]
        return Period(max(starts, default=None), min(ends, default=None))

    def minus(self, other: Period) -> tuple[Period, ...]:
        """The days of this period that are not in the other: none, one or two periods."""
        if not self.overlaps(other):
            return () if self.empty else (self,)
        before = Period(self.start, other.start) if other.start is not None else None
        after = Period(other.end, self.end) if other.end is not None else None
        return tuple(p for p in (before, after) if p is not None and not p.empty)


def first_gap(period: Period, taken: Iterable[Period]) -> Period | None:
    """The part of ``period`` from its start up to the first taken day; None when its start is taken."""
    end = period.end
    for other in taken:
        if not other.overlaps(period):
            continue
        if other.start is None or (period.start is not None and other.start <= period.start):
            return None
        end = other.start if end is None else min(end, other.start)
    return Period(period.start, end)
