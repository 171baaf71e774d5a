"""What due lists are found in: entities with their cells, last visits, open notices and officers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from geo_api.db.engine import Connection, Database
from geo_api.db.published import FOR_EVER
from geo_api.db.queries import query
from geo_api.db.visits.posted import ancestors_of, read_register
from geo_api.services.answers import OfficerOnDuty, PublishedTerritory
from geo_api.services.visits.due_model import Days, DueInputs, days
from geo_api.services.visits.model import Register
from gridding.types import IntArray

PARENTS = """
    select code, parent_code from jurisdiction
    where recorded_from <= %(known)s and (recorded_to is null or recorded_to > %(known)s) and valid @> %(day)s
    union
    select code, station_code from cell_code
"""


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
        self, register: Register, on: date, kinds: tuple[str, ...], recorded_at: datetime | None
    ) -> DueInputs:
        """Entities, last visits, open notices and officers on a day, in one snapshot."""
        named = {"dataset": register.dataset, "day": on, "known": recorded_at or FOR_EVER, "kinds": list(kinds)}
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            rows = connection.execute(query("due_entities"), named).fetchall()
            notices = connection.execute(query("due_notices"), named).fetchall()
            territory = read_officers(connection, on, recorded_at)
        columns = list(zip(*rows, strict=True)) if rows else [()] * 14
        ids, name, address, letter, industry, licensed, opened, licence, since, cell, counted, last, fail, minor = (
            columns
        )
        return DueInputs(
            entity_id=np.array(ids, dtype=np.int64),
            name=_texts(name),
            address=_texts(address),
            credit_class=_texts(letter),
            industry=_texts(industry),
            licensed=np.array(licensed, dtype=bool),
            cell=_texts(cell),
            opened=days(opened),
            licence_until=days(licence),
            since=days(since),
            counted=days(counted),
            last=days(last),
            fail=days(fail),
            minor=days(minor),
            notices=tuple(notices),
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
            return dict(connection.execute(query("due_counts"), named).fetchall())


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


def _texts(values: Any) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
