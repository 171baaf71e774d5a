"""The shifts that Chinese map vendors apply: WGS 84 -> GCJ-02 -> BD-09, and their inverse.

The forward formulas are the published ones. The inverse is a fixed point that gains over two digits a step; it closes
to less than 1e-8 m, but for the last tenth of a micrometre beside longitude 105, where the formula itself folds over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Shift = Callable[[Any, Any, Any], tuple[Any, Any]]
"""(lon, lat, module to compute with: numpy for arrays, math for floats) -> shifted (lon, lat), degrees."""

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of the box within which vendors shift coordinates: coarse, but the one they all use."""

_AXIS = 6378245.0
_E2 = 0.00669342162296594323
"""Semi-major axis (m) and squared eccentricity of the Krasovsky ellipsoid, which GCJ-02 computes its shift on."""
_BD_WAVE = math.pi * 3000.0 / 180.0
_CLOSED_DEG = 6e-14
"""An inverse has closed when it moves by less than this, about 6e-9 m and four units in the last place."""
_MAX_STEPS = 24


def in_china_box(lon: float, lat: float) -> bool:
    """Whether vendors shift a place: True inside CHINA_BOX, False outside it and for NaN."""
    west, south, east, north = CHINA_BOX
    return west <= lon <= east and south <= lat <= north


def unshift(forward: Shift, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The points that ``forward`` moves to (lon, lat): (n,) arrays in degrees, all finite."""
    x, y = lon.copy(), lat.copy()
    rows = np.arange(lon.size)
    for _ in range(_MAX_STEPS):
        gx, gy = forward(x[rows], y[rows], np)
        dx, dy = lon[rows] - gx, lat[rows] - gy
        x[rows] += dx
        y[rows] += dy
        rows = rows[(np.abs(dx) >= _CLOSED_DEG) | (np.abs(dy) >= _CLOSED_DEG)]
        if not rows.size:
            break
    return x, y


def unshift_one(forward: Shift, lon: float, lat: float) -> tuple[float, float]:
    """unshift() for one point, without the cost of arrays."""
    x, y = lon, lat
    for _ in range(_MAX_STEPS):
        gx, gy = forward(x, y, math)
        dx, dy = lon - gx, lat - gy
        x, y = x + dx, y + dy
        if abs(dx) < _CLOSED_DEG and abs(dy) < _CLOSED_DEG:
            break
    return x, y


def gcj_from_wgs(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    """WGS 84 -> GCJ-02 anywhere; ``m`` is the module to compute with, numpy for arrays or math for floats."""
    pi = math.pi
    x, y = lon - 105.0, lat - 35.0
    root = m.sqrt(abs(x))
    common = (20.0 * m.sin(6.0 * x * pi) + 20.0 * m.sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north = north + (20.0 * m.sin(y * pi) + 40.0 * m.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north = north + (160.0 * m.sin(y / 12.0 * pi) + 320.0 * m.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east = east + (20.0 * m.sin(x * pi) + 40.0 * m.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east = east + (150.0 * m.sin(x / 12.0 * pi) + 300.0 * m.sin(x * pi / 30.0)) * 2.0 / 3.0
    phi = lat / 180.0 * pi
    magic = 1.0 - _E2 * m.sin(phi) * m.sin(phi)
    root = m.sqrt(magic)
    north = north * 180.0 / ((_AXIS * (1.0 - _E2)) / (magic * root) * pi)
    east = east * 180.0 / (_AXIS / root * m.cos(phi) * pi)
    return lon + east, lat + north


def bd_from_wgs(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    """WGS 84 -> BD-09 anywhere: GCJ-02, then the vendor's second shift."""
    lon, lat = gcj_from_wgs(lon, lat, m)
    radius = m.hypot(lon, lat) + 0.00002 * m.sin(lat * _BD_WAVE)
    angle = m.atan2(lat, lon) + 0.000003 * m.cos(lon * _BD_WAVE)
    return radius * m.cos(angle) + 0.0065, radius * m.sin(angle) + 0.006
