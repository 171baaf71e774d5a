"""Coverage of a jurisdiction in a period: who may see it, which days, what figures by."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, CoverageAnswer
from geo_api.services.coverage.arrears import arrears, first_rows, overdue_rows
from geo_api.services.coverage.compute import compute
from geo_api.services.coverage.inputs import CoverageReader
from geo_api.services.coverage.roll_up import KEYS, roll_up
from geo_api.supervision.coverage import year_before
from geo_api.supervision.report_periods import named
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
LISTED = 1000
"""So many overdue businesses are listed; the totals count all."""


def coverage(
    reader: CoverageReader,
    jurisdiction: str,
    *,
    caller: Caller,
    today: date,
    on: date | None = None,
    of: str | None = None,
    period_from: date | None = None,
    period_to: date | None = None,
    by: str = "total",
    recorded_at: datetime | None = None,
    listed: int | None = LISTED,
) -> CoverageAnswer:
    """Visits due and made of a bureau, station or cell, and who is overdue.

    Args:
        reader: where it is computed from.
        jurisdiction: code of a bureau, station or cell.
        caller: who asks.
        today: the deployment's today; days after it are left out of the period.
        on: the year up to this day (the day itself not counted), today at the latest, which is the default.
        of: a month 2026-10, a quarter 2026-Q4 or a year 2026.
        period_from, period_to: any days, from the first up to, not including, the second.
        by: what figures are given by, see :data:`geo_api.services.coverage.roll_up.KEYS`.
        recorded_at: as it was recorded at this moment; None = now.
        listed: so many of each kind of arrears are listed; None = all.

    Raises:
        BadRequest: a period that is none, or that lies ahead. NotFound: no such code. NotAllowed: not the caller's to see.
    """
    above = reader.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=READERS, ancestors=above, to=f"see the coverage of {jurisdiction}"
    )
    if by not in KEYS:
        raise BadRequest(f"figures cannot be had by {by!r}: by is one of {', '.join(KEYS)}")
    first, last = days_of(today, on=on, of=of, period_from=period_from, period_to=period_to)
    tables = compute(reader, jurisdiction, first, last, recorded_at=recorded_at, visitors=by == "visitor")
    codes = sorted({*tables.cells, *tables.stations, *tables.officers, jurisdiction} - {""})
    names = reader.names(codes, date.fromordinal(last.toordinal() - 1))
    classes = roll_up(tables, "class", names)
    totals = Counter({"coverage.overdue": len(overdue_rows(tables)), "coverage.first_visit": len(first_rows(tables))})
    whole = roll_up(tables, "total", names)
    return CoverageAnswer(
        jurisdiction=jurisdiction,
        name=names.get(jurisdiction, ""),
        on=last,
        period=of or "",
        period_from=first,
        period_to=last,
        recorded_at=recorded_at,
        by=by,
        totals={rule: number for rule, number in sorted(totals.items()) if number},
        due={row.key: round(row.due, 6) for row in classes},
        made={row.key: round(row.made, 6) for row in classes},
        total=whole[0] if whole else None,
        rows=roll_up(tables, by, names),
        findings=arrears(tables, reader.businesses, most=listed),
    )


def days_of(
    today: date, *, on: date | None, of: str | None, period_from: date | None, period_to: date | None
) -> tuple[date, date]:
    """First day and first day no longer of a period as it was asked for; it ends today at the latest."""
    given = [text for text, said in (("on", on), ("of", of), ("period_from", period_from or period_to)) if said]
    if len(given) > 1:
        raise BadRequest(
            f"{' and '.join(given)} were given: say the period once, as on, of, or period_from and period_to"
        )
    if of:
        period = named(of)
        first, last = period.start, period.end
    elif period_from or period_to:
        if not (period_from and period_to):
            raise BadRequest(
                "period_from and period_to belong together: the first day, and the first day after the period"
            )
        first, last = period_from, period_to
    else:
        last = on or today
        first = year_before(last)
    if last <= first:
        raise BadRequest(f"the period from {first} to {last} has no days: period_to is the first day after it")
    if first >= today:
        raise BadRequest(f"the period begins on {first}: nothing has been due in it yet, today is {today}")
    if on and on > today:
        raise BadRequest(f"on = {on} lies ahead: today is {today}, and periods that still run cannot be judged")
    return first, min(last, today)
