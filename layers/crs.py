"""The projected CRS of a territory, and the projection that turns its longitudes and latitudes into metres.

Lengths and areas are never measured in degrees: inside China in the CGCS2000 3-degree Gauss-Krueger zone of the
territory, elsewhere in its UTM zone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import DatumError

if TYPE_CHECKING:
    from pyproj import CRS

FloatArray = NDArray[np.float64]
Projection = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(lon, lat) in degrees (EPSG:4490) -> (x, y) in metres, elementwise."""

STORAGE_EPSG = 4490
CHINA_ZONES = (73.5, 16.7, 135.1, 53.6)
"""West, south, east, north of the area that the 3-degree zones (central meridians 75 to 135 E) are defined for."""


def territory_epsg(bounds: tuple[float, float, float, float]) -> int:
    """EPSG number of the projected CRS for a territory, by the centre of its bounds.

    ``bounds`` are west, south, east, north in degrees. Inside China ``4509 + round(lon / 3)`` (CGCS2000 / 3-degree
    Gauss-Krueger by central meridian), elsewhere UTM on WGS 84. Raises DatumError for bounds that are not finite
    longitudes and latitudes.
    """
    west, south, east, north = (float(v) for v in bounds)
    finite = all(math.isfinite(v) for v in (west, south, east, north))
    if not finite or not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise DatumError(
            f"no projected CRS for the bounds {(west, south, east, north)}: expected west <= east within -180..180 and "
            "south <= north within -90..90 degrees. Is the territory empty, or in metres instead of degrees?"
        )
    lon, lat = (west + east) / 2, (south + north) / 2
    if CHINA_ZONES[0] <= lon <= CHINA_ZONES[2] and CHINA_ZONES[1] <= lat <= CHINA_ZONES[3]:
        return 4509 + min(max(math.floor(lon / 3 + 0.5), 25), 45)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return (32600 if lat >= 0 else 32700) + zone


def territory_crs(bounds: tuple[float, float, float, float]) -> CRS:
    """The projected CRS for a territory: :func:`territory_epsg` as a pyproj CRS."""
    from pyproj import CRS

    return CRS.from_epsg(territory_epsg(bounds))


def projection(crs: CRS | int | str) -> Projection:
    """The projection from storage (EPSG:4490, degrees) to a projected CRS (metres).

    Elementwise on arrays of any shape, empty ones too; x = east, y = north whatever the CRS's formal axis order. Safe
    to share between threads. Places that the CRS cannot show come back as infinity.
    """
    if isinstance(crs, int):
        crs = f"EPSG:{crs}"
    transformer = _transformer(crs if isinstance(crs, str) else crs.to_wkt())

    def to_metres(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, y = transformer.transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    return to_metres


def local_metres(bounds: tuple[float, float, float, float]) -> Projection:
    """The projection for a territory with these bounds: ``projection(territory_epsg(bounds))``."""
    return projection(territory_epsg(bounds))


def geodesic_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two places (EPSG:4490, degrees) along the ellipsoid, however far apart."""
    return float(_ellipsoid().inv(lon, lat, other_lon, other_lat)[2])


@lru_cache(maxsize=1)
def _ellipsoid() -> Any:
    from pyproj import CRS

    return CRS.from_epsg(STORAGE_EPSG).get_geod()


@lru_cache(maxsize=64)
def _transformer(definition: str) -> Any:
    """A pyproj Transformer, which keeps a context of its own in every thread."""
    from pyproj import CRS, Transformer

    target = CRS.from_user_input(definition)
    if not target.is_projected:
        raise DatumError(
            f"{target.name} is not a projected CRS: lengths would come out in degrees. Name one in metres, such as "
            "EPSG:4548, or let territory_crs() choose."
        )
    return Transformer.from_crs(STORAGE_EPSG, target, always_xy=True)
