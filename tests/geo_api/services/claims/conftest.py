"""One small town for the tests of claims: loaded in January, planned and staffed; each test brings entities of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pandas as pd
import pytest
import shapely

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import EAST, LOADED, WEST, Town, make_town


@pytest.fixture(scope="package")
def small() -> Town:
    """200 entities in two stations."""
    return make_town(entities=200)


@pytest.fixture(scope="package")
def towns(new_database: Callable[[], str], small: Town) -> Iterator[Store]:
    """A store with the town, a plan in force in each station since January, and officers for each cell."""
    with open_store(new_database()) as store:
        load(small, store.register, today=LOADED)
        for station in (WEST, EAST):
            published(store, station, date(2026, 1, 1))
        yield store


class Arrivals:
    """Brings new entities into the register, one load for each call."""

    def __init__(self, store: Store, town: Town) -> None:
        self.store, self.town, self.number = store, town, 0

    def at(self, *places: tuple[float, float], on: date) -> list[int]:
        """Permanent ids of new entities at places."""
        more = self.town.entities.iloc[: len(places)].copy()
        names = [f"new{self.number + k}" for k in range(len(places))]
        self.number += len(places)
        more["source_id"], more["name"], more["opened"] = names, names, on
        more["registration_no"] = ""
        more = more.set_geometry([shapely.Point(*p) for p in places], crs=4490)
        self.load(pd.concat([self.town.entities, more], ignore_index=True), on)
        return self.ids(names)

    def load(self, entities: object, on: date) -> None:
        """Load the town with other entities."""
        self.town = self.town.but(entities=entities, digest=f"d{self.number}-{on}-{id(entities)}")
        load(self.town, self.store.register, today=on)

    def ids(self, names: list[str]) -> list[int]:
        """Permanent ids by source id."""
        with self.store.database.connection() as connection:
            rows = connection.execute(
                "select entity_id from entity_identity where source_id = any(%s) order by entity_id", (names,)
            ).fetchall()
        return [row[0] for row in rows]


@pytest.fixture(scope="package")
def arrivals(towns: Store, small: Town) -> Arrivals:
    """Brings new entities."""
    return Arrivals(towns, small)


class Ground:
    """Points in the middle of cells, and the cells' officers."""

    def __init__(self, store: Store, on: date) -> None:
        territory = store.published.territory(on)
        self.middle = {c.code: shapely.from_wkb(c.wkb).representative_point() for c in territory.cells}
        self.officers = {code: [o.officer_id for o in people] for code, people in territory.officers.items()}
        self.west = sorted(c for c in self.middle if c.startswith(WEST))
        self.east = sorted(c for c in self.middle if c.startswith(EAST))

    def at(self, code: str) -> tuple[float, float]:
        return self.middle[code].x, self.middle[code].y

    def officer(self, code: str) -> str:
        return self.officers[code][0]


@pytest.fixture(scope="package")
def ground(towns: Store) -> Ground:
    """Where the cells are."""
    return Ground(towns, date(2026, 11, 1))
