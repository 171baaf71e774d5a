"""Point -> cell for the service: what it needs of a locator, and the one that ``gridding`` gives it."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import shapely

from gridding.types import FloatArray, GeometryArray, Int32Array
from layers.crs import geodesic_m, local_metres

NOWHERE = (-1, math.nan, -1)
PLANE_M = 100_000.0
"""Distances up to here are measured in the projection of the territory, longer ones on the ellipsoid."""


class CellFinder(Protocol):
    """Answers "which cell, how far is its border, what lies beyond" by the border rule; -1 stands for no cell.

    Longitudes and latitudes are in the storage datum, degrees; distances in metres.
    """

    def one(self, lon: float, lat: float) -> tuple[int, float, int]:
        """(cell, distance to its border, cell beyond the border) of a point; (-1, nan, -1) outside."""
        ...

    def many(self, lon: FloatArray, lat: FloatArray) -> tuple[Int32Array, FloatArray, Int32Array]:
        """The same for arrays of finite numbers of one length."""
        ...

    def cells_of(self, lon: FloatArray, lat: FloatArray) -> Int32Array:
        """The cells alone, many times faster than :meth:`many`."""
        ...

    def nearest(self, lon: float, lat: float) -> tuple[int, float]:
        """(cell, distance) of the cell nearest to a point."""
        ...


class FinderFactory(Protocol):
    """Makes a finder."""

    def __call__(self, stations: GeometryArray, cells: GeometryArray, cell_station: Int32Array) -> CellFinder:
        """A finder over cells sorted by code, each in the station ``stations[cell_station[i]]``."""
        ...


class TerritoryFinder:
    """The finder that ``gridding`` makes: exact, and fast for single points and for arrays."""

    def __init__(self, stations: GeometryArray, cells: GeometryArray, cell_station: Int32Array) -> None:
        from gridding.territory import TerritoryLocator

        self._cells = cells
        west, south, east, north = shapely.total_bounds(cells).tolist()
        to_metres = local_metres((west, south, east, north))
        self._locator = TerritoryLocator(stations, cells, cell_station, to_metres).prepare()

    def one(self, lon: float, lat: float) -> tuple[int, float, int]:
        """See :class:`CellFinder`."""
        if self._locator.locate_one(lon, lat)[1] < 0:  # many times cheaper than how far the nearest cell is
            return NOWHERE
        return self._locator.locate_with_border_one(lon, lat)[1:]

    def many(self, lon: FloatArray, lat: FloatArray) -> tuple[Int32Array, FloatArray, Int32Array]:
        """See :class:`CellFinder`."""
        cell = self._locator.locate(lon, lat)[1]
        inside = np.flatnonzero(cell >= 0)
        beyond, distance_m = np.full(len(cell), -1, np.int32), np.full(len(cell), np.nan)
        if inside.size:
            _, _, distance_m[inside], beyond[inside] = self._locator.locate_with_border(lon[inside], lat[inside])
        return cell, distance_m, beyond

    def cells_of(self, lon: FloatArray, lat: FloatArray) -> Int32Array:
        """See :class:`CellFinder`."""
        return self._locator.locate(lon, lat)[1]

    def nearest(self, lon: float, lat: float) -> tuple[int, float]:
        """See :class:`CellFinder`."""
        _, cell, distance_m, beyond = self._locator.locate_with_border_one(lon, lat)
        index, metres = (cell, 0.0) if cell >= 0 else (beyond, distance_m)
        if not metres <= PLANE_M:  # the projection of the territory is not made for other parts of the Earth
            there = shapely.get_coordinates(shapely.shortest_line(self._cells[index], shapely.Point(lon, lat)))[0]
            metres = geodesic_m(lon, lat, *there.tolist())
        return index, metres


def territory_finder(stations: GeometryArray, cells: GeometryArray, cell_station: Int32Array) -> CellFinder:
    """The finder of the service."""
    return TerritoryFinder(stations, cells, cell_station)
