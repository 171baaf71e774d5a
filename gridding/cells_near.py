"""The cells near a point: all within so many metres, with their distances, in one walk down the tree of boxes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gridding.borders import Index, pixel_of
from gridding.cover import covering
from gridding.edge_boxes import FAN, box_distance
from gridding.nearest_edge import measured, metres_per_degree

_WIDER = 1.05
"""Edges are sought so much farther by the local metric than asked for; the metric half-way then decides."""


@njit(cache=True, nogil=True, error_model="numpy")
def cells_near(
    index: Index, x: np.ndarray, y: np.ndarray, metres: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """(row, cell, distance, n): the first n of each say which cells lie within the metres of which point.

    A cell that covers the point has the distance 0.0. In the order of the points; the cells of a point in any order.
    """
    grid, boxes, cells = index.grid, index.boxes, index.cells
    vertices, owners, box, offset, metric = grid.vertices, grid.owners, boxes.box, boxes.offset, index.metric
    row, cell, distance = np.empty(64, np.int64), np.empty(64, np.int32), np.empty(64)
    place = np.full(cells, -1, np.int64)  # where a cell stands among those of the point
    stack = np.empty((offset.size * FAN, 2), np.int64)
    found = np.empty(grid.scratch, np.int32)
    n = 0
    for i in range(x.size):
        px, py = x[i], y[i]
        if not (math.isfinite(px) and math.isfinite(py)):
            continue
        begin = n
        pixel = pixel_of(grid, px, py)
        code = grid.code[pixel]
        if code >= -1:
            covered = 1
            found[0] = code
        else:
            _, covered = covering(grid, -2 - code, pixel, px, py, found)
        for k in range(covered):
            c = found[k]
            if 0 <= c < cells and place[c] < 0:
                row, cell, distance = _with_room(row, cell, distance, n)
                row[n], cell[n], distance[n], place[c] = i, c, 0.0, n
                n += 1
        kx, ky = metres_per_degree(metric, px, py)
        reach = (metres[i] * _WIDER) ** 2
        stack[0, 0], stack[0, 1] = offset.size - 2, 0
        height = 1
        while height:
            height -= 1
            level, b = stack[height, 0], stack[height, 1]
            if not box_distance(box, offset[level] + b, px - grid.frame[0], py - grid.frame[1], kx, ky) <= reach:
                continue
            if level:
                for c in range(b * FAN, min((b + 1) * FAN, offset[level] - offset[level - 1])):
                    stack[height, 0], stack[height, 1] = level - 1, c
                    height += 1
                continue
            for e in range(b * FAN, min((b + 1) * FAN, owners.shape[0])):
                if owners[e, 0] < 0 and owners[e, 1] < 0:
                    continue
                far, fx, fy = measured(vertices, e, px, py, kx, ky)
                if far > reach:
                    continue
                mx, my = metres_per_degree(metric, (px + fx) / 2, (py + fy) / 2)
                far = math.sqrt(((fx - px) * mx) ** 2 + ((fy - py) * my) ** 2)
                if far > metres[i]:
                    continue
                for side in range(2):
                    c = owners[e, side]
                    if not 0 <= c < cells:
                        continue
                    if place[c] < 0:
                        row, cell, distance = _with_room(row, cell, distance, n)
                        row[n], cell[n], distance[n], place[c] = i, c, far, n
                        n += 1
                    distance[place[c]] = min(distance[place[c]], far)
        for k in range(begin, n):
            place[cell[k]] = -1
    return row, cell, distance, n


@njit(cache=True, nogil=True, error_model="numpy")
def _with_room(
    row: np.ndarray, cell: np.ndarray, distance: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three arrays, twice as long where entry n has no room."""
    if n < row.size:
        return row, cell, distance
    more, more_cells, farther = np.empty(2 * n, np.int64), np.empty(2 * n, np.int32), np.empty(2 * n)
    more[:n], more_cells[:n], farther[:n] = row, cell, distance
    return more, more_cells, farther
