"""The index for few points: shapely trees, with nothing to compile or load."""

from __future__ import annotations

import numpy as np
import shapely

from gridding.border_distance import Metric, step_beyond
from gridding.lookup import ANY, INSIDE
from gridding.shared_edges import shared_edges
from gridding.types import FloatArray, GeometryArray, Int32Array, IntArray

_NONE = np.iinfo(np.int32).max


class PlainLookup:
    """A Lookup that is ready at once: some 100,000 points a second for cover(), 20,000 for nearest()."""

    def __init__(self, polygons: GeometryArray, metric: Metric) -> None:
        self.edges, self.owners = edges, owners = shared_edges(polygons)
        self._metric = metric
        self.nbytes = edges.nbytes + owners.nbytes
        self._polygons = polygons
        self._tree = shapely.STRtree(polygons)
        self._borders: GeometryArray | None = None
        self._edge_tree: shapely.STRtree | None = None

    def cover(self, x: FloatArray, y: FloatArray) -> Int32Array:
        """See lookup.Lookup."""
        return self._two_lowest(x, y, want_second=False)[0]

    def borders(
        self, x: FloatArray, y: FloatArray, given: Int32Array | None
    ) -> tuple[Int32Array, FloatArray, Int32Array]:
        """See lookup.Lookup."""
        first, second = self._two_lowest(x, y, want_second=True)
        own = first if given is None else given
        distance, beyond = np.full(x.size, np.nan), np.full(x.size, -1, np.int32)
        if not len(self.edges):
            return own, distance, beyond
        each = np.arange(len(self._polygons), dtype=np.int32)
        for outside in (False, True):
            rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & ((own < 0) == outside))
            if not rows.size:
                continue
            px, py, cell = x[rows], y[rows], own[rows]
            edge, foot = self._nearest(px, py, each, cell, rank_own=outside)
            distance[rows] = self._metric.distances(px, py, foot)
            pair = self.owners[edge]
            if outside:
                beyond[rows] = np.where(pair.min(axis=1) >= 0, pair.min(axis=1), pair.max(axis=1))
                continue
            other = np.where(pair[:, 0] == cell, pair[:, 1], pair[:, 0])
            low, next_low = first[rows], second[rows]
            alone = np.flatnonzero(other < 0)
            if alone.size:
                left, inside = (pair[:, 0] == cell)[alone], (low == cell)[alone]
                found = self.cover(
                    *step_beyond(px[alone], py[alone], self.edges[edge[alone]], foot[alone], left, inside)
                )
                other[alone] = np.where(found == cell[alone], -1, found)
            # A third cell may be one's own at a vertex, which then is the foot.
            touching = (next_low != INSIDE) & ((low == cell) | (next_low == cell) | (distance[rows] == 0.0))
            distance[rows[touching]] = 0.0
            rival = np.where(low != cell, low, np.where(touching, next_low, -1))
            beyond[rows] = np.where(rival >= 0, rival, other)
        return own, distance, beyond

    def nearest_of_group(self, x: FloatArray, y: FloatArray, group: Int32Array, wanted: Int32Array) -> Int32Array:
        """See lookup.Lookup."""
        rows = np.flatnonzero((wanted >= 0) & np.isin(wanted, group) & np.isfinite(x) & np.isfinite(y))
        out = np.full(x.size, -1, np.int32)
        if not rows.size:
            return out
        want = wanted[rows].astype(np.int32)
        edge, _ = self._nearest(x[rows], y[rows], group, want, rank_own=True)
        pair = self.owners[edge]
        member = (pair >= 0) & (group[pair] == want[:, None]) & (edge >= 0)[:, None]
        found = np.where(member, pair, _NONE).min(axis=1)
        out[rows] = np.where(member.any(axis=1), found, -1)
        return out

    def _two_lowest(self, x: FloatArray, y: FloatArray, *, want_second: bool) -> tuple[Int32Array, Int32Array]:
        """The lowest polygon that covers each point, and the second lowest if it is on a border, else INSIDE."""
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        row, polygon = self._tree.query(shapely.points(x[known], y[known]), predicate="intersects")
        row = known[row]
        order = np.argsort(-polygon, kind="stable")
        row, polygon = row[order], polygon[order]
        lowest = np.full(x.size, -1, np.int32)
        lowest[row] = polygon  # the lowest is written last
        second = np.full(x.size if want_second else 0, INSIDE, np.int32)
        if want_second:
            touches = shapely.touches(self._polygons[polygon], shapely.points(x[row], y[row]))
            second[row[touches]] = -1
            others = (polygon != lowest[row]) & (second[row] == -1)
            second[row[others]] = polygon[others]
        return lowest, second

    def _nearest(
        self, x: FloatArray, y: FloatArray, group: Int32Array, wanted: Int32Array, *, rank_own: bool
    ) -> tuple[IntArray, FloatArray]:
        """The nearest edge of each point (-1 = none), and the place on it that is nearest, (n, 2).

        Only edges count that have a polygon of the wanted group on one side (``group[polygon] == wanted[i]``; ANY =
        all). Of edges equally near, the one with the lowest polygon wins: of the group, or with ``rank_own=False`` of
        the others. The distance to the border in degrees bounds the box in which edges are looked at.
        """
        per_degree = self._metric.at(x, y)
        edge, foot = np.full(x.size, -1, np.int64), np.zeros((x.size, 2))
        if self._borders is None or self._edge_tree is None:
            self._borders = shapely.boundary(self._polygons)
            self._edge_tree = shapely.STRtree(shapely.linestrings(self.edges.reshape(-1, 2, 2)))
        points = shapely.points(x, y)
        reach = np.full(x.size, np.nan)
        for w in np.unique(wanted):
            rows = np.flatnonzero(wanted == w)
            if w == ANY:
                near = self._edge_tree.nearest(points[rows])
                reach[rows] = shapely.distance(self._edge_tree.geometries[near], points[rows])
                continue
            for border in self._borders[group == w]:
                reach[rows] = np.fmin(reach[rows], shapely.distance(border, points[rows]))
        reach = reach * (1 + 1e-9) + 1e-12
        widest = per_degree.max(axis=1) / per_degree.min(axis=1)
        some = np.flatnonzero(np.isfinite(reach))
        w, h = reach[some] * widest[some], reach[some] * widest[some]
        boxes = shapely.box(x[some] - w, y[some] - h, x[some] + w, y[some] + h)
        row, e = self._edge_tree.query(boxes)
        row = some[row]
        want = wanted[row, None]
        has = self.owners[e] >= 0
        own = has & ((want == ANY) | (group[self.owners[e]] == want))
        keep = own.any(axis=1)
        row, e, has, own = row[keep], e[keep], has[keep], own[keep]
        rival = np.where(has & (own == rank_own), self.owners[e], _NONE).min(axis=1)
        places, squared = _feet(self.edges[e], x[row], y[row], per_degree[row])
        order = np.lexsort((rival, squared, row))
        best = order[np.unique(row[order], return_index=True)[1]]
        edge[row[best]], foot[row[best]] = e[best], places[best]
        return edge, foot


def _feet(edges: FloatArray, x: FloatArray, y: FloatArray, per_degree: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The place on each edge that is nearest to its point, and the squared distance in the local metric."""
    point = np.column_stack([x, y])
    a, b = edges[:, :2], edges[:, 2:]
    run = (b - a) * per_degree
    along = (((point - a) * per_degree * run).sum(axis=1) / (run * run).sum(axis=1))[:, None]
    foot = np.where(along <= 0, a, np.where(along >= 1, b, a + along * (b - a)))
    return foot, (((foot - point) * per_degree) ** 2).sum(axis=1)
