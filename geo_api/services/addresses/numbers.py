"""Numbers at one head: the very number, the lane, between two known ones, or the street as a whole."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_api.services.addresses.found import Found, radius
from geo_api.services.addresses.gazetteer import Gazetteer, Line, stem
from geo_api.services.addresses.heads import HeadMatch
from geo_api.services.addresses.numbering import StreetModel, learn
from geo_api.services.addresses.site import PLACE, Site
from gridding.types import FloatArray

CONTRADICTED = 0.25
"""Likelihood of a place whose divisions are others than those named."""
OTHER = "other_division"
MOST_POINTS = 64
ELSEWHERE, MOST_ELSEWHERE = 0.5, 6
"""Likelihood of each further street of the same name; so many of them are looked at."""
KNOWN_WEIGHT, BELIEVED = 4, 4
MARKET_ROWS, MARKET_M = 12, 600.0
"""A number that so many places bear is a market or a compound, and may be so wide."""
METRES_A_NUMBER = 8.0
"""Of a street whose numbers do not tell it."""
FARTHEST_M = 1500.0
STRAY_M = 200.0
LINE_STEP_M, HOUSE_M = 40.0, 10.0
"""Of a whole street so many metres along its line, and so far beside it."""

Rows = NDArray[np.int64]


def at_head(gazetteer: Gazetteer, head: HeadMatch, site: Site, day: int) -> list[Found]:
    """The places that a site may be at one head; empty where it is unknown there."""
    position = gazetteer.at.get(head.key)
    if position is None:
        return _whole_street(gazetteer, head, site, np.zeros(0, dtype=np.int64), head.likelihood)
    rows = gazetteer.of_head(position, day)
    rows, agreement = _agreeing(gazetteer, rows, site)
    likelihood = head.likelihood * agreement
    if agreement < 1:
        named = site.village or site.town or site.county
        head = replace(head, notes=(*head.notes, (OTHER, named, "")))
    if not len(rows):
        return _whole_street(gazetteer, head, site, rows, likelihood)
    found, used = _at_number(gazetteer, head, site, rows, likelihood)
    return found + _others(gazetteer, head, site, rows, used, likelihood)


def _at_number(
    gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, likelihood: float
) -> tuple[list[Found], Rows]:
    """The number itself, the lane, between known numbers, or the street as a whole; and the rows that told it."""
    here = rows[gazetteer.lanes[rows] == gazetteer.words.number(site.lanes)]
    same = here[(gazetteer.text[here] == gazetteer.words.number(site.text)) & (gazetteer.number[here] == site.number)]
    place = head.key.startswith(PLACE)
    if len(same) and (site.number >= 0 or site.lanes or site.text or place):
        method = "place" if place and site.number < 0 else "exact"
        same = _building(gazetteer, same, site)
        return _points(gazetteer, head, site, same, method, likelihood, rows), same
    if site.number >= 0:
        base = here[(gazetteer.number[here] == site.number) & ~gazetteer.told[here]]
        if len(base):
            return _points(gazetteer, head, site, base, "number", 0.98 * likelihood, rows), base
    if site.lanes:
        return _lane(gazetteer, head, site, rows, here, likelihood), here
    if site.number > 0:
        between = _between(gazetteer, head, site, rows, likelihood)
        if between:
            return between, rows if len(between) > 1 else rows[:0]
        near = _near_number(gazetteer, head, site, rows, likelihood)
        if near:
            return near, rows
    return _whole_street(gazetteer, head, site, rows, likelihood), rows


def _agreeing(gazetteer: Gazetteer, rows: Rows, site: Site) -> tuple[Rows, float]:
    """Rows whose divisions are not others than those named; all of them, and a low likelihood, where none agrees."""
    bad = np.zeros(len(rows), dtype=bool)
    for name, column in (
        (site.county, gazetteer.county),
        (site.town, gazetteer.town),
        (site.village, gazetteer.village),
    ):
        if name:
            known = column[rows]
            other = known != 0
            for alike in gazetteer.alike(name):  # one or two
                other &= known != alike
            bad |= other
    if bad.all() and len(rows):
        return rows, CONTRADICTED
    return rows[~bad], 1.0


def _others(
    gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, used: Rows, likelihood: float
) -> list[Found]:
    """Streets of the same name in other villages or towns, where the address names neither: it may be there as well."""
    if site.village or not len(used):
        return []
    named = gazetteer.village[rows]
    if not named.any() and head.key not in gazetteer.lines:
        return []
    own = set(gazetteer.village[used].tolist())
    there = [v for v in np.unique(named).tolist() if v and v not in own]
    lines = [line for line in gazetteer.lines.get(head.key, []) if line.village]
    missing = {stem(line.village) for line in lines} - {gazetteer.words.texts[v] for v in (*there, *own)}
    if not site.town:
        missing = {v for v in missing if v}
    else:  # a village that only has a line may lie in another town
        missing = set()
    out = [_whole(gazetteer, head, site, rows[named == v], ELSEWHERE * likelihood) for v in there[:MOST_ELSEWHERE]]
    room = max(MOST_ELSEWHERE - len(out), 0)
    for line in [line for line in lines if stem(line.village) in missing][:room]:
        xy = shapely.get_coordinates(_metric_line(gazetteer, line))
        out.append(_found(gazetteer, head, site, xy, "street", ELSEWHERE * likelihood))
    return out


def _whole(gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, likelihood: float) -> Found:
    return _found(gazetteer, head, site, _xy(gazetteer, rows[:MOST_POINTS]), "street", likelihood)


def _building(gazetteer: Gazetteer, rows: Rows, site: Site) -> Rows:
    """Of places with one number those in the building that is named, if any."""
    if site.building:
        same = rows[gazetteer.building[rows] == gazetteer.words.number(site.building)]
        return same if len(same) else rows
    return rows


def _xy(gazetteer: Gazetteer, rows: Rows) -> FloatArray:
    return gazetteer.plane.to_xy(gazetteer.lon[rows], gazetteer.lat[rows])


def _found(gazetteer: Gazetteer, head: HeadMatch, site: Site, xy: FloatArray, method: str, likelihood: float, *,
           address: str = "", notes: tuple[tuple[str, str, str], ...] = ()) -> Found:  # fmt: skip
    lon, lat = gazetteer.plane.to_degrees(xy)
    shown = address or shown_address(gazetteer, head, site)
    return Found(method, shown, lon, lat, likelihood, radius(xy), head.fuzzy, (*head.notes, *notes))


def shown_address(gazetteer: Gazetteer, head: HeadMatch, site: Site, *, number: bool = True) -> str:
    """Divisions as asked for, street as the gazetteer has it, lanes and number; never a room or a floor."""
    position = gazetteer.at.get(head.key)
    name = gazetteer.names[position] if position is not None else head.key
    end = site.text.split("/")[0] if number else ""
    parts = (site.county, site.town, site.village, name, site.lanes.replace("/", ""), end)
    if gazetteer.region != "cn":
        return " ".join(p for p in (end, name) if p)
    return "".join(parts) + ("号" if end else "")


def _points(
    gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, method: str, likelihood: float, street: Rows
) -> list[Found]:
    """Known points; those that the street's other numbers contradict give way to what the others say."""
    xy = _around_middle(_xy(gazetteer, rows[:MOST_POINTS]))
    xy = _with_spread(xy, gazetteer.place_spread if head.key.startswith(PLACE) else gazetteer.number_spread)
    exact = _found(gazetteer, head, site, xy, method, likelihood)
    if site.number <= 0 or site.lanes or head.key.startswith(PLACE) or _agree(gazetteer, rows):
        return [exact]
    model = street_model(gazetteer, head.key, street, site)
    i = int(np.searchsorted(model.numbers, site.number))
    if i < len(model.numbers) and model.numbers[i] == site.number and model.misplaced[i]:
        return [*_between(gazetteer, head, site, street, 0.5 * likelihood),
                _found(gazetteer, head, site, xy, method, 0.4 * likelihood)]  # fmt: skip
    return [exact]


def _agree(gazetteer: Gazetteer, rows: Rows) -> bool:
    """Whether so many places bear the number that they are believed whatever their neighbours say: a market's stalls."""
    if len(rows) < BELIEVED:
        return False
    xy = _xy(gazetteer, rows[:MOST_POINTS])
    reach = STRAY_M if len(rows) < MARKET_ROWS else MARKET_M
    return bool((np.hypot(*(xy - np.median(xy, axis=0)).T) <= reach).mean() > 0.9)


def _around_middle(xy: FloatArray) -> FloatArray:
    """Points of one number without the few that stray, the one in the middle first."""
    if len(xy) == 1:
        return xy
    near = np.hypot(*(xy - np.median(xy, axis=0)).T) <= STRAY_M
    if near.mean() > 0.6:  # one of three or more that strays
        xy = xy[near]
    return np.vstack([xy[np.argmin(np.hypot(*(xy - np.median(xy, axis=0)).T))], xy])


def _with_spread(xy: FloatArray, spread: FloatArray) -> FloatArray:
    """Known points (four fifths of the weight), and where else the place may be, as places of one number lie apart."""
    if not len(spread) or len(xy) > len(spread):
        return xy
    again = np.tile(xy, (KNOWN_WEIGHT * len(spread) // len(xy), 1))
    return np.vstack([again, xy[0] + spread])


def street_model(gazetteer: Gazetteer, key: str, rows: Rows, site: Site) -> StreetModel:
    """The numbering of a street, of the rows given; learned once."""
    name = (key, int(rows[0]), len(rows))
    model: StreetModel | None = gazetteer.models.get(name)
    if model is None:
        usable = rows[(gazetteer.lanes[rows] == 0) & (gazetteer.number[rows] > 0) & ~gazetteer.told[rows]]
        line = _metric_line(gazetteer, street_line(gazetteer, key, site))
        model = learn(gazetteer.number[usable].astype(np.int64), _xy(gazetteer, usable), line)
        gazetteer.models[name] = model
    return model


def street_line(gazetteer: Gazetteer, key: str, site: Site) -> Line | None:
    """The line of a street: of the village that is named; None where there are several and none is named."""
    lines = gazetteer.lines.get(key, [])
    named = [line for line in lines if line.village and stem(line.village) == stem(site.village)]
    if named:
        return named[0]
    return lines[0] if len(lines) == 1 and not (site.village and lines[0].village) else None


def _metric_line(gazetteer: Gazetteer, line: Line | None) -> object:
    if line is None:
        return None
    return shapely.transform(line.shape, lambda at: gazetteer.plane.to_xy(at[:, 0], at[:, 1]))


def _between(gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, likelihood: float) -> list[Found]:
    """Between known numbers of the street, apart for each town of that name where none is named."""
    out = []
    for own in _by_town(gazetteer, rows, site):
        between = street_model(gazetteer, head.key, own, site).interpolate(site.number)
        if between is not None:
            note = ("interpolated", str(site.number), f"{between.low}..{between.high}")
            out.append(_found(gazetteer, head, site, between.xy, "interpolated", 0.97 * likelihood, notes=(note,)))
    return out


def _near_number(gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, likelihood: float) -> list[Found]:
    """Beyond the ends or in a large gap: around the nearest known number, as far as the numbers between may reach."""
    out = []
    for own in _by_town(gazetteer, rows, site):
        model = street_model(gazetteer, head.key, own, site)
        known = model.numbers[~model.misplaced]
        if not len(known):
            continue
        nearest = int(known[np.argmin(np.abs(known - site.number))])
        reach = max(abs(nearest - site.number) * model.metres_a_number(METRES_A_NUMBER), 50.0)
        if reach > FARTHEST_M:
            continue
        at = model.xy[~model.misplaced][known == nearest][0]
        spread = np.vstack([at, *(_ring(at, f * reach) for f in (0.25, 0.5, 0.75, 1.0))])
        note = ("number_near", str(site.number), str(nearest))
        out.append(_found(gazetteer, head, site, spread, "street", 0.97 * likelihood, notes=(note,)))
    return out


def _by_town(gazetteer: Gazetteer, rows: Rows, site: Site) -> list[Rows]:
    if site.town or site.village:
        return [rows]
    groups = gazetteer.town[rows].astype(np.int64) * 2**31 + gazetteer.village[rows]
    return [rows[groups == g] for g in np.unique(groups)]


def _lane(gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, here: Rows, likelihood: float) -> list[Found]:
    """A number that is unknown in a known lane: somewhere in the lane; of an unknown lane: its mouth."""
    if len(here):
        xy = _xy(gazetteer, here[:MOST_POINTS])
        middle = xy[np.argmin(np.hypot(*(xy - np.median(xy, axis=0)).T))]
        ring = _ring(middle, 40.0 if len(xy) < 3 else 0.5 * radius(np.vstack([middle, xy])))
        return [_found(gazetteer, head, site, np.vstack([middle, xy, ring]), "lane", 0.9 * likelihood)]
    mouth = re.match(r"\d+", site.lanes)
    if not mouth:
        return []
    number = int(mouth[0])
    first = rows[(gazetteer.number[rows] == number) & (gazetteer.lanes[rows] == 0) & ~gazetteer.told[rows]]
    note = ("lane_mouth", site.lanes.split("/")[0], "")
    if len(first):
        xy = _xy(gazetteer, first[:MOST_POINTS])
        ring = np.vstack([_ring(xy[0], 30.0), _ring(xy[0], 70.0)])
        return [_found(gazetteer, head, site, np.vstack([xy[:1], ring]), "lane", 0.8 * likelihood, notes=(note,))]
    between = street_model(gazetteer, head.key, rows, site).interpolate(number) if len(rows) else None
    if between is None:
        return _whole_street(gazetteer, head, site, rows, likelihood)
    spread = [between.xy] + [_ring(at, 60.0) for at in between.xy[:4]]
    return [_found(gazetteer, head, site, np.vstack(spread), "lane", 0.7 * likelihood, notes=(note,))]


def _ring(middle: FloatArray, distance_m: float) -> FloatArray:
    angle = np.arange(8) * np.pi / 4
    return np.asarray(middle + distance_m * np.column_stack([np.cos(angle), np.sin(angle)]))


def _both_sides(line: Any) -> FloatArray:
    """(n, 2) metres on both sides of a line: borders run along streets, and their houses lie in two cells then."""
    steps = np.arange(0.0, line.length + LINE_STEP_M, max(LINE_STEP_M, line.length / 100))
    at = shapely.get_coordinates(shapely.line_interpolate_point(line, steps))
    ahead = at - shapely.get_coordinates(shapely.line_interpolate_point(line, np.maximum(steps - 1.0, 0.0)))
    length = np.maximum(np.hypot(*ahead.T), 1e-9)
    aside = HOUSE_M * np.column_stack([-ahead[:, 1], ahead[:, 0]]) / length[:, None]
    return np.vstack([at + aside, at - aside])


def _whole_street(gazetteer: Gazetteer, head: HeadMatch, site: Site, rows: Rows, likelihood: float) -> list[Found]:
    """The street as a whole: all its known points and its line."""
    xy = _xy(gazetteer, rows[:: max(len(rows) // MOST_POINTS, 1)])
    lines = gazetteer.lines.get(head.key, [])
    one = street_line(gazetteer, head.key, site)
    for line in [one] if one else lines:
        xy = np.vstack([xy, _both_sides(_metric_line(gazetteer, line))])
    if not len(xy):
        return []
    middle = xy[np.argmin(np.hypot(*(xy - np.median(xy, axis=0)).T))]
    shown = shown_address(gazetteer, head, site, number=False)
    told = site.number >= 0 or bool(site.lanes)
    notes = (("number_unknown", site.lanes.replace("/", "") + site.text, shown),) if told else ()
    return [_found(gazetteer, head, site, np.vstack([middle, xy]), "street", (0.3 if told else 0.95) * likelihood,
                   address=shown, notes=notes)]  # fmt: skip
