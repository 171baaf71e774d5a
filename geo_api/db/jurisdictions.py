"""What every store asks alike of the tree of jurisdictions: the levels above a code, and what day it is there."""

from __future__ import annotations

from datetime import date

from geo_api.clock import today_in
from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.errors import NotFound


class JurisdictionTables:
    """A store of what belongs to jurisdictions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self._database.connection() as connection:
            return ancestors_of(connection, code)

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        with self._database.connection() as connection:
            return today_of(connection, code)


def ancestors_of(connection: Connection, code: str) -> tuple[str, ...]:
    """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
    rows = connection.execute(query("ancestors"), {"code": code}).fetchall()
    if not rows:
        raise NotFound(f"there is no jurisdiction or cell {code!r}")
    return tuple(row[0] for row in rows)


def today_of(connection: Connection, code: str) -> date:
    """Today in the time zone of the bureau of a jurisdiction."""
    from geo_api.db.station_reader import read_profile

    zone, _rules = read_profile(connection, code)
    return today_in(zone)
