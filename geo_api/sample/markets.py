"""The two wholesale markets and their stalls."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon

from geo_api.sample.plane import rotate
from geo_api.sample.streets import StreetPlan

MARKETS = (("990101M01", "云溪农产品批发市场", True, 0), ("990101M02", "临江小商品城", False, 1))
"""Code, name, exclusive (a cell of its own), row of its town among the settlements."""


def parcels(plan: StreetPlan) -> list[tuple[str, str, bool, Polygon]]:
    """Code, name, exclusive and polygon (metres) of each market."""
    found = [(code, name, exclusive, plan.places[at].market) for code, name, exclusive, at in MARKETS]
    return [(code, name, exclusive, area) for code, name, exclusive, area in found if area is not None]


def stalls(plan: StreetPlan, wanted: int) -> pd.DataFrame:
    """Stalls in rows inside the markets, about ``wanted`` in each.

    Returns:
        Frame with market (name), zone (A, B, ...), stall (number in the zone), x, y (metres), street (row in
        ``plan.roads`` of the street that the gate is on) and number (house number of the gate).
    """
    parts = []
    lines = np.array([r.path for r in plan.roads], dtype=object)
    for _, name, _, area in parcels(plan):
        box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
        run = box[1] - box[0]
        angle = float(np.degrees(np.arctan2(run[1], run[0])))
        centre = np.array(area.centroid.coords[0])
        flat = rotate(box - centre, -angle)
        low, high = flat.min(axis=0) + 14, flat.max(axis=0) - 14
        pitch = max(np.sqrt(np.prod(high - low) / wanted / 3.6), 2.5)
        x, y = np.arange(low[0], high[0], pitch), np.arange(low[1], high[1], 3.0 * pitch)
        grid = np.array([(a, b) for b in y for a in x])
        zone = np.array([min(int(6 * i / len(y)), 5) for i in range(len(y)) for _ in x])
        xy = rotate(grid, angle) + centre
        inside = shapely.contains_xy(area.buffer(-8), xy[:, 0], xy[:, 1])
        frame = pd.DataFrame({"market": name, "zone": np.array(list("ABCDEF"))[zone[inside]]})
        frame["stall"] = frame.groupby("zone").cumcount() + 1
        frame[["x", "y"]] = xy[inside]
        rank = {"main": 0.0, "secondary": 5.0}
        reach = shapely.distance(lines, area) + [rank.get(r.kind, 300.0) for r in plan.roads]
        gate = int(np.argmin(reach))
        along = plan.roads[gate].path.project(area.centroid)
        frame["street"], frame["along"] = gate, along
        let = np.linspace(0, len(frame) - 1, min(wanted, len(frame))).astype(int)  # the others stand empty
        parts.append(frame.iloc[let])
    return pd.concat(parts, ignore_index=True)
