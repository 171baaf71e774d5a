"""Wholesale markets of the city and their stalls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon

from geo_api.sample.city.scale import DIVISION
from geo_api.sample.plane import rotate
from geo_api.sample.streets import StreetPlan

_GOODS = ("农产品批发市场", "小商品城", "建材市场", "水产市场", "家居市场", "粮油市场", "服装城", "茶叶市场")
_REACH = {"main": 0.0, "secondary": 5.0}


def city_markets(plan: StreetPlan) -> list[tuple[str, str, bool, Polygon]]:
    """Code, name, exclusive (none is: the number of cells is given) and polygon (metres) of each market."""
    own = [p for p in plan.places if p.market is not None and not p.market.is_empty]
    return [
        (
            f"{DIVISION}M{i + 1:02d}",
            f"{p.name.removesuffix('街道').removesuffix('镇')}{_GOODS[i % len(_GOODS)]}",
            False,
            p.market,
        )
        for i, p in enumerate(own)
    ]


def city_stalls(plan: StreetPlan, wanted: int) -> pd.DataFrame:
    """Stalls in rows inside the markets, about ``wanted`` in each.

    Returns:
        Frame with market (name), zone, stall, x, y (metres), street and number of the gate.
    """
    lines = np.array([r.path for r in plan.roads], dtype=object)
    rank = np.array([_REACH.get(r.kind, 300.0) for r in plan.roads])
    parts = []
    for _, name, _, area in city_markets(plan):
        box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
        angle = float(np.degrees(np.arctan2(*(box[1] - box[0])[::-1])))
        centre = np.array(area.centroid.coords[0])
        flat = rotate(box - centre, -angle)
        low, high = flat.min(axis=0) + 14, flat.max(axis=0) - 14
        pitch = max(np.sqrt(max(np.prod(high - low), 1.0) / wanted / 3.6), 2.5)
        x, y = np.meshgrid(np.arange(low[0], high[0], pitch), np.arange(low[1], high[1], 3.0 * pitch))
        xy = rotate(np.column_stack([x.ravel(), y.ravel()]), angle) + centre
        zone = np.minimum(6 * np.repeat(np.arange(len(x)), x.shape[1]) // max(len(x), 1), 5)
        inside = shapely.contains_xy(area.buffer(-8), xy[:, 0], xy[:, 1])
        frame = pd.DataFrame({"market": name, "zone": np.array(list("ABCDEF"))[zone[inside]]})
        frame["stall"] = frame.groupby("zone").cumcount() + 1
        frame[["x", "y"]] = xy[inside]
        gate = int(np.argmin(shapely.distance(lines, area) + rank))
        frame["street"], frame["number"] = gate, 2 * int(plan.roads[gate].path.project(area.centroid) // 8.0) + 1
        parts.append(frame.iloc[np.linspace(0, len(frame) - 1, min(wanted, len(frame))).astype(int)])
    return pd.concat(parts, ignore_index=True)
