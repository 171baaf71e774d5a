"""A part of a cell with officers of its own: drawn, or given up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely

from geo_api.errors import BadRequest, Conflict, NotFound, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.staffing.store import StaffingStore, SubArea
from geo_api.services.sub_areas import INSIDE
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity

DRAWERS = frozenset({"planner", "approver"})
CODE = re.compile(r"[A-Za-z0-9._\-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SubAreaSet:
    """A sub-area from a day on; ``inside`` is the share of it in its cell (0 to 1), ``ended``: it is given up."""

    code: str
    name: str
    cell: str
    valid_from: date
    inside: float
    ended: bool = False


def set_sub_area(
    store: StaffingStore,
    code: str,
    *,
    cell: str,
    name: str,
    shape: Any,
    caller: Caller,
    valid_from: date | None = None,
    reason: str = "",
) -> SubAreaSet:
    """Draw a part of a cell from a day on (default: today); its lead is assigned to its code like to any other.

    ``shape``: polygon or multipolygon in EPSG:4490.

    Raises:
        BadRequest: no polygon, a code that cannot be. NotFound: no such cell. Conflict: the code is a cell's or a
        station's, or the sub-area overlaps another one. RuleViolation: it lies outside of its cell. NotAllowed.
    """
    above = store.ancestors(cell)
    what = f"divide cell {cell}"
    require(caller.role, caller.jurisdiction, allowed=DRAWERS, ancestors=above, to=what)
    if not CODE.fullmatch(code):
        raise BadRequest(f"{code!r} is no code: 1 to 40 letters, digits, points, lines were expected, such as {cell}-A")
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadRequest(f"the shape of sub-area {code} is a {shape.geom_type}: a polygon was expected")
    on = valid_from or store.today(cell)
    refuse_backdating(store, cell, on, caller=caller, reason=reason, what=what)
    with store.change() as work:
        if (taken := work.taken_by(code)) not in (None, cell):
            raise Conflict(f"the code {code} is taken{f' by a sub-area of {taken}' if taken else ''}: choose another")
        inside = work.put_sub_area(SubArea(code, name, cell, bytes(shapely.to_wkb(shape))), on)
        if inside < INSIDE:
            raise RuleViolation(f"sub-area {code} was not stored: {_outside(code, cell, on, inside).message}",
                                (_outside(code, cell, on, inside),))  # fmt: skip
        payload = {"code": code, "name": name, "valid_from": on.isoformat(), "inside": round(inside, 6)}
        work.event(caller=caller, verb="divide", subject=f"jurisdiction:{cell}", reason=reason, payload=payload)
    return SubAreaSet(code, name, cell, on, round(inside, 6))


def end_sub_area(
    store: StaffingStore, code: str, *, caller: Caller, valid_from: date | None = None, reason: str = ""
) -> SubAreaSet:
    """Give a part of a cell up from a day on (default: today); NotFound, NotAllowed."""
    above = store.ancestors(code)
    what = f"give up sub-area {code}"
    require(caller.role, caller.jurisdiction, allowed=DRAWERS, ancestors=above, to=what)
    on = valid_from or store.today(code)
    refuse_backdating(store, code, on, caller=caller, reason=reason, what=what)
    with store.change() as work:
        if not work.end_sub_area(code, on):
            raise NotFound(f"there is no sub-area {code!r} on {on} or later")
        work.event(
            caller=caller, verb="undivide", subject=f"jurisdiction:{above[1]}", reason=reason, payload={"code": code}
        )
    return SubAreaSet(code, "", above[1], on, 0.0, ended=True)


def _outside(code: str, cell: str, on: date, inside: float) -> Finding:
    return Finding(
        "sub_area.outside",
        Severity.ERROR,
        f"only {inside:.1%} of sub-area {code} lies in cell {cell} as it is on {on}: draw it inside, and check the datum",
        f"分区 {code} 仅有 {inside:.1%} 位于网格 {cell} 内，请在网格内绘制并核对坐标系",
        where=code,
        value=round(inside, 4),
        limit=INSIDE,
        unit="fraction",
    )
