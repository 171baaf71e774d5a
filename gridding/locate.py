"""Point -> cell, exactly, by the border rule: among the cells that cover a point, the one with the lowest index.

    locator = CellLocator(polygons, to_metres)
    locator.locate(lon, lat)                       # int32 array, -1 outside
    locator.border(lon, lat)                       # metres to the nearest border, and the cell beyond it

Few points are answered by shapely trees, so that a short job waits neither for an index nor for a compiler; many
points, or single ones of a service, by a compiled index. Both give the same answers (:mod:`gridding.lookup`).
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gridding.border_distance import Metric
from gridding.errors import GeometryError
from gridding.lookup import Lookup
from gridding.types import FloatArray, GeometryArray, Int32Array, IntArray, Projection

if TYPE_CHECKING:
    from gridding.lookup_compiled import CompiledLookup

PLAIN_POINTS = 20_000
"""A locator answers without compiled code until it has been asked for more points than this ..."""
PLAIN_EDGES = 300_000
"""... unless it has more edges than this. A question about a border counts as five points."""


class CellLocator:
    """Finds the cell of a point, the distance to its border and the cell beyond.

    The polygons should form an exact coverage (shared borders identical vertex by vertex), which is what the index is
    small and fast for. Polygons that overlap, touch without common vertices or leave gaps get right answers too: the
    lowest index that covers the point. Sort them by code, so that the lowest index is the lowest code. Safe to use from
    many threads.

    Args:
        polygons: (cells,) shapely polygons or multipolygons, valid; missing and empty ones cover nothing.
        to_metres: the projection that distances are measured in; without it they come in the units of the polygons.

    Attributes:
        polygons: (cells,) the polygons, as given.
        large: whether they have so many edges that compiled code answers from the first point on.

    Raises:
        GeometryError: something that is not a polygon, or a coordinate that is not finite.
    """

    def __init__(self, polygons: GeometryArray | list[Any], to_metres: Projection | None = None) -> None:
        self.polygons = _checked(polygons)
        self._to_metres = to_metres
        self._lock = Lock()
        self._asked = 0
        self.large = int(shapely.get_num_coordinates(self.polygons).sum()) > 2 * PLAIN_EDGES
        self._plain: Lookup | None = None
        self._compiled: CompiledLookup | None = None

    def __len__(self) -> int:
        return len(self.polygons)

    @property
    def nbytes(self) -> int:
        """Memory of the compiled index in bytes, without the polygons; builds it."""
        return self._compile().nbytes

    def prepare(self) -> CellLocator:
        """Build the index and load all compiled look-ups, so that the first question waits for nothing."""
        self._compile().warm_up()
        return self

    def save(self, path: str | Path) -> None:
        """Write the index to a file, from which load() has it back in a fraction of the time; builds it if need be."""
        self._compile().save(Path(path), self.polygons)

    @classmethod
    def load(
        cls, path: str | Path, polygons: GeometryArray | list[Any], to_metres: Projection | None = None
    ) -> CellLocator:
        """The locator of polygons whose index was saved; the file is read in place, and shared by all who do so.

        Raises:
            GeometryError: the file is damaged, of another version or of other polygons; or as of the class.
            OSError: it cannot be read.
        """
        from gridding.lookup_compiled import CompiledLookup

        locator = cls(polygons, to_metres)
        locator._compiled = CompiledLookup(locator.polygons, locator._metric(), saved=Path(path))
        return locator

    def cells_near(self, x: ArrayLike, y: ArrayLike, metres: ArrayLike) -> tuple[IntArray, Int32Array, FloatArray]:
        """The cells within so many metres of each point: (row, cell, distance in metres).

        ``row`` is the position of the point; rows come in order, the cells of a row nearest first, those equally near
        by index. Cells that cover the point have the distance 0.0. NaN is near nothing. ``metres`` is one number or one
        for each point.
        """
        return near_of(self._compiled or self._compile(), x, y, metres)

    def locate(self, x: ArrayLike, y: ArrayLike) -> Int32Array:
        """Index of the lowest cell that covers each point, -1 outside and for NaN: int32, of the shape of x."""
        px, py = checked_points(x, y)
        return self._lookup(px.size).cover(px.ravel(), py.ravel()).reshape(px.shape)

    def locate_one(self, x: float, y: float) -> int:
        """locate() for one point, in about a microsecond."""
        return (self._compiled or self._compile()).cover_one(x, y)

    def border(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, Int32Array]:
        """Distance to the nearest border in metres, and the cell beyond it.

        In a cell: to the nearest border of that cell; the cell on the other side, -1 = none, the edge of the territory.
        On a border: 0.0 and the lowest other cell that covers the point. Outside: to the nearest cell, and that cell.
        NaN gives NaN and -1.
        """
        _, distance, beyond = self.locate_with_border(x, y)
        return distance, beyond

    def border_one(self, x: float, y: float) -> tuple[float, int]:
        """border() for one point, in about ten microseconds."""
        _, distance, beyond = self.locate_with_border_one(x, y)
        return distance, beyond

    def nearest(self, x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, Int32Array]:
        """Distance in metres to the nearest cell and its index: 0.0 and the cell itself for points in a cell."""
        cell, distance, beyond = self.locate_with_border(x, y)
        return np.where(cell >= 0, 0.0, distance), np.where(cell >= 0, cell, beyond)

    def locate_with_border(self, x: ArrayLike, y: ArrayLike) -> tuple[Int32Array, FloatArray, Int32Array]:
        """locate() and border() in one: (cell, distance_m, beyond)."""
        px, py = checked_points(x, y)
        cell, distance, beyond = self._lookup(5 * px.size).borders(px.ravel(), py.ravel(), None)
        return cell.reshape(px.shape), distance.reshape(px.shape), beyond.reshape(px.shape)

    def locate_with_border_one(self, x: float, y: float) -> tuple[int, float, int]:
        """locate_with_border() for one point."""
        return (self._compiled or self._compile()).border_one(x, y)[1:]

    def border_of(self, x: ArrayLike, y: ArrayLike, cell: Int32Array) -> tuple[FloatArray, Int32Array]:
        """border() where the cell of each point was decided elsewhere (-1 = outside), as in a territory of stations."""
        px, py = checked_points(x, y)
        return self._lookup(5 * px.size).borders(px, py, np.ascontiguousarray(cell, np.int32))[1:]

    def nearest_of_group(self, x: ArrayLike, y: ArrayLike, group: Int32Array, wanted: Int32Array) -> Int32Array:
        """The nearest cell of a group (``group[cell] == wanted``) to each point; -1 where the group is empty.

        ``group`` is (cells,) and ``wanted`` (n,), both int32. For points that no cell of their group covers.
        """
        px, py = checked_points(x, y)
        groups, wanted = np.ascontiguousarray(group, np.int32), np.ascontiguousarray(wanted, np.int32)
        return self._lookup(5 * px.size).nearest_of_group(px, py, groups, wanted)

    def _lookup(self, points: int) -> Lookup:
        """The index to answer so many points by."""
        if self._compiled is not None:
            return self._compiled
        self._asked += points
        if self._asked > PLAIN_POINTS or self.large:
            return self._compile()
        with self._lock:
            if self._plain is None:
                from gridding.lookup_plain import PlainLookup

                self._plain = PlainLookup(self.polygons, self._metric())
            return self._plain

    def _compile(self) -> CompiledLookup:
        from gridding.lookup_compiled import CompiledLookup

        with self._lock:
            if self._compiled is None:
                self._compiled = CompiledLookup(self.polygons, self._metric())
                self._plain = None
            return self._compiled

    def _metric(self) -> Metric:
        return metric_of(self.polygons, self._to_metres)


def metric_of(polygons: GeometryArray, to_metres: Projection | None) -> Metric:
    """The metric of a territory of polygons."""
    return Metric(shapely.total_bounds(polygons) if len(polygons) else np.full(4, np.nan), to_metres)


def near_of(
    lookup: CompiledLookup, x: ArrayLike, y: ArrayLike, metres: ArrayLike
) -> tuple[IntArray, Int32Array, FloatArray]:
    """CellLocator.cells_near() by an index."""
    px, py = checked_points(x, y)
    reach = np.ascontiguousarray(np.broadcast_to(np.asarray(metres, np.float64), px.shape)).ravel()
    if not (reach >= 0).all() or np.isinf(reach).any():
        raise GeometryError("metres must be finite numbers from 0 on: within what distance of the points to look")
    return lookup.near(px.ravel(), py.ravel(), np.require(reach, requirements=["C", "W", "A"]))


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
        raise GeometryError(f"{wrong.size} of {len(cells)} cells are no polygons: {names}. Expected (multi)polygons")
    finite = np.isfinite(shapely.bounds(cells)).all(axis=1) | shapely.is_empty(cells) | (kind == -1)
    if not finite.all():
        rows = np.flatnonzero(~finite)[:5].tolist()
        raise GeometryError(f"cells {rows} have coordinates that are not finite numbers")
    return cells
