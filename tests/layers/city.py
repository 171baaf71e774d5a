"""A small city in files: two stations, a street grid, shops on the streets, people, visits; written where a test wants it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

WEST, SOUTH, STEP = 116.40, 39.90, 0.004
"""Corner of the city (Beijing) and the distance of its streets, degrees."""
STREETS = 11

MANIFEST = """
[dataset]
name = "city"
title_zh = "样例"
title_en = "Sample"
datum = "wgs84"

[bureau]
code = "110101"
name = "东城区局"

[stations]
file = "city.gpkg"
layer = "stations"

[[lines]]
file = "city.gpkg"
layer = "streets"

[[entities]]
file = "entities.csv"
"""
PEOPLE = """
[[officers]]
file = "officers.csv"

[[assignments]]
file = "assignments.csv"

[[inspections]]
file = "inspections.csv"
"""
ENTITY = {
    "source_id": "007", "name": "老王面馆", "credit_code": "91350100M000100Y43", "address": "东街1号", "industry": "餐饮",
    "credit_class": "B", "lon": "116.41", "lat": "39.91",
}  # fmt: skip


def street_grid() -> gpd.GeoDataFrame:
    """STREETS streets each way over the whole city; every fifth is a main road."""
    at = np.arange(STREETS) * STEP
    far = (STREETS - 1) * STEP
    lines = [shapely.LineString([(WEST + d, SOUTH), (WEST + d, SOUTH + far)]) for d in at]
    lines += [shapely.LineString([(WEST, SOUTH + d), (WEST + far, SOUTH + d)]) for d in at]
    kinds = ["main" if i % 5 == 0 else "local" for i in range(STREETS)] * 2
    return gpd.GeoDataFrame({"kind": kinds, "name": "街"}, geometry=lines, crs=4326)


def two_stations(shift: float = 0.0) -> gpd.GeoDataFrame:
    """West and east half; ``shift`` moves the east one's border (degrees, east = a gap, west = an overlap)."""
    far, half = (STREETS - 1) * STEP, (STREETS - 1) // 2 * STEP
    west = shapely.box(WEST, SOUTH, WEST + half, SOUTH + far)
    east = shapely.box(WEST + half + shift, SOUTH, WEST + far, SOUTH + far)
    frame = {"code": ["110101001", "110101002"], "name": ["西所", "东所"]}
    return gpd.GeoDataFrame(frame, geometry=[west, east], crs=4326)


def street_points(count: int = 300, seed: int = 1) -> np.ndarray:
    """(count, 2) longitudes and latitudes within a few metres of a street."""
    rng = np.random.default_rng(seed)
    along = rng.uniform(0.001, (STREETS - 1) * STEP - 0.001, count)
    across = rng.integers(1, STREETS - 1, count) * STEP + rng.normal(0, 0.00005, count)
    turned = rng.random(count) < 0.5
    return np.column_stack([WEST + np.where(turned, along, across), SOUTH + np.where(turned, across, along)])


def write_csv(path: Path, rows: list[dict[str, Any]], *, encoding: str = "utf-8") -> Path:
    """Rows as CSV; the columns are those of the first row."""
    with path.open("w", newline="", encoding=encoding) as file:
        out = csv.DictWriter(file, rows[0].keys(), restval="")
        out.writeheader()
        out.writerows(rows)
    return path


def write_city(folder: Path, *, entities: list[dict[str, Any]] | None = None, manifest: str = MANIFEST) -> Path:
    """The whole city in a folder; returns the manifest's path."""
    pyogrio.write_dataframe(two_stations(), folder / "city.gpkg", layer="stations")
    pyogrio.write_dataframe(street_grid(), folder / "city.gpkg", layer="streets")
    write_csv(folder / "entities.csv", entities or [ENTITY])
    path = folder / "manifest.toml"
    path.write_text(manifest, encoding="utf-8")
    return path
