"""Proof that polygons tile an outline, from their coordinates alone.

Write every polygon's rings so that its interior lies on the left. If each directed edge is cancelled by its reverse in
another polygon, and the edges left over are exactly the outline's, then at every point of the plane (but on edges) the
number of polygons that hold it equals the number of outlines that hold it: no gap, no overlap, no tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.boundaries import MAX_EXTENT, to_degrees, to_grid
from gridding.findings import Finding, Severity
from gridding.numbering import distinct
from gridding.rings import RingEdges, ring_edges
from gridding.types import FloatArray, GeometryArray, IntArray, Projection, TilingReport

MAX_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class _Edges:
    """Undirected edges of polygons and outline, with how often each is used in which direction.

    ``low``, ``high``: (m, 2) end points. ``forward``, ``backward``: polygons that use it low -> high and back;
    ``surplus``: uses by the outline, forward minus backward. ``owners``: one polygon that uses it (-1 = only the outline).
    ``slit``: both uses are by the same polygon.
    """

    low: FloatArray
    high: FloatArray
    forward: IntArray
    backward: IntArray
    surplus: IntArray
    owners: IntArray
    slit: NDArray[np.bool_]

    @property
    def doubled(self) -> NDArray[np.bool_]:
        """Edges that two polygons use in the same direction, or one in both."""
        return np.asarray((self.forward > 1) | (self.backward > 1) | self.slit)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Edges whose uses do not add up to the outline's."""
        return np.asarray(self.forward - self.backward != self.surplus)


def check_tiling(
    outline: shapely.Geometry, polygons: GeometryArray | Sequence[shapely.Geometry], to_metres: Projection
) -> TilingReport:
    """Whether polygons tile an outline exactly; where not, what is missing or covered twice.

    Args:
        outline: polygon or multipolygon in degrees. It must have every vertex of the polygons that lies on it, as
            ``Blocks.outline`` does: an edge counts as the same only if both its end points are the same numbers.
        polygons: (n,) polygons or multipolygons in degrees, on the grid of 1e-8 degrees or not.
        to_metres: projection for the areas of gaps and overlaps.

    Returns:
        the report; gap and overlap are measured only if the proof fails, otherwise they are 0.
    """
    shapes = np.asarray(list(polygons), dtype=object)
    wrong = [i for i, s in enumerate(shapes) if not isinstance(s, shapely.Polygon | shapely.MultiPolygon) or s.is_empty]
    findings = [
        _finding(
            "tiling.no_area",
            f"Polygon {i} is missing, empty or no polygon: it covers nothing.",
            f"第 {i} 个面为空。",
            str(i),
        )
        for i in wrong
    ]
    shapes[wrong] = shapely.Polygon()
    invalid = np.flatnonzero(~shapely.is_valid(shapes))
    for i in invalid.tolist():
        reason = shapely.is_valid_reason(shapes[i])
        findings.append(
            _finding("tiling.invalid", f"Polygon {i} is not valid: {reason}.", f"第 {i} 个面无效：{reason}。", str(i))
        )

    own, rim = ring_edges(shapes), ring_edges(np.array([outline], dtype=object))
    edges = _match(own, rim)
    # Whether the outline is met is a question of its own: what the polygons leave open is its edges, and areas add up.
    bounded = not edges.open.any() and _areas_add_up(own, rim)
    matched = not edges.doubled.any() and not edges.open.any() and len(invalid) == 0 and not wrong
    if matched and bounded:
        return TilingReport(True, True, 0.0, 0.0, tuple(findings))
    gap, overlap, measured = _measure(outline, shapes, edges, to_metres)
    findings += measured
    findings += _edge_findings(edges, MAX_FINDINGS - min(len(findings), MAX_FINDINGS))
    return TilingReport(matched, bounded, gap, overlap, tuple(findings[:MAX_FINDINGS]))


def _finding(
    rule: str,
    message: str,
    message_zh: str,
    where: str = "",
    value: float | None = None,
    at: tuple[float, float] | None = None,
) -> Finding:
    unit = "" if value is None else "m2"
    return Finding(rule, Severity.ERROR, message, message_zh, where=where, value=value, unit=unit, at=at)


def _match(own: RingEdges, rim: RingEdges) -> _Edges:
    """Bring the directed edges of the polygons and of the outline together."""
    start, end = np.vstack([own.start, rim.start]), np.vstack([own.end, rim.end])
    # Coordinates are compared as the very numbers they are: equal or not.
    x_values, x = _distinct_floats(np.concatenate([start[:, 0], end[:, 0]]))
    y_values, y = _distinct_floats(np.concatenate([start[:, 1], end[:, 1]]))
    nodes, node = distinct(x * np.int64(len(y_values)) + y)
    a, b = node[: len(start)], node[len(start) :]
    owner = np.concatenate([own.owner, np.full(len(rim.owner), -1)])
    key, row = distinct(np.minimum(a, b) * np.int64(len(nodes)) + np.maximum(a, b))
    ahead, mine = a < b, owner >= 0

    def uses(which: NDArray[np.bool_]) -> IntArray:
        return np.bincount(row[which], minlength=len(key))

    lowest, highest = np.full(len(key), np.iinfo(np.int64).max), np.full(len(key), -1)
    np.minimum.at(lowest, row[mine], owner[mine])
    np.maximum.at(highest, row[mine], owner[mine])
    forward, backward = uses(mine & ahead), uses(mine & ~ahead)
    points = np.stack([x_values[nodes // len(y_values)], y_values[nodes % len(y_values)]], axis=1)
    return _Edges(
        low=points[key // len(nodes)],
        high=points[key % len(nodes)],
        forward=forward,
        backward=backward,
        surplus=uses(~mine & ahead) - uses(~mine & ~ahead),
        owners=highest,
        slit=(forward > 0) & (backward > 0) & (lowest == highest),
    )


def _distinct_floats(values: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct numbers in some order, and the place of each value among them."""
    bits, place = distinct((values + 0.0).view(np.int64))  # adding 0 makes -0 the same number as 0
    return bits.view(np.float64), place


def _areas_add_up(own: RingEdges, rim: RingEdges) -> bool:
    """Whether the polygons' areas sum to the outline's: exactly in whole grid units, or nearly for other coordinates."""
    coords = [own.start, own.end, rim.start, rim.end]
    if any(len(c) == 0 for c in coords):
        return False
    grid = [to_grid(c) for c in coords]
    on_grid = all((to_degrees(g) == c).all() for g, c in zip(grid, coords, strict=True))
    low = np.min([g.min(axis=0) for g in grid], axis=0)
    wide = int((np.max([g.max(axis=0) for g in grid], axis=0) - low).max()) > MAX_EXTENT
    if on_grid:
        # Beyond 21 degrees products leave 64 bits: Python's whole numbers are slow and have no end.
        a, b, c, d = ((g - low).astype(object) if wide else g - low for g in grid)
        return _doubled_area(a, b) == _doubled_area(c, d)
    ours, rims = (_fsum_area(s - rim.start[0], e - rim.start[0]) for s, e in (coords[:2], coords[2:]))
    return math.isclose(ours, rims, rel_tol=1e-9)


def _doubled_area(start: NDArray[Any], end: NDArray[Any]) -> int:
    """Twice the signed area. Sums of 64-bit products may wrap around on the way, but the end is exact."""
    return int((start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]).sum())


def _fsum_area(start: FloatArray, end: FloatArray) -> float:
    return math.fsum((start[:, 0] * end[:, 1] - start[:, 1] * end[:, 0]).tolist())


def _measure(
    outline: shapely.Geometry, shapes: GeometryArray, edges: _Edges, to_metres: Projection
) -> tuple[float, float, list[Finding]]:
    """Area in no polygon and area in more than one (or beyond the outline), in m2, with a finding for each piece."""
    whole = shapely.make_valid(outline)
    sound = shapely.make_valid(shapes)
    union = shapely.union_all(sound)
    gap, gaps = _pieces(shapely.difference(whole, union), to_metres)
    beyond, beyonds = _pieces(shapely.difference(union, whole), to_metres)
    tree = shapely.STRtree(sound)
    a, b = tree.query(sound, predicate="intersects")
    a, b = a[a < b], b[a < b]
    common = shapely.intersection(sound[a], sound[b])
    double = np.flatnonzero(shapely.area(common) > 0)
    overlap, _ = _pieces(shapely.union_all(common[double]), to_metres)
    findings = [
        _finding(
            "tiling.gap",
            f"{m2:.6g} m2 lie in no polygon at {at[0]:.8f}, {at[1]:.8f}.",
            f"有 {m2:.6g} 平方米无归属。",
            "",
            m2,
            at,
        )
        for m2, at in gaps
    ]
    findings += [
        _finding(
            "tiling.beyond",
            f"{m2:.6g} m2 lie beyond the outline at {at[0]:.8f}, {at[1]:.8f}.",
            f"有 {m2:.6g} 平方米超出边界。",
            "",
            m2,
            at,
        )
        for m2, at in beyonds
    ]
    for k in double[:MAX_FINDINGS].tolist():
        m2, pieces = _pieces(common[k], to_metres)
        if not pieces:
            continue
        i, j = int(a[k]), int(b[k])
        message = f"Polygons {i} and {j} both cover {m2:.6g} m2 at {pieces[0][1][0]:.8f}, {pieces[0][1][1]:.8f}."
        zh = f"第 {i} 与第 {j} 个面重叠 {m2:.6g} 平方米。"
        findings.append(_finding("tiling.overlap", message, zh, f"{i},{j}", m2, pieces[0][1]))
    return gap, overlap + beyond, findings


def _pieces(area: shapely.Geometry, to_metres: Projection) -> tuple[float, list[tuple[float, tuple[float, float]]]]:
    """Total m2 of an area, and (m2, place) of its largest pieces."""
    parts = shapely.get_parts(area)
    parts = parts[shapely.area(parts) > 0]
    if len(parts) == 0:
        return 0.0, []

    def project(coords: FloatArray) -> FloatArray:
        return np.column_stack(to_metres(coords[:, 0], coords[:, 1]))

    m2 = shapely.area(shapely.transform(parts, project))
    place = shapely.get_coordinates(shapely.point_on_surface(parts))
    order = np.argsort(-m2, kind="stable")[:MAX_FINDINGS]
    return float(m2.sum()), [(float(m2[i]), (float(place[i, 0]), float(place[i, 1]))) for i in order]


def _edge_findings(edges: _Edges, limit: int) -> list[Finding]:
    """The first unmatched edges."""
    found = []
    for e in np.flatnonzero(edges.doubled | edges.open)[:limit].tolist():
        at = (float(edges.low[e, 0]), float(edges.low[e, 1]))
        uses = int(edges.forward[e] + edges.backward[e])
        where = "" if edges.owners[e] < 0 else str(edges.owners[e])
        rim = "on" if edges.surplus[e] else "not on"
        message = (
            f"The edge from {at[0]:.8f}, {at[1]:.8f} to {edges.high[e, 0]:.8f}, {edges.high[e, 1]:.8f} is used {uses} times and is "
            f"{rim} the outline; twice in opposite directions, or once on the outline, was expected."
        )
        found.append(_finding("tiling.edge", message, f"该边被使用 {uses} 次，与相邻面或边界不吻合。", where, None, at))
    return found
