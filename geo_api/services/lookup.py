"""Who answers for this place, on this day? One point, or one address that the register knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.answers import AddressCandidate, AddressHit, BorderInfo, LookupAnswer
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


def look_up_address(
    snapshot: Snapshot, hits: Sequence[AddressHit], *, near_border_m: float, age_s: float | None = None
) -> LookupAnswer:
    """The cell of an address, from the registered places that bear it.

    All in one cell: found (at the first place). In several cells: "ambiguous", with those cells as candidates. None in
    the register, or none in a cell: "not_found"; a wrong officer is worse than none.
    """
    abstain = LookupAnswer(status="not_found", on=snapshot.on, lon=None, lat=None, snapshot_age_s=age_s)
    if not hits or snapshot.finder is None:
        return abstain if snapshot.finder else replace(abstain, status="unpublished")
    answers = [look_up_point(snapshot, h.lon, h.lat, near_border_m=near_border_m, age_s=age_s) for h in hits]
    candidates = {a.cell.code: a.cell for a in answers if a.cell is not None}
    somewhere_else = any(a.cell is None for a in answers)
    if len(candidates) > 1 or (candidates and somewhere_else):
        matched, share = hits[0].address, 1 / len(candidates)
        places = tuple(AddressCandidate(candidates[c], matched, "exact", share, 0.0) for c in sorted(candidates))
        return replace(abstain, status="ambiguous", matched_address=matched, candidates=places)
    return replace(answers[0], matched_address=hits[0].address, method="exact")


def without_telephones(answer: LookupAnswer) -> LookupAnswer:
    """The answer as the public may see it for any day but today."""
    return replace(answer, officers=tuple(replace(o, telephone=None) for o in answer.officers))
