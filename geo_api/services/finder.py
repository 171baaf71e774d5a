"""Point -> cell for the service: what it needs of a locator, and the one that ``gridding`` gives it."""

from __future__ import annotations

from typing import Protocol

from gridding.types import FloatArray, GeometryArray, Int32Array


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

    def nearest(self, lon: float, lat: float) -> tuple[int, float]:
        """(cell, distance) of the cell nearest to a point."""
        ...


class FinderFactory(Protocol):
    """Makes a finder."""

    def __call__(self, stations: GeometryArray, cells: GeometryArray, cell_station: Int32Array) -> CellFinder:
        """A finder over cells sorted by code, each in the station ``stations[cell_station[i]]``."""
        ...


def territory_finder(stations: GeometryArray, cells: GeometryArray, cell_station: Int32Array) -> CellFinder:
    """The finder that ``gridding`` makes."""
    raise NotImplementedError
