"""Regions of a topology -> polygons with exactly shared borders, and the lines between regions."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.boundaries import to_degrees
from gridding.errors import GeometryError
from gridding.half_edges import contiguous, next_half_edges, region_rings
from gridding.types import GeometryArray, Int32Array, IntArray, LineKind, Topology


def region_polygons(
    x: IntArray, y: IntArray, u: IntArray, v: IntArray, left: IntArray, right: IntArray, regions: int
) -> GeometryArray:
    """Polygons of the regions on the left and right of edges u -> v (negative = none).

    Every node on a region's border is a vertex of its polygon, so neighbours share their border vertex by vertex. Rings
    that touch themselves at a node are split there, as valid polygons want it; shells run counter-clockwise, holes clockwise, each from
    its lowest node (by x, then y).

    Args:
        x, y: (nodes,) grid coordinates, sorted by x, then y.
        u, v: (edges,) node indices.
        left, right: (edges,) region indices below ``regions``.
        regions: number of regions.

    Returns:
        (regions,) Polygon or MultiPolygon in degrees, an empty Polygon for a region without edges.
    """
    result = np.full(regions, shapely.Polygon(), dtype=object)
    border = np.flatnonzero(left != right)
    if len(border) == 0 or regions == 0:
        return result
    u, v = contiguous(u[border]), contiguous(v[border])
    side = contiguous(np.concatenate([left[border], right[border]]))
    x, y = contiguous(x), contiguous(y)
    # Small numbers keep the exact area sums within 64 bits.
    local_x, local_y = x - x.min(), y - y.min()
    following = next_half_edges(local_x, local_y, u, v)
    nodes, starts, owner, area = region_rings(following, side, local_x, local_y, u, v)

    is_shell = area > 0
    part = _part_of_rings(local_x, local_y, nodes, starts, owner, is_shell)
    order = np.lexsort((nodes[starts[:-1]], ~is_shell, part))
    vertices, ring_offsets = _closed_rings(nodes, starts, order)
    part_offsets = np.append(np.flatnonzero(is_shell[order]), len(order))
    coords = to_degrees(np.stack([x[vertices], y[vertices]], axis=1))
    polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, coords, (ring_offsets, part_offsets))
    part_owner = np.empty(len(polygons), np.int64)
    part_owner[part] = owner
    shells = np.bincount(part_owner, minlength=regions)
    single = shells[part_owner] == 1
    result[part_owner[single]] = polygons[single]
    if not single.all():
        several, index = np.unique(part_owner[~single], return_inverse=True)
        result[several] = shapely.multipolygons(polygons[~single], indices=index)
    return result


def _part_of_rings(
    x: IntArray, y: IntArray, nodes: IntArray, starts: IntArray, owner: IntArray, is_shell: NDArray[np.bool_]
) -> IntArray:
    """Number of the polygon that each ring belongs to: shells by (region, first node), holes with their shell."""
    part = np.empty(len(owner), np.int64)
    shells = np.flatnonzero(is_shell)
    shells = shells[np.lexsort((nodes[starts[shells]], owner[shells]))]
    part[shells] = np.arange(len(shells))
    holes = np.flatnonzero(~is_shell)
    first = np.searchsorted(owner[shells], owner[holes])
    several = np.searchsorted(owner[shells], owner[holes], side="right") - first > 1
    part[holes] = first
    if several.any():
        # A region in several parts with holes is rare: find the smallest shell around each hole, in whole numbers.
        some = holes[several]
        around = shells[np.isin(owner[shells], owner[some])]
        shell_polygons = shapely.polygons(_whole_number_rings(x, y, nodes, starts, around))
        tree = shapely.STRtree(shell_polygons)
        hole, shell = tree.query(_whole_number_rings(x, y, nodes, starts, some), predicate="covered_by")
        same = owner[some[hole]] == owner[around[shell]]
        hole, shell = hole[same], shell[same]
        order = np.argsort(-shapely.area(shell_polygons[shell]), kind="stable")
        part[some[hole[order]]] = part[around[shell[order]]]  # the smallest is written last
    return part


def _whole_number_rings(x: IntArray, y: IntArray, nodes: IntArray, starts: IntArray, chosen: IntArray) -> GeometryArray:
    """Shapely rings in grid coordinates, which floats hold exactly."""
    vertices, offsets = _closed_rings(nodes, starts, chosen)
    ring = np.repeat(np.arange(len(chosen)), np.diff(offsets))
    coords = np.stack([x[vertices], y[vertices]], axis=1).astype(np.float64)
    return np.asarray(shapely.linearrings(coords, indices=ring))


def _closed_rings(nodes: IntArray, starts: IntArray, chosen: IntArray) -> tuple[IntArray, IntArray]:
    """Nodes of the chosen rings in that order, each ring closed, and where each ring begins (one more at the end)."""
    size = np.diff(starts)[chosen] + 1
    offsets = np.concatenate([[0], np.cumsum(size)])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], size)
    within[offsets[1:] - 1] = 0
    return nodes[np.repeat(starts[chosen], size) + within], offsets


def check_labels(topology: Topology, labels: Int32Array) -> IntArray:
    """Labels as int64 with one more at the end, so that block -1 (outside) has label -1."""
    labels = np.asarray(labels)
    if labels.shape != (topology.blocks,):
        raise GeometryError(f"labels has shape {labels.shape}; one per block, ({topology.blocks},), was expected.")
    return np.append(labels.astype(np.int64), -1)


def dissolve(topology: Topology, labels: Int32Array, cells: int) -> GeometryArray:
    """Cells as polygons: blocks of one label joined, every vertex on a border kept, so that neighbours match exactly.

    Args:
        topology: from :func:`gridding.blocks.make_blocks`.
        labels: (blocks,) cell of each block, 0 .. cells - 1; negative = in no cell.
        cells: number of cells.

    Returns:
        (cells,) Polygon or MultiPolygon in degrees; an empty Polygon for a cell without blocks. See :func:`region_polygons`.

    Raises:
        GeometryError: labels of the wrong shape, or not below ``cells``.
    """
    label = check_labels(topology, labels)
    if label.max() >= cells:
        raise GeometryError(f"labels goes up to {label.max()}; less than the number of cells, {cells}, was expected.")
    label = np.maximum(label, -1)
    return region_polygons(
        topology.node_x,
        topology.node_y,
        topology.edge_start.astype(np.int64),
        topology.edge_end.astype(np.int64),
        label[topology.edge_left],
        label[topology.edge_right],
        cells,
    )


def cell_borders(
    topology: Topology, labels: Int32Array
) -> list[tuple[int, int, LineKind, float, shapely.LineString | shapely.MultiLineString]]:
    """The borders between cells: (left, right, kind, length in metres, line in degrees), left < right.

    One row for each pair of cells and line kind, sorted; pieces are merged into the longest lines possible. The outer border is
    not among them.
    """
    label = check_labels(topology, labels)
    a, b = label[topology.edge_left], label[topology.edge_right]
    edge = np.flatnonzero((a != b) & (a >= 0) & (b >= 0))
    if len(edge) == 0:
        return []
    low, high = np.minimum(a, b)[edge], np.maximum(a, b)[edge]
    kind = topology.edge_kind[edge].astype(np.int64)
    group, row = np.unique(np.stack([low, high, kind], axis=1), axis=0, return_inverse=True)
    row = row.ravel()
    length = np.bincount(row, weights=topology.edge_length_m[edge], minlength=len(group))
    order = np.argsort(row, kind="stable")
    ends = np.stack([topology.edge_start[edge[order]], topology.edge_end[edge[order]]], axis=1).ravel()
    coords = to_degrees(np.stack([topology.node_x[ends], topology.node_y[ends]], axis=1))
    pieces = shapely.linestrings(coords.reshape(-1, 2, 2))
    merged = shapely.line_merge(shapely.multilinestrings(pieces, indices=row[order]))
    return [
        (int(i), int(j), LineKind(k), float(m), line)
        for (i, j, k), m, line in zip(group.tolist(), length.tolist(), merged, strict=True)
    ]
