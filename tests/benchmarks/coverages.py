"""Generated coverages: cells with crooked borders that neighbours share vertex by vertex, and points in and on them."""

from __future__ import annotations

import numpy as np
import shapely

from gridding.types import FloatArray, GeometryArray, Int32Array

WEST, SOUTH = 113.0, 30.0
STEP = 0.005
"""Degrees between two corners of a cell, about 500 m."""


def coverage(side: int, vertices: int, seed: int = 7) -> GeometryArray:
    """(side * side,) cells, row by row from the south, of about ``vertices`` vertices each, on the storage grid."""
    rng = np.random.default_rng([side, vertices, seed])
    x, y = np.meshgrid(WEST + np.arange(side + 1) * STEP, SOUTH + np.arange(side + 1) * STEP)
    nodes = np.stack([x, y], axis=-1) + rng.normal(0, STEP / 20, (side + 1, side + 1, 2)).clip(-STEP / 9, STEP / 9)
    pieces = max(1, vertices // 4)
    across = _crooked(nodes[:, :-1], nodes[:, 1:], pieces, rng)
    down = _crooked(nodes[:-1], nodes[1:], pieces, rng)
    rings = [
        across[:-1, :, :-1],
        down[:, 1:, :-1],
        across[1:, :, :0:-1],
        down[:, :-1, :0:-1],
    ]
    ring = np.concatenate(rings, axis=2).reshape(side * side, -1, 2)
    return np.asarray(shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1)))


def borders_and_points(cells: GeometryArray, count: int, seed: int = 3) -> FloatArray:
    """(count, 2) points: 99 % anywhere around the cells, 1 % on vertices and on (rounded) midpoints of edges."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(cells)
    margin = (east - west) / 50
    anywhere = rng.uniform((west - margin, south - margin), (east + margin, north + margin), (count - count // 100, 2))
    start, end = edges(cells)
    chosen = rng.integers(0, len(start), count // 100)
    middle = (start[chosen] + end[chosen]) / 2
    on_border = np.where((np.arange(len(chosen)) % 2 == 0)[:, None], start[chosen], middle)
    return rng.permutation(np.concatenate([anywhere, on_border]))


def edges(shapes: GeometryArray) -> tuple[FloatArray, FloatArray]:
    """(n, 2) start and end of every edge of every ring."""
    coords, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    joined = ring[1:] == ring[:-1]
    return coords[:-1][joined], coords[1:][joined]


def by_the_rule(tree: shapely.STRtree, points: GeometryArray) -> Int32Array:
    """The lowest cell that covers each point, -1 = none, by a tree of the cells."""
    row, cell = tree.query(points, predicate="intersects")
    found = np.full(len(points), len(tree), np.int64)
    np.minimum.at(found, row, cell)
    return np.where(found < len(tree), found, -1).astype(np.int32)


def _crooked(start: FloatArray, end: FloatArray, pieces: int, rng: np.random.Generator) -> FloatArray:
    """(..., pieces + 1, 2) lines from start to end that swing to both sides, least near the ends."""
    t = np.linspace(0, 1, pieces + 1)
    swing = np.zeros((*start.shape[:-1], pieces + 1))
    for wave in (1, 2, 5, 11, 23):
        swing += rng.normal(0, 0.12 / wave, (*start.shape[:-1], 1)) * np.sin(np.pi * wave * t)
    swing = np.clip(swing, -0.2, 0.2) * np.minimum(1, 3 * np.minimum(t, 1 - t))
    along = end - start
    beside = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    line = start[..., None, :] + along[..., None, :] * t[:, None] + beside[..., None, :] * swing[..., None]
    line[..., 0, :], line[..., -1, :] = start, end
    return np.asarray(np.round(line, 8))
