"""A grid of pixels over the edges of all polygons, which knows what covers the corner of each pixel.

Most pixels hold no edge and lie in one cell: one look-up answers. In the others a path leads from the pixel's lower
left corner, whose covering cells are stored, up and then right to the point, and each edge on the way takes its two
owners in or out. Whether an edge is crossed is decided by exact orientation alone, so the answer is exact; and because
every polygon is followed by itself, it is exact for polygons that overlap or leave gaps as well. So that no path ever
runs through a vertex, a corner (x, y) stands for (x + e, y + e * e) with an infinitely small e.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from gridding.orient import orient
from gridding.types import FloatArray, Int32Array

EDGES_PER_PIXEL = 0.2
"""The grid has about five pixels for each edge: nine of ten then hold none, and it takes less memory than the edges."""
_MAX_SIDE = 8192
_PAD = 1e-6
"""Share of a pixel by which an edge is taken as longer than it is when it is entered into pixels."""


class EdgeGrid(NamedTuple):
    """Edges of the polygons and the pixels that they run through.

    Attributes:
        edges: (m, 4) ax, ay, bx, by of each different edge, pointing up (to the right where it is level).
        owners: (m, 2) int32 index of the polygon on the left and right of it, -1 = none.
        code: (side * side + 1,) int32 for each pixel, row by row from the lower left: -1 or the lowest polygon that
            covers all of it, or -2 - q for pixel q of those with edges. The last one stands for everywhere else: -1.
        busy: (q + 1, 2) int32 for each pixel with edges: where its edges begin in ``entries``, and the polygon that
            covers its corner, -1 = none, -2 - k = those of set k.
        entries: int32 edge numbers.
        set_first, set_cells: int32, set k is ``set_cells[set_first[k]:set_first[k + 1]]``; empty for a coverage.
        frame: (4,) x and y of the lower left corner of the grid, width and height of a pixel.
        side: pixels per row and column, a power of two.
        scratch: length of the scratch array that a look-up needs.
    """

    edges: FloatArray
    owners: Int32Array
    code: Int32Array
    busy: Int32Array
    entries: Int32Array
    set_first: Int32Array
    set_cells: Int32Array
    frame: FloatArray
    side: int
    scratch: int

    @property
    def nbytes(self) -> int:
        """Memory of the index, in bytes."""
        return sum(part.nbytes for part in self if isinstance(part, np.ndarray))


def build_edge_grid(edges: FloatArray, owners: Int32Array, polygons: int) -> EdgeGrid:
    """The index of a number of polygons by their edges, as shared_edges() gives them."""
    m = len(edges)
    side = 2 ** int(np.clip(round(np.log2(max(m / EDGES_PER_PIXEL, 1)) / 2), 3, np.log2(_MAX_SIDE)))
    if m:
        low = np.array([edges[:, [0, 2]].min(), edges[:, 1].min()])
        high = np.array([edges[:, [0, 2]].max(), edges[:, 3].max()])
    else:
        low, high = np.zeros(2), np.ones(2)
    # A margin of a pixel or so all round; its odd width keeps pixel borders off round numbers, where borders of cells
    # lie.
    size = np.maximum((high - low) / (side - 3.0), np.maximum(np.abs(low), np.abs(high)) * 1e-11 + 1e-300)
    frame = np.concatenate([low - size * np.array([1.3713, 1.2117]), size])
    pad = size * _PAD + np.maximum(np.abs(low), np.abs(high)) * 1e-14

    column = np.floor((edges[:, 0] - frame[0]) / size[0]).astype(np.int64)
    row = np.floor((edges[:, 1] - frame[1]) / size[1]).astype(np.int64)
    order = np.argsort(row * side + column, kind="stable")  # neighbours in a pixel become neighbours in memory
    edges, owners = edges[order], owners[order]

    count = np.zeros(side * side + 1, np.int32)
    _enter(edges, frame, pad, side, count, np.empty(0, np.int32))
    pixel = np.flatnonzero(count)
    busy = np.full((len(pixel) + 1, 2), -1, np.int32)
    busy[0, 0] = 0
    np.cumsum(count[pixel], out=busy[1:, 0])
    most = int(count.max(initial=0))
    code = np.full(side * side + 1, -1, np.int32)
    code[pixel] = -2 - np.arange(len(pixel), dtype=np.int32)
    count[pixel] = busy[:-1, 0]
    entries = np.empty(busy[-1, 0], np.int32)
    _enter(edges, frame, pad, side, count, entries)

    set_first, set_cells = np.zeros(1, np.int32), np.empty(0, np.int32)
    active = np.empty(polygons + 2, np.int32)
    sets, members, deepest = _corners(edges, owners, code, busy, entries, frame, side, active, set_first, set_cells)
    if sets:
        set_first, set_cells = np.zeros(sets + 1, np.int32), np.empty(members, np.int32)
        _corners(edges, owners, code, busy, entries, frame, side, active, set_first, set_cells)
    scratch = 2 * most + deepest + 2
    return EdgeGrid(edges, owners, code, busy, entries, set_first, set_cells, frame, side, scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(
    edges: np.ndarray, frame: np.ndarray, pad: np.ndarray, side: int, cursor: np.ndarray, entries: np.ndarray
) -> None:
    """Count the edges of each pixel into ``cursor``, or, with ``entries``, write them where ``cursor`` points to."""
    x0, y0, width, height = frame[0], frame[1], frame[2], frame[3]
    write = entries.size > 0
    for e in range(edges.shape[0]):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        lowest = max(int(np.floor((ay - pad[1] - y0) / height)), 0)
        highest = min(int(np.floor((by + pad[1] - y0) / height)), side - 1)
        for row in range(lowest, highest + 1):
            x_in, x_out = ax, bx
            if by > ay and highest > lowest:
                t_in = (y0 + row * height - pad[1] - ay) / (by - ay)
                t_out = (y0 + (row + 1) * height + pad[1] - ay) / (by - ay)
                x_in = ax + min(max(t_in, 0.0), 1.0) * (bx - ax)
                x_out = ax + min(max(t_out, 0.0), 1.0) * (bx - ax)
            west = max(int(np.floor((min(x_in, x_out) - pad[0] - x0) / width)), 0)
            east = min(int(np.floor((max(x_in, x_out) + pad[0] - x0) / width)), side - 1)
            for pixel in range(row * side + west, row * side + east + 1):
                if write:
                    entries[cursor[pixel]] = e
                cursor[pixel] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def toggle(active: np.ndarray, n: int, cell: int) -> int:
    """Take a cell out of the first n of ``active``, or in if it is not there; the new n. -1 is no cell."""
    if cell < 0:
        return n
    for i in range(n):
        if active[i] == cell:
            active[i] = active[n - 1]
            return n - 1
    active[n] = cell
    return n + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _corners(
    edges: np.ndarray,
    owners: np.ndarray,
    code: np.ndarray,
    busy: np.ndarray,
    entries: np.ndarray,
    frame: np.ndarray,
    side: int,
    active: np.ndarray,
    set_first: np.ndarray,
    set_cells: np.ndarray,
) -> tuple[int, int, int]:
    """Walk along the lower border of each row of pixels and note what covers each corner.

    Fills ``code`` of pixels without edges and ``busy`` of the others, and the sets where two polygons or more cover a
    corner if there is room for them; returns how many sets and members there are, and the size of the largest.
    """
    x0, y0, width, height = frame[0], frame[1], frame[2], frame[3]
    write = set_first.size > 1
    sets, members, deepest = 0, 0, 1
    for row in range(side):
        y = y0 + row * height
        n = 0  # the grid begins outside of all polygons
        for column in range(side):
            pixel = row * side + column
            q = -2 - code[pixel]
            if q < 0:
                low = -1
                for i in range(n):
                    if low < 0 or active[i] < low:
                        low = active[i]
                code[pixel] = low
                continue
            busy[q, 1] = -1
            if n == 1:
                busy[q, 1] = active[0]
            elif n > 1:
                busy[q, 1] = -2 - sets
                if write:
                    set_first[sets + 1] = members + n
                    for i in range(n):
                        set_cells[members + i] = active[i]
                sets += 1
                members += n
                deepest = max(deepest, n)
            west, east = x0 + column * width, x0 + (column + 1) * width
            for k in range(busy[q, 0], busy[q + 1, 0]):
                e = entries[k]
                ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
                if ay <= y < by and (orient(ax, ay, bx, by, west, y) > 0) != (orient(ax, ay, bx, by, east, y) > 0):
                    n = toggle(active, n, owners[e, 0])
                    n = toggle(active, n, owners[e, 1])
    return sets, members, deepest
