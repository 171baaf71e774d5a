"""A town of 200 entities whose plans hold since 2020, loaded once; what the tests look at lies in 2021 and 2022."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import EAST, WEST, make_town

BEGIN = date(2020, 1, 2)


@pytest.fixture(scope="package")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    """Loaded on 1 January 2020, both stations with three cells in force from the next day."""
    with open_store(new_database()) as store:
        load(make_town(entities=200), store.register, today=date(2020, 1, 1))
        for station in (WEST, EAST):
            published(store, station, BEGIN)
        yield store


def visit(store: Store, *rows: tuple[int, date], prefix: str, **columns: object) -> None:
    """Record visits to entities: (entity id, day)."""
    names = ["source", "visit_id", "entity_id", "made_on", "kind", "result", "digest", *columns]
    with store.database.connection() as connection:
        connection.cursor().executemany(
            f"insert into inspection ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})",
            [
                ("hand", f"{prefix}{n}", entity_id, day, "daily", "pass", "d", *columns.values())
                for n, (entity_id, day) in enumerate(rows)
            ],
        )


def entity_ids(store: Store, credit_class: str, before: date, cell: str = "") -> Sequence[int]:
    """Licensed entities of a class that opened before a day, in a cell or anywhere, by id."""
    with store.database.connection() as connection:
        rows = connection.execute(
            "select e.entity_id from entity e join cell_entity m using (entity_id) join plan_validity v using (plan_id) "
            "where e.credit_class = %s and e.licensed and e.opened < %s and (%s = '' or m.cell_code = %s) "
            "and e.recorded_to is null and v.recorded_to is null order by 1",
            (credit_class, before, cell, cell),
        ).fetchall()
    return [row[0] for row in rows]
