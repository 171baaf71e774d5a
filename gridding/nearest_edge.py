"""The edge nearest to a point: among the edges of one polygon, or among all by the tree of boxes, nearest first.

Of edges equally near, the one with the lowest polygon wins (see lookup.Lookup.nearest). Only cells count: polygons from
``cells`` on are stations (see edge_grid).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridding.edge_boxes import FAN, EdgeBoxes, box_distance
from gridding.edge_grid import EdgeGrid, upward
from gridding.lookup import ANY

_NO_RIVAL = 2147483646
_MANY_BOXES = 512
"""A cell with more boxes than this is searched through the level above first."""

Best = tuple[float, int, int, float, float]
"""Squared distance, rival, edge, foot x, foot y."""


@njit(cache=True, nogil=True, error_model="numpy")
def _measured(grid: EdgeGrid, e: int, px: float, py: float, kx: float, ky: float) -> tuple[float, float, float]:
    """Squared distance from a point to an edge, and the place on it that is nearest."""
    ax, ay, bx, by = upward(grid.vertices, e)
    ux, uy = (bx - ax) * kx, (by - ay) * ky
    along = ((px - ax) * kx * ux + (py - ay) * ky * uy) / (ux * ux + uy * uy)
    fx, fy = ax + along * (bx - ax), ay + along * (by - ay)
    if along <= 0.0:
        fx, fy = ax, ay
    elif along >= 1.0:
        fx, fy = bx, by
    dx, dy = (fx - px) * kx, (fy - py) * ky
    return dx * dx + dy * dy, fx, fy


@njit(cache=True, nogil=True, error_model="numpy")
def _best_of(
    grid: EdgeGrid, begin: int, end: int, own: int, cells: int, px: float, py: float, kx: float, ky: float, best: Best
) -> Best:
    """The better of ``best`` and the edges begin..end, all of which belong to the polygon ``own``."""
    for e in range(begin, end):
        distance, fx, fy = _measured(grid, e, px, py, kx, ky)
        if distance <= best[0]:
            left, right = grid.owners[e, 0], grid.owners[e, 1]
            rival = _NO_RIVAL
            if left != own and 0 <= left < cells:
                rival = left
            if right != own and 0 <= right < cells:
                rival = min(rival, right)
            if distance < best[0] or rival < best[1]:
                best = (distance, rival, e, fx, fy)
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_own(
    grid: EdgeGrid,
    boxes: EdgeBoxes,
    run_first: np.ndarray,
    runs: np.ndarray,
    own: int,
    cells: int,
    px: float,
    py: float,
    kx: float,
    ky: float,
    far: np.ndarray,
) -> tuple[int, float, float]:
    """(edge, foot x, foot y) of the edge of a polygon that is nearest to a point; -1 where it has none.

    ``far`` is scratch for as many numbers as a polygon has boxes.
    """
    x, y = px - grid.frame[0], py - grid.frame[1]
    best = (np.inf, _NO_RIVAL + 1, -1, px, py)
    total = 0
    for r in range(run_first[own], run_first[own + 1]):
        total += (runs[r, 1] - 1) // FAN - runs[r, 0] // FAN + 1
    size = FAN if total <= _MANY_BOXES or boxes.offset.size < 3 else FAN * FAN
    base = boxes.offset[0] if size == FAN else boxes.offset[1]
    n, nearest, nearest_run, nearest_box = 0, np.inf, -1, -1
    for r in range(run_first[own], run_first[own + 1]):
        for b in range(runs[r, 0] // size, (runs[r, 1] - 1) // size + 1):
            far[n] = box_distance(boxes.box, base + b, x, y, kx, ky)
            if far[n] < nearest:
                nearest, nearest_run, nearest_box = far[n], r, b
            n += 1
    if nearest_run >= 0:
        begin, end = runs[nearest_run, 0], runs[nearest_run, 1]
        begin, end = max(begin, nearest_box * size), min(end, (nearest_box + 1) * size)
        best = _best_of(grid, begin, end, own, cells, px, py, kx, ky, best)
    n = 0
    for r in range(run_first[own], run_first[own + 1]):
        for b in range(runs[r, 0] // size, (runs[r, 1] - 1) // size + 1):
            if far[n] <= best[0] and not (r == nearest_run and b == nearest_box):
                begin, end = max(runs[r, 0], b * size), min(runs[r, 1], (b + 1) * size)
                for c in range(begin // FAN, (end - 1) // FAN + 1):
                    if size == FAN or box_distance(boxes.box, c, x, y, kx, ky) <= best[0]:
                        low, high = max(begin, c * FAN), min(end, (c + 1) * FAN)
                        best = _best_of(grid, low, high, own, cells, px, py, kx, ky, best)
            n += 1
    return best[2], best[3], best[4]


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_any(
    grid: EdgeGrid,
    boxes: EdgeBoxes,
    cells: int,
    px: float,
    py: float,
    kx: float,
    ky: float,
    group: np.ndarray,
    want: int,
    stack: np.ndarray,
) -> tuple[int, float, float]:
    """(edge, foot x, foot y) of the edge of a wanted cell (``group[cell] == want``; ANY = all) nearest to a point.

    Of edges equally near, the one with the lowest wanted cell. ``stack`` is scratch, (levels * FAN, 2).
    """
    x, y = px - grid.frame[0], py - grid.frame[1]
    best, best_rival, edge, foot_x, foot_y = np.inf, _NO_RIVAL + 1, -1, px, py
    levels = boxes.offset.size - 1
    stack[0, 0], stack[0, 1] = levels - 1, 0
    height = 1
    while height:
        height -= 1
        level, b = stack[height, 0], stack[height, 1]
        if not box_distance(boxes.box, boxes.offset[level] + b, x, y, kx, ky) <= best:
            continue
        if level:
            below = boxes.offset[level] - boxes.offset[level - 1]
            begin, bottom = b * FAN, height
            for c in range(begin, min(begin + FAN, below)):  # sorted as they come: the nearest one on top
                far = box_distance(boxes.box, boxes.offset[level - 1] + c, x, y, kx, ky)
                if not far <= best:
                    continue
                at = height
                while at > bottom and (
                    box_distance(boxes.box, boxes.offset[level - 1] + stack[at - 1, 1], x, y, kx, ky) < far
                ):
                    stack[at, 0], stack[at, 1] = stack[at - 1, 0], stack[at - 1, 1]
                    at -= 1
                stack[at, 0], stack[at, 1] = level - 1, c
                height += 1
            continue
        for e in range(b * FAN, min((b + 1) * FAN, grid.owners.shape[0])):
            left, right = grid.owners[e, 0], grid.owners[e, 1]
            rival = _NO_RIVAL
            if 0 <= left < cells and (want == ANY or group[left] == want):
                rival = left
            if 0 <= right < cells and (want == ANY or group[right] == want):
                rival = min(rival, right)
            if rival == _NO_RIVAL:
                continue
            distance, fx, fy = _measured(grid, e, px, py, kx, ky)
            if distance < best or (distance == best and rival < best_rival):
                best, best_rival, edge, foot_x, foot_y = distance, rival, e, fx, fy
    return edge, foot_x, foot_y
