"""Distances from points to borders, in metres, and what lies beyond a border.

Edges are straight lines in storage (degrees), and the nearest one is sought in the local metric: metres per degree of
longitude and latitude at the point, as the projection has them. So no point is projected while it is looked up.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gridding.types import FloatArray, Projection

BoolArray = NDArray[np.bool_]

STEP_BEYOND_DEG = 1e-7
"""Where an edge has no second owner, the place so far beyond it (about a centimetre) is asked: outlines of stations
that were built apart disagree by a few units of the storage grid, 1e-8 degrees."""

NODES = 257
_STEP_DEG = 1e-4


class Metric:
    """Metres per degree of longitude and latitude at any place of a territory, read off a projection once.

    In the projected CRS of a territory both are, within a few millionths, a function of latitude times one of longitude
    (which is nearly 1), so two tables do. Outside the territory the values at its edge hold.

    Args:
        bounds: west, south, east, north of the territory in degrees; not finite where it is empty.
        to_metres: the projection; without one a degree counts as 1, and distances come in degrees.

    Attributes:
        table: the first and last latitude, the first and last longitude, then for NODES latitudes and for NODES
            longitudes the two factors: what compiled code reads (see borders.metres_per_degree).
    """

    def __init__(self, bounds: FloatArray, to_metres: Projection | None) -> None:
        west, south, east, north = np.asarray(bounds, np.float64).tolist()
        self._flat = to_metres is None or not math.isfinite(west)
        self.table = np.concatenate([[0.0, 0.0, 0.0, 0.0], np.ones(4 * NODES)])
        if to_metres is None or self._flat:
            return
        self._lat, self._lon = np.linspace(south, north, NODES), np.linspace(west, east, NODES)
        middle = NODES // 2
        self._by_lat = _per_degree(np.full(NODES, self._lon[middle]), self._lat, to_metres)
        by_lon = _per_degree(self._lon, np.full(NODES, self._lat[middle]), to_metres)
        self._by_lon = by_lon / by_lon[middle]
        self.table = np.concatenate([[south, north, west, east], self._by_lat.ravel(), self._by_lon.ravel()])

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """(n, 2) metres per degree of longitude and of latitude."""
        if self._flat:
            return np.ones((len(x), 2))
        lat = [np.interp(y, self._lat, self._by_lat[:, k]) for k in range(2)]
        lon = [np.interp(x, self._lon, self._by_lon[:, k]) for k in range(2)]
        return np.column_stack([lat[0] * lon[0], lat[1] * lon[1]])

    def distances(self, x: FloatArray, y: FloatArray, foot: FloatArray) -> FloatArray:
        """From each point to its foot, (n, 2), by the metric half-way: right to 1e-6 over tens of kilometres."""
        run = (foot - np.column_stack([x, y])) * self.at((x + foot[:, 0]) / 2, (y + foot[:, 1]) / 2)
        return np.hypot(run[:, 0], run[:, 1])


def _per_degree(lon: FloatArray, lat: FloatArray, to_metres: Projection) -> FloatArray:
    """(n, 2) metres per degree east and north, by central differences of the projection."""
    h = _STEP_DEG / 2
    west, east = np.array(to_metres(lon - h, lat)), np.array(to_metres(lon + h, lat))
    south, north = np.array(to_metres(lon, lat - h)), np.array(to_metres(lon, lat + h))
    return np.column_stack([np.hypot(*(east - west)), np.hypot(*(north - south))]) / _STEP_DEG


def step_beyond(
    x: FloatArray, y: FloatArray, edge: FloatArray, foot: FloatArray, own_left: BoolArray, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """A place just beyond the nearest border of one's own polygon.

    ``edge`` is (n, 4) and ``foot`` the place on it, (n, 2); ``own_left`` says on which side of it one's own polygon
    lies. From a point inside the polygon straight on through the foot, from one in a gap beside it (``inside`` False)
    the other way, which is the way out of the polygon; square to the edge where the point lies on it.
    """
    out = np.where(inside, 1.0, -1.0)
    ux, uy = out * (foot[:, 0] - x), out * (foot[:, 1] - y)
    on_edge = np.hypot(ux, uy) < 1e-9
    run = edge[:, 2:] - edge[:, :2]
    side = np.where(own_left, 1.0, -1.0)  # own on the left: out is to the right
    ux, uy = np.where(on_edge, side * run[:, 1], ux), np.where(on_edge, -side * run[:, 0], uy)
    length = np.hypot(ux, uy)
    return foot[:, 0] + ux / length * STEP_BEYOND_DEG, foot[:, 1] + uy / length * STEP_BEYOND_DEG
