"""Streets drawn from the edges of blocks: edges that run straight on through a crossing become one line.

A city's blocks have a hundred thousand edges; as strokes they are a few thousand lines, light enough for a page.
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.shapes import Flat, Geometries

STRAIGHT_DEG = 35.0
"""A stroke goes on through a crossing where it turns by less than this."""


def block_edges(blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The edges of blocks that tile a territory as one nameless multiline of kind "block"."""
    polygons = blocks.geometry.to_numpy()
    lines = strokes(_edges(polygons), Flat.of(polygons))
    return gpd.GeoDataFrame(
        {"kind": ["block"], "name": [""]}, geometry=[shapely.multilinestrings(lines)], crs=blocks.crs
    )


def strokes(edges: Geometries, flat: Flat) -> Geometries:
    """Join lines that meet end to end and run on in the same direction.

    At each crossing the two lines that turn least are joined first.

    Args:
        edges: lines in degrees that touch only at their ends.
        flat: plane in which angles are measured.

    Returns:
        Lines that have every vertex of ``edges``, in an order that depends on ``edges`` alone.
    """
    if not len(edges):
        return edges
    coords, index = shapely.get_coordinates(edges, return_index=True)
    first = np.searchsorted(index, np.arange(len(edges)), side="left")
    last = np.searchsorted(index, np.arange(len(edges)), side="right") - 1
    ends = np.concatenate([coords[first], coords[last]])
    away = np.concatenate([coords[first + 1] - coords[first], coords[last - 1] - coords[last]])
    angle = np.degrees(np.arctan2(away[:, 1], away[:, 0] * flat.squeeze))
    partner = _partners(ends, angle)
    count = len(edges)
    pieces = [coords[a : b + 1] for a, b in zip(first, last, strict=True)]
    return np.array([shapely.LineString(np.vstack(way)) for way in _chains(partner, count, pieces)], dtype=object)


def _edges(polygons: Geometries) -> Geometries:
    """Each edge between two blocks once, joined where only two edges meet."""
    coords, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(polygons)), return_index=True)
    whole = np.rint(coords * 1e8).astype(np.int64)
    same = ring[1:] == ring[:-1]
    start, end = whole[:-1][same], whole[1:][same]
    turn = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[turn], end[turn] = end[turn], start[turn]
    pairs = np.unique(np.hstack([start, end]), axis=0).reshape(-1, 2, 2) / 1e8
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(pairs)))
    return np.asarray(shapely.get_parts(merged))


def _partners(ends: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each line end the end that carries its line on, -1 = none. End i + n is the other end of line i."""
    partner = np.full(len(ends), -1, dtype=np.int64)
    _, node = np.unique(ends, axis=0, return_inverse=True)
    order = np.argsort(node.ravel(), kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(node.ravel()[order])) + 1)
    # all pairs of ends at a crossing, by how much the way turns
    size = np.array([len(g) for g in groups])
    left, right = [], []
    for degree in np.unique(size[size > 1]):
        table = np.array([g for g in groups if len(g) == degree])
        i, j = np.triu_indices(degree, 1)
        left.append(table[:, i].ravel())
        right.append(table[:, j].ravel())
    if not left:
        return partner
    one, two = np.concatenate(left), np.concatenate(right)
    bend = np.abs(180.0 - np.abs((angle[one] - angle[two]) % 360.0))
    keep = bend < STRAIGHT_DEG
    one, two, bend = one[keep], two[keep], bend[keep]
    for a, b in zip(*(side[np.lexsort((two, one, bend))].tolist() for side in (one, two)), strict=True):
        if partner[a] < 0 and partner[b] < 0:
            partner[a], partner[b] = b, a
    return partner


def _chains(
    partner: NDArray[np.int64], count: int, pieces: list[NDArray[np.float64]]
) -> Iterable[list[NDArray[np.float64]]]:
    """Walk from each free end along the partners; then the rings that have no free end."""
    joined = partner.tolist()
    done = [False] * count
    free = [end for end in range(2 * count) if joined[end] < 0]
    for end in free + list(range(count)):
        if done[end % count]:
            continue
        way: list[NDArray[np.float64]] = []
        here = end
        while here >= 0 and not done[here % count]:
            line = here % count
            done[line] = True
            piece = pieces[line] if here < count else pieces[line][::-1]
            way.append(piece if not way else piece[1:])
            here = joined[here + count if here < count else here - count]
        yield way
