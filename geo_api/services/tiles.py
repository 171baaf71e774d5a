"""Vector tiles of what is published on a day, from the snapshot in memory: no database, so they go on when it is away."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_api.services.answers import OfficerOnDuty
from geo_api.services.snapshot import Snapshot

if TYPE_CHECKING:
    from geo_api.services.tile_encode import TileValues
    from geo_api.services.tile_shapes import TileShapes

LAYERS = ("cells", "stations")
DEEPEST = 22
MATRIX_WIDTH = {"WebMercatorQuad": 1, "WorldCRS84Quad": 2}
"""Tiles side by side at zoom 0."""

CELL_KEYS = ("code", "name", "station_code", "station_name", "plan_version", "valid_from", "valid_to", "area_m2",
             "officers", "answers_for")  # fmt: skip
STATION_KEYS = ("code", "name", "bureau_code", "bureau_name", "officers", "answers_for")

Made = tuple["TileShapes", "TileValues"]
Row = tuple[str | int | float | None, ...]


class TileMaker:
    """Makes tiles of snapshots; keeps what it prepared for those used last. Safe between threads."""

    def __init__(self, kept: int = 6) -> None:
        self._kept = kept
        self._made: OrderedDict[tuple[str, str, date, str], Made] = OrderedDict()
        self._making, self._looking = threading.Lock(), threading.Lock()

    def tile(self, snapshot: Snapshot, layer: str, tile_matrix_set: str, z: int, x: int, y: int) -> bytes:
        """The tile with one layer of that name; b"" where there is nothing.

        ``layer``: of :data:`LAYERS`; ``tile_matrix_set``: of :data:`MATRIX_WIDTH`; ``z``, ``x``, ``y``: within it.
        """
        from geo_api.services.tile_encode import encode_layer

        rows = snapshot.cells if layer == "cells" else snapshot.territory.stations
        if not rows:
            return b""
        shapes, values = self._prepared(snapshot, layer, tile_matrix_set)
        return encode_layer(shapes, values, layer, z=z, x=x, y=y)

    def _prepared(self, snapshot: Snapshot, layer: str, tile_matrix_set: str) -> Made:
        key = (layer, tile_matrix_set, snapshot.on, snapshot.revision)
        if (known := self._known(key)) is not None:
            return known
        with self._making:  # one at a time: it takes memory and a second or so
            if (known := self._known(key)) is not None:
                return known
            made = _prepare(snapshot, layer, tile_matrix_set)
            with self._looking:
                self._made[key] = made
                while len(self._made) > self._kept:
                    self._made.popitem(last=False)
            return made

    def _known(self, key: tuple[str, str, date, str]) -> Made | None:
        with self._looking:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)


def in_matrix(tile_matrix_set: str, z: int, x: int, y: int) -> bool:
    """Whether there is such a tile."""
    return 0 <= z <= DEEPEST and 0 <= x < MATRIX_WIDTH[tile_matrix_set] << z and 0 <= y < 1 << z


def territory_bounds(snapshot: Snapshot) -> list[float] | None:
    """West, south, east, north of the stations of a day, degrees; None where there are none."""
    wkb = [s.outline_wkb for s in snapshot.territory.stations]
    return [float(v) for v in shapely.total_bounds(shapely.from_wkb(wkb))] if wkb else None


def officers_text(officers: tuple[OfficerOnDuty, ...]) -> str:
    """Who answers, as one text: ``王芳 (lead); 赵敏 (deputy, food)``; no telephones."""
    return "; ".join(f"{o.name} ({o.role}{f', {o.function}' if o.function else ''})" for o in officers)


def _prepare(snapshot: Snapshot, layer: str, tile_matrix_set: str) -> Made:
    from geo_api.services.tile_encode import make_values
    from geo_api.services.tile_shapes import make_shapes

    if layer == "cells":
        values = make_values(CELL_KEYS, _cell_rows(snapshot))
        return make_shapes(snapshot.polygons, tile_matrix_set), values
    values = make_values(STATION_KEYS, _station_rows(snapshot))
    outlines = np.array(shapely.from_wkb([s.outline_wkb for s in snapshot.territory.stations]), dtype=object)
    return make_shapes(outlines, tile_matrix_set), values


def _cell_rows(snapshot: Snapshot) -> list[Row]:
    return [
        (
            ref.code,
            ref.name,
            ref.station_code,
            ref.station_name,
            row.plan.version,
            str(row.plan.valid_from),
            str(row.plan.valid_to) if row.plan.valid_to else None,
            row.area_m2,
            officers_text(officers),
            officers[0].answers_for if officers else "",
        )
        for ref, row, officers in zip(snapshot.refs, snapshot.cells, snapshot.officers, strict=True)
    ]


def _station_rows(snapshot: Snapshot) -> list[Row]:
    duties, names = snapshot.territory.officers, snapshot.territory.names
    rows: list[Row] = []
    for station in snapshot.territory.stations:
        officers = duties.get(station.code) or duties.get(station.bureau_code) or ()
        bureau = names.get(station.bureau_code, "")
        answers_for = officers[0].answers_for if officers else ""
        rows.append((station.code, station.name, station.bureau_code, bureau, officers_text(officers), answers_for))
    return rows
