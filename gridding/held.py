"""Borders that must stay where they are, vertex by vertex: those of locked cells, across which no sliver is merged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.boundaries import Segments, canonical, to_grid
from gridding.rings import ring_edges
from gridding.types import GRID_DEG, FloatArray, Int32Array, IntArray

NEAR_DEG = 2 * GRID_DEG
"""A piece whose middle is so near to a held border lies on it: nodes are rounded to the grid."""

GIVES_WAY = 16
"""A node that would cut a held border so near to one of its vertices (grid units, 2 cm) goes to that vertex instead."""

MAX_ROUNDS = 20
"""After so many rounds of noding held borders are cut like others, so that noding always ends."""


@dataclass(slots=True)
class HeldBorders:
    """Straight pieces that noding must not bend.

    The outline of a locked cell was noded when its plan was drawn. The streets that ended at it are read from their files
    again and cross it a grid unit beside the vertex that was made for them then; what is cut there would get a second
    vertex, off the old border. Here the streets give way: such a node goes to the old vertex, for every segment that has
    it. Only where a line meets the border far from all its vertices, one that the old plan did not know, is it cut.

    Attributes:
        pieces: (k, 4) int64 start x, start y, end x, end y in grid units, start < end as in :class:`Segments`.
    """

    pieces: IntArray
    _rows: set[tuple[int, int, int, int]] = field(init=False)
    _nodes: set[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = {(a, b, c, d) for a, b, c, d in self.pieces.tolist()}
        self._nodes = {(a, b) for a, b, _, _ in self._rows} | {(c, d) for _, _, c, d in self._rows}

    def others(self, segments: Segments) -> IntArray:
        """(m, 4) segments without the held pieces, one copy each: a street along the border stays.

        Line ends are carried on to these alone, as they were before: where a street sticks out over the border a little,
        a piece of border that begins at that crossing would look like a line that the street stops short of.
        """
        xy = segments.xy + np.tile(np.array(segments.origin, np.int64), 2)
        row = np.unique(np.vstack([self.pieces, xy]), axis=0, return_inverse=True)[1].ravel()
        copies, mine = np.bincount(row[: len(self.pieces)], minlength=int(row.max()) + 1), row[len(self.pieces) :]
        order = np.argsort(mine, kind="stable")
        first = np.searchsorted(mine[order], mine[order])
        drop = np.zeros(len(mine), bool)
        drop[order] = np.arange(len(mine)) - first < copies[mine[order]]
        rest: IntArray = segments.xy[~drop]
        return rest

    def give_way(
        self, segments: Segments, cut: Int32Array, at: IntArray
    ) -> tuple[Segments, NDArray[np.bool_], Int32Array, IntArray]:
        """Move the nodes that would bend a held border.

        Args:
            segments: as they are before the round.
            cut: (k,) segments to cut.
            at: (k, 2) where, in local grid units.

        Returns:
            segments with moved end points (the same number, some may have no length), (n,) bool which of them changed, and
            the cuts that are left.
        """
        origin = np.array(segments.origin, np.int64)
        xy, points = segments.xy[cut] + np.tile(origin, 2), (at + origin).tolist()
        moves: dict[tuple[int, int], tuple[int, int]] = {}
        stays = np.zeros(len(cut), bool)
        first = np.unique(np.array([row[0] for row in self._rows], np.int64))
        for i in np.flatnonzero(np.isin(xy[:, 0], first)).tolist():
            ax, ay, bx, by = row = tuple(xy[i].tolist())
            point = tuple(points[i])
            if row not in self._rows or point in self._nodes:
                continue
            (gap, vertex), _ = sorted(
                ((x - point[0]) ** 2 + (y - point[1]) ** 2, (x, y)) for x, y in ((ax, ay), (bx, by))
            )
            if gap <= GIVES_WAY**2:
                moves[point] = min(vertex, moves.get(point, vertex))
                stays[i] = True
            else:  # a line that the old plan did not know: its node is held from now on
                self._nodes.add(point)
                self._rows |= {(*min(end, point), *max(end, point)) for end in ((ax, ay), (bx, by))}
        if not moves:
            return segments, np.zeros(len(segments.xy), bool), cut, at
        old, new = np.array(sorted(moves)) - origin, np.array([moves[key] for key in sorted(moves)]) - origin
        moved = np.hstack([_replaced(segments.xy[:, :2], old, new), _replaced(segments.xy[:, 2:], old, new)])
        changed = (moved != segments.xy).any(axis=1)
        at, whole = _replaced(at, old, new), moved[cut]
        start, end = whole[:, :2], whole[:, 2:]
        idle = (at == start).all(axis=1) | (at == end).all(axis=1) | (start == end).all(axis=1)
        go = ~(stays | idle)
        return replace(segments, xy=moved), changed, cut[go], at[go]


def _replaced(xy: IntArray, old: IntArray, new: IntArray) -> IntArray:
    """(n, 2) points of which those that are among ``old`` (k, 2; sorted by x, then y) are the ``new`` ones."""
    key, wanted = (xy[:, 0] << 32) + xy[:, 1], (old[:, 0] << 32) + old[:, 1]
    place = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
    points: IntArray = np.where((wanted[place] == key)[:, None], new[place], xy)
    return points


def held_borders(areas: tuple[Any, ...]) -> HeldBorders | None:
    """The rings of areas in degrees as they are held; None where there are none."""
    if not areas:
        return None
    edges = ring_edges(np.asarray(areas, dtype=object))
    xy = to_grid(np.hstack([edges.start, edges.end]))
    count = np.zeros(len(xy), np.int8)
    return HeldBorders(canonical(xy, count, count, (0, 0)).xy)


def held_edges(lon: FloatArray, lat: FloatArray, u: IntArray, v: IntArray, areas: tuple[Any, ...]) -> NDArray[np.bool_]:
    """(edges,) whether each edge u -> v lies on the outline of one of the areas.

    Args:
        lon, lat: (nodes,) degrees.
        u, v: (edges,) nodes.
        areas: polygons or multipolygons in degrees.
    """
    held = np.zeros(len(u), bool)
    if not areas:
        return held
    rings = shapely.get_rings(shapely.get_parts(np.asarray(areas, dtype=object)))
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    pieces = shapely.linestrings(np.stack([coords[:-1][inner], coords[1:][inner]], axis=1))
    ends = shapely.STRtree(pieces)
    middle = shapely.points((lon[u] + lon[v]) / 2, (lat[u] + lat[v]) / 2)
    held[ends.query(middle, predicate="dwithin", distance=NEAR_DEG)[0]] = True
    return held
