"""Metres of what lies on the integer grid: projected nodes, areas of faces, the size of a grid unit."""

from __future__ import annotations

import numpy as np
import shapely

from gridding.arrays import sums
from gridding.errors import GeometryError
from gridding.types import GRID_DEG, FloatArray, IntArray, Projection


def metres_per_unit(outline: shapely.Geometry, to_metres: Projection) -> tuple[float, float]:
    """Metres per grid unit in x and y in the middle of the outline."""
    west, south, east, north = shapely.bounds(outline)
    lon, lat, step = (west + east) / 2, (south + north) / 2, 1e-5
    x, y = projected(np.array([lon, lon + step, lon]), np.array([lat, lat, lat + step]), to_metres)
    units = step / GRID_DEG
    return float(np.hypot(x[1] - x[0], y[1] - y[0])) / units, float(np.hypot(x[2] - x[0], y[2] - y[0])) / units


def projected(lon: FloatArray, lat: FloatArray, to_metres: Projection) -> tuple[FloatArray, FloatArray]:
    """(x, y) in metres.

    Raises:
        GeometryError: the projection has no answer for a place; names the first.
    """
    east, north = to_metres(lon, lat)
    if not (np.isfinite(east).all() and np.isfinite(north).all()):
        bad = int(np.flatnonzero(~(np.isfinite(east) & np.isfinite(north)))[0])
        raise GeometryError(
            f"The projection gives no metres for {lon[bad]:.6f}, {lat[bad]:.6f}; use the projection of this territory."
        )
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)


def face_areas(
    x: FloatArray, y: FloatArray, u: IntArray, v: IntArray, left: IntArray, right: IntArray, faces: int
) -> FloatArray:
    """(faces,) m2, by the shoelace formula over the edges of each face; x, y in metres."""
    # Measured from the westernmost node, which is the outline's: small numbers, and the same whatever was dropped inside.
    x, y = x - x[0], y - y[0]
    cross = (x[u] * y[v] - x[v] * y[u]) / 2
    area = np.zeros(faces)
    for side, sign in ((left, 1.0), (right, -1.0)):
        mine = side >= 0
        area += sums(side[mine], sign * cross[mine], faces)
    return area
