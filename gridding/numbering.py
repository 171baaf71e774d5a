"""Numbers for what is the same: points by their coordinates, edges by their nodes, members of a group by who joins them.

Compiled, in time proportional to the input, where sorting would take several times as long.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from gridding.types import IntArray


@numba.njit("Tuple((i8[::1], i8[::1]))(i8[::1])", cache=True)
def _distinct(keys):  # type: ignore[no-untyped-def]
    """The distinct keys in the order in which they come, and the place of each key among them."""
    size = 16
    while size < 2 * len(keys):
        size *= 2
    shift = 64
    s = size
    while s > 1:
        s >>= 1
        shift -= 1
    table = np.full(size, -1, np.int64)
    found = np.empty(len(keys), np.int64)
    place = np.empty(len(keys), np.int64)
    count = 0
    for i in range(len(keys)):
        # Fibonacci hashing: the upper bits of a product with 2 ** 64 / golden ratio spread keys that are near each other.
        slot = np.int64((np.uint64(keys[i]) * np.uint64(11400714819323198485)) >> np.uint64(shift))
        while table[slot] >= 0 and found[table[slot]] != keys[i]:
            slot += 1
            if slot == size:
                slot = np.int64(0)
        if table[slot] < 0:
            table[slot] = count
            found[count] = keys[i]
            count += 1
        place[i] = table[slot]
    return found[:count].copy(), place


def distinct(keys: IntArray) -> tuple[IntArray, IntArray]:
    """``np.unique(keys, return_inverse=True)`` for whole numbers: sorted distinct keys, and each key's place among them."""
    found, place = _distinct(np.ascontiguousarray(keys, dtype=np.int64))
    order = np.argsort(found)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return found[order], rank[place]


@numba.njit("i8[::1](i8[::1], i8[::1], i8)", cache=True)
def _components(a, b, size):  # type: ignore[no-untyped-def]
    parent = np.arange(size)
    for k in range(len(a)):
        p, q = a[k], b[k]
        while parent[p] != p:
            parent[p] = parent[parent[p]]
            p = parent[p]
        while parent[q] != q:
            parent[q] = parent[parent[q]]
            q = parent[q]
        if p < q:  # the lowest member stands for its component
            parent[q] = p
        else:
            parent[p] = q
    label = np.empty(size, np.int64)
    count = 0
    for i in range(size):
        if parent[i] == i:
            label[i] = count
            count += 1
        else:
            label[i] = label[parent[i]]
    return label


def components(a: NDArray[np.integer], b: NDArray[np.integer], size: int) -> IntArray:
    """(size,) connected component of each of 0 .. size - 1 joined by the pairs a, b; numbered by their lowest member."""
    return np.asarray(
        _components(np.ascontiguousarray(a, dtype=np.int64), np.ascontiguousarray(b, dtype=np.int64), size)
    )


@numba.njit(
    "Tuple((i8[::1], i8[::1], i1[::1], i8[::1], i8))(i8[::1], i8[::1], i1[::1], i1[::1], i8)",
    cache=True,
)
def _merge_edges(u, v, kind, winding, nodes):  # type: ignore[no-untyped-def]
    m = len(u)
    first = np.zeros(nodes + 1, np.int64)
    for e in range(m):
        first[u[e] + 1] += 1
    for n in range(nodes):
        first[n + 1] += first[n]
    star = np.empty(m, np.int64)
    filled = first[:-1].copy()
    for e in range(m):
        k = filled[u[e]]
        filled[u[e]] += 1
        while k > first[u[e]] and v[star[k - 1]] > v[e]:  # few edges leave a node
            star[k] = star[k - 1]
            k -= 1
        star[k] = e
    out_u, out_v = np.empty(m, np.int64), np.empty(m, np.int64)
    out_kind, out_winding = np.empty(m, np.int8), np.empty(m, np.int64)
    count, duplicates = 0, np.int64(0)
    k = 0
    while k < m:
        e = star[k]
        strongest, turns, lines = kind[e], np.int64(winding[e]), np.int64(kind[e] > 0)
        k += 1
        while k < m and u[star[k]] == u[e] and v[star[k]] == v[e]:
            f = star[k]
            strongest = max(strongest, kind[f])
            turns += winding[f]
            lines += np.int64(kind[f] > 0)
            k += 1
        if lines > 1:
            duplicates += lines - 1
        if strongest > 0 or turns != 0:
            out_u[count], out_v[count], out_kind[count], out_winding[count] = u[e], v[e], strongest, turns
            count += 1
    return out_u[:count].copy(), out_v[:count].copy(), out_kind[:count].copy(), out_winding[:count].copy(), duplicates


def merge_edges(
    u: IntArray, v: IntArray, kind: NDArray[np.int8], winding: NDArray[np.int8], nodes: int
) -> tuple[IntArray, IntArray, NDArray[np.int8], IntArray, int]:
    """Edges sorted by (u, v) and unique: the strongest kind wins, windings add up; what has neither is dropped.

    Args:
        u, v: (m,) nodes, below ``nodes``.
        kind: (m,) line kind, 0 = outline alone.
        winding: (m,) times that the outline runs u -> v.
        nodes: number of nodes.

    Returns:
        u, v, kind, winding of the edges that remain, and how many pieces of line lay on another one.
    """
    result: tuple[Any, ...] = _merge_edges(
        np.ascontiguousarray(u, dtype=np.int64),
        np.ascontiguousarray(v, dtype=np.int64),
        np.ascontiguousarray(kind, dtype=np.int8),
        np.ascontiguousarray(winding, dtype=np.int8),
        nodes,
    )
    return result[0], result[1], result[2], result[3], int(result[4])


@numba.njit("Tuple((i8[:, ::1], i1[::1], i1[::1]))(i8[:, ::1], i1[::1], i1[::1])", cache=True)
def directed(xy, kind, winding):  # type: ignore[no-untyped-def]
    """Segments (start x, start y, end x, end y) directed from the lower to the higher end point, without those of length zero."""
    n = len(xy)
    out, out_kind, out_winding = np.empty((n, 4), np.int64), np.empty(n, np.int8), np.empty(n, np.int8)
    count = 0
    for i in range(n):
        ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i, 2], xy[i, 3]
        if ax == bx and ay == by:
            continue
        turn = ax > bx or (ax == bx and ay > by)
        if turn:
            ax, ay, bx, by = bx, by, ax, ay
        out[count, 0], out[count, 1], out[count, 2], out[count, 3] = ax, ay, bx, by
        out_kind[count] = kind[i]
        out_winding[count] = -winding[i] if turn else winding[i]
        count += 1
    return out[:count].copy(), out_kind[:count].copy(), out_winding[:count].copy()


@numba.njit(
    "Tuple((i8[:, ::1], i1[::1], i8[:, ::1], i8[:, ::1], i1[::1]))(i8[:, ::1], i8[::1], i1[::1], i8[::1], i8[::1])",
    cache=True,
)
def pieces_in_box(grid, offsets, kind, low, high):  # type: ignore[no-untyped-def]
    """Straight pieces of polylines that meet a box, and the lines' ends among them.

    ``grid`` (n, 2) vertices, line after line by ``offsets``; ``kind`` of each line; ``low``, ``high`` the box's corners. Repeated
    vertices are passed over: they would hide which vertex is next to a line's end.

    Returns pieces (m, 4) with their kinds, then the ends (k, 2), the other end of each one's piece, and kinds.
    """
    room = len(grid)
    pieces, piece_kind = np.empty((room, 4), np.int64), np.empty(room, np.int8)
    lines = len(kind)
    ends, beside, end_kind = (
        np.empty((2 * lines, 2), np.int64),
        np.empty((2 * lines, 2), np.int64),
        np.empty(2 * lines, np.int8),
    )
    count, tips = 0, 0
    for line in range(lines):
        begun = False
        last_meets = False
        ax, ay, bx, by = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for i in range(offsets[line] + 1, offsets[line + 1]):
            if grid[i, 0] == grid[i - 1, 0] and grid[i, 1] == grid[i - 1, 1]:
                continue
            ax, ay, bx, by = grid[i - 1, 0], grid[i - 1, 1], grid[i, 0], grid[i, 1]
            last_meets = (
                max(ax, bx) >= low[0] and max(ay, by) >= low[1] and min(ax, bx) <= high[0] and min(ay, by) <= high[1]
            )
            if last_meets:
                pieces[count, 0], pieces[count, 1], pieces[count, 2], pieces[count, 3] = ax, ay, bx, by
                piece_kind[count] = kind[line]
                count += 1
                if not begun:
                    ends[tips, 0], ends[tips, 1], beside[tips, 0], beside[tips, 1] = ax, ay, bx, by
                    end_kind[tips] = kind[line]
                    tips += 1
            begun = True
        if last_meets:
            ends[tips, 0], ends[tips, 1], beside[tips, 0], beside[tips, 1] = bx, by, ax, ay
            end_kind[tips] = kind[line]
            tips += 1
    return (
        pieces[:count].copy(),
        piece_kind[:count].copy(),
        ends[:tips].copy(),
        beside[:tips].copy(),
        end_kind[:tips].copy(),
    )
