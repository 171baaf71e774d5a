"""Versions of cells, and the cells that hold their ground on other days."""

from __future__ import annotations

from datetime import datetime

from geo_api.db.engine import Database
from geo_api.db.published import FOR_EVER
from geo_api.db.queries import query
from geo_api.services.answers import CellRef, PlanRef
from geo_api.services.lineage import GroundAsk, StoredLink, StoredVersion


class CellHistoryViews:
    """Implements :class:`geo_api.services.lineage.CellHistory`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self, code: str, recorded_at: datetime | None = None) -> tuple[StoredVersion, ...]:
        """All versions of a code that are or will be in force, oldest first."""
        with self._database.connection() as connection:
            rows = connection.execute(
                query("cell_versions"), {"code": code, "known": recorded_at or FOR_EVER}
            ).fetchall()
        return tuple(StoredVersion(CellRef(*row[:4]), PlanRef(*row[4:8]), *row[8:]) for row in rows)

    def ground(
        self, code: str, asks: tuple[GroundAsk, ...], recorded_at: datetime | None = None
    ) -> tuple[StoredLink, ...]:
        """The cells that hold the ground of versions of a code on other days."""
        with self._database.connection() as connection:
            rows = connection.execute(
                query("cell_ground"),
                {
                    "code": code,
                    "known": recorded_at or FOR_EVER,
                    "plans": [a.plan_id for a in asks],
                    "own_days": [a.own_day for a in asks],
                    "days": [a.day for a in asks],
                },
            ).fetchall()
        return tuple(StoredLink(row[0], CellRef(*row[1:5]), PlanRef(*row[5:9]), *row[9:]) for row in rows)
