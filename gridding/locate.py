"""Point -> cell, exactly, by the border rule: among the cells that cover a point, the one with the lowest index.

    locator = CellLocator(polygons, to_metres)
    locator.locate(lon, lat)                       # int32 array, -1 outside
    locator.border(lon, lat)                       # metres to the nearest border, and the cell beyond it

The index (:mod:`gridding.edge_grid`) is built on first need. Until some ten thousands of points have been asked for, a
shapely tree answers instead, with the same answers: a short job then waits neither for the index nor for a compiler.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gridding.errors import GeometryError
from gridding.types import FloatArray, GeometryArray, Int32Array, IntArray, Projection

if TYPE_CHECKING:
    from gridding.border_distance import Metric, Quadtree
    from gridding.edge_grid import EdgeGrid

TREE_POINTS = 20_000
"""A locator answers from a shapely tree until it has been asked for more points than this."""


class _Index(NamedTuple):
    grid: EdgeGrid
    tree: Quadtree
    metric: Metric


class CellLocator:
    """Finds the cell of a point, the distance to its border and the cell beyond.

    The polygons should form an exact coverage (shared borders identical vertex by vertex), which is what the index is
    fast for. Polygons that overlap, touch without common vertices or leave gaps get right answers too: the lowest index
    that covers the point. Sort them by code, so that the lowest index is the lowest code. Safe to use from many
    threads.

    Args:
        polygons: (cells,) shapely polygons or multipolygons, valid; missing and empty ones cover nothing.
        to_metres: the projection that distances are measured in; without it they come in the units of the polygons.

    Attributes:
        polygons: (cells,) the polygons, as given.

    Raises:
        GeometryError: something that is not a polygon, or a coordinate that is not finite.
    """

    def __init__(self, polygons: GeometryArray | list[Any], to_metres: Projection | None = None) -> None:
        self.polygons = _checked(polygons)
        self._to_metres = to_metres
        self._lock = Lock()
        self._index: _Index | None = None
        self._tree: shapely.STRtree | None = None
        self._asked = 0
        self._frame = (0.0, 0.0, 0.0, 0.0)
        self._side = 0
        self._code: Any = None
        self._cover_one: Any = None

    def __len__(self) -> int:
        return len(self.polygons)

    @property
    def nbytes(self) -> int:
        """Memory of the index in bytes, without the polygons; builds it."""
        index = self._index or self._build()
        return index.grid.nbytes + index.tree.holds.nbytes

    def prepare(self) -> CellLocator:
        """Build the index and load all compiled look-ups, so that the first question waits for nothing."""
        self._build()
        middle = np.full(2, self._frame[0]), np.full(2, self._frame[1])
        self.locate_one(self._frame[0], self._frame[1])
        self._cover_one(self._index.grid, 0, *self._frame[:2]) if self._index and len(self._index.grid.edges) else None
        self.locate_with_border(*middle)
        return self

    def locate(self, x: ArrayLike, y: ArrayLike) -> Int32Array:
        """Index of the lowest cell that covers each point, -1 outside and for NaN: int32, of the shape of x."""
        px, py = checked_points(x, y)
        if self._index is None and self._asked + px.size <= TREE_POINTS:
            self._asked += px.size
            return self._from_tree(px.ravel(), py.ravel()).reshape(px.shape)
        return self._cover(px.ravel(), py.ravel(), want_second=False)[0].reshape(px.shape)

    def locate_one(self, x: float, y: float) -> int:
        """locate() for one point, in about a microsecond."""
        if self._index is None:
            self._build()
        x0, y0, across, up = self._frame
        column, row = (x - x0) * across, (y - y0) * up
        if not (0.0 <= column < self._side and 0.0 <= row < self._side):
            return -1
        pixel = int(row) * self._side + int(column)
        code: int = self._code(pixel)
        if code >= -1:
            return code
        lowest: int = self._cover_one(self._index.grid, pixel, x, y)[0]  # type: ignore[union-attr]
        return lowest

    def border(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, Int32Array]:
        """Distance to the nearest border in metres, and the cell beyond it.

        In a cell: to the nearest border of that cell; the cell on the other side, -1 = none, the edge of the territory.
        On a border: 0.0 and the lowest other cell that covers the point. Outside: to the nearest cell, and that cell.
        NaN gives NaN and -1.
        """
        _, distance, beyond = self.locate_with_border(x, y)
        return distance, beyond

    def border_one(self, x: float, y: float) -> tuple[float, int]:
        """border() for one point."""
        distance, beyond = self.border([x], [y])
        return float(distance[0]), int(beyond[0])

    def nearest(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, Int32Array]:
        """Distance in metres to the nearest cell and its index: 0.0 and the cell itself for points in a cell."""
        cell, distance, beyond = self.locate_with_border(x, y)
        return np.where(cell >= 0, 0.0, distance), np.where(cell >= 0, cell, beyond)

    def locate_with_border(self, x: ArrayLike, y: ArrayLike) -> tuple[Int32Array, FloatArray, Int32Array]:
        """locate() and border() in one: (cell, distance_m, beyond)."""
        px, py = checked_points(x, y)
        flat_x, flat_y = px.ravel(), py.ravel()
        cell, second = self._cover(flat_x, flat_y, want_second=True)
        distance, beyond = self._border_of(flat_x, flat_y, cell, cell, second)
        return cell.reshape(px.shape), distance.reshape(px.shape), beyond.reshape(px.shape)

    def border_of(self, x: ArrayLike, y: ArrayLike, cell: Int32Array) -> tuple[FloatArray, Int32Array]:
        """border() where the cell of each point was decided elsewhere (-1 = outside), as in a territory of stations."""
        px, py = checked_points(x, y)
        first, second = self._cover(px, py, want_second=True)
        return self._border_of(px, py, np.ascontiguousarray(cell, np.int32), first, second)

    def nearest_of_group(self, x: ArrayLike, y: ArrayLike, group: Int32Array, wanted: Int32Array) -> Int32Array:
        """The nearest cell of a group (``group[cell] == wanted``) to each point; -1 where the group is empty.

        ``group`` is (cells,) and ``wanted`` (n,), both int32. For points that no cell of their group covers.
        """
        px, py = checked_points(x, y)
        groups = np.ascontiguousarray(group, np.int32)
        wanted = np.where(np.isin(wanted, groups) & np.isfinite(px) & np.isfinite(py), wanted, -1).astype(np.int32)
        rows = np.flatnonzero(wanted >= 0)
        out = np.full(px.size, -1, np.int32)
        if not rows.size:
            return out
        edge, _ = self._nearest_edges(px[rows], py[rows], groups, wanted[rows], rank_own=True)
        rows, edge = rows[edge >= 0], edge[edge >= 0]
        pair = (self._index or self._build()).grid.owners[edge]
        member = (pair >= 0) & (groups[pair] == wanted[rows, None])
        out[rows] = np.where(member, pair, np.iinfo(np.int32).max).min(axis=1, initial=np.iinfo(np.int32).max)
        return out

    def _build(self) -> _Index:
        from gridding.border_distance import build_quadtree, local_metric
        from gridding.edge_grid import build_edge_grid
        from gridding.point_kernels import cover_one

        with self._lock:
            if self._index is None:
                grid = build_edge_grid(self.polygons)
                x0, y0, width, height = grid.frame.tolist()
                self._frame = (x0, y0, 1.0 / width, 1.0 / height)
                self._side, self._code, self._cover_one = grid.side, grid.code.item, cover_one
                self._index = _Index(grid, build_quadtree(grid), local_metric(grid, self._to_metres))
                self._tree = None
            return self._index

    def _from_tree(self, x: FloatArray, y: FloatArray) -> Int32Array:
        with self._lock:
            if self._tree is None:
                self._tree = shapely.STRtree(self.polygons)
            tree = self._tree
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        out = np.full(x.size, -1, np.int32)
        row, cell = tree.query(shapely.points(x[known], y[known]), predicate="intersects")
        order = np.argsort(cell, kind="stable")[::-1]  # the lowest cell is written last
        out[known[row[order]]] = cell[order]
        return out

    def _cover(self, x: FloatArray, y: FloatArray, *, want_second: bool) -> tuple[Int32Array, Int32Array]:
        from gridding.point_kernels import cover_many

        index = self._index or self._build()
        out = np.empty(x.size, np.int32)
        second = np.empty(x.size if want_second else 0, np.int32)
        cover_many(index.grid, x, y, out, second)
        return out, second

    def _nearest_edges(
        self, x: FloatArray, y: FloatArray, group: Int32Array, wanted: Int32Array, *, rank_own: bool
    ) -> tuple[IntArray, FloatArray]:
        from gridding.border_distance import nearest_edges

        index = self._index or self._build()
        edge, foot = np.empty(x.size, np.int64), np.empty((x.size, 2))
        nearest_edges(index.grid, index.tree, index.metric, x, y, group, wanted, rank_own, edge, foot)
        return edge, foot

    def _border_of(
        self, x: FloatArray, y: FloatArray, own: Int32Array, first: Int32Array, second: Int32Array
    ) -> tuple[FloatArray, Int32Array]:
        """border() for a known cell, and the two lowest cells that cover each point (see point_kernels.INSIDE)."""
        from gridding.border_distance import distances_m, step_beyond
        from gridding.point_kernels import INSIDE

        distance, beyond = np.full(x.size, np.nan), np.full(x.size, -1, np.int32)
        index = self._index or self._build()
        each = np.arange(len(self.polygons), dtype=np.int32)
        for outside in (False, True):
            rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & ((own < 0) == outside))
            if not rows.size or not len(index.grid.edges):
                continue
            px, py, cell = x[rows], y[rows], own[rows]
            edge, foot = self._nearest_edges(px, py, each, cell, rank_own=outside)
            distance[rows] = distances_m(index.metric, self._to_metres, px, py, foot)
            pair = index.grid.owners[edge]
            if outside:
                beyond[rows] = np.where(pair.min(axis=1) >= 0, pair.min(axis=1), pair.max(axis=1))
                continue
            other = np.where(pair[:, 0] == cell, pair[:, 1], pair[:, 0])
            low, next_low = first[rows], second[rows]
            alone = np.flatnonzero(other < 0)
            if alone.size:
                at = (px[alone], py[alone], edge[alone], foot[alone], cell[alone], (low == cell)[alone])
                found = self._cover(*step_beyond(index.grid, *at), want_second=False)[0]
                other[alone] = np.where(found == cell[alone], -1, found)
            # A third cell may be one's own at a vertex, which then is the foot.
            touching = (next_low != INSIDE) & ((low == cell) | (next_low == cell) | (distance[rows] == 0.0))
            distance[rows[touching]] = 0.0
            rival = np.where(low != cell, low, np.where(touching, next_low, -1))
            beyond[rows] = np.where(rival >= 0, rival, other)
        return distance, beyond


def checked_points(x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Two float arrays of one shape, contiguous and writeable (code is compiled for no other kind)."""
    px = np.require(np.atleast_1d(np.asarray(x, np.float64)), requirements=["C", "W", "A"])
    py = np.require(np.atleast_1d(np.asarray(y, np.float64)), requirements=["C", "W", "A"])
    if px.shape != py.shape:
        raise GeometryError(f"x has the shape {px.shape} but y {py.shape}: expected one y for each x")
    return px, py


def _checked(polygons: GeometryArray | list[Any]) -> GeometryArray:
    cells = np.asarray(polygons, dtype=object).ravel()
    kind = shapely.get_type_id(cells)
    wrong = np.flatnonzero((kind != 3) & (kind != 6) & (kind != -1) & ~shapely.is_empty(cells))
    if wrong.size:
        names = ", ".join(f"{i} ({cells[i].geom_type})" for i in wrong[:5])
        raise GeometryError(
            f"{wrong.size} of {len(cells)} cells are no polygons: {names}. Expected (multi)polygons only"
        )
    finite = np.isfinite(shapely.bounds(cells)).all(axis=1) | shapely.is_empty(cells) | (kind == -1)
    if not finite.all():
        rows = np.flatnonzero(~finite)[:5].tolist()
        raise GeometryError(f"cells {rows} have coordinates that are not finite numbers")
    return cells
