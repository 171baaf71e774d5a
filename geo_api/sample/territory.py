"""The lie of the land: county outline, river and creek, railway, expressway and the extents of the three stations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import substring

from geo_api.sample.plane import Floats, spline, wander

RIVER_HALF_WIDTH_M = 105.0


@dataclass(frozen=True)
class Land:
    """The county in metres before anything is built on it.

    Attributes:
        outline: county boundary, one polygon.
        stations: rough station polygons in the order of their codes; shared borders are made exact by ``base.py``.
        river, south_channel, creek: centrelines; the main channel is the border between the stations north and south.
        water: what the river and its south channel cover.
        island: the land between the two channels.
        railway, expressway: centrelines.
        exclave: the detached part of the third station, inside the second.
    """

    outline: Polygon
    stations: tuple[Polygon, Polygon, shapely.Geometry]
    river: LineString
    south_channel: LineString
    creek: LineString
    water: shapely.Geometry
    island: Polygon
    railway: LineString
    expressway: LineString
    exclave: Polygon


def draw_land(rng: np.random.Generator) -> Land:
    """Draw the county; the seed moves every line, the arrangement stays: town north of the river, hills beyond."""
    outline = Polygon(_blob(rng, (200.0, 300.0), (11000.0, 8300.0), 420, 0.055))
    river = LineString(_river(rng))
    south_channel = LineString(_side_channel(river, 0.655, 0.765, 620.0))
    loop = Polygon([*_between(river, 0.655, 0.765).coords, *south_channel.coords[::-1]])
    water = shapely.union_all(
        [river.buffer(RIVER_HALF_WIDTH_M, quad_segs=4), south_channel.buffer(RIVER_HALF_WIDTH_M * 0.6, quad_segs=4)]
    )
    south_side = Polygon([*river.coords, (16000.0, -16000.0), (-16000.0, -16000.0)])
    exclave = Polygon(_blob(rng, (-5200.0, -4850.0), (950.0, 760.0), 48, 0.09))
    town = Polygon(_blob(rng, (250.0, 700.0), (4900.0, 4300.0), 200, 0.07))
    town = shapely.union(town, shapely.box(-3700, -6000, 3900, 500))  # the town's side of the river is all its own
    south = shapely.intersection(outline, south_side)
    north = shapely.difference(outline, south_side)
    creek = LineString(_creek(river, rng))
    east_of_creek = Polygon([*creek.coords, (creek.coords[-1][0], -16000.0), (16000.0, -16000.0), (16000.0, 16000.0)])
    station_town = _biggest(shapely.intersection(shapely.intersection(north, town), east_of_creek))
    return Land(
        outline=outline,
        stations=(
            station_town,
            shapely.difference(south, exclave),
            shapely.union(shapely.difference(north, station_town), exclave),
        ),
        river=river,
        south_channel=south_channel,
        creek=creek,
        water=water,
        island=_biggest(shapely.difference(loop, water)),
        railway=LineString(_railway(rng)),
        expressway=LineString(
            spline(
                np.array([[7000, 10500], [7350, 5200], [6500, 1500], [6900, -3000], [7300, -5600], [6300, -9800]]), 80
            )
            + rng.normal(0, 1, 2) * 120
        ),
        exclave=exclave,
    )


def _blob(
    rng: np.random.Generator, centre: tuple[float, float], radius: tuple[float, float], n: int, rough: float
) -> Floats:
    """A closed irregular curve (n, 2): an ellipse whose radius wavers, coarsely and finely."""
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    waves = np.arange(2, 2 + n // 5)
    phase = rng.uniform(0, 2 * np.pi, len(waves))
    weight = rng.normal(0, 1, len(waves)) / waves**1.55
    weight[:2] *= 0.6
    waver = (np.cos(np.outer(angle, waves) + phase) * weight).sum(axis=1)
    size = 1 + np.clip(rough * waver / waver.std(), -2.4 * rough, 2.4 * rough)
    return np.column_stack([centre[0] + radius[0] * size * np.cos(angle), centre[1] + radius[1] * size * np.sin(angle)])


def _river(rng: np.random.Generator) -> Floats:
    """A meandering river from beyond the west border to beyond the east border; calmer past the town."""
    t = np.linspace(-14500, 14500, 117)
    phase = rng.uniform(-0.6, 0.6, 4)
    calm = 0.26 + 0.74 * np.clip((np.abs(t - 600) - 1500) / 3500, 0, 1)
    x = t + calm * 330 * np.sin(t / 420 + phase[0])
    bends = 900 * np.sin(t / 1350 + phase[1]) + 420 * np.sin(t / 840 + phase[2]) + 110 * np.sin(t / 390 + phase[3])
    y = -2000 + calm * bends - 0.05 * np.abs(t)
    return spline(np.column_stack([x, y]), 60.0)


def _creek(river: LineString, rng: np.random.Generator) -> Floats:
    """A creek from the northern hills past the west of the town into the river."""
    bend, mouth = np.array([-3900.0, 2400.0]), np.array(_near(river, -3700.0).coords[0])
    upper = wander(np.array([-6300.0, 10500.0]), bend, rng, 700.0, 60.0)
    return np.vstack([upper, wander(bend, mouth, rng, 330.0, 60.0)[1:]])


def _between(line: LineString, start: float, end: float) -> LineString:
    part = substring(line, start, end, normalized=True)
    return LineString(part.coords)


def _side_channel(river: LineString, start: float, end: float, bulge: float) -> Floats:
    """A second channel that leaves the river at ``start``, lies up to ``bulge`` metres south and comes back."""
    main = shapely.get_coordinates(shapely.segmentize(_between(river, start, end), 60.0))
    t = np.linspace(0, 1, len(main))
    return np.column_stack([main[:, 0], main[:, 1] - bulge * np.sin(np.pi * t) ** 0.8])


def _railway(rng: np.random.Generator) -> Floats:
    points = np.array(
        [[-14000, 4300], [-8000, 3900], [-3500, 2900], [300, 2650], [4000, 3000], [9000, 5200], [14000, 6300]]
    )
    points[:, 1] += rng.integers(-90, 90, len(points))
    return spline(points.astype(float), 90.0)


def _biggest(geometry: shapely.Geometry) -> Polygon:
    return max((p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon"), key=lambda p: p.area)


def river_point(land: Land, x: float) -> Point:
    """The point of the river's centreline nearest to the meridian ``x``."""
    return _near(land.river, x)


def _near(river: LineString, x: float) -> Point:
    coords = shapely.get_coordinates(river)
    return Point(coords[np.abs(coords[:, 0] - x).argmin()])
