"""Metres around a gazetteer: differences of degrees, good to a few parts in a thousand over tens of kilometres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridding.types import FloatArray

LAT_M = 110_950.0
"""Metres of a degree of latitude, between the equator's 110,574 and the pole's 111,694."""
LON_M = 111_320.0
"""Metres of a degree of longitude on the equator."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane that touches at (lon, lat), degrees; coordinates in metres, x east, y north."""

    lon: float
    lat: float

    def to_xy(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n,) degrees -> (n, 2) metres."""
        east = (np.asarray(lon) - self.lon) * LON_M * np.cos(np.radians(self.lat))
        return np.column_stack([east, (np.asarray(lat) - self.lat) * LAT_M])

    def to_degrees(self, xy: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n, 2) metres -> degrees."""
        lon = self.lon + xy[:, 0] / (LON_M * np.cos(np.radians(self.lat)))
        return np.asarray(lon), np.asarray(self.lat + xy[:, 1] / LAT_M)


def shift(bearing_deg: float, distance_m: float) -> tuple[float, float]:
    """(east, north) metres of a way in a direction, clockwise from north."""
    angle = np.radians(bearing_deg)
    return float(np.sin(angle) * distance_m), float(np.cos(angle) * distance_m)
