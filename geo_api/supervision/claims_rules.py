"""Time limits of claims as data (``[rules.claims]``): who must act within how many days, counted how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "claims"
LONGEST_DAYS = 366
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """How long a claim may wait.

    Attributes:
        days: until a new or moved entity must be claimed, from the day on which it fell into its cell.
        accept_days: until the other cell must accept or dispute a transfer, from the day on which it was sent.
        decide_days: until the level above must decide a dispute, from the day on which it was raised.
        working_days: whether only working days count (Monday to Friday).
        holidays: days that are no working days, such as public holidays.
        workdays: Saturdays and Sundays that are worked (调休).
        back_days: a step may be entered so many days after it was taken.
    """

    days: int = 5
    accept_days: int = 5
    decide_days: int = 5
    working_days: bool = False
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    back_days: int = 7

    def limit(self, start: date, days: int) -> date:
        """The last day in time for what began on ``start``.

        >>> ClaimRules().limit(date(2026, 11, 20), 5)
        datetime.date(2026, 11, 25)
        >>> ClaimRules(working_days=True).limit(date(2026, 11, 20), 5)
        datetime.date(2026, 11, 27)
        """
        if not self.working_days:
            return start + timedelta(days=days)
        day, left = start, days
        while left:
            day += _ONE
            left -= self.works(day)
        return day

    def works(self, day: date) -> bool:
        """Whether a day is a working day."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)


def claims_rules(settings: Mapping[str, Any]) -> ClaimRules:
    """``[rules.claims]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), ClaimRules()
    days = table.number("days", usual.days, low=1, high=LONGEST_DAYS, whole=True)
    rules = ClaimRules(
        days=days,
        accept_days=table.number("accept_days", days, low=1, high=LONGEST_DAYS, whole=True),
        decide_days=table.number("decide_days", days, low=1, high=LONGEST_DAYS, whole=True),
        working_days=table.flag("working_days", usual.working_days),
        holidays=_days(table, "holidays"),
        workdays=_days(table, "workdays"),
        back_days=table.number("back_days", usual.back_days, low=0, high=LONGEST_DAYS, whole=True),
    )
    table.done()
    return rules


def _days(table: SectionReader, key: str) -> frozenset[date]:
    """Days written as "2026-10-01"; a problem for each that is none."""
    found = set()
    for text in table.texts(key):
        try:
            found.add(date.fromisoformat(text))
        except ValueError:
            table.wrong(key, f'days such as "2026-10-01", not {text!r}', f"形如 2026-10-01 的日期，{text!r} 不是")
    return frozenset(found)
