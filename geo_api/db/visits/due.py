"""What due lists are found in: entities with their cells, last visits, open notices and officers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from geo_api.db.columns import fetch_columns
from geo_api.db.engine import Connection, Database
from geo_api.db.published import FOR_EVER
from geo_api.db.queries import query
from geo_api.db.visits.known import as_known
from geo_api.db.visits.posted import ancestors_of, read_register
from geo_api.services.answers import OfficerOnDuty, PublishedTerritory
from geo_api.services.visits.due_model import Days, DueInputs
from geo_api.services.visits.model import Register
from gridding.types import IntArray

PARENTS = """
    select code, parent_code from jurisdiction
    where recorded_from <= %(known)s and (recorded_to is null or recorded_to > %(known)s) and valid @> %(day)s
    union
    select code, station_code from cell_code
"""


EPOCH = date(1970, 1, 1)
NONE = -(2**31) + 1
"""Days since the epoch; no day."""
COLUMNS = {
    "entity_id": "int8", "name": "text", "credit_code": "text", "address": "text", "credit_class": "text", "industry": "text",
    "licensed": "bool", "opened": "int4", "licence_until": "int4", "since": "int4", "cell_code": "text", "counted": "int4",
    "last": "int4", "fail": "int4", "minor": "int4", "followed": "int4", "notices": "text",
}  # fmt: skip
SORT_MEMORY = """
    select set_config('work_mem', '64MB', true), set_config('max_parallel_workers_per_gather', '0', true),
           set_config('random_page_cost', '1.1', true)
"""
"""A city's register and its last visits are sorted in memory; visits are read from their index, in its order, which workers
would leave for the whole table, and so would the cost of pages on turning disks."""


class DueViews:
    """Implements :class:`geo_api.services.visits.due_model.DueReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self._database.connection() as connection:
            return ancestors_of(connection, code)

    def register_of(self, code: str) -> Register:
        """The register of a jurisdiction; NotFound."""
        with self._database.connection() as connection:
            return read_register(connection, code)

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
        """Entities (None = the whole register's), last visits, open notices and officers on a day, in one snapshot.

        ``cells`` says of which cells, once it is known who answers where; None = all entities.
        """
        named: dict[str, Any] = {
            "dataset": register.dataset, "day": on, "known": recorded_at or FOR_EVER, "kinds": list(kinds), "epoch": EPOCH,
            "none": NONE, "entities": None if entities is None else list(entities),
        }  # fmt: skip
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            connection.execute(SORT_MEMORY)
            territory = read_officers(connection, on, recorded_at)
            wanted = cells(territory) if cells is not None and entities is None else None
            if wanted is not None:
                named["entities"] = entities_in(connection, register.dataset, wanted, on, recorded_at)
            found = fetch_columns(connection, as_known("due_entities", recorded_at), named, COLUMNS)
        notices = _notices(found["entity_id"], found.pop("notices"))
        return DueInputs(
            **{
                {"cell_code": "cell"}.get(name, name): _days(column) if COLUMNS[name] == "int4" else column
                for name, column in found.items()
            },
            notices=notices,
            territory=territory,
        )

    def counts_since(
        self, ids: IntArray, starts: Days, on: date, kinds: tuple[str, ...], recorded_at: datetime | None
    ) -> dict[int, int]:
        """Visits of entities since a day each."""
        if not len(ids):
            return {}
        named = {
            "ids": ids.tolist(), "starts": starts.astype(object).tolist(), "day": on, "kinds": list(kinds),
            "known": recorded_at or FOR_EVER,
        }  # fmt: skip
        with self._database.connection() as connection:
            return dict(connection.execute(as_known("due_counts", recorded_at), named).fetchall())


def entities_in(
    connection: Connection, dataset: str, cells: Collection[str], on: date, recorded_at: datetime | None
) -> list[int]:
    """Ids of the entities of a register that lie in some cells on a day, ascending."""
    named = {"dataset": dataset, "cells": list(cells), "day": on, "known": recorded_at or FOR_EVER}
    return [row[0] for row in connection.execute(as_known("entities_in", recorded_at), named).fetchall()]


def read_officers(connection: Connection, on: date, recorded_at: datetime | None) -> PublishedTerritory:
    """Who answers for which code on a day, and which code lies in which; without shapes."""
    named = {"day": on, "known": recorded_at or FOR_EVER}
    officers: dict[str, list[OfficerOnDuty]] = {}
    for row in connection.execute(query("territory_officers"), named).fetchall():
        code, officer_id, name, title, role, function, telephone, since, until, absent, substitutes = row
        officers.setdefault(code, []).append(
            OfficerOnDuty(officer_id, name, title, role, function, telephone, code, since, until, absent, substitutes)
        )
    parents: dict[str, str] = dict(connection.execute(PARENTS, named).fetchall())
    people = {code: tuple(found) for code, found in officers.items()}
    return PublishedTerritory(
        on=on, read_at=datetime.now(UTC), revision="", stations=(), cells=(), officers=people, parents=parents, names={}
    )


def _notices(ids: IntArray, texts: np.ndarray) -> tuple[tuple[int, str, date], ...]:
    """(entity_id, visit_id, deadline) of the open notices, by entity and deadline."""
    out = []
    for e in np.flatnonzero(texts != "").tolist():
        for notice in texts[e].split("\x1d"):
            visit, _, deadline = notice.rpartition("\x1e")
            out.append((int(ids[e]), visit, EPOCH + timedelta(days=int(deadline))))
    return tuple(out)


def _days(numbers: np.ndarray) -> Days:
    out = numbers.astype("datetime64[D]")
    out[numbers == NONE] = np.datetime64("NaT", "D")
    return out
