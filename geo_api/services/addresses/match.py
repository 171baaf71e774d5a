"""A parsed address -> the places that it may mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo_api.addresses.types import ParsedAddress, Relative
from geo_api.services.addresses.crossings import at_crossing
from geo_api.services.addresses.found import Found, radius
from geo_api.services.addresses.gazetteer import Gazetteer, stem
from geo_api.services.addresses.heads import place_heads, street_heads
from geo_api.services.addresses.numbers import CONTRADICTED, OTHER, at_head
from geo_api.services.addresses.plane import shift
from geo_api.services.addresses.site import CROSSING, PLACE, Site, site_of
from gridding.types import FloatArray

SURE = ("exact", "number", "crossing", "place", "relative")
NEAR_M = {"near": (25.0, 60.0), "opposite": (25.0, 40.0), "side": (25.0, 60.0)}
"""How far from what is named a place near it, opposite of it or at its side lies, metres."""
WEAK = 0.02
MOST_FOUND = 48
"""Dozens of villages have a street of one name: each counts, or the few that are looked at seem to be all."""


def find(gazetteer: Gazetteer, parsed: ParsedAddress, day: int) -> list[Found]:
    """The places that an address may mean, the likeliest first; empty where nothing is known of it.

    Args:
        gazetteer: what is known.
        parsed: the address.
        day: as :func:`geo_api.services.addresses.gazetteer.day_number`.
    """
    site = site_of(parsed)
    if site.head.startswith(CROSSING):
        found = at_crossing(gazetteer, parsed, site, day)
    else:
        told = parsed.relative
        found = _named(gazetteer, parsed, site, day)
        if told is not None and told.anchor != "hint" and not _said_alike(found):
            plain = replace(parsed, relative=None)
            found = [_near(gazetteer, f, told) for f in _named(gazetteer, plain, site_of(plain), day)]
    foreign = elsewhere(gazetteer, parsed)
    if foreign:
        note = ("elsewhere", foreign, "、".join(sorted(gazetteer.home or gazetteer.counties)) or "-")
        found = [
            replace(f, likelihood=min(CONTRADICTED, f.likelihood), notes=(*(n for n in f.notes if n[0] != OTHER), note))
            for f in found
        ]
    found = [f for f in found if f.likelihood >= WEAK]
    return sorted(found, key=lambda f: -f.likelihood)[:MOST_FOUND]


def elsewhere(gazetteer: Gazetteer, parsed: ParsedAddress) -> str:
    """The county, city or province that is named and that the gazetteer is not known to lie in; "" where there is none.

    A county counts as known where a fair part of the known addresses name it, or where it lies in the deployment's own
    divisions. Where neither is known, no county is foreign; a city or province that is not known to be ours always is.
    """
    above = [d for d in (parsed.city, parsed.province) if d is not None]
    at_home = any(stem(d.name) in gazetteer.home for d in above)
    if parsed.county is not None:
        name = stem(parsed.county.name)
        if name in gazetteer.home or name in gazetteer.counties or any(name.endswith(c) for c in gazetteer.counties):
            return ""
        if not at_home and (gazetteer.home or gazetteer.counties):
            return parsed.county.name
    if not above or at_home:
        return ""
    return above[0].name


def _said_alike(found: list[Found]) -> bool:
    return any(f.method == "exact" for f in found)


def _named(gazetteer: Gazetteer, parsed: ParsedAddress, site: Site, day: int) -> list[Found]:
    """By street and number, else by the place that is named beside them."""
    found: list[Found] = []
    if site.head and not site.head.startswith(PLACE):
        for head in street_heads(gazetteer, parsed.street_readings, parsed.street_key):
            for one in _every_number(parsed, site):
                found += at_head(gazetteer, head, one, day)
        exact = [f for f in found if f.method in SURE]
        if exact:
            return _together(gazetteer, exact) if parsed.number and _several(parsed) else _best_heads(exact, found)
    name = parsed.place
    if name and not any(f.method == "interpolated" and not f.fuzzy for f in found):
        only = site if site.head.startswith(PLACE) else replace(site, number=-1, text="", lanes="")
        for head in place_heads(gazetteer, name):
            found += at_head(gazetteer, head, only, day)
    return found


def _best_heads(exact: list[Found], found: list[Found]) -> list[Found]:
    """Where one wrong character leads to several streets, those that have the number count, the others little."""
    if not exact[0].fuzzy:
        return found
    return exact + [replace(f, likelihood=0.3 * f.likelihood) for f in found if f.method == "interpolated"]


def _several(parsed: ParsedAddress) -> bool:
    return parsed.number is not None and (parsed.number.to is not None or bool(parsed.number.also))


def _every_number(parsed: ParsedAddress, site: Site) -> list[Site]:
    """The site, and one for each further number of the address (12-18号, 12、14号)."""
    number = parsed.number
    if number is None or not _several(parsed):
        return [site]
    more = [*number.also, *([number.to] if number.to is not None else [])]
    return [site, *(replace(site, number=n, text=str(n)) for n in more)]


def _together(gazetteer: Gazetteer, found: list[Found]) -> list[Found]:
    """A building with several numbers lies at all of them."""
    lon, lat = np.concatenate([f.lon for f in found]), np.concatenate([f.lat for f in found])
    return [replace(found[0], lon=lon, lat=lat, error_m=radius(gazetteer.plane.to_xy(lon, lat)))]


def _near(gazetteer: Gazetteer, found: Found, told: Relative) -> Found:
    """Somewhere near a place, opposite of it, or a way from it."""
    at = gazetteer.plane.to_xy(found.lon[:1], found.lat[:1])
    xy = np.vstack([_spread(at, told), gazetteer.plane.to_xy(found.lon[1:8], found.lat[1:8])])
    lon, lat = gazetteer.plane.to_degrees(xy)
    return replace(found, method="relative", lon=lon, lat=lat, error_m=radius(xy), by=found.method)


def _spread(at: FloatArray, told: Relative) -> FloatArray:
    if told.bearing_deg is not None:
        reach = told.distance_m if told.distance_m is not None else NEAR_M["side"][0]
        ways = [shift(told.bearing_deg + t, reach * f) for f in (1.0, 0.6, 1.4) for t in (0.0, -25.0, 25.0)]
    else:
        reaches = (0.5 * told.distance_m, told.distance_m) if told.distance_m else NEAR_M.get(told.kind, NEAR_M["near"])
        ways = [(0.0, 0.0)] * (1 if told.distance_m else 8) + [shift(b, r) for r in reaches for b in range(0, 360, 45)]
    return np.asarray(np.vstack([at + np.array(way) for way in ways]))
