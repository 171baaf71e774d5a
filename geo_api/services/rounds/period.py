"""Weeks and months as they are written: 2026-W45, 2026-11."""

from __future__ import annotations

import re
from datetime import date, timedelta

from geo_api.errors import BadRequest
from geo_api.supervision.periods import EARLIEST_YEAR, LATEST_YEAR


def period_of(week: str | None, month: str | None, today: date) -> tuple[date, date]:
    """Days [from, to) of a week or a month; the week of ``today`` where neither is given.

    >>> period_of("2026-W45", None, date(2026, 1, 1))
    (datetime.date(2026, 11, 2), datetime.date(2026, 11, 9))

    Raises:
        BadRequest: both, or one that is no week or month.
    """
    if week and month:
        raise BadRequest("give a week or a month, not both")
    if month:
        return _month(month)
    if week:
        return _week(week)
    monday = today - timedelta(days=today.weekday())
    return monday, monday + timedelta(days=7)


def _week(text: str) -> tuple[date, date]:
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text, re.ASCII)
    try:
        if found is None or not EARLIEST_YEAR <= int(found[1]) <= LATEST_YEAR:
            raise ValueError
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise BadRequest(f"week {text!r}: a week such as 2026-W45 was expected") from None
    return monday, monday + timedelta(days=7)


def _month(text: str) -> tuple[date, date]:
    found = re.fullmatch(r"(\d{4})-(\d{2})", text, re.ASCII)
    try:
        if found is None or not EARLIEST_YEAR <= int(found[1]) <= LATEST_YEAR:
            raise ValueError
        first = date(int(found[1]), int(found[2]), 1)
    except ValueError:
        raise BadRequest(f"month {text!r}: a month such as 2026-11 was expected") from None
    return first, (first + timedelta(days=31)).replace(day=1)
