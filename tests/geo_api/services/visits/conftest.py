from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import LOADED, WEST, Town, make_town


@pytest.fixture(scope="package")
def small_town() -> Town:
    return make_town(entities=200)


@pytest.fixture(scope="package")
def lived(new_database: Callable[[], str], small_town: Town) -> Iterator[Store]:
    """A town of 200 entities with a year of visits and a plan of its western station, shared by the tests here."""
    with open_store(new_database()) as store:
        load(small_town, store.register, actor="test", today=LOADED)
        published(store, WEST, LOADED)
        yield store
