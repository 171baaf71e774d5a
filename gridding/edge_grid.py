"""A grid of pixels over the borders of polygons, which knows what covers the corner of each pixel.

Most pixels hold no edge and lie in one cell: one look-up answers. In the others a path leads from the pixel's lower
left corner, whose covering cells are stored, up and then right to the point, and each edge on the way takes its two
owners in or out. Whether an edge is crossed is decided by exact orientation alone, so the answer is exact; and because
every polygon is followed by itself, it is exact for polygons that overlap or leave gaps as well. So that no path ever
runs through a vertex, a corner (x, y) stands for (x + e, y + e * e) with an infinitely small e.

Stations and their cells may go into one grid (see :mod:`gridding.territory`): the cells first, then the stations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from gridding.border_chains import Chains
from gridding.orient import orient
from gridding.types import FloatArray, Int32Array

EDGES_PER_PIXEL = 0.8
"""So many edges come on a pixel: finer pixels would cost more memory and build time than they save."""
UNCLEAR = -(2**31)
"""The answer where the border rule must look closely although no edge is near: a cell of another station, or a gap."""
_SMALLEST_SIDE, _LARGEST_SIDE = 8, 16_000
_PAD = 1e-6
"""Share of a pixel by which an edge is taken as longer than it is when it is entered into pixels."""


class EdgeGrid(NamedTuple):
    """Edges of the polygons and the pixels that they run through.

    Attributes:
        vertices, owners: see border_chains.Chains.
        code: (side * side + 1,) int32 for each pixel, row by row from the lower left: the answer() for all of it, or
            -2 - q for pixel q of those with edges. The last one stands for everywhere else: -1.
        first: (q + 1,) int32 where the edges of each pixel that has some begin in ``entries``.
        corner: (q,) int32 the polygon that covers the pixel's corner, -1 = none, -2 - k = those of set k.
        entries: int32 edge numbers.
        set_first, set_cells: int32, set k is ``set_cells[set_first[k]:set_first[k + 1]]``; empty for a coverage.
        station_of: (cells,) int32 station of each cell; empty where the polygons are cells alone.
        bare: (stations,) whether a station has no cell; empty where the polygons are cells alone.
        frame: (6,) x and y of the lower left corner of the grid, width and height of a pixel, and by how much edges are
            taken as longer in x and in y.
        side: pixels per row and column.
        scratch: length of the scratch array that a look-up needs.
    """

    vertices: FloatArray
    owners: Int32Array
    code: Int32Array
    first: Int32Array
    corner: Int32Array
    entries: Int32Array
    set_first: Int32Array
    set_cells: Int32Array
    station_of: Int32Array
    bare: np.ndarray
    frame: FloatArray
    side: int
    scratch: int

    @property
    def nbytes(self) -> int:
        """Memory of the index, in bytes."""
        return sum(part.nbytes for part in self if isinstance(part, np.ndarray))


def build_edge_grid(
    chains: Chains, polygons: int, station_of: Int32Array | None = None, bare: np.ndarray | None = None
) -> EdgeGrid:
    """The grid over the borders of so many polygons; see EdgeGrid for ``station_of`` and ``bare``."""
    vertices, owners = chains.vertices, chains.owners
    m = int((owners.max(axis=1) >= 0).sum())
    side = int(np.clip(round(np.sqrt(m / EDGES_PER_PIXEL)), _SMALLEST_SIDE, _LARGEST_SIDE))
    low, high = (vertices.min(axis=0), vertices.max(axis=0)) if m else (np.zeros(2), np.ones(2))
    # A margin of a pixel or so all round; its odd width keeps pixel borders off round numbers, where borders of cells
    # lie.
    size = np.maximum((high - low) / (side - 3.0), np.maximum(np.abs(low), np.abs(high)) * 1e-11 + 1e-300)
    pad = size * _PAD + np.maximum(np.abs(low), np.abs(high)) * 1e-14
    frame = np.concatenate([low - size * np.array([1.3713, 1.2117]), size, pad])
    none = np.zeros(0, np.int32)
    station_of = none if station_of is None else np.ascontiguousarray(station_of, np.int32)
    bare = np.zeros(0, np.bool_) if bare is None else np.ascontiguousarray(bare, np.bool_)

    count = np.zeros(side * side + 1, np.int32)
    _enter(vertices, owners, frame, side, count, none)
    most = int(count.max())
    code = np.empty(side * side + 1, np.int32)
    busy = _number(count, code)
    first = np.empty(busy + 1, np.int32)
    entries = np.empty(int(_starts(count, code, first)), np.int32)
    _enter(vertices, owners, frame, side, count, entries)

    active = np.empty(polygons + 2, np.int32)
    corner = np.full(busy, -1, np.int32)
    grid = EdgeGrid(vertices, owners, code, first, corner, entries, none, none, station_of, bare, frame, side, 0)
    sets, members, deepest, unclear = _corners(grid, active)
    if unclear:  # rare: pixels without edges that count as some with edges from now on
        extra = np.flatnonzero(code == UNCLEAR)
        code[extra] = -2 - busy - np.arange(len(extra), dtype=np.int32)
        first = np.concatenate([first, np.full(len(extra), first[-1], np.int32)])
        grid = grid._replace(first=first, corner=np.full(busy + len(extra), -1, np.int32))
        sets, members, deepest, _ = _corners(grid, active)
    if sets:
        grid = grid._replace(set_first=np.zeros(sets + 1, np.int32), set_cells=np.empty(members, np.int32))
        _corners(grid, active)
    return grid._replace(scratch=4 * most + deepest + 4)


@njit(cache=True, nogil=True, error_model="numpy")
def _number(count: np.ndarray, code: np.ndarray) -> int:
    """Number the pixels that hold edges: ``code``; how many they are."""
    busy = 0
    for pixel in range(count.size):
        code[pixel] = -1
        if count[pixel]:
            code[pixel] = -2 - busy
            busy += 1
    return busy


@njit(cache=True, nogil=True, error_model="numpy")
def _starts(count: np.ndarray, code: np.ndarray, first: np.ndarray) -> int:
    """Where the edges of each pixel begin: ``first``, and ``count`` instead of their number; the number of all."""
    total, q = 0, 0
    for pixel in range(count.size):
        if count[pixel]:
            first[q] = total
            total += count[pixel]
            count[pixel] = first[q]
            q += 1
    first[q] = total
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def upward(vertices: np.ndarray, e: int) -> tuple[float, float, float, float]:
    """The ends of an edge, the lower one first (the left one where it is level)."""
    ax, ay, bx, by = vertices[e, 0], vertices[e, 1], vertices[e + 1, 0], vertices[e + 1, 1]
    if by < ay or (by == ay and bx < ax):
        return bx, by, ax, ay
    return ax, ay, bx, by


@njit(cache=True, nogil=True, error_model="numpy")
def _enter(
    vertices: np.ndarray, owners: np.ndarray, frame: np.ndarray, side: int, cursor: np.ndarray, entries: np.ndarray
) -> None:
    """Count the edges of each pixel into ``cursor``, or, with ``entries``, write them where ``cursor`` points to."""
    x0, y0, width, height, pad_x, pad_y = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    across, up = 1.0 / width, 1.0 / height
    write = entries.size > 0
    for e in range(owners.shape[0]):
        if owners[e, 0] < 0 and owners[e, 1] < 0:
            continue
        ax, ay, bx, by = upward(vertices, e)
        lowest = max(int((ay - pad_y - y0) * up), 0)
        highest = min(int((by + pad_y - y0) * up), side - 1)
        for row in range(lowest, highest + 1):
            x_in, x_out = ax, bx
            if by > ay and highest > lowest:
                t_in = (y0 + row * height - pad_y - ay) / (by - ay)
                t_out = (y0 + (row + 1) * height + pad_y - ay) / (by - ay)
                x_in = ax + min(max(t_in, 0.0), 1.0) * (bx - ax)
                x_out = ax + min(max(t_out, 0.0), 1.0) * (bx - ax)
            west = max(int((min(x_in, x_out) - pad_x - x0) * across), 0)
            east = min(int((max(x_in, x_out) + pad_x - x0) * across), side - 1)
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
def answer(covering: np.ndarray, n: int, station_of: np.ndarray, bare: np.ndarray) -> int:
    """What the border rule says where the first n of ``covering`` cover a place that no edge is near.

    The lowest cell, -1 = none; in a territory of stations ``cells + s`` for a station s without cells, and UNCLEAR
    where the cell is not one of the station's own.
    """
    cells = station_of.size
    lowest, station = 2147483647, 2147483647
    for i in range(n):
        if bare.size and covering[i] >= cells:
            station = min(station, covering[i] - cells)
        else:
            lowest = min(lowest, covering[i])
    if bare.size == 0:
        return lowest if lowest < 2147483647 else -1
    if station == 2147483647:
        return -1
    if lowest < 2147483647 and station_of[lowest] == station:
        return lowest
    return cells + station if bare[station] else UNCLEAR


@njit(cache=True, nogil=True, error_model="numpy")
def _corners(grid: EdgeGrid, active: np.ndarray) -> tuple[int, int, int, int]:
    """Walk along the lower border of each row of pixels and note what covers each corner.

    Fills ``code`` of pixels without edges and ``corner`` of the others, and the sets where two polygons or more cover a
    corner if there is room for them; returns how many sets and members there are, the size of the largest, and how many
    pixels without edges are UNCLEAR.
    """
    x0, y0, width, height = grid.frame[0], grid.frame[1], grid.frame[2], grid.frame[3]
    side, code, vertices, owners = grid.side, grid.code, grid.vertices, grid.owners
    write = grid.set_first.size > 1
    sets, members, deepest, unclear = 0, 0, 1, 0
    for row in range(side):
        y = y0 + row * height
        n = 0  # the grid begins outside of all polygons
        for column in range(side):
            pixel = row * side + column
            q = -2 - code[pixel]
            if q < 0 or code[pixel] == UNCLEAR:
                code[pixel] = answer(active, n, grid.station_of, grid.bare)
                unclear += code[pixel] == UNCLEAR
                continue
            grid.corner[q] = -1
            if n == 1:
                grid.corner[q] = active[0]
            elif n > 1:
                grid.corner[q] = -2 - sets
                if write:
                    grid.set_first[sets + 1] = members + n
                    for i in range(n):
                        grid.set_cells[members + i] = active[i]
                sets += 1
                members += n
                deepest = max(deepest, n)
            west, east = x0 + column * width, x0 + (column + 1) * width
            for k in range(grid.first[q], grid.first[q + 1]):
                e = grid.entries[k]
                ax, ay, bx, by = upward(vertices, e)
                if ay <= y < by and (orient(ax, ay, bx, by, west, y) > 0) != (orient(ax, ay, bx, by, east, y) > 0):
                    n = toggle(active, n, owners[e, 0])
                    n = toggle(active, n, owners[e, 1])
    return sets, members, deepest, unclear
