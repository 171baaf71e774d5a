"""Entities of the register by number, name and code: their permanent ids and places, nothing else of them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any, LiteralString

from geo_api.db.engine import Connection, Database
from geo_api.db.entity_code_parts import code_parts
from geo_api.db.entity_names import kept_of
from geo_api.db.published import FOR_EVER
from geo_api.services.answers import PlanRef
from geo_api.services.entity_lookup import EntityCode, EntityHit

CURRENT: LiteralString = "e.recorded_to is null"
THEN: LiteralString = "e.recorded_from <= %(known)s and (e.recorded_to is null or e.recorded_to > %(known)s)"
LIVES: LiteralString = "e.valid @> %(day)s and (e.closed is null or e.closed > %(day)s)"
PLACE: LiteralString = "select e.entity_id, st_x(e.geom), st_y(e.geom)"
MATCH: dict[str, LiteralString] = {
    "credit_code": "e.credit_code = %(value)s and e.credit_code <> ''",
    "registration_no": "e.registration_no = %(value)s and e.registration_no <> ''",
    "id": "e.entity_id = %(value)s::bigint",
    "name": "(e.name = %(name_0)s or e.name = %(name_1)s or e.name = %(name_2)s) and e.name <> ''",  # each by the index
}
SIMILAR = 0.45
"""Names whose trigrams agree at least so much come into question."""
MOST = 50

CODES: LiteralString = """
select m.entity_id, m.cell_code, m.serial, v.plan_id, p.version, lower(v.valid), upper(v.valid),
       coalesce((p.parameters #>> '{codes,serial}')::int, 5)
from cell_entity m join plan_validity v using (plan_id) join plan p using (plan_id)
where v.recorded_from <= %(known)s and (v.recorded_to is null or v.recorded_to > %(known)s) and
"""


class EntityViews:
    """Implements :class:`geo_api.services.entity_lookup.EntityFinder`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entities(self, by: str, value: str, on: date, recorded_at: datetime | None = None) -> tuple[EntityHit, ...]:
        """Entities that exist on a day; for a name that nobody bears exactly, those with a similar one."""
        known = CURRENT if recorded_at is None else THEN
        given = {"value": value, "day": on, "known": recorded_at, "similar": SIMILAR}
        given |= {f"name_{n}": spelling for n, spelling in enumerate(_spellings(value))}
        with self._database.connection() as connection:
            if by == "id":  # a duplicate stands for the entity that was kept
                given["value"] = str(kept_of(connection, int(value)))
            rows = _fetch(
                connection,
                f"{PLACE} from entity e where {MATCH[by]} and {known} and {LIVES} order by 1 limit {MOST}",
                given,
            )
            if rows or by != "name":
                return tuple(EntityHit(entity, lon, lat) for entity, lon, lat in rows)
            rows = _fetch(
                connection,
                f"{PLACE} from entity e where e.name %% %(value)s and similarity(e.name, %(value)s) >= %(similar)s "
                f"and e.name <> '' and {known} and {LIVES} order by similarity(e.name, %(value)s) desc, 1 limit {MOST}",
                given,
            )
        return tuple(EntityHit(entity, lon, lat, exact=False) for entity, lon, lat in rows)

    def entity_codes(
        self, *, entity_id: int | None = None, code: str = "", recorded_at: datetime | None = None
    ) -> tuple[EntityCode, ...]:
        """Codes of an entity, or of all that ever bore one code as it is written; oldest first."""
        if entity_id is not None:
            which: LiteralString = "m.entity_id = %(entity)s"
        else:
            which = (
                "(m.cell_code, m.serial, coalesce((p.parameters #>> '{codes,serial}')::int, 5)) in "
                "(select * from unnest(%(cells)s::text[], %(serials)s::int[], %(widths)s::int[])) and v.station_code = "
                "(select k.station_code from cell_code k where k.code = m.cell_code)"
            )
        cells, serials, widths = code_parts(code)
        given: dict[str, Any] = {"entity": entity_id, "cells": cells, "serials": serials, "widths": widths}
        given["known"] = recorded_at or FOR_EVER
        with self._database.connection() as connection:
            rows = _fetch(connection, f"{CODES} {which} order by v.valid, v.plan_id", given)
        return tuple(
            EntityCode(entity, cell, number, PlanRef(*plan), width) for entity, cell, number, *plan, width in rows
        )


def codes_of(connection: Connection, entity_id: int, recorded_at: datetime | None = None) -> tuple[EntityCode, ...]:
    """Codes of an entity, oldest first."""
    given = {"entity": entity_id, "known": recorded_at or FOR_EVER}
    rows = _fetch(connection, f"{CODES} m.entity_id = %(entity)s order by v.valid, v.plan_id", given)
    return tuple(EntityCode(entity, cell, number, PlanRef(*plan), width) for entity, cell, number, *plan, width in rows)


def _fetch(connection: Connection, statement: LiteralString, given: dict[str, Any]) -> list[Any]:
    return connection.execute(statement, given).fetchall()


def _spellings(name: str) -> list[str]:
    """A name as given, in half width, and with full-width brackets: registers have either."""
    plain = unicodedata.normalize("NFKC", name)
    return [name, plain, plain.replace("(", "（").replace(")", "）")]
