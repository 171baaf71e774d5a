"""A town with published cells and officers, shared by the tests of tasks and rounds; each test opens tasks of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.answers import PublishedTerritory
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import EAST, LOADED, WEST, make_town

DAY = date(2026, 3, 2)


@pytest.fixture(scope="package")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    """Two stations with three cells each from 5 January 2026 on, 200 entities."""
    with open_store(new_database()) as store:
        load(make_town(entities=200), store.register, today=LOADED)
        for station in (WEST, EAST):
            published(store, station, date(2026, 1, 5), cells=3)
        yield store


@pytest.fixture(scope="package")
def territory(town_store: Store) -> PublishedTerritory:
    """What is in force on 2 March 2026."""
    return town_store.published.territory(DAY)
