"""The edge nearest to a point: among the edges of one polygon, or among all by the tree of boxes, nearest first.

Of edges equally near, the one with the lowest polygon wins (see lookup.Lookup.nearest). Only cells count: polygons from
``cells`` on are stations (see edge_grid).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from gridding.border_distance import NODES
from gridding.edge_boxes import FAN, EdgeBoxes, box_distance
from gridding.edge_grid import EdgeGrid, upward
from gridding.lookup import ANY

_NO_RIVAL = 2147483646
MANY_BOXES = 512
"""A cell with more boxes than this is searched through the level above first."""


@njit(cache=True, nogil=True, error_model="numpy")
def metres_per_degree(table: np.ndarray, x: float, y: float) -> tuple[float, float]:
    """Metres per degree of longitude and of latitude at a place, see border_distance.Metric."""
    kx, ky = 1.0, 1.0
    for side in range(2):
        low, high = table[2 * side], table[2 * side + 1]
        at = x if side else y
        place = (at - low) / (high - low) * (NODES - 1) if high > low else 0.0
        place = min(max(place, 0.0), NODES - 1.0)
        k = min(int(place), NODES - 2)
        w = place - k
        base = 4 + 2 * NODES * side + 2 * k
        kx *= table[base] + w * (table[base + 2] - table[base])
        ky *= table[base + 1] + w * (table[base + 3] - table[base + 1])
    return kx, ky


@njit(cache=True, nogil=True, error_model="numpy")
def measured(vertices: np.ndarray, e: int, px: float, py: float, kx: float, ky: float) -> tuple[float, float, float]:
    """Squared distance from a point to an edge, and the place on it that is nearest."""
    ax, ay, bx, by = upward(vertices, e)
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
def _roughly(vertices: np.ndarray, begin: int, px: float, py: float, kx: float, ky: float, rough: np.ndarray) -> None:
    """Squared distances from a point to eight edges, in steps that a processor takes for all of them at once."""
    for i in range(8):
        ax, ay = (vertices[begin + i, 0] - px) * kx, (vertices[begin + i, 1] - py) * ky
        ux, uy = (vertices[begin + i + 1, 0] - px) * kx - ax, (vertices[begin + i + 1, 1] - py) * ky - ay
        along = -(ax * ux + ay * uy) / (ux * ux + uy * uy)
        along = 0.0 if along < 0.0 else along
        along = 1.0 if along > 1.0 else along
        dx, dy = ax + along * ux, ay + along * uy
        rough[i] = dx * dx + dy * dy


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz"})
def _lowest(values: np.ndarray, n: int) -> float:
    """The lowest of the first n numbers, which are 0.0 or more, or infinite."""
    lowest = np.inf
    for i in range(n):
        lowest = min(lowest, values[i])
    return lowest


@njit(cache=True, nogil=True, error_model="numpy")
def _limit(least: float, slack: float) -> float:
    """Edges roughly farther than this (squared) are not the nearest: distances may be off by ``slack`` metres."""
    return least + 2.0 * slack * math.sqrt(least) + slack * slack if least < np.inf else least


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_own(
    vertices: np.ndarray,
    owners: np.ndarray,
    frame: np.ndarray,
    box: np.ndarray,
    offset: np.ndarray,
    run_first: np.ndarray,
    runs: np.ndarray,
    cells: int,
    metric: np.ndarray,
    widest: int,
    xs: np.ndarray,
    ys: np.ndarray,
    cell: np.ndarray,
    order: np.ndarray,
    edge_of: np.ndarray,
    foot: np.ndarray,
) -> None:
    """The edge of its own cell that is nearest to each point, and the place on it: ``edge_of`` and ``foot``, (n, 2).

    For points with a cell, in the order given (cell by cell, so that its edges stay in the cache); the others keep what
    they have. Boxes are measured first; then, nearest box first, their edges roughly, and exactly only the few that may
    be it. All in one function, because arrays that are handed on cost more here than the work.
    """
    far, left, rough = np.empty(widest), np.empty((widest, 2), np.int32), np.empty(FAN)
    maybe, how_far = np.empty(widest * FAN + 1, np.int32), np.empty(widest * FAN + 1)
    x0, y0, level = frame[0], frame[1], offset[1] if offset.size >= 3 else 0
    for k in range(order.size):
        i = order[k]
        px, py = xs[i], ys[i]
        own = cell[i]
        if own < 0 or not (math.isfinite(px) and math.isfinite(py)):
            continue
        kx, ky = metres_per_degree(metric, px, py)
        x, y = px - x0, py - y0
        slack = 4e-15 * (abs(px) + abs(py) + 1.0) * (kx + ky)
        first, last = run_first[own], run_first[own + 1]
        total = 0
        for r in range(first, last):
            total += ((runs[r, 1] - 1) >> 3) - (runs[r, 0] >> 3) + 1
        coarse = total > MANY_BOXES and level > 0
        shift, base = (6, level) if coarse else (3, 0)  # boxes of 64 edges, or of 8
        n = 0
        for r in range(first, last):
            for b in range(runs[r, 0] >> shift, ((runs[r, 1] - 1) >> shift) + 1):
                far[n] = box_distance(box, base + b, x, y, kx, ky)
                left[n, 0], left[n, 1] = max(runs[r, 0], b << shift), min(runs[r, 1], (b + 1) << shift)
                n += 1
        limit, count = np.inf, 0
        while n:
            least, nearest = _lowest(far, n), 0
            if not least <= limit or least == np.inf:
                break
            while far[nearest] != least:
                nearest += 1
            begin, end = left[nearest, 0], left[nearest, 1]
            far[nearest] = np.inf
            for b in range(begin >> 3, ((end - 1) >> 3) + 1):
                if coarse and not box_distance(box, b, x, y, kx, ky) <= limit:
                    continue
                _roughly(vertices, b << 3, px, py, kx, ky, rough)
                low, high = max(begin - (b << 3), 0), min(end - (b << 3), 8)
                least = np.inf
                for j in range(low, high):
                    least = min(least, rough[j])
                limit = min(limit, _limit(least, slack))
                for j in range(low, high):
                    maybe[count], how_far[count] = (b << 3) + j, rough[j]
                    count += rough[j] <= limit
            kept = 0
            for j in range(n):
                far[kept], left[kept, 0], left[kept, 1] = far[j], left[j, 0], left[j, 1]
                kept += far[j] <= limit
            n = kept
        best, best_rival, edge, foot_x, foot_y = np.inf, _NO_RIVAL + 1, -1, px, py
        for j in range(count):
            if how_far[j] > limit:
                continue
            e = maybe[j]
            distance, fx, fy = measured(vertices, e, px, py, kx, ky)
            rival = _NO_RIVAL
            for side in range(2):
                owner = owners[e, side]
                if owner != own and 0 <= owner < cells:
                    rival = min(rival, owner)
            if distance < best or (distance == best and rival < best_rival):
                best, best_rival, edge, foot_x, foot_y = distance, rival, e, fx, fy
        edge_of[i], foot[i, 0], foot[i, 1] = edge, foot_x, foot_y


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
    vertices, owners, box = grid.vertices, grid.owners, boxes.box
    levels = boxes.offset.size - 1
    stack[0, 0], stack[0, 1] = levels - 1, 0
    height = 1
    while height:
        height -= 1
        level, b = stack[height, 0], stack[height, 1]
        if not box_distance(box, boxes.offset[level] + b, x, y, kx, ky) <= best:
            continue
        if level:
            below = boxes.offset[level] - boxes.offset[level - 1]
            begin, bottom = b * FAN, height
            for c in range(begin, min(begin + FAN, below)):  # sorted as they come: the nearest one on top
                far = box_distance(box, boxes.offset[level - 1] + c, x, y, kx, ky)
                if not far <= best:
                    continue
                at = height
                while at > bottom and (
                    box_distance(box, boxes.offset[level - 1] + stack[at - 1, 1], x, y, kx, ky) < far
                ):
                    stack[at, 0], stack[at, 1] = stack[at - 1, 0], stack[at - 1, 1]
                    at -= 1
                stack[at, 0], stack[at, 1] = level - 1, c
                height += 1
            continue
        for e in range(b * FAN, min((b + 1) * FAN, owners.shape[0])):
            left, right = owners[e, 0], owners[e, 1]
            rival = _NO_RIVAL
            if 0 <= left < cells and (want == ANY or group[left] == want):
                rival = left
            if 0 <= right < cells and (want == ANY or group[right] == want):
                rival = min(rival, right)
            if rival == _NO_RIVAL:
                continue
            distance, fx, fy = measured(vertices, e, px, py, kx, ky)
            if distance < best or (distance == best and rival < best_rival):
                best, best_rival, edge, foot_x, foot_y = distance, rival, e, fx, fy
    return edge, foot_x, foot_y
