"""The edge nearest to a point: a compiled search of a quadtree over the pixels of an EdgeGrid that hold edges.

The search goes nearest first, so that a point in the middle of a large cell, or far outside, costs little more than one
beside a border.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from gridding.cover import cover
from gridding.edge_grid import EdgeGrid
from gridding.lookup import ANY, INSIDE
from gridding.types import IntArray


class Quadtree(NamedTuple):
    """Which squares of pixels hold edges, for squares of 1, 2, 4, ... pixels a side.

    Attributes:
        holds: uint8 flags of all levels one after another, each row by row.
        offset: (levels,) int64 where each level begins in ``holds``; level l has ``side >> l`` squares a side.
    """

    holds: np.ndarray
    offset: IntArray


def build_quadtree(grid: EdgeGrid) -> Quadtree:
    """The quadtree over the pixels of a grid; takes a third of a byte more than a byte a pixel."""
    flags = (grid.code[:-1] < -1).reshape(grid.side, grid.side)
    levels = [flags]
    while len(flags) > 1:
        half = len(flags) // 2
        flags = np.asarray(flags.reshape(half, 2, half, 2).any(axis=(1, 3)))
        levels.append(flags)
    offset = np.cumsum([0] + [f.size for f in levels[:-1]])
    return Quadtree(np.concatenate([f.ravel() for f in levels]).view(np.uint8), offset)


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_edge(
    grid: EdgeGrid,
    tree: Quadtree,
    px: float,
    py: float,
    kx: float,
    ky: float,
    group: np.ndarray,
    want: int,
    rank_own: bool,
    stack: np.ndarray,
) -> tuple[int, float, float]:
    """The nearest edge to a finite point and the place on it; arguments as in lookup.Lookup.nearest().

    ``stack`` is scratch of ``3 * levels + 1`` or more rows and 3 columns.
    """
    best, best_rival = np.inf, 2147483647
    edge, foot_x, foot_y = -1, px, py
    stack[0, 0], stack[0, 1], stack[0, 2] = tree.offset.size - 1, 0, 0
    height = 1
    while height:
        height -= 1
        level, column, row = stack[height, 0], stack[height, 1], stack[height, 2]
        if not tree.holds[tree.offset[level] + row * (grid.side >> level) + column]:
            continue
        width, tall = grid.frame[2] * (1 << level), grid.frame[3] * (1 << level)
        west, south = grid.frame[0] + column * width, grid.frame[1] + row * tall
        dx = max(west - px, px - west - width, 0.0) * kx
        dy = max(south - py, py - south - tall, 0.0) * ky
        if (dx * dx + dy * dy) * (1.0 - 1e-9) > best:
            continue
        if level:
            near = (1 if px > west + width / 2 else 0) + (2 if py > south + tall / 2 else 0)
            for turn in range(3, -1, -1):  # the last one put on the stack is the nearest
                quarter = near ^ turn
                stack[height, 0] = level - 1
                stack[height, 1] = 2 * column + (quarter & 1)
                stack[height, 2] = 2 * row + (quarter >> 1)
                height += 1
            continue
        q = -2 - grid.code[row * grid.side + column]
        for k in range(grid.busy[q, 0], grid.busy[q + 1, 0]):
            e = grid.entries[k]
            left, right = grid.owners[e, 0], grid.owners[e, 1]
            own_left = left >= 0 and (want == ANY or group[left] == want)
            own_right = right >= 0 and (want == ANY or group[right] == want)
            if not (own_left or own_right):
                continue
            rival = 2147483646
            if left >= 0 and own_left == rank_own:
                rival = left
            if right >= 0 and own_right == rank_own:
                rival = min(rival, right)
            ax, ay, bx, by = grid.edges[e, 0], grid.edges[e, 1], grid.edges[e, 2], grid.edges[e, 3]
            ux, uy = (bx - ax) * kx, (by - ay) * ky
            along = ((px - ax) * kx * ux + (py - ay) * ky * uy) / (ux * ux + uy * uy)
            fx, fy = ax + along * (bx - ax), ay + along * (by - ay)
            if along <= 0.0:
                fx, fy = ax, ay
            elif along >= 1.0:
                fx, fy = bx, by
            dx, dy = (fx - px) * kx, (fy - py) * ky
            distance = dx * dx + dy * dy
            if distance < best or (distance == best and rival < best_rival):
                best, best_rival = distance, rival
                edge, foot_x, foot_y = e, fx, fy
    return edge, foot_x, foot_y


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_edges(
    grid: EdgeGrid,
    tree: Quadtree,
    x: np.ndarray,
    y: np.ndarray,
    per_degree: np.ndarray,
    group: np.ndarray,
    wanted: np.ndarray,
    rank_own: bool,
    edge: np.ndarray,
    foot: np.ndarray,
) -> None:
    """nearest_edge() for many points: fills ``edge``, (n,) int64, and ``foot``, (n, 2)."""
    stack = np.empty((4 * tree.offset.size + 4, 3), np.int64)
    for i in range(x.size):
        kx, ky = per_degree[i, 0], per_degree[i, 1]
        edge[i], foot[i, 0], foot[i, 1] = nearest_edge(
            grid, tree, x[i], y[i], kx, ky, group, wanted[i], rank_own, stack
        )


@njit(cache=True, nogil=True, error_model="numpy")
def cover_and_nearest(
    grid: EdgeGrid, tree: Quadtree, pixel: int, px: float, py: float, kx: float, ky: float, each: np.ndarray, own: int
) -> tuple[int, int, int, float, float]:
    """What covers a point, and the nearest edge of its own polygon, for one point in one call.

    ``own`` is its polygon where that was decided elsewhere, INSIDE = the lowest that covers it; ``each`` the numbers of
    all polygons. Returns lowest, second (see lookup.Lookup.cover), edge, foot x, foot y.
    """
    lowest, second = -1, INSIDE
    if pixel >= 0:
        lowest = grid.code[pixel]
        if lowest < -1:
            lowest, second = cover(grid, -2 - lowest, pixel, px, py, np.empty(grid.scratch, np.int32))
    if own == INSIDE:
        own = lowest
    stack = np.empty((4 * tree.offset.size + 4, 3), np.int64)
    edge, foot_x, foot_y = nearest_edge(grid, tree, px, py, kx, ky, each, own, own < 0, stack)
    return lowest, second, edge, foot_x, foot_y
