"""The index for many points: a grid over the edges, searched by compiled code.

See border_chains (the edges), edge_grid and fine_pixels (what covers a point), edge_boxes (the nearest edge), borders
(all of it in one pass).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gridding.border_chains import border_chains, rings_of
from gridding.border_distance import Metric
from gridding.borders import (
    Index,
    borders_of,
    nearest_cells,
    territory_of,
    widest_of,
)
from gridding.cells_near import cells_near
from gridding.cover import cover_many
from gridding.edge_boxes import build_edge_boxes
from gridding.edge_grid import build_edge_grid
from gridding.fine_pixels import build_fine_pixels
from gridding.index_file import digest_of, load_index, save_index
from gridding.raw_index import addresses_of, border_one_at, cover_one_at, territory_one_at
from gridding.types import FloatArray, GeometryArray, Int32Array, IntArray

_NONE = np.empty(0, np.int32)
POINTS_PER_PIXEL = 10
"""Dividing the pixels that hold edges takes as long as it saves for so many points."""


class CompiledLookup:
    """A Lookup that answers tens of millions of points a second, and single points in about a microsecond.

    Args:
        polygons: (cells,) and then, in a territory, (stations,).
        metric: of the territory.
        station_of: (cells,) int32 station of each cell; None where the polygons are cells alone.
        saved: a file with the index of just these polygons; None = build it.
    """

    def __init__(
        self,
        polygons: GeometryArray,
        metric: Metric,
        station_of: Int32Array | None = None,
        *,
        saved: Path | None = None,
    ) -> None:
        cells = len(polygons) if station_of is None else len(station_of)
        bare = None
        if station_of is not None:
            bare = np.ones(len(polygons) - cells, np.bool_)
            bare[station_of] = False
        self._asked = 0
        rings = rings_of(polygons)
        if saved is not None:
            self._hold(load_index(saved, digest_of(rings, station_of))._replace(metric=metric.table))
            return
        chains = border_chains(rings, len(polygons))
        grid = build_edge_grid(chains, len(polygons), station_of, bare)
        boxes = build_edge_boxes(chains, float(grid.frame[0]), float(grid.frame[1]))
        fine = np.empty((0, 16), np.int32)
        widest = widest_of(chains.run_first, chains.runs)
        self._hold(Index(grid, fine, boxes, chains.run_first, chains.runs, metric.table, cells, widest))

    def _hold(self, index: Index) -> None:
        self.index, grid = index, index.grid
        self._x0, self._y0 = float(grid.frame[0]), float(grid.frame[1])
        self._across, self._up = 1.0 / float(grid.frame[2]), 1.0 / float(grid.frame[3])
        self._side = grid.side
        self._code = grid.code.item
        self._part = index.fine.item if len(index.fine) else None
        self._at = addresses_of(index)

    @property
    def nbytes(self) -> int:
        """Memory of the index in bytes."""
        i = self.index
        return i.grid.nbytes + sum(a.nbytes for a in (i.fine, i.boxes.box, i.run_first, i.runs, i.metric))

    def save(self, path: Path, polygons: GeometryArray) -> None:
        """Write the index to a file, pixels divided; the polygons are those that it was built of."""
        self.divide()
        station_of = self.index.grid.station_of if len(self.index.grid.bare) else None
        save_index(path, self.index, digest_of(rings_of(polygons), station_of))

    def near(self, x: FloatArray, y: FloatArray, metres: FloatArray) -> tuple[IntArray, Int32Array, FloatArray]:
        """(row, cell, distance) of the cells within so many metres of each point, see CellLocator.cells_near()."""
        row, cell, distance, n = cells_near(self.index, x, y, metres)
        order = np.lexsort((cell[:n], distance[:n], row[:n]))
        return row[order], cell[order], distance[order]

    def divide(self) -> None:
        """Divide the pixels that hold edges: the index then answers several times as fast."""
        if not len(self.index.fine):
            self._hold(self.index._replace(fine=build_fine_pixels(self.index.grid)))

    def warm_up(self) -> None:
        """Divide the pixels, and load (or compile) all look-ups."""
        self.divide()
        x, y, none = np.full(1, self._x0), np.full(1, self._y0), np.zeros(1, np.int32)
        self.cover(x, y)
        self.borders(x, y, none - 1)
        self.nearest_of_group(x, y, np.zeros(max(self.index.cells, 1), np.int32), none)
        border_one_at(self._at, self._x0, self._y0)
        self.near(x, y, np.ones(1))
        self.territory(x[:0], y[:0])
        if len(self.index.grid.corner):
            pixel = int(np.argmax(self.index.grid.code < -1))
            cover_one_at(self._at, pixel, self._x0, self._y0)
            territory_one_at(self._at, pixel, self._x0, self._y0)

    def cover(self, x: FloatArray, y: FloatArray) -> Int32Array:
        """See lookup.Lookup."""
        self._note(x.size)
        lowest = np.empty(x.size, np.int32)
        cover_many(self.index.grid, self.index.fine, x, y, lowest, _NONE)
        return lowest

    def answer_one(self, x: float, y: float) -> tuple[int, int]:
        """(answer, pixel): edge_grid.answer() where no edge is near, else -2 or less and the pixel to look into."""
        column, row = (x - self._x0) * self._across, (y - self._y0) * self._up
        if not (0.0 <= column < self._side and 0.0 <= row < self._side):
            return -1, -1
        c, r = int(column), int(row)
        pixel = r * self._side + c
        code: int = self._code(pixel)
        if code < -1 and self._part is not None:
            q = -2 - code
            colour = self._part(q, int((row - r) * 12.0)) >> 2 * int((column - c) * 16.0) & 3
            code = self._part(q, 12 + colour)
        return code, pixel

    def cover_one(self, x: float, y: float) -> int:
        """The lowest polygon that covers a point, -1 = none: most pixels answer without compiled code."""
        code, pixel = self.answer_one(x, y)
        return code if code >= -1 else int(cover_one_at(self._at, pixel, x, y)[0])

    def borders(
        self, x: FloatArray, y: FloatArray, given: Int32Array | None
    ) -> tuple[Int32Array, FloatArray, Int32Array]:
        """See lookup.Lookup."""
        _, cell, distance, beyond = self._borders(x, y, given, _NONE)
        return cell, distance, beyond

    def border_one(self, x: float, y: float) -> tuple[int, int, float, int]:
        """(station, cell, distance, cell beyond) of one point; station -1 where the polygons are cells alone."""
        found: tuple[int, int, float, int] = border_one_at(self._at, x, y)
        return found

    def nearest_of_group(self, x: FloatArray, y: FloatArray, group: Int32Array, wanted: Int32Array) -> Int32Array:
        """See lookup.Lookup."""
        out = np.empty(x.size, np.int32)
        nearest_cells(self.index, x, y, group, wanted, out)
        return out

    def territory(self, x: FloatArray, y: FloatArray) -> tuple[Int32Array, Int32Array]:
        """(station, cell) of each point by the border rule."""
        self._note(x.size)
        station, cell = np.empty(x.size, np.int32), np.empty(x.size, np.int32)
        territory_of(self.index, x, y, station, cell)
        return station, cell

    def territory_one(self, x: float, y: float, pixel: int) -> tuple[int, int]:
        """territory() for a point in a pixel that answer_one() cannot answer."""
        found: tuple[int, int] = territory_one_at(self._at, pixel, x, y)
        return found

    def territory_borders(self, x: FloatArray, y: FloatArray) -> tuple[Int32Array, Int32Array, FloatArray, Int32Array]:
        """(station, cell, distance, cell beyond) of each point by the border rule."""
        return self._borders(x, y, None, np.empty(x.size, np.int32))

    def _borders(
        self, x: FloatArray, y: FloatArray, given: Int32Array | None, station: Int32Array
    ) -> tuple[Int32Array, Int32Array, FloatArray, Int32Array]:
        cell, beyond = np.empty(x.size, np.int32), np.empty(x.size, np.int32)
        distance = np.empty(x.size)
        borders_of(self.index, x, y, _NONE if given is None else given, station, cell, distance, beyond)
        return station, cell, distance, beyond

    def _note(self, points: int) -> None:
        """So many points are asked for: divide the pixels where that pays."""
        self._asked += points
        if self._asked > POINTS_PER_PIXEL * len(self.index.grid.corner):
            self.divide()
