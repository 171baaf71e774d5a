"""A small town with a published plan of eight cells in its western station, loaded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.answers import LookupAnswer
from geo_api.services.ask import LookupService
from geo_api.services.finder import territory_finder
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import LOADED, WEST, make_town

PLAN_FROM = date(2026, 2, 1)


@pytest.fixture(scope="package")
def staffed(new_database: Callable[[], str]) -> Iterator[Store]:
    """The town, its western station with eight cells from February on; tests keep to days of their own."""
    with open_store(new_database()) as store:
        load(make_town(entities=200).but(rules=RULES), store.register, today=LOADED)
        published(store, WEST, PLAN_FROM, cells=8, tolerance=0.9)
        yield store


RULES = {
    "balance_tolerance": 0.1,
    "officers_per_cell": 2,
    "hours_per_officer_year": 100,
    "staffing": {"functions": ["food"], "work_limit": 0.3},
}


@pytest.fixture(scope="package")
def ask(staffed: Store) -> Callable[..., LookupAnswer]:
    """A point of the middle of a cell, asked on a day."""
    keeper: SnapshotKeeper[Any] = SnapshotKeeper(
        staffed.published, territory_finder, lambda _: None, now=lambda: datetime(2026, 3, 10, tzinfo=UTC)
    )
    lookup = LookupService(keeper, None, near_border_m=10)  # type: ignore[arg-type]

    def answer(code: str, on: date, **named: Any) -> LookupAnswer:
        snapshot = lookup.snapshot(on)
        place = snapshot.polygons[snapshot.index_of[code]].representative_point()
        return lookup.point(place.x, place.y, datum="cgcs2000", on=on, **named)

    return answer


@pytest.fixture(scope="package")
def codes(staffed: Store) -> list[str]:
    """The codes of the eight cells."""
    return [c.code for c in staffed.published.territory(PLAN_FROM).cells]
