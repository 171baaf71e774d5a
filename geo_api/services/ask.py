"""The lookup as one object: datum, day and snapshot put together. Routes and commands ask it; formats render."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.errors import BadRequest, StoreUnavailable
from geo_api.services import datums
from geo_api.services.addresses.ask import many
from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.store import Reading
from geo_api.services.answers import LookupAnswer
from geo_api.services.batch_lookup import BatchAnswer, BatchQuestion, look_up_batch
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.lookup import look_up_point, of_function, refuse_swapped, without_telephones
from geo_api.services.snapshot import Snapshot
from gridding.types import FloatArray
from layers.datum import datum_name


class AddressBook(Protocol):
    """Lends the gazetteer (:class:`geo_api.services.addresses.keeper.GazetteerKeeper`)."""

    def current(self) -> tuple[Gazetteer, Reading]:
        """The gazetteer and how addresses are read; StoreUnavailable where none can be had."""
        ...

    def age_s(self) -> float | None:
        """None while the database confirms it, else the seconds since it last did."""
        ...


class LookupService:
    """Answers the questions of :class:`geo_api.services.ports.Lookup` from the keeper's snapshots.

    Telephone numbers are shown for today; for other days, and for what was recorded earlier, only to callers with a key
    (``with_telephones``).
    """

    def __init__(
        self, keeper: SnapshotKeeper[Any], book: AddressBook, *, near_border_m: float, address_confidence: float = 0.95
    ) -> None:
        self._keeper, self._book, self._near_border_m = keeper, book, near_border_m
        self._threshold = address_confidence

    def snapshot(self, on: date | None = None, recorded_at: datetime | None = None) -> Snapshot:
        """The snapshot of a day (None = today's, as held in memory); StoreUnavailable where none can be had."""
        if on is None and recorded_at is None:
            held = self._keeper.current
            if held is None:
                raise StoreUnavailable("nothing could be read from the database since the start; try again")
            return held.snapshot
        return self._keeper.day(on or self._keeper.today(), recorded_at)

    def point(
        self,
        lon: float,
        lat: float,
        *,
        datum: str,
        on: date | None = None,
        recorded_at: datetime | None = None,
        with_telephones: bool = False,
        function: str | None = None,
    ) -> LookupAnswer:
        """Who answers for a point, on a day; with a ``function`` those who hold it, or all functions."""
        x, y = datums.point_to_storage(lon, lat, datum)
        snapshot = self.snapshot(on, recorded_at)
        refuse_swapped(snapshot, x, y)
        answer = look_up_point(snapshot, x, y, near_border_m=self._near_border_m, age_s=self._keeper.age_s())
        answer = of_function(snapshot, answer, function)
        return self._discreet(answer, snapshot, with_telephones=with_telephones)

    def address(
        self,
        address: str,
        *,
        on: date | None = None,
        recorded_at: datetime | None = None,
        with_telephones: bool = False,
        function: str | None = None,
    ) -> LookupAnswer:
        """Who answers for an address, on a day; from memory, like points."""
        if not any(c.isalnum() for c in address):
            raise BadRequest(f"address {address!r} has no letter or digit; give street and number, or a place's name")
        return self.addresses(
            [address], on=on, recorded_at=recorded_at, with_telephones=with_telephones, function=function
        )[0]

    def addresses(
        self,
        texts: Sequence[str],
        *,
        on: date | None = None,
        recorded_at: datetime | None = None,
        with_telephones: bool = False,
        function: str | None = None,
    ) -> list[LookupAnswer]:
        """Who answers for each of many addresses, on a day; same order as given, equal texts worked out once.

        The cells are those of ``recorded_at``; what an address means is what the gazetteer knows now.
        """
        snapshot = self.snapshot(on, recorded_at)
        gazetteer, how = self._book.current()
        answers = many(
            gazetteer,
            snapshot,
            texts,
            threshold=self._threshold,
            near_border_m=self._near_border_m,
            divisions=how.divisions,
            age_s=_older(self._keeper.age_s(), self._book.age_s()),
        )
        narrowed = (of_function(snapshot, answer, function) for answer in answers)
        return [self._discreet(answer, snapshot, with_telephones=with_telephones) for answer in narrowed]

    def batch(self, question: BatchQuestion, *, datum: str, on: date | None = None) -> BatchAnswer:
        """The cells of many points, on a day."""
        datum_name(datum)  # an unknown datum is refused before any work

        def to_storage(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
            return datums.arrays_to_storage(x, y, datum)

        return look_up_batch(self.snapshot(on), question, to_storage, age_s=self._keeper.age_s())

    def _discreet(self, answer: LookupAnswer, snapshot: Snapshot, *, with_telephones: bool) -> LookupAnswer:
        held = self._keeper.current
        is_todays = held is not None and snapshot is held.snapshot
        return answer if is_todays or with_telephones else without_telephones(answer)


def _older(one: float | None, other: float | None) -> float | None:
    """The greater of two ages; None where both are confirmed."""
    ages = [age for age in (one, other) if age is not None]
    return max(ages) if ages else None
