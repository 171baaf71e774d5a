"""Named streets, and the plots along them where businesses stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

from geo_api.sample import names
from geo_api.sample.fabric import Road
from geo_api.sample.network import alleys, blocked, frontage_m, roads_between, settle
from geo_api.sample.plane import Floats, on_path
from geo_api.sample.territory import Land
from geo_api.sample.town import Settlement

_HALF_WIDTH_M = {"main": 8.0, "secondary": 6.0, "local": 4.0, "service": 2.0}
_PULL = {"main": 1.0, "secondary": 1.25, "local": 0.8, "service": 0.45}


@dataclass(frozen=True)
class StreetPlan:
    """All streets, named, and the settlements that they belong to."""

    roads: tuple[Road, ...]
    places: tuple[Settlement, ...]


def lay_out(land: Land, rng: np.random.Generator) -> StreetPlan:
    """Draw and name every street of the county; each name occurs once."""
    places = settle(land, rng)
    between = roads_between(land, places, rng)
    roads = [r for p in places for r in p.roads if r.path.length > 40] + between
    _name(roads, rng)
    roads += alleys(roads, land.water.buffer(20), rng)
    return StreetPlan(tuple(roads), tuple(places))


def _name(roads: list[Road], rng: np.random.Generator) -> None:
    """Give every street a name of its own: well-known names to the longest streets of the county town."""
    roles = {"riverside": "沿江大道", "ring": "环城路"}
    seen: dict[str, int] = {}
    for road in roads:
        title = roles.get(road.tags.get("role", ""), road.name)
        seen[title] = seen.get(title, 0) + 1
        road.name = title if not title or seen[title] == 1 else f"{title}{'东西南北中'[(seen[title] - 2) % 5]}段"
    big = [r for r in roads if not r.name and r.zone in ("core", "town") and r.kind in ("main", "secondary")]
    big.sort(key=lambda r: (r.zone != "core", r.kind != "main", -r.path.length))
    for road, name in zip(big, names.main_streets(len(big), rng), strict=True):
        road.name = name
    for village in dict.fromkeys(r.place for r in roads if r.zone == "village"):
        lanes = [r for r in roads if r.place == village and not r.name]
        for road, name in zip(lanes, names.village_streets(village, len(lanes)), strict=True):
            road.name = name
    rest = [r for r in roads if not r.name]
    for road, name in zip(rest, names.local_streets(len(rest), {r.name for r in roads}, rng), strict=True):
        road.name = name


def pieces(roads: tuple[Road, ...]) -> pd.DataFrame:
    """The built pieces of all streets: street (row in ``roads``), name, kind, geometry (metres)."""
    rows = [
        (i, road.name, road.kind, substring(road.path, start, end))
        for i, road in enumerate(roads)
        for start, end in road.kept
        if end - start > 15
    ]
    return pd.DataFrame(rows, columns=["street", "name", "kind", "geometry"])


def plots(plan: StreetPlan, land: Land, rng: np.random.Generator) -> pd.DataFrame:
    """Every house plot of the county.

    Returns:
        Frame with street (row in ``plan.roads``), number (house number), x, y (metres, 2 to 12 beside the street, odd
        numbers left, even right), nx, ny (unit vector away from the street), along (measure), half_m (half of the
        plot's frontage), weight (how likely a business stands there).
    """
    roads = plan.roads
    open_to = np.array([i for i, r in enumerate(roads) if r.kind != "expressway"])
    paths = np.array([r.path for r in roads], dtype=object)
    step = np.array([frontage_m(r) for r in roads])
    count = (shapely.length(paths[open_to]) // step[open_to]).astype(np.int64)
    street = np.repeat(open_to, count)
    lot = np.arange(len(street)) - np.repeat(np.cumsum(count) - count, count)
    along: Floats = np.asarray((lot + 0.5) * step[street], dtype=np.float64)
    built = np.zeros(len(street), dtype=bool)
    for turn in range(max(len(r.kept) for r in roads)):
        start, end = np.array([r.kept[turn] if turn < len(r.kept) else (0.0, 0.0) for r in roads]).T
        built |= (along - step[street] / 2 > start[street]) & (along + step[street] / 2 < end[street])
    street, lot, along = street[built], lot[built], along[built]
    pull = np.array([_PULL.get(r.kind, 0.0) for r in roads]) * rng.gamma(2.0, 0.5, len(roads))
    centre, normal = on_path(paths[street], along)
    away = np.array([_HALF_WIDTH_M.get(r.kind, 0.0) for r in roads])[street]
    sides = []
    for left in (True, False):
        out = normal if left else -normal
        frame = pd.DataFrame({"street": street, "number": 2 * lot + (1 if left else 2), "along": along})
        frame[["x", "y"]], frame[["nx", "ny"]] = centre + away[:, None] * out, out
        frame["half_m"] = step[street] / 2
        frame["weight"] = pull[street]
        sides.append(frame)
    table = pd.concat(sides, ignore_index=True)
    table["weight"] *= _bustle(table, plan) * rng.gamma(1.5, 1 / 1.5, len(table))
    closed = shapely.union_all([blocked(land), *[p.market.buffer(4) for p in plan.places if p.market]])
    shapely.prepare(closed)
    inner = land.outline.buffer(-30)
    shapely.prepare(inner)
    ok = shapely.contains_xy(inner, table.x, table.y) & ~shapely.contains_xy(closed, table.x, table.y)
    return table[ok & (table["weight"] > 0)].reset_index(drop=True)


def _bustle(table: pd.DataFrame, plan: StreetPlan) -> np.ndarray:
    """How busy a place is: the town centre most, market towns less, villages little, open road none."""
    zone = np.array([r.zone for r in plan.roads])[table["street"]]
    away = np.full(len(table), np.inf)
    for place in plan.places:
        scale = {"core": 1150.0, "town": 480.0, "village": 260.0}[place.kind]
        size = {"core": 0.0, "town": 0.35, "village": 1.6}[place.kind]
        reach = np.hypot(table["x"] - place.centre[0], table["y"] - place.centre[1]) / scale
        away = np.minimum(away, reach + size)
    busy = np.exp(-(away**1.3) / 1.6) * 1.6 + 0.16
    return np.asarray(np.where(zone == "road", np.where(away < 3.2, 0.16 * np.exp(-away / 2), 0.0), busy))
