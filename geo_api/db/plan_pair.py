"""Two plans of a station and the entities of the register in both."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo_api.db.engine import Connection
from geo_api.db.queries import query
from geo_api.db.station_reader import read_entities, read_profile
from geo_api.services.plan_store import PlanPair


def read_pair(connection: Connection, old_id: int, new_id: int, station_code: str, on: date) -> PlanPair:
    """The located entities of a station on a day with their cells in two plans: one query places all of them."""
    entities = read_entities(connection, station_code, on)
    rows = connection.execute(
        query("plan_pair"),
        {
            "ids": entities.ids.tolist(),
            "lons": entities.points[:, 0].tolist(),
            "lats": entities.points[:, 1].tolist(),
            "old": old_id,
            "new": new_id,
            "day": on,
        },
    ).fetchall()
    _, names, before, after = zip(*rows, strict=True) if rows else ((),) * 4
    return PlanPair(
        entities=entities,
        names=np.array(names, dtype=object),
        old_cells=np.array(before, dtype=object),
        new_cells=np.array(after, dtype=object),
        old_codes=_codes(connection, old_id),
        new_codes=_codes(connection, new_id),
        rules=read_profile(connection, station_code, on)[1],
    )


def _codes(connection: Connection, plan_id: int) -> tuple[str, ...]:
    rows = connection.execute(
        'select code from cell where plan_id = %s order by code collate "C"', (plan_id,)
    ).fetchall()
    return tuple(code for (code,) in rows)
