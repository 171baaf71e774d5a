"""Places as callers give them: range and datum checked, brought into the storage datum. The datum is never guessed."""

from __future__ import annotations

import math

import numpy as np

from geo_api.errors import BadRequest
from gridding.types import FloatArray
from layers.datum import NAMED_DATUMS, datum_name, to_storage, to_storage_one

ACCEPTED = (*NAMED_DATUMS, "EPSG:n")
"""What a ``datum`` parameter may be."""

ACCEPTED_TEXT = (
    "cgcs2000 (official data), wgs84 (GNSS), gcj02 (Amap, Tencent), bd09 (Baidu), or EPSG:n of another reference system"
)


def point_to_storage(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """A point in the storage datum, degrees. BadRequest: no place on Earth; DatumError: an unknown datum."""
    name = datum_name(datum)
    if name in NAMED_DATUMS:
        check_degrees(lon, lat)
    x, y = to_storage_one(lon, lat, name)
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= 180.0 and abs(y) <= 90.0):
        raise BadRequest(f"({lon}, {lat}) is no place on Earth in {name}: lon is x (east), lat y (north), in its units")
    return x, y


def check_degrees(lon: float, lat: float) -> None:
    """BadRequest unless lon is in [-180, 180] and lat in [-90, 90]."""
    if abs(lon) <= 180.0 and abs(lat) <= 90.0:
        return
    swapped = " Longitude and latitude look swapped." if abs(lat) <= 180.0 and abs(lon) <= 90.0 else ""
    raise BadRequest(f"({lon}, {lat}) is no place on Earth: lon must be in [-180, 180], lat in [-90, 90].{swapped}")


def arrays_to_storage(x: FloatArray, y: FloatArray, datum: str) -> tuple[FloatArray, FloatArray]:
    """Arrays of points in the storage datum, degrees; nan where a row is no place on Earth."""
    name = datum_name(datum)
    if name in NAMED_DATUMS:
        off = (np.abs(x) > 180.0) | (np.abs(y) > 90.0)
        if off.any():
            x, y = np.where(off, np.nan, x), np.where(off, np.nan, y)
    lon, lat = to_storage(x, y, name)
    return lon, lat
