"""Who answers for a point on a day: the cell, its officers, its border."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.answers import AnswerNote, BorderInfo, LookupAnswer
from geo_api.services.finder import NOWHERE
from geo_api.services.on_duty import answering, for_function
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
    divided = snapshot.divided.get(cell)
    return replace(
        in_cell(snapshot, cell, empty),
        sub_area=divided.at(lon, lat) if divided else None,
        border=BorderInfo(
            near=distance_m <= near_border_m,
            distance_m=round(distance_m, 2),
            beyond=snapshot.refs[beyond].code if beyond >= 0 else None,
        ),
    )


def in_cell(snapshot: Snapshot, cell: int, empty: LookupAnswer) -> LookupAnswer:
    """An answer about the whole cell at a position of the snapshot."""
    return replace(
        empty,
        status="found",
        cell=snapshot.refs[cell],
        officers=snapshot.officers[cell],
        plan=snapshot.plan(cell),
        fallback=snapshot.fallback[cell],
        patrol_group=snapshot.groups[cell],
    )


def of_function(snapshot: Snapshot, answer: LookupAnswer, function: str | None) -> LookupAnswer:
    """The answer with those who hold a function, or all functions: of the cell, else of the nearest level above.

    None changes nothing. Where nobody holds it, nobody is named, and a note says so.
    """
    if function is None or not (answer.cell or answer.officers):
        return answer
    if answer.cell is not None:
        code, station = answer.cell.code, answer.cell.station_code
    else:
        code = station = _bare_at(snapshot, answer)
    officers, level = answering(snapshot.territory, code, station, function)
    area = answer.sub_area
    note = AnswerNote(
        "officers.none_of_function",
        f"nobody answers for the function {function!r} in {code} or above it",
        f"{code} 及其上级均无职能“{function}”的监管员",
    )
    return replace(
        answer,
        officers=officers,
        fallback=level,
        sub_area=area and replace(area, officers=for_function(area.officers, function)),
        notes=answer.notes if officers else (*answer.notes, note),
    )


def _bare_at(snapshot: Snapshot, answer: LookupAnswer) -> str:
    """The station without a plan that a place lies in."""
    x, y = np.array([answer.lon], dtype=float), np.array([answer.lat], dtype=float)
    return next((s.code for s in snapshot.bare if s.covers(x, y)[0]), "")


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
    area = answer.sub_area
    return replace(
        answer,
        officers=tuple(replace(o, telephone=None) for o in answer.officers),
        sub_area=area and replace(area, officers=tuple(replace(o, telephone=None) for o in area.officers)),
    )
