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
    outline = Polygon(_blob(rng, (200.0, 300.0), (11200.0, 8300.0), 260, 0.075))
    river = LineString(_river(rng))
    south_channel = LineString(_side_channel(river, 0.655, 0.765, 620.0))
    loop = Polygon([*_between(river, 0.655, 0.765).coords, *south_channel.coords[::-1]])
    water = shapely.union_all(
        [river.buffer(RIVER_HALF_WIDTH_M, quad_segs=4), south_channel.buffer(RIVER_HALF_WIDTH_M * 0.6, quad_segs=4)]
    )
    south_side = Polygon([*river.coords, (16000.0, -16000.0), (-16000.0, -16000.0)])
    exclave = Polygon(_blob(rng, (-5200.0, -4850.0), (950.0, 760.0), 40, 0.07))
    town = Polygon(_blob(rng, (250.0, 700.0), (4700.0, 4300.0), 130, 0.05))
    south = shapely.intersection(outline, south_side)
    north = shapely.difference(outline, south_side)
    station_town = _biggest(shapely.intersection(north, town))
    creek_mouth = river.interpolate(0.36, normalized=True)
    return Land(
        outline=outline,
        stations=(
            station_town,
            shapely.difference(south, exclave),
            shapely.union(shapely.difference(north, station_town), exclave),
        ),
        river=river,
        south_channel=south_channel,
        creek=LineString(
            np.vstack(
                [
                    wander(np.array([-6400.0, 9500.0]), np.array([-3700.0, 2600.0]), rng, 420.0, 60.0),
                    wander(np.array([-3700.0, 2600.0]), np.array([creek_mouth.x, creek_mouth.y]), rng, 260.0, 60.0)[1:],
                ]
            )
        ),
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
    waves = np.arange(2, 2 + n // 6)
    phase = rng.uniform(0, 2 * np.pi, len(waves))
    waver = (np.cos(np.outer(angle, waves) + phase) / waves**0.9).sum(axis=1)
    size = 1 + rough * waver
    return np.column_stack([centre[0] + radius[0] * size * np.cos(angle), centre[1] + radius[1] * size * np.sin(angle)])


def _river(rng: np.random.Generator) -> Floats:
    """A meandering river from beyond the west border to beyond the east border; calmer past the town."""
    t = np.linspace(-14500, 14500, 59)
    phase = rng.uniform(-0.5, 0.5, 3)
    swing = 0.35 + 0.65 * np.minimum(np.abs(t - 400) / 6000, 1.0)
    x = t + swing * 520 * np.sin(t / 640 + phase[0])
    y = -2050 + swing * (820 * np.sin(t / 1500 + phase[1]) + 300 * np.sin(t / 730 + phase[2])) - 0.045 * np.abs(t)
    return spline(np.column_stack([x, y]), 60.0)


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
    coords = shapely.get_coordinates(land.river)
    return Point(coords[np.abs(coords[:, 0] - x).argmin()])
