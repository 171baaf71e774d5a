"""The streets of the city: a bent grid on both banks with bridges, market towns, villages, and the roads between them."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from geo_api.sample import names
from geo_api.sample.city.ground import CENTRE, Ground
from geo_api.sample.city.scale import CityScale
from geo_api.sample.city.words import street_names
from geo_api.sample.fabric import Road, faces_of, fill, whole, within
from geo_api.sample.network import _gabriel, _spanning
from geo_api.sample.plane import Floats, bend, make_warp, rotate, wander
from geo_api.sample.streets import StreetPlan
from geo_api.sample.town import Settlement, market_town, village

_ARTERIAL_M = 525.0
_BRIDGE_EVERY = 4
_MARKET_M2 = (30_000.0, 200_000.0)


def lay_out_city(ground: Ground, scale: CityScale, town_names: list[str], rng: np.random.Generator) -> StreetPlan:
    """Draw and name every street; each name occurs once.

    Args:
        ground: the land.
        scale: how many stations there are.
        town_names: name of the township of each station, urban ones first.
        rng: randomness.

    Returns:
        Streets and settlements: one per station in the order of the stations (those in the city proper without streets of
        their own, but some with a market), then the villages.
    """
    roads, blocks = _core(ground, scale, rng)
    quarters = _quarters(ground, scale, town_names, blocks, rng)
    size = scale.core_m / 6300.0
    towns = []
    for i, seat in enumerate(ground.seats[scale.urban :]):
        wide = rng.uniform(650, 1150) * max(size, 0.6)
        towns.append(
            market_town(
                (float(seat[0]), float(seat[1])), (wide, wide * rng.uniform(0.6, 0.85)), rng, town_names[scale.urban + i],
                ground.land, turn=float(rng.uniform(-40, 40)), market=i % 5 == 0,
            )
        )  # fmt: skip
    dry = shapely.difference(ground.land.outline.buffer(-60), ground.land.water.buffer(40))
    called = names.villages(len(ground.villages) + 2, rng)[2:]
    hamlets = [
        village((float(x), float(y)), rng, f"{name[:-1]}湾", dry)
        for (x, y), name in zip(ground.villages, called, strict=True)
    ]
    places = [*quarters, *towns, *hamlets]
    for place in (*towns, *hamlets):
        roads += [r for r in place.roads if r.path.length > 40]
    roads += _between(ground, [*towns, *hamlets], rng)
    roads.append(whole("expressway", "road", ground.land.expressway, name="云江绕城高速"))
    _name(roads, rng)
    return StreetPlan(tuple(roads), tuple(places))


def _core(ground: Ground, scale: CityScale, rng: np.random.Generator) -> tuple[list[Road], list[Polygon]]:
    """Streets and blocks of the city proper."""
    reach = scale.core_m
    fine, coarse = make_warp(rng, 70.0, 2500.0), make_warp(rng, 0.03 * reach, 1.3 * reach)
    turn = float(rng.uniform(-9, 9))

    def warp(xy: Floats) -> Floats:
        return np.asarray(rotate(coarse(fine(xy)), turn) + CENTRE)

    steps = max(round(2.3 * reach / _ARTERIAL_M), 4)
    ladder = np.linspace(-1.15 * reach, 1.15 * reach, steps + 1)
    parts = [p for p in shapely.get_parts(ground.core) if p.geom_type == "Polygon" and p.area > 1e5]
    ends = (-1.3 * reach, 1.3 * reach)
    roads = [whole("main", "core", LineString(p.exterior.coords), tags={"role": "ring"}) for p in parts]
    blocks: list[Polygon] = []
    lines: list[LineString] = []
    for vertical in (True, False):
        for i, at in enumerate(ladder + rng.normal(0, 0.1 * _ARTERIAL_M, len(ladder))):
            run = np.array([[at, ends[1]], [at, ends[0]]] if vertical else [[ends[0], at], [ends[1], at]])
            path = LineString(bend(run, warp))
            bridge = vertical and i % _BRIDGE_EVERY == 1
            area = shapely.convex_hull(ground.core) if bridge else ground.core
            kind = "main" if i % 2 == 0 or bridge else "secondary"
            found = [piece for piece in within(path, area) if piece.length > 250]
            roads += [whole(kind, "core", piece, place="") for piece in found]
            lines += found
    for part in parts:
        blocks += faces_of(lines, part, 6000.0)
    for block in blocks:
        away = float(np.hypot(block.centroid.x - CENTRE[0], block.centroid.y - CENTRE[1])) / reach
        if away > 0.5 and rng.random() < 0.08:  # a park, a school, a works
            roads += fill(block, rng, (400.0, 330.0), "core")[:1]
            continue
        gap = float(np.interp(away, [0.05, 0.4, 1.0], [100, 135, 190]))
        new = fill(block, rng, (gap * rng.uniform(0.85, 1.15), gap * rng.uniform(1.0, 1.5)), "core")
        for road in new:
            road.old = away < 0.3
        roads += new
    return roads, blocks


def _quarters(
    ground: Ground, scale: CityScale, town_names: list[str], blocks: list[Polygon], rng: np.random.Generator
) -> list[Settlement]:
    """The stations of the city proper as centres of their own; every third has a wholesale market."""
    found = []
    free = [b for b in blocks if _MARKET_M2[0] <= b.area <= _MARKET_M2[1]] or blocks
    for i, seat in enumerate(ground.seats[: scale.urban]):
        near = min(free, key=lambda b: b.centroid.distance(Point(seat + 300))) if i % 3 == 1 else None
        parcel = None if near is None else near.buffer(-12.0, join_style="mitre").simplify(1.5)
        kind = "core" if i % 2 == 0 else "town"
        found.append(Settlement(town_names[i], kind, (float(seat[0]), float(seat[1])), Polygon(), (), (), parcel))
    return found


def _between(ground: Ground, places: list[Settlement], rng: np.random.Generator) -> list[Road]:
    """Country roads along a Gabriel graph of towns and villages on each bank, from the ring road outwards."""
    shapes = shapely.union_all([ground.core.buffer(60), *[p.hull for p in places if p.kind == "town"]])
    angle = np.arange(0, 2 * np.pi, np.pi / 8)
    rim = shapely.get_coordinates(
        shapely.line_interpolate_point(shapely.convex_hull(ground.core).exterior, angle / 6.2832, normalized=True)
    )
    centres = np.vstack([[p.centre for p in places], rim])
    country = shapely.difference(ground.land.outline, shapes)
    pairs = [(a, b) for a, b in _gabriel(centres) if a < len(places)]
    needed = _spanning(centres, pairs)
    roads: list[Road] = []
    for a, b in pairs:
        straight = LineString([centres[a], centres[b]])
        wet = straight.intersects(ground.land.river)
        minor = (a, b) not in needed
        if (wet and minor) or (minor and rng.random() < 0.35):
            continue
        path = LineString(wander(centres[a], centres[b], rng, 0.07 * straight.length))
        for piece in within(path, country)[:1]:
            if piece.length > 120:
                village_road = b < len(places) and places[a].kind == places[b].kind == "village"
                kind = "main" if wet else "local" if village_road else "secondary"
                roads.append(whole(kind, "road", piece))
    return roads


def _name(roads: list[Road], rng: np.random.Generator) -> None:
    """Give every street a name of its own; the streets of a village carry its name."""
    for place in dict.fromkeys(r.place for r in roads if r.zone == "village"):
        lanes = [r for r in roads if r.place == place and not r.name]
        for road, name in zip(lanes, names.village_streets(place[:-1], len(lanes)), strict=True):
            road.name = name
    rest = [r for r in roads if not r.name]
    rest.sort(key=lambda r: (r.zone != "core", r.kind not in ("main", "secondary"), r.kind != "main", -r.path.length))
    wide = sum(r.kind in ("main", "secondary") for r in rest if r.zone == "core")
    for road, name in zip(rest, street_names(len(rest), wide, rng), strict=True):
        road.name = name
