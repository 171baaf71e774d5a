"""What is published, by day: the read model behind lookups, maps and diagrams."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.services.answers import (
    CellRow,
    OfficerOnDuty,
    PatrolGroupRef,
    PlanRef,
    PublishedTerritory,
    StationRow,
    SubAreaRow,
)

FOR_EVER = datetime.max.replace(tzinfo=UTC)
"""Later than every time of recording: asks for the rows that are still current."""


FETCHED_AT_ONCE = 200
"""Rows made without a pause: making them holds the interpreter, and questions are being answered meanwhile."""


class PublishedViews:
    """Implements :class:`geo_api.services.ports.PublishedReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> str:
        """A token that changes whenever a plan, an assignment, a telephone number or an outline changes."""
        with self._database.connection() as connection:
            return str(_one(connection, "select revision()"))

    def territory(self, on: date, recorded_at: datetime | None = None) -> PublishedTerritory:
        """Everything in force on that day, read in one snapshot of the database (as known at ``recorded_at``)."""
        days = {"day": on, "known": recorded_at or FOR_EVER}
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            revision = _one(connection, "select revision()")
            places = _rows(connection, "territory_stations", days)
            cells = _rows(connection, "territory_cells", days)
            duties = _rows(connection, "territory_officers", days)
            groups = _rows(connection, "territory_groups", days)
            levels = _rows(connection, "territory_levels", days)
        drawn = {row[0] for row in cells}
        places = [
            p for p in places if p[3] or p[4] is None or p[2] in drawn
        ]  # parts of cells no longer drawn say nothing
        stations = tuple(StationRow(code, name, parent, wkb) for code, name, parent, draws, wkb in places if draws)
        parents = {code: parent for code, _, parent, _, _ in places} | {row[0]: row[2] for row in cells}
        names = {code: name for code, name, _, _, _ in places} | {row[0]: row[1] for row in cells}
        return PublishedTerritory(
            on=on,
            read_at=datetime.now(UTC),
            revision=revision,
            stations=stations,
            cells=tuple(
                CellRow(code, name, station, PlanRef(plan_id, version, since, until), wkb, *figures)
                for code, name, station, plan_id, version, since, until, wkb, *figures in cells
            ),
            officers={
                code: tuple(_officer(code, *row[1:]) for row in rows)
                for code, rows in groupby(duties, key=lambda row: row[0])
            },
            parents=parents,
            names=names,
            sub_areas=tuple(
                SubAreaRow(code, name, parent, wkb) for code, name, parent, draws, wkb in places if wkb and not draws
            ),
            groups={cell: PatrolGroupRef(code, name) for cell, code, name in groups},
            levels=dict(levels),
        )

    def locate(self, lon: float, lat: float, on: date) -> str | None:
        """Code of the cell of a point on that day by the SQL twin of the border rule; None outside."""
        with self._database.connection() as connection:
            row = connection.execute("select locate(%s, %s, %s)", (lon, lat, on)).fetchone()
        return row[0] if row else None

    def locate_many(self, lon: list[float], lat: list[float], on: date) -> list[str | None]:
        """As :meth:`locate`, for many points at once; same order as given."""
        with self._database.connection() as connection:
            rows = connection.execute("select n, cell_code from locate_many(%s, %s, %s)", (lon, lat, on)).fetchall()
        found: dict[int, str] = dict(rows)
        return [found.get(n) for n in range(1, len(lon) + 1)]


def _officer(code: str, *post: Any) -> OfficerOnDuty:
    officer_id, name, title, role, function, telephone, since, until, absent, substitutes_for = post
    return OfficerOnDuty(
        officer_id, name, title, role, function, telephone, code, since, until, absent, substitutes_for
    )


def _one(connection: Connection, statement: Any) -> Any:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


def _rows(connection: Connection, name: str, parameters: dict[str, Any]) -> list[Any]:
    cursor = connection.cursor(binary=True).execute(query(name), parameters)
    rows: list[Any] = []
    while part := cursor.fetchmany(FETCHED_AT_ONCE):
        rows += part
    return rows
