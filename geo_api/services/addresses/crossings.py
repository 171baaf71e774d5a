"""Crossings of two streets, and places told by distance and direction from one."""

from __future__ import annotations

import numpy as np
import shapely

from geo_api.addresses.street_key import readings
from geo_api.addresses.types import ParsedAddress
from geo_api.services.addresses.found import Found, radius
from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.heads import HeadMatch, street_heads
from geo_api.services.addresses.numbers import MOST_POINTS
from geo_api.services.addresses.plane import shift
from geo_api.services.addresses.site import CROSSING, Site
from gridding.types import FloatArray

CORNER_M = 18.0
"""A place at a crossing stands at one of its corners, about this far from the middle of it."""
APART_M = 60.0
"""Streets without lines cross where their known numbers come as near to each other as this."""
SAME_M = 150.0
"""Crossings of the same two streets nearer to each other than this are one."""
VAGUE, MANY_ALIKE = 0.3, 12
TURNS_DEG = (0.0, -22.5, 22.5)
"""Directions are told by eight words: the true one lies within half of 45 degrees."""


def at_crossing(gazetteer: Gazetteer, parsed: ParsedAddress, site: Site, day: int) -> list[Found]:
    """The places that an address told by a crossing may mean."""
    pair = _heads(gazetteer, parsed)
    if not pair:
        return []
    one, two = pair
    likelihood = one.likelihood * two.likelihood
    key = CROSSING + "&".join(sorted((one.key, two.key)))
    shown = f"{parsed.crossing[0]} & {parsed.crossing[1]}"
    method = "relative" if site.distance_m > 0 else "crossing"
    known = _told_alike(gazetteer, key, site, day)
    if known is not None:
        return [_found(gazetteer, method, known, shown, likelihood, one, two)]
    return [
        _found(gazetteer, method, _around(middle, parsed), shown, likelihood, one, two)
        for middle in _middles(gazetteer, key, one.key, two.key, day)
    ]


def _heads(gazetteer: Gazetteer, parsed: ParsedAddress) -> tuple[HeadMatch, HeadMatch] | None:
    found = [street_heads(gazetteer, readings(name, parsed.region)) for name in parsed.crossing[:2]]
    if len(found) < 2:
        return None
    crossing = CROSSING + "&".join(sorted(readings(n, parsed.region)[0] for n in parsed.crossing[:2]))
    if crossing in gazetteer.at:  # known by a place that is told by it, though neither street may be
        names = crossing[len(CROSSING) :].split("&")
        return HeadMatch(names[0], 1.0), HeadMatch(names[1], 1.0)
    if not (found[0] and found[1]):
        return None
    return found[0][0], found[1][0]


def _told_alike(gazetteer: Gazetteer, key: str, site: Site, day: int) -> FloatArray | None:
    """(n, 2) metres of known places that are told by just these words."""
    position = gazetteer.at.get(key)
    if position is None or not site.text:
        return None
    rows = gazetteer.of_head(position, day)
    same = rows[gazetteer.text[rows] == gazetteer.words.number(site.text)]
    if not len(same):
        return None
    xy = gazetteer.plane.to_xy(gazetteer.lon[same[:MOST_POINTS]], gazetteer.lat[same[:MOST_POINTS]])
    middle = xy[np.argmin(np.hypot(*(xy - np.median(xy, axis=0)).T))]
    # words tell one of eight directions and a rounded distance: places told alike lie so far apart
    reach = max(CORNER_M, VAGUE * site.distance_m)
    more = [_corners(middle, reach), _corners(middle, reach / 2)] if len(xy) < MANY_ALIKE else []
    return np.vstack([middle, xy, *more])


def _middles(gazetteer: Gazetteer, key: str, one: str, two: str, day: int) -> list[FloatArray]:
    """(n, 2) metres of where each crossing of the two streets may be, the first the likeliest."""
    lines = [line.shape for line in gazetteer.lines.get(one, [])], [line.shape for line in gazetteer.lines.get(two, [])]
    if lines[0] and lines[1]:
        shared = shapely.intersection(shapely.union_all(lines[0]), shapely.union_all(lines[1]))
        at = shapely.get_coordinates(shared)
        if len(at):
            return [xy[None, :] for xy in _apart(gazetteer.plane.to_xy(at[:, 0], at[:, 1]))]
        ends = shapely.get_coordinates(shapely.shortest_line(shapely.union_all(lines[0]), shapely.union_all(lines[1])))
        short = gazetteer.plane.to_xy(ends[:, 0], ends[:, 1])
        if np.hypot(*(short[1] - short[0])) <= APART_M:  # lines that dangle
            middle = short.mean(axis=0)
            # drawn lines that do not meet: the crossing is as unsure as the gap that is bridged
            return [np.vstack([middle, short, _corners(middle, APART_M)])]
    position = gazetteer.at.get(key)
    if position is not None:
        rows = gazetteer.of_head(position, day)
        told = rows[gazetteer.text[rows] == 0]
        rows = told if len(told) else rows
        xy = gazetteer.plane.to_xy(gazetteer.lon[rows], gazetteer.lat[rows])
        if len(xy):
            middle = np.median(xy, axis=0)
            spread = xy[np.argsort(np.hypot(*(xy - middle).T))][: max(3 * len(xy) // 4, 1)][:MOST_POINTS]
            return [np.vstack([middle, spread])]
    return _nearest_numbers(gazetteer, one, two, day)


def _nearest_numbers(gazetteer: Gazetteer, one: str, two: str, day: int) -> list[FloatArray]:
    """Where known numbers of two streets come nearest to each other."""
    points = []
    for key in (one, two):
        position = gazetteer.at.get(key)
        if position is None:
            return []
        rows = gazetteer.of_head(position, day)
        rows = rows[~gazetteer.told[rows]]
        points.append(gazetteer.plane.to_xy(gazetteer.lon[rows], gazetteer.lat[rows]))
    if not (len(points[0]) and len(points[1])):
        return []
    tree = shapely.STRtree(shapely.points(points[1]))
    pair, distance = tree.query_nearest(shapely.points(points[0]), return_distance=True, all_matches=False)
    best = int(np.argmin(distance))
    if distance[best] > APART_M:
        return []
    middle = (points[0][pair[0][best]] + points[1][pair[1][best]]) / 2
    return [np.vstack([middle, _corners(middle), _corners(middle, 3 * CORNER_M)])]


def _apart(xy: FloatArray) -> list[FloatArray]:
    """Points that are further apart than one crossing is wide."""
    out: list[FloatArray] = []
    for at in xy:
        if all(np.hypot(*(at - other)) > SAME_M for other in out):
            out.append(at)
    return out


def _corners(middle: FloatArray, distance_m: float = CORNER_M) -> FloatArray:
    angle = np.arange(8) * np.pi / 4
    return np.asarray(middle + distance_m * np.column_stack([np.cos(angle), np.sin(angle)]))


def _around(middle: FloatArray, parsed: ParsedAddress) -> FloatArray:
    """Possible places around (n, 2) possible middles: all corners, or the way that is told."""
    told = parsed.relative
    if told is None or told.bearing_deg is None:
        reach = CORNER_M if told is None or told.distance_m is None else told.distance_m
        return np.vstack([middle, *(_corners(at, reach) for at in middle[:8])])
    distance = CORNER_M if told.distance_m is None else told.distance_m / (2 if told.within else 1)
    ways = [shift(told.bearing_deg + turn, distance * f) for f in (1.0, 0.85, 1.15) for turn in TURNS_DEG]
    return np.vstack([middle + np.array(way) for way in ways])


def _found(
    gazetteer: Gazetteer, method: str, xy: FloatArray, shown: str, likelihood: float, one: HeadMatch, two: HeadMatch
) -> Found:
    lon, lat = gazetteer.plane.to_degrees(xy)
    return Found(method, shown, lon, lat, likelihood, radius(xy), one.fuzzy or two.fuzzy, (*one.notes, *two.notes))
