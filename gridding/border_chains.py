"""The different edges of an array of polygons as chains of vertices, each edge with the polygons on its two sides.

An edge that two polygons share is kept once, where the first of them has it, and edges that follow one another share
their vertices: 24 bytes an edge, in runs that a processor reads ahead. Which edges are one is found by 64-bit keys of
their ends, sorted out part by part in tables that fit the cache, and then checked against the coordinates.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numba import njit

from gridding.orient import orient
from gridding.types import FloatArray, GeometryArray, Int32Array, IntArray

_PART = 8192
"""About so many keys are sorted out at a time."""
_AT_ONCE = 1000
"""Polygons whose coordinates are taken at a time."""


class Chains(NamedTuple):
    """The borders of polygons.

    Attributes:
        vertices: (v, 2); edge e runs from vertex e to vertex e + 1.
        owners: (v, 2) int32 index of the polygon on the left and on the right of edge e, -1 = none. (-1, -1) is no
            edge: a chain ends there. An edge with more owners than two (polygons that overlap) comes several times.
        run_first: (polygons + 1,) int32 where the runs of each polygon begin in ``runs``.
        runs: (r, 2) int32 first edge and the one after the last of a run of edges that all belong to the polygon.
    """

    vertices: FloatArray
    owners: Int32Array
    run_first: Int32Array
    runs: Int32Array


class Rings(NamedTuple):
    """The rings of polygons, one after another.

    Attributes:
        xy: (n, 2) coordinates, closed ring by closed ring.
        first: (rings + 1,) int64 where each begins.
        cell: (rings,) int32 index of its polygon.
        shell: (rings,) whether it is an outer one.
    """

    xy: FloatArray
    first: IntArray
    cell: Int32Array
    shell: np.ndarray


def rings_of(polygons: GeometryArray) -> Rings:
    """The rings of polygons and multipolygons, polygon by polygon; missing and empty ones have none."""
    whole = (shapely.get_type_id(polygons) == 3) & (shapely.get_num_interior_rings(polygons) == 0)
    count = shapely.get_num_coordinates(polygons)
    if (whole | (count == 0)).all():  # the common case needs no object for each ring
        cell = np.flatnonzero(count > 0)
        return Rings(
            _coordinates(polygons, count), _starts(count[cell]), cell.astype(np.int32), np.ones(len(cell), np.bool_)
        )
    parts, part_cell = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    shell = np.ones(len(rings), np.bool_)
    shell[1:] = ring_part[1:] != ring_part[:-1]
    count = shapely.get_num_coordinates(rings)
    return Rings(_coordinates(rings, count), _starts(count), part_cell[ring_part].astype(np.int32), shell)


def _coordinates(shapes: GeometryArray, count: IntArray) -> FloatArray:
    """All coordinates, in parts: taking them holds the interpreter, and a service answers questions meanwhile."""
    first = _starts(count)
    xy = np.empty((int(first[-1]), 2))
    for begin in range(0, len(shapes), _AT_ONCE):
        end = min(begin + _AT_ONCE, len(shapes))
        xy[first[begin] : first[end]] = shapely.get_coordinates(shapes[begin:end])
    return xy


def border_chains(rings: Rings, polygons: int) -> Chains:
    """The different edges of the rings of so many polygons."""
    n = len(rings.xy)
    key = np.empty(n, np.uint64)
    inside_left = np.empty(len(rings.cell), np.bool_)
    _keys(rings.xy, rings.first, rings.shell, key, inside_left)
    shift = 64 - max(1, int(np.ceil(np.log2(max(n / _PART, 2)))))
    twin = np.full(n, -1, np.int32)
    _pair_up(key, shift, twin)
    number = key.view(np.int32)[:n]  # the keys are of no more use: their memory is
    empty = Chains(np.empty((0, 2)), np.empty((0, 2), np.int32), np.empty(0, np.int32), np.empty((0, 2), np.int32))
    size, runs = _chain(rings, inside_left, twin, number, empty)
    room = size // 8 * 8 + 9  # whole boxes of eight edges, see edge_boxes
    out = Chains(
        np.zeros((room, 2)),
        np.full((room, 2), -1, np.int32),
        np.zeros(polygons + 1, np.int32),
        np.empty((runs, 2), np.int32),
    )
    _chain(rings, inside_left, twin, number, out)
    out.vertices[size:] = out.vertices[0]
    np.cumsum(out.run_first, out=out.run_first)
    return out


def _starts(count: IntArray) -> IntArray:
    first = np.zeros(len(count) + 1, np.int64)
    np.cumsum(count, out=first[1:])
    return first


@njit(cache=True, nogil=True, error_model="numpy")
def _keys(xy: np.ndarray, first: np.ndarray, shell: np.ndarray, key: np.ndarray, inside_left: np.ndarray) -> None:
    """A key of each edge that begins at a vertex, 0 = none; its last bit tells on which side the polygon lies.

    Two ends are mixed as splitmix64 does it; which end comes first does not matter.
    """
    bits = xy.view(np.uint64)
    for r in range(shell.size):
        begin, end = first[r], first[r + 1]
        left = _counter_clockwise(xy, begin, end) == shell[r]
        inside_left[r] = left
        key[end - 1] = 0
        for i in range(begin, end - 1):
            ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            if ax == bx and ay == by:
                key[i] = 0
                continue
            up = by > ay or (by == ay and bx > ax)
            low, high = (i, i + 1) if up else (i + 1, i)
            k: Any = _bits(bits, xy, low, 0)
            for j in range(1, 4):
                k ^= k >> np.uint64(29)
                k *= np.uint64(0xBF58476D1CE4E5B9)
                k += _bits(bits, xy, low if j < 2 else high, j & 1)
            k ^= k >> np.uint64(32)
            k *= np.uint64(0x94D049BB133111EB)
            k ^= k >> np.uint64(31)
            key[i] = (k | np.uint64(3)) ^ np.uint64(up == left)


@njit(cache=True, nogil=True, error_model="numpy")
def _bits(bits: np.ndarray, xy: np.ndarray, i: int, j: int) -> Any:
    """A coordinate as a whole number; 0.0 and -0.0 are one place."""
    return np.uint64(0) if xy[i, j] == 0.0 else bits[i, j]


@njit(cache=True, nogil=True, error_model="numpy")
def _counter_clockwise(xy: np.ndarray, begin: int, end: int) -> bool:
    """Which way round a ring runs, exactly: by the turn at its lowest vertex, of several the leftmost."""
    n = end - begin - 1
    if n < 3:
        return True
    low = begin
    for i in range(begin + 1, end - 1):
        if xy[i, 1] < xy[low, 1] or (xy[i, 1] == xy[low, 1] and xy[i, 0] < xy[low, 0]):
            low = i
    x, y = xy[low, 0], xy[low, 1]
    before, after = low, low
    for _ in range(n):
        before = before - 1 if before > begin else end - 2
        if xy[before, 0] != x or xy[before, 1] != y:
            break
    for _ in range(n):
        after = after + 1 if after < end - 2 else begin
        if xy[after, 0] != x or xy[after, 1] != y:
            break
    return orient(xy[before, 0], xy[before, 1], x, y, xy[after, 0], xy[after, 1]) > 0


@njit(cache=True, nogil=True, error_model="numpy")
def _pair_up(key: np.ndarray, shift: int, twin: np.ndarray) -> None:
    """Find for each edge the one with the same ends and the polygon on the other side: ``twin`` of both."""
    parts = 1 << (64 - shift)
    first = np.zeros(parts + 1, np.int64)
    for i in range(key.size):
        if key[i]:
            first[np.int64(key[i] >> np.uint64(shift)) + 1] += 1
    most = 0
    for p in range(parts):
        most = max(most, first[p + 1])
        first[p + 1] += first[p]
    edge, its_key = np.empty(first[parts], np.int32), np.empty(first[parts], np.uint64)
    cursor = first.copy()
    for i in range(key.size):
        if key[i]:
            p = int(key[i] >> np.uint64(shift))
            edge[cursor[p]] = i
            its_key[cursor[p]] = key[i]
            cursor[p] += 1
    size = 4
    while size < 2 * most:
        size *= 2
    table = np.empty(size, np.int32)
    for p in range(parts):
        table[:] = -1
        for k in range(first[p], first[p + 1]):
            wanted = its_key[k] ^ np.uint64(1)
            at = np.int64((its_key[k] >> np.uint64(2)) & np.uint64(size - 1))
            while table[at] >= 0:
                other = table[at]
                if its_key[other] == wanted and twin[edge[other]] < 0:
                    twin[edge[other]] = edge[k]
                    twin[edge[k]] = edge[other]
                    break
                at = (at + 1) & (size - 1)
            if table[at] < 0:
                table[at] = k


@njit(cache=True, nogil=True, error_model="numpy")
def _same(xy: np.ndarray, i: int, j: int) -> bool:
    """Whether edge j is edge i the other way round, or the same way."""
    ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
    cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]
    back = ax == dx and ay == dy and bx == cx and by == cy
    return bool(back or (ax == cx and ay == cy and bx == dx and by == dy))


@njit(cache=True, nogil=True, error_model="numpy")
def _chain(rings: Rings, inside_left: np.ndarray, twin: np.ndarray, number: np.ndarray, out: Chains) -> tuple[int, int]:
    """Number the edges ring by ring; how many vertices and runs there are. Fills ``out`` if it has room.

    A pair of edges whose keys are equal by chance alone stays apart, which costs memory and nothing else.
    """
    xy, write = rings.xy, len(out.vertices) > 0
    size, runs = 0, 0
    for r in range(rings.cell.size):
        cell = rings.cell[r]
        begin, last = -1, -1  # of the run, which may go up or down
        step = 0
        open_chain = False
        for i in range(rings.first[r], rings.first[r + 1] - 1):
            if xy[i, 0] == xy[i + 1, 0] and xy[i, 1] == xy[i + 1, 1]:
                continue
            j = twin[i]
            if j >= 0 and not _same(xy, i, j):
                j = -1
            if j < 0 or j > i:
                number[i] = size
                if write:
                    out.vertices[size] = xy[i] + 0.0
                    out.vertices[size + 1] = xy[i + 1] + 0.0
                    side = 0 if inside_left[r] else 1
                    out.owners[size, side] = cell
                size += 1
                open_chain = True
                e = number[i]
            else:
                e = number[j]
                if write:
                    out.owners[e, 1 if out.owners[e, 0] >= 0 else 0] = cell
                if open_chain:
                    size += 1
                    open_chain = False
            if last >= 0 and abs(e - last) == 1 and (step == 0 or e - last == step):
                step = e - last
            else:
                if last >= 0:
                    _note_run(out, runs, cell, begin, last, write)
                    runs += 1
                begin, step = e, 0
            last = e
        if last >= 0:
            _note_run(out, runs, cell, begin, last, write)
            runs += 1
        if open_chain:
            size += 1
    return size, runs


@njit(cache=True, nogil=True, error_model="numpy")
def _note_run(out: Chains, at: int, cell: int, begin: int, last: int, write: bool) -> None:
    if write:
        out.runs[at, 0], out.runs[at, 1] = min(begin, last), max(begin, last) + 1
        out.run_first[cell + 1] += 1
