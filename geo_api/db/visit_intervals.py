"""The days of visits, as numbers: what the intervals between visits are reckoned from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, LiteralString

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_api.db.columns import fetch_columns
from geo_api.db.engine import Connection
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.queries import query
from geo_api.services.coverage.intervals import VisitDays
from gridding.locate import CellLocator

KNOWN: LiteralString = "recorded_to is null"
KNOWN_THEN: LiteralString = "recorded_from <= %(moment)s and (recorded_to is null or recorded_to > %(moment)s)"
COLUMNS = {"entity": "int8", "day": "int4", "station": "int4"}
EPOCH = date(2000, 1, 1)
DAY_BITS = 18
BEFORE = 1 << (DAY_BITS - 1)
"""Days are counted from so many before the epoch, so that none is below zero."""


class IntervalViews(JurisdictionTables):
    """Implements :class:`geo_api.services.coverage.intervals.IntervalReader`."""

    def visit_days(
        self,
        jurisdiction: str,
        period_from: date | None,
        period_to: date | None,
        kinds: Sequence[str],
        purpose: str,
        *,
        as_given: bool,
        recorded_at: datetime | None,
    ) -> VisitDays:
        """Visits to the businesses of a bureau, station or cell; a business lies where its last known place is."""
        key: dict[str, Any] = {
            "code": jurisdiction, "first": period_from, "last": period_to, "kinds": list(kinds), "purpose": purpose,
            "moment": recorded_at,
        }  # fmt: skip
        known = KNOWN if recorded_at is None else KNOWN_THEN
        text = query("visit_days_given" if as_given else "visit_days").replace("/*known*/", known)
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            places = connection.execute(query("visit_days_places").replace("/*known*/", known), key).fetchall()
            codes, names = ([row[i] for row in places] for i in (0, 1))
            ground = query("visit_days_stations").replace("/*known*/", known)
            outlines = [] if as_given else connection.execute(ground, key).fetchall()  # type: ignore[arg-type]
            if outlines:
                found = _of_stations(connection, [row[0] for row in outlines], known, key)
            else:
                found = fetch_columns(connection, text, key, COLUMNS)  # type: ignore[arg-type]
        return VisitDays(
            found["entity"], found["day"].astype("int64"), found["station"].astype("int64"), tuple(codes), tuple(names)
        )


def _of_stations(
    connection: Connection, outlines: list[bytes], known: LiteralString, key: dict[str, Any]
) -> dict[str, NDArray[Any]]:
    """The visits of a bureau: its register once, its visits once, the stations found in memory."""
    connection.execute("set local random_page_cost = 1.1")  # the index of visits holds all that is asked of most
    places = fetch_columns(
        connection,
        query("visit_days_register").replace("/*known*/", known),  # type: ignore[arg-type]
        key,
        {"entity": "int8", "lon": "float8", "lat": "float8"},
    )
    made = query("visit_days_made").replace("/*known*/", known)
    key = key | {"bits": DAY_BITS, "epoch": EPOCH - timedelta(days=BEFORE)}
    visits = fetch_columns(connection, made, key, {"visit": "int8"})["visit"]  # type: ignore[arg-type]
    entity, day = visits >> DAY_BITS, (visits & ((1 << DAY_BITS) - 1)) - BEFORE
    ids = places["entity"]
    at = np.minimum(np.searchsorted(ids, entity), max(0, len(ids) - 1))
    ours = ids[at] == entity if len(ids) else np.zeros(len(entity), bool)
    located = np.isfinite(places["lon"]) & np.isfinite(places["lat"])
    station = np.full(len(ids), -1, np.int64)
    locator = CellLocator(np.asarray(shapely.from_wkb(outlines), dtype=object))
    here = locator.locate(places["lon"][located], places["lat"][located])
    station[located] = np.where(here >= 0, here + 1, -1)  # the first of the list is the bureau itself
    return {"entity": entity[ours], "day": day[ours], "station": station[at[ours]]}
