"""Settlements: the county town with ring road and riverside, market towns, villages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from geo_api.sample.fabric import Road, faces_of, fill, whole, within
from geo_api.sample.plane import Floats, bend, make_warp, rotate
from geo_api.sample.territory import Land


@dataclass(frozen=True)
class Settlement:
    """A town or village: its name, kind ("core", "town", "village"), centre (metres), extent and streets."""

    name: str
    kind: str
    centre: tuple[float, float]
    hull: Polygon
    roads: tuple[Road, ...]
    blocks: tuple[Polygon, ...] = ()
    market: Polygon | None = None


def county_town(land: Land, rng: np.random.Generator, name: str, market_at: tuple[float, float]) -> Settlement:
    """The county seat: an irregular grid of arterials bent by the terrain, a ring road, a road along the river.

    Args:
        land: the county.
        rng: randomness.
        name: name of the settlement.
        market_at: about where the wholesale market lies (metres).
    """
    fine, coarse = make_warp(rng, 75.0, 2300.0), make_warp(rng, 300.0, 7000.0)
    turn = float(rng.uniform(-9, 4))
    middle = coarse(fine(np.zeros((1, 2))))

    def warp(xy: Floats) -> Floats:
        return rotate(coarse(fine(xy)) - middle, turn)

    columns = _ladder(-2350.0, 2500.0, 395.0, rng)
    rows = _ladder(-2300.0, 1950.0, 385.0, rng)
    west, east, south, north = columns[0], columns[-1], rows[0], rows[-1]
    box = Polygon([(west, south), (east, south), (east, north), (west, north)]).buffer(-900).buffer(900, quad_segs=10)
    ring = Polygon(bend(shapely.get_coordinates(box.exterior), warp))
    embankment = land.river.offset_curve(205.0)
    north_of_river = Polygon([*embankment.coords, (15000.0, 15000.0), (-15000.0, 15000.0)]).buffer(0)
    hull = max(shapely.get_parts(shapely.intersection(ring, north_of_river)), key=lambda p: p.area)
    roads: list[Road] = []
    riverside = within(embankment, shapely.box(hull.bounds[0] - 500, -6000, hull.bounds[2] + 700, 6000))
    roads += [whole("main", "core", p, tags={"role": "riverside"}) for p in riverside[:1]]
    loop = within(LineString(ring.exterior.coords), north_of_river.buffer(-2))
    loop_line = shapely.line_merge(shapely.MultiLineString(loop)) if len(loop) > 1 else loop[0]
    roads += [whole("main", "core", p, tags={"role": "ring"}) for p in shapely.get_parts(loop_line)]
    for positions, vertical in ((columns, True), (rows, False)):
        for i, at in enumerate(positions[1:-1], start=1):
            kind = "main" if i % 2 == 0 else "secondary"
            other = rows if vertical else columns
            ends = (other[0] - 400, other[-1] + 400)
            if kind == "secondary":
                first = int(rng.integers(0, 3))
                ends = (other[first], other[-1 - int(rng.integers(0, 3))])
            run = np.array([[at, ends[1]], [at, ends[0]]]) if vertical else np.array([[ends[0], at], [ends[1], at]])
            role = {"role": "column" if vertical else "row"}
            found = within(LineString(bend(run, warp)), hull)
            roads += [whole(kind, "core", piece, tags=role) for piece in found if piece.length > 300]
    blocks = faces_of([r.path for r in roads], hull, 6000.0)
    market = _market_block(blocks, market_at, (45000.0, 220000.0))
    for block in blocks:
        if block is market:
            continue
        away = float(np.hypot(block.centroid.x, block.centroid.y))
        if away > 1500 and rng.random() < 0.1:  # a park, a school, a works: one path at most
            roads += fill(block, rng, (400.0, 330.0), "core")[:1]
            continue
        gap = float(np.interp(away, [300, 1000, 2600], [88, 125, 185]))
        new = fill(block, rng, (gap * rng.uniform(0.85, 1.15), gap * rng.uniform(1.0, 1.6)), "core")
        for road in new:
            road.old = away < 950
        roads += new
    for road in roads:
        road.place = name
    return Settlement(name, "core", (0.0, 0.0), hull, tuple(roads), tuple(blocks), _parcel(market))


def market_town(
    centre: tuple[float, float],
    radius: tuple[float, float],
    rng: np.random.Generator,
    name: str,
    land: Land,
    *,
    turn: float = 0.0,
    market: bool = False,
) -> Settlement:
    """A market town: a few collectors through a bent oval, local streets between them, a lane around."""
    warp = make_warp(rng, 0.075 * radius[0], 1.25 * radius[0])
    c = np.array(centre)
    angle = np.linspace(0, 2 * np.pi, 49)[:-1]
    power = 0.8  # between an ellipse and a rectangle
    oval = np.column_stack(
        [radius[i] * np.sign(f(angle)) * np.abs(f(angle)) ** power for i, f in enumerate((np.cos, np.sin))]
    )
    dry = shapely.union_all([land.water.buffer(90)])
    shape = shapely.difference(Polygon(warp(rotate(oval, turn) + c)), dry)
    hull = max(shapely.get_parts(shape), key=lambda p: p.area)
    roads = [whole("secondary", "town", LineString(hull.exterior.coords), place=name, tags={"role": "around"})]
    for vertical in (True, False):
        reach, other = (radius[0], radius[1]) if vertical else (radius[1], radius[0])
        for i, at in enumerate(_ladder(-reach, reach, 300.0, rng)[1:-1]):
            run = np.array([[at, other * 1.2], [at, -other * 1.2]])
            run = run if vertical else run[::-1, ::-1]
            found = within(LineString(bend(rotate(run, turn) + c, warp)), hull)
            kind = "main" if i == 1 else "secondary"
            roads += [whole(kind, "town", piece, place=name) for piece in found if piece.length > 200]
    blocks = faces_of([r.path for r in roads], hull, 4000.0)
    chosen = _market_block(blocks, (centre[0] + 0.5 * radius[0], centre[1]), (28000.0, 120000.0)) if market else None
    for block in blocks:
        if block is not chosen:
            away = float(np.hypot(block.centroid.x - centre[0], block.centroid.y - centre[1]))
            gap = float(np.interp(away / radius[0], [0.2, 0.9], [85, 140]))
            new = fill(block, rng, (gap, gap * 1.25), "town", place=name)
            for road in new:
                road.old = away < 0.45 * radius[0]
            roads += new
    return Settlement(name, "town", centre, hull, tuple(roads), tuple(blocks), _parcel(chosen))


def village(centre: tuple[float, float], rng: np.random.Generator, name: str, allowed: shapely.Geometry) -> Settlement:
    """A village: a handful of crooked streets that close a few blocks."""
    radius = rng.uniform(170, 330)
    angle = np.linspace(0, 2 * np.pi, 25)[:-1]
    wobble = 1 + 0.12 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.08 * np.sin(3 * angle + rng.uniform(0, 6))
    xy = np.column_stack([1.35 * np.cos(angle), 0.8 * np.sin(angle)]) * (radius * wobble)[:, None]
    shape = shapely.intersection(Polygon(rotate(xy, rng.uniform(0, 180)) + np.array(centre)), allowed)
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    hull = max(parts, key=lambda p: p.area, default=Point(centre).buffer(60))
    roads = fill(
        hull, rng, (rng.uniform(80, 115), rng.uniform(95, 140)), "village", skew=9.0, sway=(8.0, 30.0), place=name
    )
    return Settlement(name, "village", centre, hull, tuple(roads))


def _ladder(low: float, high: float, step: float, rng: np.random.Generator) -> Floats:
    """Positions from low to high about ``step`` metres apart, an odd number of steps made even, jittered inside."""
    n = max(round((high - low) / step), 2)
    at = np.linspace(low, high, n + 1)
    at[1:-1] += rng.normal(0, 0.11 * (high - low) / n, n - 1)
    return at


def _market_block(blocks: list[Polygon], near: tuple[float, float], area: tuple[float, float]) -> Polygon | None:
    fitting = [b for b in blocks if area[0] <= b.area <= area[1]] or blocks
    return min(fitting, key=lambda b: b.centroid.distance(Point(near)), default=None)


def _parcel(block: Polygon | None) -> Polygon | None:
    return None if block is None else block.buffer(-12.0, join_style="mitre").simplify(1.5)
