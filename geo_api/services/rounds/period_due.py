"""What is due by the calendar period of each class: overdue, or the period ends soon and a visit is missing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from geo_api.services.rounds.model import DueVisit, Place, RoundStore
from geo_api.supervision.coverage import ROUNDING, DuePeriod, judged_periods, year_before
from geo_api.supervision.profile import Profile

LEAD_DAYS = 15
"""A visit is planned from so many days before the end of the period that asks for it."""
OVERDUE = ("overdue", "overdue", "已逾期")
PERIOD = ("period", "period ends", "周期到期")


class PeriodDue:
    """Implements :class:`geo_api.services.rounds.model.DueSource` from visits made and the rules of the day."""

    def __init__(self, store: RoundStore) -> None:
        self._store = store

    def due(
        self, places: Sequence[Place], on: date, until: date, profile: Profile, planned: Mapping[int, Sequence[date]]
    ) -> tuple[DueVisit, ...]:
        """At most one visit an entity: the first that is missing."""
        since = year_before(on) - timedelta(days=366)
        made = self._store.visits_since([p.entity_id for p in places], since, until)
        found = []
        horizon = until + timedelta(days=LEAD_DAYS + 366)
        periods_of: dict[tuple[str, str, bool], Sequence[DuePeriod]] = {}
        for place in places:
            kind = (place.credit_class, place.industry, place.licensed)
            if kind not in periods_of:
                per_year = profile.rules.visits(kind[0], kind[1], licensed=kind[2])
                periods_of[kind] = judged_periods(per_year, year_before(on), horizon)
            visits = sorted([*made.get(place.entity_id, ()), *planned.get(place.entity_id, ())])
            row = _missing(place, periods_of[kind], visits, on, until)
            if row is not None:
                found.append(row)
        return tuple(found)


def _missing(
    place: Place, periods: Sequence[DuePeriod], visits: Sequence[date], on: date, until: date
) -> DueVisit | None:
    """The first visit that is missing: of the last period that ended, else of those that end soon."""
    horizon = until + timedelta(days=LEAD_DAYS)
    ended = [p for p in periods if p.end <= on]
    if ended and _lacks(place, ended[-1], visits, ended[-1].end) and not _between(visits, ended[-1].end, until):
        last_day = ended[-1].end - timedelta(days=1)
        return DueVisit(place.entity_id, *OVERDUE, due_on=last_day, overdue_days=(on - last_day).days)
    for period in periods:
        if on < period.end <= horizon and period.start < until and _lacks(place, period, visits, until):
            return DueVisit(place.entity_id, *PERIOD, due_on=period.end - timedelta(days=1), overdue_days=0)
    return None


def _lacks(place: Place, period: DuePeriod, visits: Sequence[date], before: date) -> bool:
    """Whether half a visit or more is missing in a period, pro rata for what opened in it."""
    start = max(period.start, place.opened) if place.opened else period.start
    if start >= period.end:
        return False
    asked = period.visits * ((period.end - start) / (period.end - period.start))
    return asked - _between(visits, start, min(period.end, before)) >= ROUNDING


def _between(visits: Sequence[date], start: date, end: date) -> int:
    return bisect_left(visits, end) - bisect_left(visits, start)
