"""Points at which two implementations of the border rule could part, by kind."""

from __future__ import annotations

import numpy as np
import shapely

from gridding.types import FloatArray, GeometryArray
from tests.benchmarks.coverages import edges


def border_points(
    stations: GeometryArray, cells: GeometryArray, rng: np.random.Generator, *, per_kind: int
) -> dict[str, FloatArray]:
    """Kind -> (n, 2) points; at most ``per_kind`` of a kind, none of a kind that the territory does not have."""
    start, end = _distinct(*edges(np.concatenate([stations, cells])))
    shared = _shared(stations)
    some = rng.integers(0, len(start), per_kind)
    share = rng.uniform(0, 1, (len(some), 1))
    kinds = {
        "vertex": np.unique(np.concatenate([start, end]), axis=0),
        "exact midpoint": exact_midpoints(start, end),
        "on an axis-parallel edge": _on_axis_parallel(start, end, rng),
        "vertex of an outline shared by stations": np.unique(np.concatenate(shared), axis=0),
        "exact midpoint of an outline shared by stations": exact_midpoints(*shared),
        "on an axis-parallel outline shared by stations": _on_axis_parallel(*shared, rng),
        "interpolated on an edge": start[some] + (end[some] - start[some]) * share,
        "level with a vertex": _level(start, rng, per_kind),
    }
    chosen = {kind: _at_most(points, per_kind, rng) for kind, points in kinds.items() if len(points)}
    beside = {f"1 ulp beside {kind}": _one_ulp_beside(points, rng) for kind, points in chosen.items()}
    return chosen | beside


def exact_midpoints(start: FloatArray, end: FloatArray) -> FloatArray:
    """Midpoints of the edges whose midpoint is representable, so that it lies exactly on the edge.

    Differences of numbers so near to each other are exact: halves of equal length mean an exact middle.
    """
    middle = start + (end - start) / 2
    return np.asarray(middle[(middle - start == end - middle).all(axis=1)])


def random_points(shapes: GeometryArray, count: int, rng: np.random.Generator) -> FloatArray:
    """(count, 2) points in the bounds of the shapes, a little beyond them too."""
    west, south, east, north = shapely.total_bounds(shapes)
    margin = (east - west) / 40
    return rng.uniform((west - margin, south - margin), (east + margin, north + margin), (count, 2))


def _distinct(start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Every edge once, whichever way round it came."""
    turn = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    both = np.where(turn[:, None], np.hstack([end, start]), np.hstack([start, end]))
    once = np.unique(both, axis=0)
    return once[:, :2], once[:, 2:]


def _shared(stations: GeometryArray) -> tuple[FloatArray, FloatArray]:
    """Edges that two stations have in common, vertex by vertex."""
    start, end = edges(stations)
    turn = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    both = np.where(turn[:, None], np.hstack([end, start]), np.hstack([start, end]))
    distinct, count = np.unique(both, axis=0, return_counts=True)
    return distinct[count == 2][:, :2], distinct[count == 2][:, 2:]


def _on_axis_parallel(start: FloatArray, end: FloatArray, rng: np.random.Generator, each: int = 8) -> FloatArray:
    """Points on edges along an axis: one coordinate is that of the edge, so they lie on it whatever the other is."""
    flat = (start == end).any(axis=1)
    low, high = np.repeat(start[flat], each, axis=0), np.repeat(end[flat], each, axis=0)
    points = low + (high - low) * rng.uniform(0, 1, (len(low), 1))
    return np.asarray(np.clip(points, np.minimum(low, high), np.maximum(low, high)))


def _level(vertices: FloatArray, rng: np.random.Generator, count: int) -> FloatArray:
    """Longitude of one vertex, latitude of another: rays from here pass through vertices."""
    return np.column_stack([rng.choice(vertices[:, i], count) for i in (0, 1)])


def _one_ulp_beside(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Each point moved to the next number, in one of eight directions."""
    directions = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y])
    return np.asarray(np.nextafter(points, points + directions[rng.integers(0, 8, len(points))]))


def _at_most(points: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    return points if len(points) <= count else points[rng.choice(len(points), count, replace=False)]
