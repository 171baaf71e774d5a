"""Leave and substitutes: what a new absence does to those recorded, and who is there on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Rewrite

KINDS = ("leave", "sick", "training", "secondment", "other")


@dataclass(frozen=True, slots=True)
class Absence:
    """An officer is away for a period; ``substitute_id`` "" = nobody stands in. ``row_id`` 0 = not recorded yet."""

    row_id: int
    officer_id: str
    substitute_id: str
    kind: str
    period: Period


def go_away(rows: Iterable[Absence], wanted: Absence) -> Rewrite[Absence]:
    """Record an absence; what was recorded for the same days gives way to it."""
    mine = [r for r in rows if r.officer_id == wanted.officer_id and r.period.overlaps(wanted.period)]
    return Rewrite(tuple((r, r.period.minus(wanted.period)) for r in mine), (wanted,))


def come_back(rows: Iterable[Absence], officer_id: str, day: date) -> Rewrite[Absence]:
    """The officer is there again from a day on; later absences that have not begun stay."""
    here = (r for r in rows if r.officer_id == officer_id and day in r.period)
    return Rewrite(tuple((r, Period(r.period.start, day).minus(Period(day, None))) for r in here))


def clashes(rows: Iterable[Absence], wanted: Absence) -> tuple[Absence, ...]:
    """Absences that leave nobody: the substitute is away, or the officer stands in for somebody, in that period."""
    return tuple(
        r
        for r in rows
        if r.period.overlaps(wanted.period)
        and ((wanted.substitute_id and r.officer_id == wanted.substitute_id) or r.substitute_id == wanted.officer_id)
    )


def away_on(rows: Iterable[Absence], day: date) -> frozenset[str]:
    """Ids of the officers who are away on a day."""
    return frozenset(r.officer_id for r in rows if day in r.period)


def renumbered(row: Absence, period: Period) -> Absence:
    """What remains of a recorded absence: a new row."""
    return replace(row, row_id=0, period=period)
