"""Which border is nearest to a point, how far it is in metres, and what lies beyond.

Edges are straight lines in storage (degrees), and the nearest one is sought in the local metric: metres per degree of
longitude and latitude at the point. The distance itself is measured in the projection, from the point to the nearest
place on that edge. A quadtree over the pixels that hold edges is searched nearest first, so that a point in the middle
of a large cell, or far outside, costs little more than one beside a border.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gridding.edge_grid import EdgeGrid
from gridding.types import FloatArray, Int32Array, IntArray, Projection

BoolArray = NDArray[np.bool_]

ANY = -1
"""As the group asked for: edges of all polygons count."""

STEP_BEYOND_DEG = 1e-7
"""Where an edge has no second owner, the place so far beyond it (about a centimetre) is asked: outlines of stations
that were built apart disagree by a few units of the storage grid, 1e-8 degrees."""

_LATITUDES = 257
_STEP_DEG = 1e-4


class Quadtree(NamedTuple):
    """Which squares of pixels hold edges, for squares of 1, 2, 4, ... pixels a side.

    Attributes:
        holds: uint8 flags of all levels one after another, each row by row.
        offset: (levels,) int64 where each level begins in ``holds``; level l has ``side >> l`` squares a side.
    """

    holds: np.ndarray
    offset: IntArray


class Metric(NamedTuple):
    """Metres per degree by latitude: three arrays of the same length, for interpolation."""

    lat: FloatArray
    per_lon: FloatArray
    per_lat: FloatArray


def build_quadtree(grid: EdgeGrid) -> Quadtree:
    """The quadtree over the pixels of a grid; takes a third of a byte more than a byte a pixel."""
    flags: BoolArray = (grid.code[:-1] < -1).reshape(grid.side, grid.side)
    levels = [flags]
    while len(flags) > 1:
        half = len(flags) // 2
        flags = np.asarray(flags.reshape(half, 2, half, 2).any(axis=(1, 3)))
        levels.append(flags)
    offset = np.cumsum([0] + [f.size for f in levels[:-1]])
    return Quadtree(np.concatenate([f.ravel() for f in levels]).view(np.uint8), offset)


def local_metric(grid: EdgeGrid, to_metres: Projection | None) -> Metric:
    """Metres per degree over the latitudes of a grid; 1 and 1 without a projection (distances in degrees)."""
    lat = np.linspace(grid.frame[1], grid.frame[1] + grid.side * grid.frame[3], _LATITUDES)
    if to_metres is None:
        return Metric(lat, np.ones_like(lat), np.ones_like(lat))
    lon = np.full_like(lat, grid.frame[0] + grid.side * grid.frame[2] / 2)
    x, y = to_metres(lon, lat)
    east_x, east_y = to_metres(lon + _STEP_DEG, lat)
    north_x, north_y = to_metres(lon, lat + _STEP_DEG)
    return Metric(lat, np.hypot(east_x - x, east_y - y) / _STEP_DEG, np.hypot(north_x - x, north_y - y) / _STEP_DEG)


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_edges(
    grid: EdgeGrid,
    tree: Quadtree,
    metric: Metric,
    x: np.ndarray,
    y: np.ndarray,
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
        grid, tree, metric: the index.
        x, y: (n,) points, not NaN.
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
        kx = np.interp(py, metric.lat, metric.per_lon)
        ky = np.interp(py, metric.lat, metric.per_lat)
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


def distances_m(
    metric: Metric, to_metres: Projection | None, x: FloatArray, y: FloatArray, foot: FloatArray
) -> FloatArray:
    """From each point to its foot, in metres (units of the coordinates without a projection).

    Where the projection cannot show the point (far away), in the local metric.
    """
    kx, ky = np.interp(y, metric.lat, metric.per_lon), np.interp(y, metric.lat, metric.per_lat)
    local: FloatArray = np.hypot((foot[:, 0] - x) * kx, (foot[:, 1] - y) * ky)
    if to_metres is None or not len(x):
        return local
    ax, ay = to_metres(x, y)
    bx, by = to_metres(foot[:, 0], foot[:, 1])
    with np.errstate(invalid="ignore"):
        exact = np.hypot(bx - ax, by - ay)
    return np.where(np.isfinite(exact), exact, local)


def step_beyond(
    grid: EdgeGrid, x: FloatArray, y: FloatArray, edge: IntArray, foot: FloatArray, own: Int32Array, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """A place just beyond the nearest border of one's own polygon.

    From a point inside the polygon straight on through the foot, from one in a gap beside it (``inside`` False) the other
    way, which is the way out of the polygon; square to the edge where the point lies on it.
    """
    out = np.where(inside, 1.0, -1.0)
    ux, uy = out * (foot[:, 0] - x), out * (foot[:, 1] - y)
    on_edge = np.hypot(ux, uy) < 1e-9
    run = grid.edges[edge, 2:] - grid.edges[edge, :2]
    side = np.where(grid.owners[edge, 0] == own, 1.0, -1.0)  # own on the left: out is to the right
    ux, uy = np.where(on_edge, side * run[:, 1], ux), np.where(on_edge, -side * run[:, 0], uy)
    length = np.hypot(ux, uy)
    return foot[:, 0] + ux / length * STEP_BEYOND_DEG, foot[:, 1] + uy / length * STEP_BEYOND_DEG
