"""Noded segments -> a planar map of faces inside the outline.

Faces are traced with half-edges. Everything is decided in integers: which face an island lies in, and which faces lie
inside the outline (by the winding number of the outline's directed edges, so that an outline which collapses onto itself
on the grid still has a definite inside).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.arrays import components, spread
from gridding.boundaries import Segments
from gridding.half_edges import face_loops, next_half_edges
from gridding.numbering import distinct, merge_edges
from gridding.types import IntArray, LineKind

_SHIFT = 32  # local coordinates are below 2 ** 31: a node's x and y fit in one int64 that sorts by x, then y

_TURNS = 2**10  # the outline runs along no edge more often than this


@dataclass(frozen=True, slots=True)
class PlanarMap:
    """Faces inside the outline and the edges between them.

    Attributes:
        x, y: (nodes,) int64 local grid coordinates, sorted by x, then y.
        u, v: (edges,) int64 node indices, u < v, sorted.
        left, right: (edges,) int64 face on the left and right of u -> v; -1 = outside the outline. Never equal.
        kind: (edges,) int8 :class:`LineKind`; OUTLINE exactly where one side is outside. 0 = a fold of the outline, no line.
        faces: number of faces.
        loose: (k, 2) int64 nodes of the pieces inside that lead nowhere (dead ends, unconnected pieces), not in ``u, v``.
        duplicates: number of pieces that lay on another piece.
    """

    x: IntArray
    y: IntArray
    u: IntArray
    v: IntArray
    left: IntArray
    right: IntArray
    kind: NDArray[np.int8]
    faces: int
    loose: IntArray
    duplicates: int


def trace_faces(segments: Segments) -> PlanarMap:
    """The planar map of noded segments (they may meet at end points only; identical ones are merged)."""
    xy = segments.xy
    keys, node = distinct(np.concatenate([(xy[:, 0] << _SHIFT) + xy[:, 1], (xy[:, 2] << _SHIFT) + xy[:, 3]]))
    x, y = keys >> _SHIFT, keys & ((1 << _SHIFT) - 1)
    u, v, kind, winding, duplicates = merge_edges(
        node[: len(xy)], node[len(xy) :], segments.kind, segments.winding, len(x)
    )
    following = next_half_edges(x, y, u, v)
    loop, area, lowest = face_loops(following, x, y, u, v)
    face, faces = _faces_of_loops(x, y, u, v, loop, area, lowest)
    left, right = face[loop[: len(u)]], face[loop[len(u) :]]
    inside = _inside(left, right, winding, faces)

    # Number the faces by their first edge, so that the numbering depends on the map alone: roughly west to east.
    seen = np.stack([left, right], axis=1).ravel()[::-1]
    seen_at = np.zeros(faces + 1, np.int64)
    seen_at[seen] = np.arange(len(seen), 0, -1)  # the last written, the first edge, stays
    wanted = np.flatnonzero(inside)
    rank = np.full(faces + 1, -1, np.int64)
    rank[wanted[np.argsort(seen_at[wanted])]] = np.arange(len(wanted))
    left, right = rank[left], rank[right]
    between = left != right
    loose = (left == right) & (left >= 0) & (kind > 0)
    kind = kind[between]
    left, right = left[between], right[between]
    kind[(left < 0) | (right < 0)] = LineKind.OUTLINE
    return PlanarMap(
        x, y, u[between], v[between], left, right, kind, len(wanted),
        np.stack([u[loose], v[loose]], axis=1), duplicates,
    )  # fmt: skip


def _faces_of_loops(
    x: IntArray, y: IntArray, u: IntArray, v: IntArray, loop: IntArray, area: IntArray, lowest: IntArray
) -> tuple[IntArray, int]:
    """Face of each loop: a loop with positive area is a face; any other is the outer side of a connected piece.

    The outer side belongs to the face around the piece: the one above the next edge below its lowest node. The face
    beyond everything has the last number, ``faces``.
    """
    is_face = area > 0
    faces = int(np.count_nonzero(is_face))
    face = np.where(is_face, np.cumsum(is_face) - 1, faces)
    outer = np.flatnonzero(~is_face)
    below = _edge_below(x, y, u, v, lowest[outer])
    # u -> v runs to the right, so the face above an edge is the one on its left.
    beyond = np.full(len(area), -1, np.int64)
    beyond[outer] = np.where(below >= 0, loop[below], -1)
    around = np.where(is_face, np.arange(len(area)), beyond)
    while True:  # an edge below may itself be the outer side of another piece: follow the chain
        chained = (around >= 0) & ~is_face[np.maximum(around, 0)]
        if not chained.any():
            break
        around[chained] = beyond[around[chained]]
    return np.where(around >= 0, face[np.maximum(around, 0)], faces), faces


def _edge_below(x: IntArray, y: IntArray, u: IntArray, v: IntArray, node: IntArray) -> IntArray:
    """For each node the nearest edge straight below it that does not touch it; -1 = none.

    An edge counts from its left end (included) to its right end (excluded), so vertical ones never do.
    """
    edges = np.flatnonzero(x[u] < x[v])
    if len(node) == 0 or len(edges) == 0:
        return np.full(len(node), -1, np.int64)
    low = int(x.min())
    columns = max(1, min(len(edges), 4096))
    width = (int(x.max()) - low) // columns + 1
    first, last = (x[u[edges]] - low) // width, (x[v[edges]] - 1 - low) // width
    # Only the columns that hold a node asked for matter.
    wanted = np.zeros(columns + 1, dtype=bool)
    wanted[(x[node] - low) // width] = True
    count = np.concatenate([[0], np.cumsum(wanted)])
    near = count[last + 1] > count[first]
    edges, first, last = edges[near], first[near], last[near]
    span = last - first + 1
    column, owner = spread(first, span)
    edge = edges[owner]
    order = np.argsort(column, kind="stable")
    edge, column = edge[order], column[order]
    bounds = np.searchsorted(column, np.arange(columns + 1))
    at = (x[node] - low) // width
    position, query = spread(bounds[at], bounds[at + 1] - bounds[at])
    edge = edge[position]
    p = node[query]
    a, b = u[edge], v[edge]
    dx, dy = x[b] - x[a], y[b] - y[a]
    side = dx * (y[p] - y[a]) - dy * (x[p] - x[a])
    hit = (x[a] <= x[p]) & (x[p] < x[b]) & (side > 0)
    query, edge, a, dx, dy, p = query[hit], edge[hit], a[hit], dx[hit], dy[hit], p[hit]
    rise = (x[p] - x[a]) * dy
    # The highest edge wins; of those that begin at one node below, the steepest.
    order = np.lexsort((dy / dx, (rise % dx) / dx, y[a] + rise // dx, query))
    query, edge = query[order], edge[order]
    result = np.full(len(node), -1, np.int64)
    result[query] = edge  # the last of each query stays
    return result


def _inside(left: IntArray, right: IntArray, winding: IntArray, faces: int) -> NDArray[np.bool_]:
    """Whether each face (and the one beyond everything, the last) has a winding number of at least one."""
    step = winding != 0
    free = ~step & (left != right)
    zone = components(left[free], right[free], faces + 1)
    zones = int(zone.max()) + 1
    # Crossing an outline edge from right to left adds its winding. There are few zones: as many as parts and holes.
    key = (zone[right[step]] * zones + zone[left[step]]) * _TURNS + winding[step] + _TURNS // 2
    crossings = [
        (k // _TURNS // zones, k // _TURNS % zones, k % _TURNS - _TURNS // 2) for k in distinct(key)[0].tolist()
    ]
    steps: dict[int, list[tuple[int, int]]] = {}
    for a, b, gain in crossings:
        steps.setdefault(a, []).append((b, gain))
        steps.setdefault(b, []).append((a, -gain))
    number = np.zeros(zones, np.int64)
    seen = {int(zone[faces])}
    queue = deque(seen)
    while queue:
        a = queue.popleft()
        for b, gain in steps.get(a, []):
            if b not in seen:
                seen.add(b)
                number[b] = number[a] + gain
                queue.append(b)
    return np.asarray(number[zone] >= 1)
