"""Cell, distance to its border and cell beyond, in one pass of compiled code: for many points and for one.

Both kinds of locator ask here: cells alone, and stations with their cells in one index, by the border rule (the station
first, then the cell inside it).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from gridding.border_distance import STEP_BEYOND_DEG
from gridding.cover import BLOCK, clear_answers, covering
from gridding.edge_boxes import FAN, EdgeBoxes
from gridding.edge_grid import EdgeGrid
from gridding.lookup import ANY, INSIDE
from gridding.nearest_edge import metres_per_degree, nearest_any, nearest_own
from gridding.types import FloatArray, Int32Array

_LARGE = 2147483647


class Index(NamedTuple):
    """Everything that a look-up reads.

    Attributes:
        grid, fine: see edge_grid and fine_pixels.
        boxes: see edge_boxes.
        run_first, runs: see border_chains.Chains.
        metric: border_distance.Metric.table.
        cells: how many of the polygons are cells; the others are stations.
        widest: number of boxes that a polygon has at the most.
    """

    grid: EdgeGrid
    fine: Int32Array
    boxes: EdgeBoxes
    run_first: Int32Array
    runs: Int32Array
    metric: FloatArray
    cells: int
    widest: int


def widest_of(run_first: Int32Array, runs: Int32Array) -> int:
    """How many boxes of edges the polygon with the most of them has."""
    each = np.concatenate([[0], np.cumsum((runs[:, 1] - 1) // FAN - runs[:, 0] // FAN + 1)])
    return int(np.diff(each[run_first]).max(initial=0))


@njit(cache=True, nogil=True, error_model="numpy")
def pixel_of(grid: EdgeGrid, x: float, y: float) -> int:
    """The pixel of a place, the one that stands for everywhere else where it lies in none."""
    fx, fy = (x - grid.frame[0]) * (1.0 / grid.frame[2]), (y - grid.frame[1]) * (1.0 / grid.frame[3])
    if fx >= 0 and fy >= 0 and fx < grid.side and fy < grid.side:
        return int(fy) * grid.side + int(fx)
    return grid.side * grid.side


@njit(cache=True, nogil=True, error_model="numpy")
def two_lowest(found: np.ndarray, clear: int, n: int, cells: int) -> tuple[int, int]:
    """The lowest cell among those that cover a point, -1 = none, and the second lowest where it is on a border.

    ``found`` are the polygons, from ``clear`` on those whose border the point is on (see cover.covering); the second is
    INSIDE where it is on no border of a cell.
    """
    lowest, second, on_border = _LARGE, _LARGE, False
    for i in range(n):
        cell = found[i]
        if cell >= cells:
            continue
        on_border |= i >= clear
        if cell < lowest:
            lowest, second = cell, lowest
        elif lowest < cell < second:
            second = cell
    if lowest == _LARGE:
        return -1, INSIDE
    if not on_border:
        return lowest, INSIDE
    return lowest, (-1 if second == _LARGE else second)


@njit(cache=True, nogil=True, error_model="numpy")
def settled(index: Index, found: np.ndarray, n: int, x: float, y: float, stack: np.ndarray) -> tuple[int, int]:
    """(station, cell) of a point that the first n of ``found`` cover, by the border rule."""
    grid, cells = index.grid, index.cells
    station = _LARGE
    for i in range(n):
        if found[i] >= cells:
            station = min(station, found[i] - cells)
    if station == _LARGE:
        return -1, -1
    cell = _LARGE
    for i in range(n):
        if found[i] < cells and grid.station_of[found[i]] == station:
            cell = min(cell, found[i])
    if cell < _LARGE:
        return station, cell
    if grid.bare[station]:
        return station, -1
    kx, ky = metres_per_degree(index.metric, x, y)
    edge, _, _ = nearest_any(grid, index.boxes, cells, x, y, kx, ky, grid.station_of, station, stack)
    if edge < 0:
        return station, -1
    for i in range(2):
        owner = grid.owners[edge, i]
        if 0 <= owner < cells and grid.station_of[owner] == station:
            cell = min(cell, owner)
    return station, cell


@njit(cache=True, nogil=True, error_model="numpy")
def lowest_at(index: Index, x: float, y: float, found: np.ndarray) -> tuple[int, int]:
    """two_lowest() of the polygons that cover a place."""
    pixel = pixel_of(index.grid, x, y)
    code = index.grid.code[pixel]
    if code >= -1:
        return code if code < index.cells else -1, INSIDE
    clear, n = covering(index.grid, -2 - code, pixel, x, y, found)
    return two_lowest(found, clear, n, index.cells)


@njit(cache=True, nogil=True, error_model="numpy")
def _beyond(
    index: Index,
    x: float,
    y: float,
    edge: int,
    fx: float,
    fy: float,
    own: int,
    own_left: bool,
    inside: bool,
    found: np.ndarray,
) -> int:
    """The cell at a place just beyond an edge that has no second owner, see border_distance.step_beyond()."""
    vertices = index.grid.vertices
    out = 1.0 if inside else -1.0
    ux, uy = out * (fx - x), out * (fy - y)
    if math.sqrt(ux * ux + uy * uy) < 1e-9:
        side = 1.0 if own_left else -1.0
        ux = side * (vertices[edge + 1, 1] - vertices[edge, 1])
        uy = -side * (vertices[edge + 1, 0] - vertices[edge, 0])
    length = math.sqrt(ux * ux + uy * uy)
    cell, _ = lowest_at(index, fx + ux / length * STEP_BEYOND_DEG, fy + uy / length * STEP_BEYOND_DEG, found)
    return -1 if cell == own else cell


@njit(cache=True, nogil=True, error_model="numpy")
def borders_of(
    index: Index,
    x: np.ndarray,
    y: np.ndarray,
    given: np.ndarray,
    station: np.ndarray,
    cell: np.ndarray,
    distance: np.ndarray,
    beyond: np.ndarray,
) -> None:
    """Fill cell, distance and cell beyond of many points; ``station`` too where the index holds stations.

    ``given``: the cells, decided elsewhere; empty = by the border rule.
    """
    found, stack = _scratch(index)
    grid, cells = index.grid, index.cells
    pixels, part, busy = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.int32)
    low, second = np.empty(x.size, np.int32), np.full(x.size, INSIDE, np.int32)
    for begin in range(0, x.size, BLOCK):
        end = min(begin + BLOCK, x.size)
        count = clear_answers(grid, index.fine, x[begin:end], y[begin:end], cell[begin:end], pixels, part, busy)
        for i in range(begin, end):
            code = cell[i]
            low[i] = code if code < cells else -1
            if station.size:
                station[i] = code - cells if code >= cells else grid.station_of[code] if code >= 0 else -1
                cell[i] = low[i]
        for j in range(count):
            i = begin + busy[j]
            clear, n = covering(grid, -2 - cell[i], pixels[busy[j]], x[i], y[i], found)
            low[i], second[i] = two_lowest(found, clear, n, cells)
            cell[i] = low[i]
            if station.size:
                station[i], cell[i] = settled(index, found, n, x[i], y[i], stack)
    if given.size:
        cell[:] = given
    edge, foot = np.empty(x.size, np.int32), np.empty((x.size, 2))
    boxes, metric = index.boxes, index.metric
    nearest_own(
        grid.vertices,
        grid.owners,
        grid.frame,
        boxes.box,
        boxes.offset,
        index.run_first,
        index.runs,
        cells,
        metric,
        index.widest,
        x,
        y,
        cell,
        _by_cell(cell, cells),
        edge,
        foot,
    )
    owners = grid.owners
    for i in range(x.size):
        distance[i], beyond[i] = math.nan, -1
        if not (math.isfinite(x[i]) and math.isfinite(y[i])):
            continue
        own = cell[i]
        if own < 0:
            kx, ky = metres_per_degree(metric, x[i], y[i])
            edge[i], foot[i, 0], foot[i, 1] = nearest_any(
                grid, boxes, cells, x[i], y[i], kx, ky, grid.station_of, ANY, stack
            )
        if edge[i] < 0:
            continue
        fx, fy = foot[i, 0], foot[i, 1]
        kx, ky = metres_per_degree(metric, (x[i] + fx) / 2, (y[i] + fy) / 2)
        distance[i] = math.sqrt(((fx - x[i]) * kx) ** 2 + ((fy - y[i]) * ky) ** 2)
        left, right = owners[edge[i], 0], owners[edge[i], 1]
        left, right = left if left < cells else -1, right if right < cells else -1
        if own < 0:
            beyond[i] = min(left, right) if left >= 0 and right >= 0 else max(left, right)
            continue
        # A third cell may be one's own at a vertex, which then is the foot.
        inside = low[i] == own
        touching = second[i] != INSIDE and (inside or second[i] == own or distance[i] == 0.0)
        if touching:
            distance[i] = 0.0
        other = right if left == own else left
        if not inside and low[i] >= 0:
            other = low[i]
        elif touching and second[i] >= 0:
            other = second[i]
        elif other < 0:
            other = _beyond(index, x[i], y[i], edge[i], fx, fy, own, left == own, inside, found)
        beyond[i] = other


@njit(cache=True, nogil=True, error_model="numpy")
def _by_cell(cell: np.ndarray, cells: int) -> np.ndarray:
    """An order of points in which those of one cell (-1 = none) stand together."""
    order = np.empty(cell.size, np.int32)
    if cell.size < 16:
        for i in range(cell.size):
            order[i] = i
        return order
    first = np.zeros(cells + 2, np.int64)
    for i in range(cell.size):
        first[cell[i] + 2] += 1
    for c in range(1, cells + 2):
        first[c] += first[c - 1]
    for i in range(cell.size):
        order[first[cell[i] + 1]] = i
        first[cell[i] + 1] += 1
    return order


@njit(cache=True, nogil=True, error_model="numpy")
def _scratch(index: Index) -> tuple[np.ndarray, np.ndarray]:
    """Room for covering() and for nearest_any()."""
    return np.empty(index.grid.scratch, np.int32), np.empty((index.boxes.offset.size * FAN, 2), np.int64)


@njit(cache=True, nogil=True, error_model="numpy")
def border_one(index: Index, x: float, y: float) -> tuple[int, int, float, int]:
    """(station, cell, distance, cell beyond) of one point."""
    px, py = np.empty(1), np.empty(1)
    px[0], py[0] = x, y
    none, cell, beyond = np.empty(0, np.int32), np.empty(1, np.int32), np.empty(1, np.int32)
    station, distance = np.full(1 if index.grid.bare.size else 0, -1, np.int32), np.empty(1)
    borders_of(index, px, py, none, station, cell, distance, beyond)
    return station[0] if station.size else -1, cell[0], distance[0], beyond[0]


@njit(cache=True, nogil=True, error_model="numpy")
def territory_of(index: Index, x: np.ndarray, y: np.ndarray, station: np.ndarray, cell: np.ndarray) -> None:
    """The station and the cell of many points, by the border rule."""
    found, stack = _scratch(index)
    pixels, part, busy = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.int32)
    cells, grid = index.cells, index.grid
    for begin in range(0, x.size, BLOCK):
        m = min(BLOCK, x.size - begin)
        count = clear_answers(
            grid, index.fine, x[begin : begin + m], y[begin : begin + m], cell[begin : begin + m], pixels, part, busy
        )
        for i in range(begin, begin + m):
            code = cell[i]
            if code >= cells:
                station[i], cell[i] = code - cells, -1
            else:
                station[i] = grid.station_of[code] if code >= 0 else -1
        for j in range(count):
            i = begin + busy[j]
            _, n = covering(grid, -2 - cell[i], pixels[busy[j]], x[i], y[i], found)
            station[i], cell[i] = settled(index, found, n, x[i], y[i], stack)


@njit(cache=True, nogil=True, error_model="numpy")
def territory_one(index: Index, pixel: int, x: float, y: float) -> tuple[int, int]:
    """(station, cell) of one point in a pixel that has edges."""
    found, stack = _scratch(index)
    _, n = covering(index.grid, -2 - index.grid.code[pixel], pixel, x, y, found)
    return settled(index, found, n, x, y, stack)


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_cells(
    index: Index, x: np.ndarray, y: np.ndarray, group: np.ndarray, wanted: np.ndarray, out: np.ndarray
) -> None:
    """The nearest cell of the wanted group (``group[cell] == wanted[i]``) to each point, -1 = none."""
    _, stack = _scratch(index)
    for i in range(x.size):
        out[i] = -1
        if not (math.isfinite(x[i]) and math.isfinite(y[i])) or wanted[i] < 0:
            continue
        kx, ky = metres_per_degree(index.metric, x[i], y[i])
        edge, _, _ = nearest_any(index.grid, index.boxes, index.cells, x[i], y[i], kx, ky, group, wanted[i], stack)
        if edge >= 0:
            best = _LARGE
            for k in range(2):
                owner = index.grid.owners[edge, k]
                if 0 <= owner < index.cells and group[owner] == wanted[i]:
                    best = min(best, owner)
            out[i] = best
