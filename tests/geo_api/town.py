"""A small seeded town of two stations as a dataset: the frames that ``layers.read_dataset`` gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

BUREAU = "420106"
WEST, EAST = "420106001", "420106002"
LON, LAT, SIDE, STEP = 114.30, 30.50, 0.012, 0.001
TODAY = date(2026, 11, 21)
LOADED = date(2026, 1, 1)


@dataclass(frozen=True)
class Town:
    """The fields of ``layers.Dataset``."""

    name: str
    jurisdictions: gpd.GeoDataFrame
    boundary_lines: gpd.GeoDataFrame
    base_units: gpd.GeoDataFrame
    markets: gpd.GeoDataFrame
    entities: gpd.GeoDataFrame
    officers: pd.DataFrame
    assignments: pd.DataFrame
    inspections: pd.DataFrame
    visits_left: pd.DataFrame | None = None
    sub_areas: gpd.GeoDataFrame = field(default_factory=lambda: _frame({"code": [], "name": [], "cell": []}, []))
    digest: str = "d1"
    timezone: str = "Asia/Shanghai"
    datum: str = "wgs84"
    titles: dict[str, str] = field(default_factory=lambda: {"zh": "小镇", "en": "Town"})
    bureau: dict[str, str] = field(default_factory=lambda: {"code": BUREAU, "name": "小镇局", "name_en": "Town bureau"})
    rules: dict[str, Any] = field(default_factory=lambda: {"balance_tolerance": 0.1, "officers_per_cell": 2})
    diagram: dict[str, Any] = field(default_factory=lambda: {"complaint_telephone": "12315"})
    rejected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["file", "row", "reason", "value"]))
    findings: tuple[Any, ...] = ()
    gazetteer: dict[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> Town:
        """A changed copy with a digest of its own."""
        digest = hashlib.sha256(repr(sorted(changes)).encode() + self.digest.encode()).hexdigest()
        return replace(self, **{"digest": digest, **changes})


def make_town(*, entities: int = 400, seed: int = 5) -> Town:
    """Two square stations side by side, straight streets, shops, eight officers each, a year of visits."""
    rng = np.random.default_rng(seed)
    return Town(
        name="town",
        jurisdictions=_jurisdictions(),
        boundary_lines=_streets(),
        base_units=_frame(
            {"code": ["u1"], "name": ["社区"], "kind": ["社区"]}, [shapely.box(LON, LAT, LON + SIDE, LAT + SIDE)]
        ),
        markets=_frame({"code": [], "name": [], "exclusive": []}, []),
        entities=_shops(rng, entities),
        officers=_officers(),
        assignments=_heads(),
        inspections=_visits(rng, entities),
    )


def _frame(columns: dict[str, Any], geometry: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=4490)


def _jurisdictions() -> gpd.GeoDataFrame:
    west = shapely.box(LON, LAT, LON + SIDE, LAT + SIDE)
    east = shapely.box(LON + SIDE, LAT, LON + 2 * SIDE, LAT + SIDE)
    return _frame(
        {
            "code": [BUREAU, WEST, EAST],
            "name": ["小镇局", "城西所", "城东所"],
            "name_en": ["Town", "West", "East"],
            "level": [1, 2, 2],
            "parent_code": ["", BUREAU, BUREAU],
        },
        [shapely.box(LON, LAT, LON + 2 * SIDE, LAT + SIDE), west, east],
    )


def _streets() -> gpd.GeoDataFrame:
    lines, kinds = [], []
    for i in range(1, 24):
        lines.append(shapely.LineString([(LON + i * STEP, LAT - STEP), (LON + i * STEP, LAT + SIDE + STEP)]))
        kinds.append("main" if i % 4 == 0 else "local")
    for i in range(1, 12):
        lines.append(shapely.LineString([(LON - STEP, LAT + i * STEP), (LON + 2 * SIDE + STEP, LAT + i * STEP)]))
        kinds.append("river" if i == 6 else "local")
    return _frame({"kind": kinds, "name": [f"路{i}" for i in range(len(lines))]}, lines)


def _shops(rng: np.random.Generator, n: int) -> gpd.GeoDataFrame:
    x, y = LON + rng.uniform(0.0001, 2 * SIDE - 0.0001, n), LAT + rng.uniform(0.0001, SIDE - 0.0001, n)
    geometry = shapely.points(np.round(x, 8), np.round(y, 8))
    geometry[-1] = None  # unlocated
    geometry[-2] = shapely.Point(LON + 2, LAT)  # far away
    return _frame(
        {
            "source_id": [f"s{i:04d}" for i in range(n)],
            "credit_code": [""] * n,
            "registration_no": [f"{i:015d}" for i in range(n)],
            "name": [f"商店{i}" for i in range(n)],
            "address": [f"人民路{i}号" for i in range(n)],
            "industry": rng.choice(["food", "retail"], n),
            "credit_class": rng.choice(list("ABCD"), n, p=[0.5, 0.3, 0.15, 0.05]),
            "licensed": rng.random(n) > 0.03,
            "opened": [date(2020, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 2200, n)],
            "closed": [None] * n,
            "licence_until": [None] * n,
            "workload": [np.nan] * n,
        },
        list(geometry),
    )


def _officers() -> pd.DataFrame:
    rows = [
        (
            f"{station[-1]}{i}",
            f"监管员{station[-1]}{i}",
            "科员",
            f"027-8{station[-1]}{i:03d}",
            station,
            date(2014 + i, 3, 1),
            "",
        )
        for station in (WEST, EAST)
        for i in range(8)
    ]
    columns = ["officer_id", "name", "title", "telephone", "station_code", "joined", "function"]
    return pd.DataFrame(rows, columns=columns)


def _heads() -> pd.DataFrame:
    rows = [
        ("10", WEST, "first", "", date(2024, 1, 1), None),
        ("20", EAST, "first", "", date(2024, 1, 1), None),
        ("11", BUREAU, "direct", "", date(2024, 1, 1), date(2026, 6, 1)),
        ("21", BUREAU, "direct", "", date(2026, 6, 1), None),
    ]
    return pd.DataFrame(rows, columns=["officer_id", "jurisdiction_code", "role", "function", "valid_from", "valid_to"])


def _visits(rng: np.random.Generator, entities: int, visits: int = 900) -> pd.DataFrame:
    days = rng.integers(1, 400, visits)
    return pd.DataFrame(
        {
            "visit_id": [f"v{i:05d}" for i in range(visits)],
            "entity": [f"s{i:04d}" for i in rng.integers(0, entities, visits)],
            "date": [TODAY - timedelta(days=int(d)) for d in days],
            "kind": rng.choice(["daily", "special", "priority"], visits),
            "officer_id": rng.choice(["10", "11", "21"], visits),
            "result": rng.choice(["pass", "minor", "fail"], visits),
        }
    )
