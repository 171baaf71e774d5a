"""Half-edges: every edge once in each direction, and how one follows the other around a face.

Half-edge ``e`` runs edge ``e`` from start to end, half-edge ``m + e`` runs it back; ``m`` is the number of edges.
"""

from __future__ import annotations

import numba
import numpy as np

from gridding.types import IntArray


@numba.njit("i8[::1](i8[::1], i8[::1], i8[::1], i8[::1])", cache=True)
def next_half_edges(x, y, u, v):  # type: ignore[no-untyped-def]
    """For each half-edge the one that follows it around the face on its left (int64, two per edge).

    The half-edges that leave a node are sorted by direction with exact integer arithmetic.
    """
    m, nodes = len(u), len(x)
    first = np.zeros(nodes + 1, np.int64)
    for e in range(m):
        first[u[e] + 1] += 1
        first[v[e] + 1] += 1
    for n in range(nodes):
        first[n + 1] += first[n]
    star = np.empty(2 * m, np.int64)
    filled = first[:-1].copy()
    for h in range(2 * m):
        a, b = (u[h], v[h]) if h < m else (v[h - m], u[h - m])
        dx, dy = x[b] - x[a], y[b] - y[a]
        upper = dy > 0 or (dy == 0 and dx > 0)
        # Insertion sort, counter-clockwise from the positive x axis: few edges leave a node.
        k = filled[a]
        while k > first[a]:
            g = star[k - 1]
            c = v[g] if g < m else u[g - m]
            ex, ey = x[c] - x[a], y[c] - y[a]
            g_upper = ey > 0 or (ey == 0 and ex > 0)
            before = (upper and not g_upper) if upper != g_upper else dx * ey - dy * ex > 0
            if not before:
                break
            star[k] = g
            k -= 1
        star[k] = h
        filled[a] += 1
    following = np.empty(2 * m, np.int64)
    for n in range(nodes):
        for k in range(first[n], first[n + 1]):
            h = star[k]
            twin = h + m if h < m else h - m
            # Arriving by the twin, the face on the left goes on by the next half-edge clockwise.
            following[twin] = star[k - 1] if k > first[n] else star[first[n + 1] - 1]
    return following


@numba.njit("Tuple((i8[::1], i8[::1], i8[::1]))(i8[::1], i8[::1], i8[::1], i8[::1], i8[::1])", cache=True)
def face_loops(following, x, y, u, v):  # type: ignore[no-untyped-def]
    """Loops of half-edges around faces.

    Returns (2m,) loop of each half-edge; per loop twice its signed area, exact; per loop its lowest node.
    """
    m = len(u)
    loop = np.full(2 * m, -1, np.int64)
    area = np.zeros(2 * m, np.int64)
    lowest = np.zeros(2 * m, np.int64)
    loops = 0
    for start in range(2 * m):
        if loop[start] >= 0:
            continue
        origin = u[start] if start < m else v[start - m]
        low, total = origin, 0
        h = start
        while loop[h] < 0:
            loop[h] = loops
            a, b = (u[h], v[h]) if h < m else (v[h - m], u[h - m])
            total += (x[a] - x[origin]) * (y[b] - y[origin]) - (x[b] - x[origin]) * (y[a] - y[origin])
            low = min(low, a)
            h = following[h]
        area[loops], lowest[loops] = total, low
        loops += 1
    return loop, area[:loops].copy(), lowest[:loops].copy()


@numba.njit(
    "Tuple((i8[::1], i8[::1], i8[::1], i8[::1]))(i8[::1], i8[::1], i8[::1], i8[::1], i8[::1], i8[::1])", cache=True
)
def region_rings(following, region, x, y, u, v):  # type: ignore[no-untyped-def]
    """Simple rings around regions: a loop that comes back to a node is split there.

    ``region`` (2m,) is the region on the left of each half-edge, negative = none. Nodes must be sorted by (x, y): every
    ring begins at its lowest node.

    Returns ring nodes, ring starts (rings + 1), ring regions, and twice the signed ring areas (negative: a hole).
    """
    m = len(u)
    done = np.zeros(2 * m, np.bool_)
    place = np.full(len(x), -1, np.int64)
    stack = np.empty(2 * m, np.int64)
    nodes = np.empty(2 * m, np.int64)
    starts = np.zeros(2 * m + 1, np.int64)
    regions = np.empty(2 * m, np.int64)
    areas = np.empty(2 * m, np.int64)
    rings = 0
    for begin in range(2 * m):
        if done[begin] or region[begin] < 0:
            continue
        top = 0
        h = begin
        while True:
            n = u[h] if h < m else v[h - m]
            if place[n] >= 0:
                bottom = place[n]
                low = bottom
                for k in range(bottom, top):
                    place[stack[k]] = -1
                    if stack[k] < stack[low]:
                        low = k
                out = starts[rings]
                origin = stack[low]
                total = 0
                for k in range(top - bottom):
                    a = stack[bottom + (low - bottom + k) % (top - bottom)]
                    b = stack[bottom + (low - bottom + k + 1) % (top - bottom)]
                    nodes[out + k] = a
                    total += (x[a] - x[origin]) * (y[b] - y[origin]) - (x[b] - x[origin]) * (y[a] - y[origin])
                starts[rings + 1] = out + top - bottom
                regions[rings], areas[rings] = region[begin], total
                rings += 1
                top = bottom
            if done[h]:
                break
            done[h] = True
            place[n] = top
            stack[top] = n
            top += 1
            h = following[h]
    return nodes[: starts[rings]].copy(), starts[: rings + 1].copy(), regions[:rings].copy(), areas[:rings].copy()


def contiguous(values: IntArray) -> IntArray:
    """int64 and contiguous, as the compiled functions of this module want it."""
    return np.ascontiguousarray(values, dtype=np.int64)
