"""The edge nearest to a point: a compiled search of a quadtree over the pixels of an EdgeGrid that hold edges.

The search goes nearest first, so that a point in the middle of a large cell, or far outside, costs little more than one
beside a border.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from gridding.edge_grid import EdgeGrid
from gridding.lookup import ANY
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
    """For each point the nearest edge, and the place on it that is nearest.

    Only edges count that have a polygon of the wanted group on one side (``group[polygon] == wanted[i]``; ANY = all).
    Of edges equally near, the one with the lowest polygon wins: of the group, or with ``rank_own=False`` of the others.

    Args:
        grid, tree: the index.
        x, y: (n,) points, not NaN.
        per_degree: (n, 2) metres per degree of longitude and latitude there.
        group: (polygons,) int32 group of each polygon.
        wanted: (n,) int32.
        edge: (n,) int64, filled: number of the edge, -1 = none.
        foot: (n, 2), filled: the place on it.
    """
    levels = tree.offset.size
    stack = np.empty((4 * levels + 4, 3), np.int64)
    top = levels - 1
    for i in range(x.size):
        px, py, want = x[i], y[i], wanted[i]
        kx, ky = per_degree[i, 0], per_degree[i, 1]
        best, best_rival = np.inf, 2147483647
        edge[i] = -1
        stack[0, 0], stack[0, 1], stack[0, 2] = top, 0, 0
        height = 1
        while height:
            height -= 1
            level, column, row = stack[height, 0], stack[height, 1], stack[height, 2]
            squares = grid.side >> level
            if not tree.holds[tree.offset[level] + row * squares + column]:
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
                ax, ay = grid.edges[e, 0], grid.edges[e, 1]
                ux, uy = (grid.edges[e, 2] - ax) * kx, (grid.edges[e, 3] - ay) * ky
                along = ((px - ax) * kx * ux + (py - ay) * ky * uy) / (ux * ux + uy * uy)
                if along <= 0.0:
                    fx, fy = ax, ay
                elif along >= 1.0:
                    fx, fy = grid.edges[e, 2], grid.edges[e, 3]
                else:
                    fx, fy = ax + along * (grid.edges[e, 2] - ax), ay + along * (grid.edges[e, 3] - ay)
                dx, dy = (fx - px) * kx, (fy - py) * ky
                distance = dx * dx + dy * dy
                if distance < best or (distance == best and rival < best_rival):
                    best, best_rival = distance, rival
                    edge[i] = e
                    foot[i, 0], foot[i, 1] = fx, fy
