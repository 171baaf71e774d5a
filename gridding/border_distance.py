"""Distances from points to borders, in metres, and what lies beyond a border.

Edges are straight lines in storage (degrees), and the nearest one is sought in the local metric: metres per degree of
longitude and latitude at the point. The distance itself is measured in the projection, from the point to the nearest
place on that edge.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridding.types import FloatArray, Projection

BoolArray = NDArray[np.bool_]

STEP_BEYOND_DEG = 1e-7
"""Where an edge has no second owner, the place so far beyond it (about a centimetre) is asked: outlines of stations
that were built apart disagree by a few units of the storage grid, 1e-8 degrees."""

_LATITUDES = 257
_STEP_DEG = 1e-4


class Metric(NamedTuple):
    """Metres per degree by latitude: three arrays of the same length, for interpolation."""

    lat: FloatArray
    per_lon: FloatArray
    per_lat: FloatArray

    def at(self, y: FloatArray) -> FloatArray:
        """(n, 2) metres per degree of longitude and of latitude at these latitudes."""
        return np.column_stack([np.interp(y, self.lat, self.per_lon), np.interp(y, self.lat, self.per_lat)])


def local_metric(edges: FloatArray, to_metres: Projection | None) -> Metric:
    """Metres per degree over the latitudes of (m, 4) edges; 1 and 1 without a projection (distances in degrees)."""
    lat = np.linspace(edges[:, 1].min(initial=90.0), edges[:, 3].max(initial=-90.0), _LATITUDES)
    if to_metres is None or not len(edges):
        return Metric(lat, np.ones_like(lat), np.ones_like(lat))
    lon = np.full_like(lat, edges[:, 0].mean())
    x, y = to_metres(lon, lat)
    east_x, east_y = to_metres(lon + _STEP_DEG, lat)
    north_x, north_y = to_metres(lon, lat + _STEP_DEG)
    return Metric(lat, np.hypot(east_x - x, east_y - y) / _STEP_DEG, np.hypot(north_x - x, north_y - y) / _STEP_DEG)


def distances_m(
    to_metres: Projection | None, x: FloatArray, y: FloatArray, per_degree: FloatArray, foot: FloatArray
) -> FloatArray:
    """From each point to its foot, in metres (units of the coordinates without a projection).

    Where the projection cannot show the point (far away), in the local metric.
    """
    local: FloatArray = np.hypot((foot[:, 0] - x) * per_degree[:, 0], (foot[:, 1] - y) * per_degree[:, 1])
    if to_metres is None or not len(x):
        return local
    ax, ay = to_metres(x, y)
    bx, by = to_metres(foot[:, 0], foot[:, 1])
    with np.errstate(invalid="ignore"):
        exact = np.hypot(bx - ax, by - ay)
    return np.where(np.isfinite(exact), exact, local)


def step_beyond(
    x: FloatArray, y: FloatArray, edge: FloatArray, foot: FloatArray, own_left: BoolArray, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """A place just beyond the nearest border of one's own polygon.

    ``edge`` is (n, 4) and ``foot`` the place on it, (n, 2); ``own_left`` says on which side of it one's own polygon lies.
    From a point inside the polygon straight on through the foot, from one in a gap beside it (``inside`` False) the
    other way, which is the way out of the polygon; square to the edge where the point lies on it.
    """
    out = np.where(inside, 1.0, -1.0)
    ux, uy = out * (foot[:, 0] - x), out * (foot[:, 1] - y)
    on_edge = np.hypot(ux, uy) < 1e-9
    run = edge[:, 2:] - edge[:, :2]
    side = np.where(own_left, 1.0, -1.0)  # own on the left: out is to the right
    ux, uy = np.where(on_edge, side * run[:, 1], ux), np.where(on_edge, -side * run[:, 0], uy)
    length = np.hypot(ux, uy)
    return foot[:, 0] + ux / length * STEP_BEYOND_DEG, foot[:, 1] + uy / length * STEP_BEYOND_DEG
