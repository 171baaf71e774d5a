"""Street fabric: how a piece of town is filled with local streets, broken the way real networks are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon

from geo_api.sample.plane import Floats, lines_of, longest, rotate


@dataclass
class Road:
    """A street before it has a name.

    Attributes:
        kind: main, secondary, local, service or expressway.
        zone: "core" (the county town), "town" (a market town), "village" or "road" (between settlements).
        path: the whole curve in metres; house numbers run along it.
        kept: measures [start, end) in metres along the path that are built; between them blocks are missing.
        place: the settlement it belongs to, "" for none.
        old: part of an old quarter, with narrow plots.
    """

    kind: str
    zone: str
    path: LineString
    kept: tuple[tuple[float, float], ...]
    place: str = ""
    old: bool = False
    name: str = ""
    parent: int = -1
    tags: dict[str, str] = field(default_factory=dict)


def whole(kind: str, zone: str, path: LineString, **rest: object) -> Road:
    """A road without missing pieces."""
    path = LineString(shapely.get_coordinates(path.simplify(0.4)))
    return Road(kind, zone, path, ((0.0, path.length),), **rest)  # type: ignore[arg-type]


def fill(
    face: Polygon,
    rng: np.random.Generator,
    spacing: tuple[float, float],
    zone: str,
    *,
    skew: float = 4.0,
    sway: tuple[float, float] = (2.0, 9.0),
    place: str = "",
) -> list[Road]:
    """Local streets in two directions across a face, along its longer side, with bends, gaps and false ends.

    Args:
        face: polygon in metres, normally between arterials.
        rng: randomness.
        spacing: metres between parallel streets, along and across.
        zone: passed on to the roads.
        skew: how many degrees the fabric may turn from the face's longer side (standard deviation).
        sway: how far the streets bend, from and to, in metres.
        place: passed on to the roads.
    """
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(face))
    sides = np.diff(box[:3], axis=0)
    run = sides[np.hypot(*sides.T).argmax()]
    angle = np.degrees(np.arctan2(run[1], run[0])) + rng.normal(0, skew)
    centre = np.array(face.centroid.coords[0])
    flat = rotate(shapely.get_coordinates(face) - centre, -angle)
    low, high = flat.min(axis=0), flat.max(axis=0)
    roads: list[Road] = []
    for across in (0, 1):
        gap = spacing[across]
        width = high[1 - across] - low[1 - across]
        rows = max(round(width / gap) - 1, 1 if width > 1.2 * gap else 0)
        pitch = width / (rows + 1)
        for row in range(rows):
            if rng.random() < 0.08:
                continue
            level = low[1 - across] + pitch * (row + 1) + rng.normal(0, 0.09 * pitch)
            line = _bent(low[across] - 60, high[across] + 60, level, sway, rng)
            line = line if across == 0 else line[:, ::-1]
            path = longest(shapely.intersection(face, LineString(rotate(line, angle) + centre)))
            if path is not None and path.length > 55:
                roads.append(_broken(_from_north_west(path), rng, zone, place))
    return roads


def _bent(start: float, end: float, level: float, reach: tuple[float, float], rng: np.random.Generator) -> Floats:
    along = np.arange(start, end + 25, 25.0)
    wave = rng.uniform(300, 700)
    sway = rng.uniform(*reach) * np.sin(2 * np.pi * along / wave + rng.uniform(0, 6.3))
    tilt = rng.normal(0, 0.018) * (along - along.mean())
    return np.column_stack([along, level + sway + tilt])


def _from_north_west(path: LineString) -> LineString:
    """Numbers run from west to east and from north to south."""
    a, b = path.coords[0], path.coords[-1]
    east, south = b[0] - a[0], a[1] - b[1]
    forward = east > 0 if abs(east) > abs(south) else south > 0
    return path if forward else path.reverse()


def _broken(path: LineString, rng: np.random.Generator, zone: str, place: str) -> Road:
    """Ends that meet, overshoot, stop short by a few metres or by a house, and now and then a missing block."""
    path = LineString(shapely.get_coordinates(path.simplify(0.6)))
    coords = shapely.get_coordinates(path)
    cut = [0.0, 0.0]
    for end in (0, 1):
        luck = rng.random()
        if luck < 0.07:
            coords = _overshoot(coords, end, rng.uniform(0.5, 4.0))
        elif luck < 0.16:
            cut[end] = rng.uniform(0.3, 6.0)
        elif luck < 0.24:
            cut[end] = min(rng.uniform(20, 60), 0.3 * path.length)
    path = LineString(coords)
    kept: list[tuple[float, float]] = [(cut[0], path.length - cut[1])]
    if path.length > 260 and rng.random() < 0.2:
        gap = rng.uniform(50, 120)
        start = rng.uniform(70, path.length - 70 - gap)
        kept = [(cut[0], start), (start + gap, path.length - cut[1])]
    return Road("local", zone, path, tuple(kept), place)


def _overshoot(coords: Floats, end: int, by: float) -> Floats:
    tip, inner = (coords[0], coords[1]) if end == 0 else (coords[-1], coords[-2])
    out = tip + (tip - inner) / np.hypot(*(tip - inner)) * by
    return np.vstack([out, coords]) if end == 0 else np.vstack([coords, out])


def faces_of(lines: list[LineString], within: Polygon, smallest: float) -> list[Polygon]:
    """The faces that the lines cut out of a polygon, from west to east, those under ``smallest`` m2 left out."""
    noded = shapely.union_all([*lines, within.exterior])
    faces = [f for f in shapely.get_parts(shapely.polygonize([noded])) if f.area >= smallest]
    inside = shapely.contains_xy(within, *shapely.get_coordinates(shapely.point_on_surface(faces)).T) if faces else []
    chosen = [f for f, ok in zip(faces, inside, strict=True) if ok]
    return sorted(chosen, key=lambda f: (round(f.centroid.x, 3), round(f.centroid.y, 3)))


def within(path: LineString, area: shapely.Geometry) -> list[LineString]:
    """The pieces of a path inside an area, in the direction of the path."""
    pieces = lines_of(shapely.intersection(path, area))
    measures = [(path.project(shapely.Point(p.coords[0])), path.project(shapely.Point(p.coords[-1]))) for p in pieces]
    forward = [p if a <= b else p.reverse() for p, (a, b) in zip(pieces, measures, strict=True)]
    order = np.argsort([min(m) for m in measures], kind="stable")
    return [forward[i] for i in order]
