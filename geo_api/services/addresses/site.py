"""What the gazetteer keeps of a parsed address: its head (street, place or crossing) and the number there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date

import pandas as pd

from geo_api.addresses.divisions import Divisions
from geo_api.addresses.parse import parse
from geo_api.addresses.street_key import street_key
from geo_api.addresses.types import ParsedAddress

PLACE, CROSSING, RELATIVE = "@", "x:", "/"
"""Marks of heads that are no streets, and of numbers that only tell where something else is."""


@dataclass(frozen=True, slots=True)
class Site:
    """The part of an address that a place is found by.

    Attributes:
        head: key of the street; ``@`` and the name of a place where no street is named; ``x:`` and the sorted keys of
            two streets for a crossing; "" where the address names nothing that could be found.
        name: the head as it is shown.
        lanes: numbered lanes, outermost first, joined: ``12弄/3支弄``.
        number: base of the house number, -1 without one.
        text: canonical form of the number; for a place told by another one, how it lies to it (``/``...).
        building: label of the building in a courtyard or compound.
        place: compound, market, building or business named beside the street.
        county, town, village: divisions as named.
        bearing_deg, distance_m: of a place told by a crossing; -1 without.
    """

    head: str
    name: str
    lanes: str
    number: int
    text: str
    building: str
    place: str
    county: str
    town: str
    village: str
    bearing_deg: float
    distance_m: float


COLUMNS = tuple(f.name for f in fields(Site))
NOTHING = Site("", "", "", -1, "", "", "", "", "", "", -1.0, -1.0)


def site_of(parsed: ParsedAddress) -> Site:
    """The site of a parsed address."""
    street, number, relative = parsed.street_key, parsed.number, parsed.relative
    crossing = "&".join(sorted(street_key(s, parsed.region) for s in parsed.crossing))
    by_crossing = bool(crossing) and (relative is None or relative.anchor == "crossing") and number is None
    if by_crossing:
        head, name = CROSSING + crossing, " & ".join(parsed.crossing)
    elif street:
        head, name = street, parsed.street
    else:
        head, name = (PLACE + parsed.place, parsed.place) if parsed.place else ("", "")
    text = number.text if number else ""
    bearing = distance = -1.0
    if relative is not None and relative.anchor != "hint":
        bearing = -1.0 if relative.bearing_deg is None else relative.bearing_deg
        distance = -1.0 if relative.distance_m is None else relative.distance_m
        text += f"{RELATIVE}{relative.kind}:{bearing:g}:{distance:g}{'<' if relative.within else ''}"
    return Site(
        head=head,
        name=name,
        lanes="/".join(lane.text for lane in parsed.lanes),
        number=number.base if number else -1,
        text=text,
        building=parsed.building,
        place=parsed.place if street or by_crossing else "",
        county=parsed.county.name if parsed.county else "",
        town=parsed.town.name if parsed.town else "",
        village=parsed.village.name if parsed.village else "",
        bearing_deg=bearing,
        distance_m=distance,
    )


def sites_frame(
    addresses: Iterable[str], region: str, divisions: Divisions | None = None, on: date | None = None
) -> pd.DataFrame:
    """Addresses -> frame of address and the columns of :class:`Site`, one row each, in order."""
    texts = list(addresses)
    rows = [astuple(site_of(parse(text, region=region, divisions=divisions, on=on))) for text in texts]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.insert(0, "address", texts)
    return frame
