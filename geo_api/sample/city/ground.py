"""The lie of the reference city: outline, river, railway, motorway, and where stations, towns and villages lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from geo_api.sample.city.scale import CityScale
from geo_api.sample.plane import Floats, spline
from geo_api.sample.territory import Land

CENTRE = np.array([130_000.0, 0.0])
"""Metres from the sample county's centre, so that both can be in one database."""
RIVER_HALF_WIDTH_M = 130.0
OUTSKIRTS = 4.1
"""The city's territory reaches so many times as far as the city proper."""


@dataclass(frozen=True)
class Ground:
    """The city in metres before anything is built on it.

    Attributes:
        land: outline, water and lines, as the county's parts know them.
        north: everything on the north bank.
        seats: (stations, 2) middle of each station, urban ones first.
        villages: (n, 2) middle of each village.
        core: the city proper inside the ring road, both banks, without the river.
    """

    land: Land
    north: Polygon
    seats: Floats
    villages: Floats
    core: shapely.Geometry


def draw_ground(scale: CityScale, rng: np.random.Generator) -> Ground:
    """Draw the land of a seed."""
    core_m = scale.core_m
    far = OUTSKIRTS * core_m
    outline = Polygon(CENTRE + _closed(rng, (far, 0.82 * far), 300, 0.05))
    west = np.linspace(-1.35, 1.35, 28) * far
    bends = (
        0.16 * core_m * np.sin(west / (0.62 * core_m) + rng.uniform(0, 6)) * np.clip(np.abs(west) / core_m, 0.35, 1.6)
    )
    river = LineString(CENTRE + spline(np.column_stack([west, bends - 0.12 * core_m]), 80.0))
    half_width = min(RIVER_HALF_WIDTH_M, core_m / 20)
    water = river.buffer(half_width, quad_segs=4)
    north = Polygon([*river.coords, *(CENTRE + np.array([[2 * far, 2 * far], [-2 * far, 2 * far]]))])
    down = np.linspace(1.3, -1.3, 9) * far
    railway = LineString(
        CENTRE + spline(np.column_stack([0.62 * core_m + 0.07 * far * rng.normal(0, 1, 9), down]), 120.0)
    )
    motorway = LineString(
        CENTRE + spline(np.column_stack([-1.55 * core_m + 0.05 * far * rng.normal(0, 1, 9), down]), 120.0)
    )
    ring = Polygon(CENTRE + _closed(rng, (core_m, 0.94 * core_m), 160, 0.02))
    core = shapely.difference(ring, river.buffer(half_width + 35))
    land = Land(
        outline=outline, stations=(outline, outline, outline), river=river, south_channel=motorway, creek=river, water=water,
        island=Polygon(), railway=railway, expressway=motorway, exclave=Polygon(),
    )  # fmt: skip
    seats = _off_water(_seats(scale, rng), river, 0.16 * core_m + half_width)
    hubs = shapely.union_all([ring.buffer(500), *shapely.points(seats[scale.urban :]).tolist()]).buffer(0)
    lines = [water.buffer(300), railway.buffer(200), motorway.buffer(200)]
    free = shapely.difference(outline.buffer(-400), shapely.union_all([hubs.buffer(900), *lines]))
    return Ground(land, north, seats, _scatter(free, scale.villages, 0.055 * far, rng), core)


def side_of(ground: Ground, places: Floats) -> NDArray[np.bool_]:
    """(n,) whether each place is on the north bank."""
    shapely.prepare(ground.north)
    return np.asarray(shapely.contains_xy(ground.north, places[:, 0], places[:, 1]))


def _closed(rng: np.random.Generator, radius: tuple[float, float], n: int, rough: float) -> Floats:
    """A closed curve (n, 2) around the origin, between an ellipse and a rectangle, a little irregular."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    waves = np.arange(2, 14)
    waver = (np.cos(np.outer(angle, waves) + rng.uniform(0, 6.3, 12)) * rng.normal(0, 1, 12) / waves**1.3).sum(axis=1)
    size = 1 + np.clip(rough * waver / waver.std(), -2.2 * rough, 2.2 * rough)
    power = 0.85
    xy = [r * np.sign(f(angle)) * np.abs(f(angle)) ** power for r, f in zip(radius, (np.cos, np.sin), strict=True)]
    return np.asarray(np.column_stack(xy) * size[:, None])


def _seats(scale: CityScale, rng: np.random.Generator) -> Floats:
    """Middles of the stations: rings inside the city proper, then rings of market towns around it."""
    inner = 1 if scale.urban > 4 else 0
    first = (scale.urban - inner) * 6 // 17 if inner else scale.urban
    near = max(scale.rural * 3 // 7, 1)
    rings = ((inner, 0.02), (first, 0.42), (scale.urban - inner - first, 0.78), (near, 1.95), (scale.rural - near, 3.1))
    parts = [CENTRE + _around(n, reach * scale.core_m, rng) for n, reach in rings if n > 0]
    return np.vstack(parts)


def _around(n: int, radius: float, rng: np.random.Generator) -> Floats:
    angle = np.arange(n) * 2 * np.pi / n + rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.12 / np.sqrt(n), n)
    reach = radius * rng.uniform(0.93, 1.07, n)
    return np.column_stack([reach * np.cos(angle), 0.84 * reach * np.sin(angle)])


def _off_water(places: Floats, river: LineString, gap: float) -> Floats:
    """The places, those on the river or close to it moved away to ``gap`` metres, to the bank that they are on."""
    points = shapely.points(places)
    at = shapely.get_coordinates(shapely.line_interpolate_point(river, shapely.line_locate_point(river, points)))
    away = places - at
    distance = np.maximum(np.hypot(*away.T), 1.0)
    near = distance < gap
    return np.where(near[:, None], at + away / distance[:, None] * gap, places)


def _scatter(area: shapely.Geometry, n: int, gap: float, rng: np.random.Generator) -> Floats:
    """Up to ``n`` places in the area, ``gap`` metres apart or more."""
    west, south, east, north = area.bounds
    tries = rng.uniform((west, south), (east, north), (60 * n, 2))
    tries = tries[shapely.contains_xy(area, tries[:, 0], tries[:, 1])]
    chosen = np.empty((0, 2))
    for place in tries:
        if len(chosen) == n:
            break
        if not len(chosen) or np.hypot(*(chosen - place).T).min() >= gap:
            chosen = np.vstack([chosen, place])
    return chosen
