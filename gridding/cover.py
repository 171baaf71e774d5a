"""What covers a point: compiled look-ups in an EdgeGrid."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridding.edge_grid import EdgeGrid, toggle
from gridding.lookup import INSIDE
from gridding.orient import orient

_BLOCK = 2048
_LARGE = 2147483647


@njit(cache=True, nogil=True, error_model="numpy")
def cover(grid: EdgeGrid, q: int, pixel: int, px: float, py: float, active: np.ndarray) -> tuple[int, int]:
    """The lowest polygon that covers a point in pixel q of those with edges, and the second lowest if on a border.

    The path goes from the pixel's corner c up to the height of the point, then right to it.
    """
    cx = grid.frame[0] + (pixel % grid.side) * grid.frame[2]
    cy = grid.frame[1] + (pixel // grid.side) * grid.frame[3]
    n = 0
    start = grid.busy[q, 1]
    if start >= 0:
        active[0] = start
        n = 1
    elif start < -1:
        for i in range(grid.set_first[-2 - start], grid.set_first[-1 - start]):
            active[n] = grid.set_cells[i]
            n += 1
    lowest, second, on_border = _LARGE, _LARGE, False
    for k in range(grid.busy[q, 0], grid.busy[q + 1, 0]):
        e = grid.entries[k]
        ax, ay, bx, by = grid.edges[e, 0], grid.edges[e, 1], grid.edges[e, 2], grid.edges[e, 3]
        crossed, touched = False, False
        if ay <= py < by:
            turn = orient(ax, ay, bx, by, px, py)
            touched = turn == 0
            crossed = (turn > 0) != (orient(ax, ay, bx, by, cx, py) > 0)
        elif py == by:
            touched = px == bx if ay < by else ax <= px <= bx
        if ax <= cx < bx or bx <= cx < ax:
            below, above = orient(ax, ay, bx, by, cx, cy), orient(ax, ay, bx, by, cx, py)
            level = ay == by  # the infinitely small shift up and right: left of a level edge, right of any other
            crossed ^= (below > 0 or (level and below == 0)) != (above > 0 or (level and above == 0))
        if touched:
            on_border = True
            for i in range(2):
                cell = grid.owners[e, i]
                if 0 <= cell < lowest:
                    lowest, second = cell, lowest
                elif lowest < cell < second:
                    second = cell
        if crossed:
            n = toggle(active, n, grid.owners[e, 0])
            n = toggle(active, n, grid.owners[e, 1])
    for i in range(n):
        cell = active[i]
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
def cover_one(grid: EdgeGrid, pixel: int, px: float, py: float) -> tuple[int, int]:
    """cover() for a point in a pixel that has edges."""
    return cover(grid, -2 - grid.code[pixel], pixel, px, py, np.empty(grid.scratch, np.int32))


@njit(cache=True, nogil=True, error_model="numpy")
def cover_many(grid: EdgeGrid, x: np.ndarray, y: np.ndarray, out: np.ndarray, second: np.ndarray) -> None:
    """The lowest polygon that covers each point, -1 = none; and the second lowest (see INSIDE) if ``second`` has room.

    Works in blocks that fit the cache: first the pixels without a branch, then the look-ups, then the few points in
    pixels with edges, whose memory is touched beforehand. So the processor waits for many cache misses at once.
    """
    active = np.empty(grid.scratch, np.int32)
    pixels = np.empty(_BLOCK, np.uint32)
    busy = np.empty(_BLOCK, np.int32)
    near = np.empty(_BLOCK, np.int32)
    touched = np.empty(1)
    x0, y0, across, up = grid.frame[0], grid.frame[1], 1.0 / grid.frame[2], 1.0 / grid.frame[3]
    side = grid.side
    nowhere = np.uint32(side * side)
    for begin in range(0, x.size, _BLOCK):
        m = min(_BLOCK, x.size - begin)
        for i in range(m):
            fx, fy = (x[begin + i] - x0) * across, (y[begin + i] - y0) * up
            known = (fx >= 0) & (fy >= 0) & (fx < side) & (fy < side)
            pixels[i] = np.uint32(np.int64(fy) * side + np.int64(fx)) if known else nowhere
        for i in range(m):
            out[begin + i] = grid.code[pixels[i]]
            if second.size:
                second[begin + i] = INSIDE
        count = 0
        for i in range(m):
            busy[count] = i
            count += out[begin + i] < -1
        ahead = 0.0
        for j in range(count):
            near[j] = grid.busy[-2 - out[begin + busy[j]], 0]
        for j in range(count):
            near[j] = grid.entries[near[j]]
        for j in range(count):
            ahead += grid.edges[near[j], 0]
        touched[0] = ahead
        for j in range(count):
            i = busy[j]
            k = begin + i
            low, next_low = cover(grid, -2 - out[k], pixels[i], x[k], y[k], active)
            out[k] = low
            if second.size:
                second[k] = next_low
