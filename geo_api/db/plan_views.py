"""Plans in any state, as summaries and maps."""

from __future__ import annotations

from geo_api.db.engine import Connection, Database
from geo_api.db.findings_json import from_json
from geo_api.db.queries import query
from geo_api.errors import NotFound
from geo_api.services.answers import PlanSummary


class PlanViews:
    """Implements :class:`geo_api.services.ports.PlanReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plans(self, station_code: str | None = None, state: str | None = None) -> tuple[PlanSummary, ...]:
        """Plans, newest first."""
        with self._database.connection() as connection:
            return summaries(connection, station=station_code, state=state)

    def plan(self, plan_id: int) -> PlanSummary:
        """One plan; NotFound."""
        with self._database.connection() as connection:
            return summary(connection, plan_id)

    def plan_cells_geojson(self, plan_id: int) -> bytes:
        """The cells of a plan as a GeoJSON FeatureCollection, with the officers proposed for each."""
        with self._database.connection() as connection:
            summary(connection, plan_id)
            row = connection.execute(query("plan_cells_geojson"), {"plan_id": plan_id}).fetchone()
        return str(row[0]).encode() if row else b""

    def redrawn(self, plan_id: int) -> tuple[bool, tuple[str, ...]]:
        """Whether a plan was redrawn from the plan in force, and the cells that were locked; NotFound."""
        with self._database.connection() as connection:
            summary(connection, plan_id)
            row = connection.execute(
                "select coalesce((parameters->>'keep')::boolean, false), coalesce(parameters->'lock', '[]') "
                "from plan where plan_id = %s",
                (plan_id,),
            ).fetchone()
        return (row[0], tuple(row[1])) if row else (False, ())


def summary(connection: Connection, plan_id: int) -> PlanSummary:
    """One plan; NotFound."""
    found = summaries(connection, plan_id=plan_id)
    if not found:
        raise NotFound(f"there is no plan {plan_id}; `gridward plan list` shows those that exist")
    return found[0]


def summaries(
    connection: Connection, *, plan_id: int | None = None, station: str | None = None, state: str | None = None
) -> tuple[PlanSummary, ...]:
    """Plans that match, newest first."""
    if plan_id is not None and not 0 < plan_id < 2**63:
        return ()
    rows = connection.execute(
        query("plan_summaries"), {"plan_id": plan_id, "station": station, "state": state}
    ).fetchall()
    return tuple(PlanSummary(*(*row[:-1], from_json(row[-1]))) for row in rows)
