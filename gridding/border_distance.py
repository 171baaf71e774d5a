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

_NODES = 257
_STEP_DEG = 1e-4


class Metric:
    """Metres per degree of longitude and latitude at any place of a territory, read off a projection once.

    In the projected CRS of a territory both are, within a few millionths, a function of latitude times one of longitude
    (which is nearly 1), so two tables do. Outside the territory the values at its edge hold.

    Args:
        edges: (m, 4) lines that span the territory.
        to_metres: the projection; without one a degree counts as 1, and distances come in degrees.
    """

    def __init__(self, edges: FloatArray, to_metres: Projection | None) -> None:
        self._flat = to_metres is None or not len(edges)
        if to_metres is None or not len(edges):
            return
        self._lat = np.linspace(edges[:, 1].min(), edges[:, 3].max(), _NODES)
        self._lon = np.linspace(edges[:, [0, 2]].min(), edges[:, [0, 2]].max(), _NODES)
        middle = _NODES // 2
        self._by_lat = _per_degree(np.full(_NODES, self._lon[middle]), self._lat, to_metres)
        by_lon = _per_degree(self._lon, np.full(_NODES, self._lat[middle]), to_metres)
        self._by_lon = by_lon / by_lon[middle]
        self._tables = (self._lat.tolist(), self._by_lat.tolist(), self._lon.tolist(), self._by_lon.tolist())

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """(n, 2) metres per degree of longitude and of latitude."""
        if self._flat:
            return np.ones((len(x), 2))
        lat = [np.interp(y, self._lat, self._by_lat[:, k]) for k in range(2)]
        lon = [np.interp(x, self._lon, self._by_lon[:, k]) for k in range(2)]
        return np.column_stack([lat[0] * lon[0], lat[1] * lon[1]])

    def at_one(self, x: float, y: float) -> tuple[float, float]:
        """at() for one place."""
        if self._flat:
            return 1.0, 1.0
        lat, by_lat, lon, by_lon = self._tables
        a0, a1 = _between(lat, by_lat, y)
        b0, b1 = _between(lon, by_lon, x)
        return a0 * b0, a1 * b1

    def distances(self, x: FloatArray, y: FloatArray, foot: FloatArray) -> FloatArray:
        """From each point to its foot, (n, 2), by the metric half-way: right to 1e-6 over tens of kilometres."""
        run = (foot - np.column_stack([x, y])) * self.at((x + foot[:, 0]) / 2, (y + foot[:, 1]) / 2)
        return np.hypot(run[:, 0], run[:, 1])

    def distance_one(self, x: float, y: float, foot_x: float, foot_y: float) -> float:
        """distances() for one point."""
        kx, ky = self.at_one((x + foot_x) / 2, (y + foot_y) / 2)
        return math.hypot((foot_x - x) * kx, (foot_y - y) * ky)


def _per_degree(lon: FloatArray, lat: FloatArray, to_metres: Projection) -> FloatArray:
    """(n, 2) metres per degree east and north, by central differences of the projection."""
    h = _STEP_DEG / 2
    west, east = np.array(to_metres(lon - h, lat)), np.array(to_metres(lon + h, lat))
    south, north = np.array(to_metres(lon, lat - h)), np.array(to_metres(lon, lat + h))
    return np.column_stack([np.hypot(*(east - west)), np.hypot(*(north - south))]) / _STEP_DEG


def _between(nodes: list[float], values: list[list[float]], at: float) -> tuple[float, float]:
    """Linear interpolation in a table of pairs with even steps."""
    last = len(nodes) - 1
    span = nodes[last] - nodes[0]
    place = min(max((at - nodes[0]) / span * last if span > 0 else 0.0, 0.0), float(last))
    k = min(int(place), last - 1)
    w = place - k
    low, high = values[k], values[k + 1]
    return low[0] + w * (high[0] - low[0]), low[1] + w * (high[1] - low[1])


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
