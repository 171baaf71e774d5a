"""The different edges of an array of polygons, each with the polygon on its left and on its right."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.types import FloatArray, GeometryArray, Int32Array


def shared_edges(polygons: GeometryArray) -> tuple[FloatArray, Int32Array]:
    """The different edges of all polygons, (m, 4), pointing up or level to the right, and their two owners, (m, 2).

    An edge with more owners than a left and a right one (polygons that overlap) comes several times.
    """
    parts, part_cell = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, vertex_ring = shapely.get_coordinates(rings, return_index=True)
    xy += 0.0  # -0.0 and 0.0 are one place
    joined = (vertex_ring[1:] == vertex_ring[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    start, end = xy[:-1][joined], xy[1:][joined]
    cell = part_cell[ring_part[vertex_ring[:-1][joined]]].astype(np.int32)
    if not len(start):
        return np.empty((0, 4)), np.empty((0, 2), np.int32)
    up = (end[:, 1] > start[:, 1]) | ((end[:, 1] == start[:, 1]) & (end[:, 0] > start[:, 0]))
    edges = np.empty((len(start), 4))
    edges[:, :2] = np.where(up[:, None], start, end)
    edges[:, 2:] = np.where(up[:, None], end, start)
    order = _group(edges)
    edges, up, cell = edges[order], up[order], cell[order]

    new = np.empty(len(edges), bool)
    new[0] = True
    np.any(edges[1:] != edges[:-1], axis=1, out=new[1:])
    begin = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    ups = np.cumsum(up)
    before = ups[begin] - up[begin]
    total = np.diff(np.append(begin, len(edges)))
    left = np.add.reduceat(up, begin, dtype=np.int64)
    rows = np.maximum(left, total - left)  # 1 in a coverage: one owner on each side at the most
    offset = np.cumsum(rows) - rows
    rank_up = ups - before[group] - 1
    rank = np.where(up, rank_up, np.arange(len(edges)) - begin[group] - rank_up - 1)
    target = offset[group] + rank
    owners = np.full((int(rows.sum()), 2), -1, np.int32)
    owners[target[up], 0] = cell[up]  # rings run counter-clockwise: the inside is on their left
    owners[target[~up], 1] = cell[~up]
    return np.repeat(edges[begin], rows, axis=0), owners


def _group(edges: FloatArray) -> NDArray[np.int64]:
    """An order of the edges in which equal ones stand together."""
    bits = edges.view(np.uint64)
    key = _mix(bits)
    order = np.argsort(key)
    key, ordered = key[order], edges[order]
    same_key = key[1:] == key[:-1]
    if (same_key & (ordered[1:] != ordered[:-1]).any(axis=1)).any():  # two edges, one key
        order = np.lexsort(edges.T)
    return order


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A 64-bit key of each row: odd multipliers spread the bits of all columns (splitmix64)."""
    key = bits[:, 0].copy()
    for column in range(1, bits.shape[1]):
        key ^= key >> np.uint64(29)
        key *= np.uint64(0xBF58476D1CE4E5B9)
        key += bits[:, column]
    key ^= key >> np.uint64(32)
    key *= np.uint64(0x94D049BB133111EB)
    return key
