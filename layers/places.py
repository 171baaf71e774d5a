"""Points out of columns of longitudes and latitudes, and what is wrong with those that give none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.datum import to_storage
from layers.errors import SchemaError
from layers.values import to_numbers, to_text

LON_NAMES = ("lon", "lng", "long", "longitude", "x", "经度", "point_x")
LAT_NAMES = ("lat", "latitude", "y", "纬度", "point_y")

UNREADABLE = "coordinates cannot be read"
OUT_OF_RANGE = "coordinates out of range"
SWAPPED = "longitude and latitude look swapped"
REASONS_ZH = {UNREADABLE: "坐标无法识别", OUT_OF_RANGE: "坐标超出范围", SWAPPED: "经度与纬度似已颠倒"}


@dataclass(frozen=True, slots=True)
class Places:
    """Points of a table.

    Attributes:
        points: (n,) Point in EPSG:4490, None where there is none.
        reason: (n,) why a row has coordinates that cannot be used, "" where they can or where there are none.
        value: (n,) the two coordinates as written, "lon, lat".
        zero: (n,) rows at 0, 0, which is what systems write for "unknown"; they count as having no coordinates.
    """

    points: NDArray[np.object_]
    reason: NDArray[np.object_]
    value: NDArray[np.object_]
    zero: NDArray[np.bool_]


def coordinate_columns(columns: list[str], lon: str | None, lat: str | None, file: str) -> tuple[str, str] | None:
    """The names of the two coordinate columns: those asked for, else the usual names; None when there are none.

    Raises:
        SchemaError: a column that was asked for is not there, or only one of the two is.
    """
    missing = [c for c in (lon, lat) if c is not None and c not in columns]
    if missing:
        raise SchemaError(
            f"{file}: no column {' and '.join(map(repr, missing))}; its columns are: {', '.join(columns)}"
        )
    lower = {c.lower(): c for c in reversed(columns)}
    lon = lon or next((lower[n] for n in LON_NAMES if n in lower), None)
    lat = lat or next((lower[n] for n in LAT_NAMES if n in lower), None)
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        raise SchemaError(
            f"{file}: column {lon or lat!r} gives one coordinate, the other was not found; name both (lon and lat); "
            f"its columns are: {', '.join(columns)}"
        )
    return lon, lat


def places(
    lon: pd.Series, lat: pd.Series, datum: str, bounds: tuple[float, float, float, float] | None = None
) -> Places:
    """Points from two columns of coordinates in ``datum`` (degrees, or metres of a projected EPSG:n).

    With the territory's ``bounds`` (EPSG:4490) a pair that lies outside, and inside when turned round, counts as
    swapped even where both numbers are possible latitudes.
    """
    x, bad_x = to_numbers(lon)
    y, bad_y = to_numbers(lat)
    text = (to_text(lon) + ", " + to_text(lat)).to_numpy(dtype=object)
    empty = np.isnan(x) & np.isnan(y) & ~bad_x & ~bad_y
    zero = (x == 0) & (y == 0)
    unreadable = (np.isnan(x) | np.isnan(y)) & ~empty
    usable = ~empty & ~zero & ~unreadable
    east, north = np.full(len(x), np.nan), np.full(len(x), np.nan)
    east[usable], north[usable] = to_storage(x[usable], y[usable], datum)
    with np.errstate(invalid="ignore"):
        possible = (np.abs(east) <= 180) & (np.abs(north) <= 90)
        swapped = usable & ~possible & (np.abs(x) <= 90) & (np.abs(y) <= 180)
        if bounds is not None:
            w, s, e, n = bounds
            inside = (east >= w) & (east <= e) & (north >= s) & (north <= n)
            turned = (y >= w) & (y <= e) & (x >= s) & (x <= n)
            swapped |= usable & ~inside & turned
    reason = np.full(len(x), "", dtype=object)
    reason[usable & ~possible] = OUT_OF_RANGE
    reason[swapped] = SWAPPED
    reason[unreadable] = UNREADABLE
    good = usable & (reason == "")
    points = np.full(len(x), None, dtype=object)
    points[good] = shapely.points(east[good], north[good])
    return Places(points, reason, text, zero)
