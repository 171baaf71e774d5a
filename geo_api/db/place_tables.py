"""Places given by hand: new versions of an entity's rows."""

from __future__ import annotations

from psycopg.types.json import Jsonb

from geo_api.clock import today_in
from geo_api.db.claims import fall_into_cells
from geo_api.db.engine import Connection, Database
from geo_api.db.station_reader import read_profile
from geo_api.errors import Conflict, NotFound
from geo_api.services.answers import Caller
from geo_api.services.place import Placed

CONTENT = (
    "entity_id, credit_code, registration_no, name, address, address_key, industry, credit_class, licensed, "
    "opened, closed, licence_until, workload_hours, source, digest, valid"
)


class PlaceTables:
    """Implements :class:`geo_api.services.place.PlaceStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bureau_of_entity(self, entity_id: int) -> tuple[str, ...]:
        """Codes of the jurisdictions whose register an entity belongs to; NotFound."""
        with self._database.connection() as connection:
            return self._bureau(connection, entity_id)

    @staticmethod
    def _bureau(connection: Connection, entity_id: int) -> tuple[str, ...]:
        rows = connection.execute(
            "select distinct j.code from entity_identity i join jurisdiction j on j.source = i.source "
            "where i.entity_id = %s and j.recorded_to is null order by j.code",
            (entity_id,),
        ).fetchall()
        if not rows:
            raise NotFound(f"there is no entity {entity_id} in the register")
        return tuple(code for (code,) in rows)

    def place(self, entity_id: int, lon: float, lat: float, *, caller: Caller, reason: str) -> Placed:
        """Record the place in new versions of the entity's current rows; the digest of the source stays."""
        with self._database.writing() as connection:
            closed = connection.execute(
                "update entity set recorded_to = now() where entity_id = %s and recorded_to is null "
                "returning id, name, geom is not null and placed_by = ''",
                (entity_id,),
            ).fetchall()
            if not closed:
                raise NotFound(f"there is no entity {entity_id} in the register")
            if closed[-1][2] and caller.role != "admin":
                raise Conflict(f"entity {entity_id} has a place from its source: correct it there, or ask an admin")
            connection.execute(
                f"insert into entity ({CONTENT}, geom, placed_by) select {CONTENT}, "  # type: ignore[arg-type]  # noqa: S608
                "st_setsrid(st_makepoint(%s, %s), 4490), %s from entity where id = any(%s)",
                (lon, lat, caller.name, [row[0] for row in closed]),
            )
            connection.execute(
                "insert into event (actor, role, verb, subject, reason, payload) values (%s, %s, 'place', %s, %s, %s)",
                (caller.name, caller.role, f"entity:{entity_id}", reason, Jsonb({"lon": lon, "lat": lat})),
            )
            zone, _rules = read_profile(connection, self._bureau(connection, entity_id)[0])
            today = today_in(zone)
            fall_into_cells(connection, today, actor=caller.name, role=caller.role, ids=[entity_id])
            cell = connection.execute("select locate(%s, %s, %s)", (lon, lat, today)).fetchone()
        return Placed(entity_id, closed[-1][1], lon, lat, cell[0] if cell else None)
