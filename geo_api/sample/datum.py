"""WGS 84 to GCJ-02, the shift that map vendors' coordinates carry: one register of the sample is written in it."""

from __future__ import annotations

import numpy as np

from geo_api.sample.plane import Floats

_A, _E2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as the published routine has it


def to_gcj02(lonlat: Floats) -> Floats:
    """WGS 84 longitude and latitude (n, 2), degrees, to GCJ-02 (n, 2); for places inside China only."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    common = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    d_lat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + common
    d_lat += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    d_lat += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    d_lon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + common
    d_lon += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    d_lon += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - _E2 * np.sin(phi) ** 2
    north = d_lat * 180 / ((_A * (1 - _E2)) / (magic * np.sqrt(magic)) * np.pi)
    east = d_lon * 180 / (_A / np.sqrt(magic) * np.cos(phi) * np.pi)
    return np.column_stack([lon + east, lat + north])
