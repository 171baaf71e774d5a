"""One small town for the tests of the register's life; each test brings entities of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.load import load
from geo_api.services.register.changes import import_changes
from geo_api.services.register.store import ImportAnswer
from layers.register_changes import changes_of_rows
from tests.geo_api.life import OPERATOR, published
from tests.geo_api.services.claims.conftest import Ground
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, make_town


@dataclass
class Office:
    """Brings changes in."""

    store: Store
    ground: Ground
    today: date

    def bring(self, *rows: dict[str, Any], **named: Any) -> ImportAnswer:
        given = {"caller": OPERATOR, "on": self.today, "reason": "test"} | named
        datum = given.pop("datum", "cgcs2000")
        return import_changes(self.store.life, changes_of_rows(rows, datum), BUREAU, **given)

    def at(self, cell: str) -> dict[str, float]:
        lon, lat = self.ground.at(cell)
        return {"lon": lon, "lat": lat}

    def row(self, source_id: str, day: date) -> tuple[Any, ...]:
        with self.store.database.connection() as connection:
            found = connection.execute(
                "select e.name, e.address, e.credit_class, e.closed, locate(st_x(e.geom), st_y(e.geom), %s), e.placed_by "
                "from entity e join entity_identity i using (entity_id) where i.source_id = %s and e.recorded_to is null "
                "and e.valid @> %s",
                (day, source_id, day),
            ).fetchone()
        return found or ()

    def rows(self) -> int:
        with self.store.database.connection() as connection:
            found = connection.execute("select count(*) from entity").fetchone()
        return int(found[0]) if found else 0

    def id(self, source_id: str) -> int:
        with self.store.database.connection() as connection:
            found = connection.execute(
                "select entity_id from entity_identity where source_id = %s", (source_id,)
            ).fetchone()
        assert found is not None
        return int(found[0])


@pytest.fixture(scope="package")
def office(new_database: Callable[[], str]) -> Iterator[Office]:
    """A town of 200 entities, planned in both stations."""
    with open_store(new_database()) as store:
        load(make_town(entities=200), store.register, today=LOADED)
        for station in (WEST, EAST):
            published(store, station, date(2026, 1, 1))
        today = store.life.today(BUREAU)
        yield Office(store, Ground(store, today), today)


def opened(key: str, **more: Any) -> dict[str, Any]:
    """A row that opens an entity."""
    return {"change": "opened", "source_id": key, "name": f"新店{key}", "credit_class": "B", "industry": "food"} | more
