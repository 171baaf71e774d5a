"""What covers a point: compiled look-ups in an EdgeGrid, the finer parts of its pixels first (see fine_pixels)."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridding.edge_grid import EdgeGrid, toggle, upward
from gridding.lookup import INSIDE
from gridding.orient import orient

BLOCK = 1024
_LARGE = 2147483647


@njit(cache=True, nogil=True, error_model="numpy")
def covering(grid: EdgeGrid, q: int, pixel: int, px: float, py: float, found: np.ndarray) -> tuple[int, int]:
    """All polygons that cover a point in pixel q of those with edges, some twice.

    The path goes from the pixel's corner c up to the height of the point, then right to it. Writes the polygons to
    ``found`` and returns (clear, n): how many the path leads into, and how many with those whose border the point is on.
    """
    cx = grid.frame[0] + (pixel % grid.side) * grid.frame[2]
    cy = grid.frame[1] + (pixel // grid.side) * grid.frame[3]
    n = 0
    start = grid.corner[q]
    if start >= 0:
        found[0] = start
        n = 1
    elif start < -1:
        for i in range(grid.set_first[-2 - start], grid.set_first[-1 - start]):
            found[n] = grid.set_cells[i]
            n += 1
    last = found.size  # polygons whose border the point lies on, from the end
    for k in range(grid.first[q], grid.first[q + 1]):
        e = grid.entries[k]
        ax, ay, bx, by = upward(grid.vertices, e)
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
            for i in range(2):
                if grid.owners[e, i] >= 0:
                    last -= 1
                    found[last] = grid.owners[e, i]
        if crossed:
            n = toggle(found, n, grid.owners[e, 0])
            n = toggle(found, n, grid.owners[e, 1])
    clear = n
    for i in range(last, found.size):
        found[n] = found[i]
        n += 1
    return clear, n


@njit(cache=True, nogil=True, error_model="numpy")
def cover(grid: EdgeGrid, q: int, pixel: int, px: float, py: float, found: np.ndarray) -> tuple[int, int]:
    """The lowest polygon that covers a point in pixel q of those with edges, and the second lowest if on a border."""
    clear, n = covering(grid, q, pixel, px, py, found)
    lowest, second = _LARGE, _LARGE
    for i in range(n):
        cell = found[i]
        if cell < lowest:
            lowest, second = cell, lowest
        elif lowest < cell < second:
            second = cell
    if lowest == _LARGE:
        return -1, INSIDE
    if n == clear:
        return lowest, INSIDE
    return lowest, (-1 if second == _LARGE else second)


@njit(cache=True, nogil=True, error_model="numpy")
def cover_one(grid: EdgeGrid, pixel: int, px: float, py: float) -> tuple[int, int]:
    """cover() for a point in a pixel that has edges."""
    return cover(grid, -2 - grid.code[pixel], pixel, px, py, np.empty(grid.scratch, np.int32))


@njit(cache=True, nogil=True, error_model="numpy")
def clear_answers(
    grid: EdgeGrid,
    fine: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    out: np.ndarray,
    pixels: np.ndarray,
    part: np.ndarray,
    busy: np.ndarray,
) -> int:
    """Answer the points of a block that no edge is near: ``out``; the others get -2 - q, and their pixel.

    Returns how many others there are; ``busy`` says which. First the pixels without a branch, then the look-ups, then
    the parts of pixels with edges; at last the memory that the others will need is touched. So the processor waits for
    many cache misses at once.
    """
    x0, y0, across, up = grid.frame[0], grid.frame[1], 1.0 / grid.frame[2], 1.0 / grid.frame[3]
    side = grid.side
    nowhere = np.uint32(side * side)
    m = x.size
    for i in range(m):
        fx, fy = (x[i] - x0) * across, (y[i] - y0) * up
        known = (fx >= 0) & (fy >= 0) & (fx < side) & (fy < side)
        column, row = np.int32(fx) if known else 0, np.int32(fy) if known else 0
        pixels[i] = np.uint32(np.int64(row) * side + column) if known else nowhere
        part[i] = np.uint8(np.int32((fy - row) * 12.0) * 16 + np.int32((fx - column) * 16.0)) if known else 0
    for i in range(m):
        out[i] = grid.code[pixels[i]]
    count = 0
    for i in range(m):
        busy[count] = i
        count += out[i] < -1
    if fine.size:
        for j in range(count):
            i = busy[j]
            q = -2 - out[i]
            colour = fine[q, part[i] >> 4] >> (2 * (part[i] & 15)) & 3
            value = fine[q, 12 + colour]
            out[i] = value if value > -2 else -2 - q
        left = 0
        for j in range(count):
            i = busy[j]
            busy[left] = i
            left += out[i] < -1
        count = left
    ahead = 0.0
    last = grid.entries.size - 1
    if last >= 0:
        for j in range(count):
            q = -2 - out[busy[j]]
            e = grid.entries[min(grid.first[q], last)]
            ahead += grid.corner[q] + grid.vertices[e, 0] + grid.owners[e, 0]
    if ahead == -0.123456789:  # never: so that the reads are not left out
        count = 0
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def cover_many(
    grid: EdgeGrid, fine: np.ndarray, x: np.ndarray, y: np.ndarray, out: np.ndarray, second: np.ndarray
) -> None:
    """The lowest polygon that covers each point, -1 = none; and the second lowest (see INSIDE) if ``second`` has room.

    Works in blocks that fit the cache.
    """
    found = np.empty(grid.scratch, np.int32)
    pixels, part, busy = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint8), np.empty(BLOCK, np.int32)
    for begin in range(0, x.size, BLOCK):
        m = min(BLOCK, x.size - begin)
        count = clear_answers(
            grid, fine, x[begin : begin + m], y[begin : begin + m], out[begin : begin + m], pixels, part, busy
        )
        if second.size:
            second[begin : begin + m] = INSIDE
        for j in range(count):
            k = begin + busy[j]
            low, next_low = cover(grid, -2 - out[k], pixels[busy[j]], x[k], y[k], found)
            out[k] = low
            if second.size:
                second[k] = next_low
