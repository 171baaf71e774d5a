"""What is due by the due lists of the bureau, beside the calendar periods of the classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from geo_api.services.answers import PublishedTerritory
from geo_api.services.profiles.store import ProfileStore, profile_on
from geo_api.services.rounds.model import DueSource, DueVisit, Place, RoundStore
from geo_api.services.rounds.period_due import LEAD_DAYS, PeriodDue
from geo_api.services.visits.due import due_rows
from geo_api.services.visits.due_model import Days, DueInputs, DueReader, DueRow
from geo_api.services.visits.model import Register
from geo_api.supervision.profile import Profile
from gridding.types import IntArray

BY_PERIOD = "period_end"
"""Lists that count from the end of a calendar period are worked out week by week, with what is planned counted as made."""


class ListsDue:
    """Implements :class:`geo_api.services.rounds.model.DueSource`: the lists as they stand on the first day."""

    def __init__(self, periods: DueSource, rows: Sequence[DueRow]) -> None:
        self._periods, self._rows = periods, rows

    def due(
        self, places: Sequence[Place], on: date, until: date, profile: Profile, planned: Mapping[int, Sequence[date]]
    ) -> tuple[DueVisit, ...]:
        """What the periods ask for, and what the lists hold; a planned visit takes an entity off the lists."""
        ours = {p.entity_id for p in places}
        horizon = until + timedelta(days=LEAD_DAYS)
        listed = tuple(
            DueVisit(r.entity_id, r.list, r.title_en, r.title_zh, r.due_on, max(0, (on - r.due_on).days))
            for r in self._rows
            if r.entity_id in ours and r.due_on < horizon and not planned.get(r.entity_id)
        )
        return (*self._periods.due(places, on, until, profile, planned), *listed)


class _Part:
    """Implements :class:`DueReader` for some entities."""

    def __init__(self, reader: DueReader, entities: Sequence[int]) -> None:
        self._reader, self._entities = reader, entities

    def ancestors(self, code: str) -> tuple[str, ...]:
        return self._reader.ancestors(code)

    def register_of(self, code: str) -> Register:
        return self._reader.register_of(code)

    def due_inputs(
        self,
        register: Register,
        on: date,
        kinds: tuple[str, ...],
        recorded_at: datetime | None,
        *,
        entities: Sequence[int] | None = None,
        cells: Callable[[PublishedTerritory], Collection[str] | None] | None = None,
    ) -> DueInputs:
        given = self._entities if entities is None else entities
        return self._reader.due_inputs(register, on, kinds, recorded_at, entities=given, cells=cells)

    def counts_since(
        self, ids: IntArray, starts: Days, on: date, kinds: tuple[str, ...], recorded_at: datetime | None
    ) -> dict[int, int]:
        return self._reader.counts_since(ids, starts, on, kinds, recorded_at)


def lists_due(
    rounds: RoundStore,
    reader: DueReader,
    entities: Sequence[int],
    profiles: ProfileStore,
    jurisdictions: Sequence[str],
    period_from: date,
    period_to: date,
) -> ListsDue:
    """The lists of some entities of a cell, or of stations (seldom more than one): read once, however long the period."""
    lists = profile_on(profiles, jurisdictions[0], period_from).section("due").lists
    names = [each.name for each in lists if each.counts_from != BY_PERIOD]
    last = period_to - timedelta(days=1)
    rows: list[DueRow] = []
    for code in jurisdictions if names else ():
        rows += due_rows(_Part(reader, entities), profiles, code, period_from, last, lists=names)
    return ListsDue(PeriodDue(rounds), rows)
