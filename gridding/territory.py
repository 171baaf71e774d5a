"""The border rule for a territory of stations: the station first, on the station outlines, then the cell inside it.

    TerritoryLocator(stations, cells, station_of_cell, to_metres).locate(lon, lat)     # (station, cell), -1 = none

Outlines of stations and cells of their plans are built apart and may disagree by a few 1e-8 degrees along station
borders. Both are asked at once; only where they disagree is the point looked at closely.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gridding.errors import GeometryError
from gridding.locate import PLAIN_POINTS, CellLocator, checked_points, metric_of, near_of
from gridding.types import FloatArray, GeometryArray, Int32Array, IntArray, Projection

if TYPE_CHECKING:
    from gridding.lookup_compiled import CompiledLookup


class TerritoryLocator:
    """Finds the station and the cell of a point, the distance to the cell's border and the cell beyond.

    The station is the one with the lowest index whose outline covers the point. The cell is the one with the lowest
    index among that station's cells that cover it; a point in none of them (numeric noise along the outline) goes to
    that station's nearest cell. Sort stations and cells by code. Safe to use from many threads.

    Args:
        station_polygons: (stations,) outlines in storage (degrees), which tile the bureau.
        cell_polygons: (cells,) the published cells of all stations.
        station_of_cell: (cells,) index of the station of each cell.
        to_metres: the projection that distances are measured in.

    Raises:
        GeometryError: a cell whose station does not exist, or what CellLocator refuses.
    """

    def __init__(
        self,
        station_polygons: GeometryArray | list[Any],
        cell_polygons: GeometryArray | list[Any],
        station_of_cell: ArrayLike,
        to_metres: Projection | None = None,
    ) -> None:
        self.stations = CellLocator(station_polygons, to_metres)
        self.cells = CellLocator(cell_polygons, to_metres)
        self.station_of_cell: Int32Array = np.array(station_of_cell, np.int32, ndmin=1)
        wrong = (self.station_of_cell < 0) | (self.station_of_cell >= len(self.stations))
        if self.station_of_cell.shape != (len(self.cells),) or wrong.any():
            raise GeometryError(
                f"{len(self.cells)} cells need as many station indices within 0..{len(self.stations) - 1}, but there "
                f"are {self.station_of_cell.size}, of which {int(wrong.sum())} are out of range"
            )
        self._station_list: list[int] = self.station_of_cell.tolist()
        order = np.argsort(self.station_of_cell, kind="stable")
        bounds = np.searchsorted(self.station_of_cell[order], np.arange(len(self.stations) + 1))
        self._cells_of = [order[a:b] for a, b in pairwise(bounds)]

        self._lock = Lock()
        self._to_metres = to_metres
        self._asked = 0
        self._compiled: CompiledLookup | None = None

    @property
    def nbytes(self) -> int:
        """Memory of the compiled index in bytes, without the polygons; builds it."""
        return self._compile().nbytes

    def prepare(self) -> TerritoryLocator:
        """Build the index and load all compiled look-ups, so that the first question waits for nothing."""
        self._compile().warm_up()
        return self

    def save(self, path: str | Path) -> None:
        """Write the index to a file, from which load() has it back in a fraction of the time; builds it if need be."""
        self._compile().save(Path(path), self._polygons())

    def load(self, path: str | Path) -> TerritoryLocator:
        """Take the index from a file that save() wrote instead of building it; raises as CellLocator.load()."""
        from gridding.lookup_compiled import CompiledLookup

        metric = metric_of(self.cells.polygons, self._to_metres)
        self._compiled = CompiledLookup(self._polygons(), metric, self.station_of_cell, saved=Path(path))
        return self

    def cells_near(self, lon: ArrayLike, lat: ArrayLike, metres: ArrayLike) -> tuple[IntArray, Int32Array, FloatArray]:
        """(row, cell, distance) of the cells within so many metres of each point, see CellLocator.cells_near()."""
        return near_of(self._compiled or self._compile(), lon, lat, metres)

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Int32Array, Int32Array]:
        """(station, cell) of each point: int32, -1 = outside all stations; cell -1 in a station that has no cells."""
        x, y = checked_points(lon, lat)
        shape, x, y = x.shape, x.ravel(), y.ravel()
        lookup = self._lookup(x.size)
        if lookup is not None:
            station, cell = lookup.territory(x, y)
        else:
            station, cell = self.stations.locate(x, y), self.cells.locate(x, y)
            self._settle(x, y, station, cell)
        return station.reshape(shape), cell.reshape(shape)

    def locate_one(self, lon: float, lat: float) -> tuple[int, int]:
        """locate() for one point, in about a microsecond."""
        lookup = self._compiled or self._compile()
        answer, pixel = lookup.answer_one(lon, lat)
        if answer < -1:
            return lookup.territory_one(lon, lat, pixel)
        if answer < 0:
            return -1, -1
        bare = answer - len(self._station_list)
        return (bare, -1) if bare >= 0 else (self._station_list[answer], answer)

    def border(self, lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, Int32Array]:
        """Distance in metres to the nearest border of the point's cell, and the cell beyond, of whatever station.

        -1 = no cell beyond. For a point without a cell: the distance to the nearest cell, and that cell. See
        CellLocator.border().
        """
        _, _, distance, beyond = self.locate_with_border(lon, lat)
        return distance, beyond

    def border_one(self, lon: float, lat: float) -> tuple[float, int]:
        """border() for one point."""
        return self.locate_with_border_one(lon, lat)[2:]

    def locate_with_border_one(self, lon: float, lat: float) -> tuple[int, int, float, int]:
        """locate_with_border() for one point, in a few microseconds."""
        return (self._compiled or self._compile()).border_one(lon, lat)

    def locate_with_border(
        self, lon: ArrayLike, lat: ArrayLike
    ) -> tuple[Int32Array, Int32Array, FloatArray, Int32Array]:
        """locate() and border() in one: (station, cell, distance_m, beyond)."""
        x, y = checked_points(lon, lat)
        shape, x, y = x.shape, x.ravel(), y.ravel()
        lookup = self._lookup(5 * x.size)
        if lookup is not None:
            station, cell, distance, beyond = lookup.territory_borders(x, y)
        else:
            station, cell = self.locate(x, y)
            distance, beyond = self.cells.border_of(x, y, cell)
        return station.reshape(shape), cell.reshape(shape), distance.reshape(shape), beyond.reshape(shape)

    def nearest(self, lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, Int32Array]:
        """Distance in metres to the nearest cell and its index: 0.0 and the point's own cell where it has one."""
        _, cell, distance, beyond = self.locate_with_border(lon, lat)
        return np.where(cell >= 0, 0.0, distance), np.where(cell >= 0, cell, beyond)

    def _polygons(self) -> GeometryArray:
        """What goes into one index: the cells, then the stations."""
        return np.concatenate([self.cells.polygons, self.stations.polygons])

    def _lookup(self, points: int) -> CompiledLookup | None:
        """The compiled index where so many points are worth it, else None: trees answer (see locate)."""
        self._asked += points
        if self._compiled is None and self._asked <= PLAIN_POINTS and not self.cells.large:
            return None
        return self._compiled or self._compile()

    def _compile(self) -> CompiledLookup:
        from gridding.lookup_compiled import CompiledLookup

        with self._lock:
            if self._compiled is None:
                metric = metric_of(self.cells.polygons, self._to_metres)
                self._compiled = CompiledLookup(self._polygons(), metric, self.station_of_cell)
            return self._compiled

    def _settle(self, x: FloatArray, y: FloatArray, station: Int32Array, cell: Int32Array) -> None:
        """Put right, in place, the cells that are not of the point's station."""
        cell[station < 0] = -1
        own = np.where(cell >= 0, self.station_of_cell[cell], -1) if len(self.cells) else np.full(cell.shape, -1)
        rows = np.flatnonzero(own != station)
        if not rows.size:
            return
        cell[rows] = -1
        points = shapely.points(x[rows], y[rows])
        for s in np.unique(station[rows]):
            here = np.flatnonzero(station[rows] == s)
            row, hit = shapely.STRtree(self.cells.polygons[self._cells_of[s]]).query(
                points[here], predicate="intersects"
            )
            order = np.argsort(hit, kind="stable")[::-1]  # the lowest cell is written last
            cell[rows[here[row[order]]]] = self._cells_of[s][hit[order]]
        nowhere = rows[cell[rows] < 0]
        cell[nowhere] = self.cells.nearest_of_group(x[nowhere], y[nowhere], self.station_of_cell, station[nowhere])
