"""The months, quarters and years that reports are made for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from geo_api.errors import BadRequest
from geo_api.supervision.periods import EARLIEST_YEAR, LATEST_YEAR

Length = Literal["month", "quarter", "year"]
MONTHS: dict[Length, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """A month, quarter or year: days [``start``, ``end``)."""

    length: Length
    start: date
    end: date

    @property
    def label(self) -> str:
        """As it is written: 2026-10, 2026-Q4, 2026.

        >>> month("2026-10").label, quarter("2026Q4").label, year("2026").label
        ('2026-10', '2026-Q4', '2026')
        """
        if self.length == "year":
            return f"{self.start.year}"
        if self.length == "quarter":
            return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
        return f"{self.start.year}-{self.start.month:02d}"

    def before(self, steps: int = 1) -> ReportPeriod:
        """The period of the same length so many before this one.

        >>> month("2026-01").before(2).label
        '2025-11'
        """
        return _period(self.length, self.start.year, self.start.month - steps * MONTHS[self.length])

    @property
    def last_day(self) -> date:
        """The last day in it."""
        return date.fromordinal(self.end.toordinal() - 1)


def month(text: str) -> ReportPeriod:
    """A month as 2026-10; BadRequest for anything else."""
    return _read(text, r"(\d{4})-(0[1-9]|1[0-2])", "month", "2026-10", 1)


def quarter(text: str) -> ReportPeriod:
    """A quarter as 2026-Q4 or 2026Q4; BadRequest for anything else."""
    return _read(text, r"(\d{4})-?[Qq]([1-4])", "quarter", "2026-Q4", 3)


def year(text: str) -> ReportPeriod:
    """A year as 2026; BadRequest for anything else."""
    return _read(text, r"(\d{4})()", "year", "2026", 12)


def named(label: str) -> ReportPeriod:
    """The period that a label names: 2026-10, 2026-Q4 or 2026; BadRequest for anything else."""
    text = label.strip()
    for read in (year, quarter, month):
        try:
            return read(text)
        except BadRequest:
            continue
    raise BadRequest(
        f"{label!r} is no period: write a month as 2026-10, a quarter as 2026-Q4 or a year as 2026, "
        f"from {EARLIEST_YEAR} to {LATEST_YEAR - 1}"
    )


def _read(text: str, pattern: str, length: Length, example: str, months: int) -> ReportPeriod:
    found = re.fullmatch(pattern, text.strip(), re.ASCII)
    if not found or not EARLIEST_YEAR <= int(found[1]) < LATEST_YEAR:
        raise BadRequest(f"{text!r} is no {length}: write it as {example}, from {EARLIEST_YEAR} to {LATEST_YEAR - 1}")
    return _period(length, int(found[1]), (int(found[2] or 1) - 1) * months + 1)


def _period(length: Length, start_year: int, start_month: int) -> ReportPeriod:
    first = start_year * 12 + start_month - 1
    last = first + MONTHS[length]
    return ReportPeriod(length, date(first // 12, first % 12 + 1, 1), date(last // 12, last % 12 + 1, 1))
