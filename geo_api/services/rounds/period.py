"""Weeks and months as they are written: 2026-W45, 2026-11."""

from __future__ import annotations

import re
from datetime import date, timedelta

from geo_api.errors import BadRequest
from geo_api.supervision.periods import EARLIEST_YEAR, LATEST_YEAR


def period_of(of: str | None, today: date) -> tuple[date, date]:
    """Days [from, to) of a week or a month; the week of ``today`` where neither is given.

    >>> period_of("2026-W45", date(2026, 1, 1))
    (datetime.date(2026, 11, 2), datetime.date(2026, 11, 9))

    Raises:
        BadRequest: what is neither a week nor a month.
    """
    if not of:
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=7)
    found = re.fullmatch(r"(\d{4})-(W?)(\d{2})", of, re.ASCII)
    try:
        if found is None or not EARLIEST_YEAR <= int(found[1]) <= LATEST_YEAR:
            raise ValueError
        year, part = int(found[1]), int(found[3])
        first = date.fromisocalendar(year, part, 1) if found[2] else date(year, part, 1)
    except ValueError:
        raise BadRequest(f"of={of!r}: a week such as 2026-W45 or a month such as 2026-11 was expected") from None
    return first, first + timedelta(days=7) if found[2] else (first + timedelta(days=31)).replace(day=1)
