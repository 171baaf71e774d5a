"""Who answers for a point on a day: the cell, its officers, its border."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.answers import BorderInfo, LookupAnswer
from geo_api.services.finder import NOWHERE
from geo_api.services.snapshot import Snapshot


def look_up_point(
    snapshot: Snapshot, lon: float, lat: float, *, near_border_m: float, age_s: float | None = None
) -> LookupAnswer:
    """The cell and the officers of a point in the storage datum (degrees); ``age_s`` is passed on in the answer."""
    empty = LookupAnswer(status="unpublished", on=snapshot.on, lon=lon, lat=lat, snapshot_age_s=age_s)
    cell, distance_m, beyond = snapshot.finder.one(lon, lat) if snapshot.finder else NOWHERE
    if cell < 0:
        for station in snapshot.bare:
            if station.covers(np.array([lon]), np.array([lat]))[0]:
                return replace(empty, officers=station.officers, fallback=station.fallback)
        if snapshot.finder is None:
            return empty
        nearest, away_m = snapshot.finder.nearest(lon, lat)
        return replace(empty, status="outside", nearest=snapshot.refs[nearest], nearest_distance_m=round(away_m, 2))
    return replace(
        empty,
        status="found",
        cell=snapshot.refs[cell],
        officers=snapshot.officers[cell],
        plan=snapshot.plan(cell),
        fallback=snapshot.fallback[cell],
        border=BorderInfo(
            near=distance_m <= near_border_m,
            distance_m=round(distance_m, 2),
            beyond=snapshot.refs[beyond].code if beyond >= 0 else None,
        ),
    )


def refuse_swapped(snapshot: Snapshot, lon: float, lat: float) -> None:
    """BadRequest for a point that lies in no cell, but in one with longitude and latitude the other way round."""
    if snapshot.finder is None or abs(lon) > 90.0:
        return
    if snapshot.finder.one(lon, lat)[0] < 0 <= snapshot.finder.one(lat, lon)[0]:
        raise BadRequest(
            f"longitude and latitude look swapped: ({lon}, {lat}) is far outside, ({lat}, {lon}) lies in a cell; "
            "lon is the longitude, west to east"
        )


def without_telephones(answer: LookupAnswer) -> LookupAnswer:
    """The answer as the public may see it for any day but today."""
    return replace(answer, officers=tuple(replace(o, telephone=None) for o in answer.officers))
