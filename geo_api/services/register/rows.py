"""One row of daily changes: what it says, which entity it means, and what it changes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from geo_api.services.register.store import Addition, Change, Known
from geo_api.supervision.classes_rules import ClassRules
from geo_api.supervision.entities import normalise_address
from gridding.findings import Finding, Severity
from layers.credit_code import credit_code_faults
from layers.register_changes import Changes

CONTENT = (
    "credit_code", "registration_no", "name", "address", "industry", "credit_class", "licensed", "opened", "licence_until",
)  # fmt: skip
"""Columns that a row may set."""
NEAR_DEG = 2e-9
"""Coordinates nearer than this (a fraction of a millimetre) are the same place."""


@dataclass(frozen=True, slots=True)
class Row:
    """A checked row.

    Attributes:
        row: its number as the user sees it.
        change: opened, changed, moved, closed or reopened.
        day: when it happened.
        source_id, credit_code, registration_no: what it names its entity by.
        values: what it says of the entity, of the columns of :data:`CONTENT`.
        place: (lon, lat) in EPSG:4490; None = it gives none.
        placed_by: "" = the row, "gazetteer" = by its address.
        reason, value: why it cannot be used; "" = it can.
    """

    row: int
    change: str
    day: date
    source_id: str
    credit_code: str
    registration_no: str
    values: Mapping[str, Any]
    place: tuple[float, float] | None
    placed_by: str = ""
    reason: str = ""
    value: str = ""

    @property
    def needs_place(self) -> bool:
        """Whether its address should be looked up."""
        return not self.reason and self.place is None and self.change in ("opened", "moved")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of a row: a change, an addition, nothing (it is so already), or a reason why it cannot be stored.

    ``entity`` tells rows about the same entity apart from others.
    """

    entity: object
    change: Change | None = None
    addition: Addition | None = None
    reason: str = ""
    value: str = ""
    doubts: tuple[Finding, ...] = field(default=())


def rows_of(changes: Changes, on: date) -> list[Row]:
    """The rows of a table; those without a date are of the day ``on``, none lies after it."""
    frame = changes.frame
    faults = credit_code_faults(frame["credit_code"]) if len(frame) else np.zeros(0, dtype=object)
    out = []
    for k, given in enumerate(frame.to_dict("records")):
        day = given["date"] if isinstance(given["date"], date) else on
        reason, value = str(changes.reason[k]), str(changes.value[k])
        source_id, credit_code, number = (str(given[n]) for n in ("source_id", "credit_code", "registration_no"))
        if not reason and not (source_id or credit_code or number):
            reason = "no key: give source_id, credit_code or registration_no"
        if not reason and day > on:
            reason, value = f"its date lies after {on}, the day of the import", day.isoformat()
        values = {name: given[name] for name in CONTENT if changes.said[name][k]}
        if "address" in values:
            values["address_key"] = normalise_address(values["address"])
        there = np.isfinite(changes.lon[k]) and np.isfinite(changes.lat[k])
        place = (float(changes.lon[k]), float(changes.lat[k])) if there else None
        if faults[k] and not reason:
            values["_fault"] = faults[k]
        row, change = int(changes.rows[k]), str(given["change"])
        out.append(Row(row, change, day, source_id, credit_code, number, values, place, "", reason, value))
    return out


def judged(row: Row, found: Sequence[Known], *, classes: ClassRules, default_class: str) -> Verdict:
    """What comes of a row, given the entities that its keys may mean."""
    key = row.source_id or row.credit_code or row.registration_no
    doubts = _doubts(row)
    values = {k: v for k, v in row.values.items() if not k.startswith("_")}
    odd = values.get("credit_class", "")
    if odd and odd not in classes.order:
        return Verdict(key, reason=f"there is no class {odd}: {', '.join(classes.order)}", value=str(odd))
    meant = _meant(row, found)
    if len(meant) > 1:
        ids = ", ".join(str(k.entity_id) for k in meant[:5])
        reason = f"several entities have this {meant[0].by} (entities {ids}): give source_id, or decide which is which"
        return Verdict(key, reason=reason, value=key)
    if not meant:
        if row.change != "opened":
            return Verdict(key, reason="no such entity in the register: report it as opened first", value=key)
        return _opened(row, values, key, classes, default_class, doubts)
    return _of_known(row, values, meant[0], classes, doubts)


def _meant(row: Row, found: Sequence[Known]) -> list[Known]:
    """Those found by the strongest key; of several with one number those that live, where the row is about one that does."""
    for by in ("source_id", "credit_code", "registration_no"):
        same = [k for k in found if k.by == by]
        if len(same) > 1:
            wanted = [k for k in same if k.lives] or same
            return wanted if row.change != "reopened" else same
        if same:
            return same
    return []


def _opened(
    row: Row, values: dict[str, Any], key: str, classes: ClassRules, default_class: str, doubts: tuple[Finding, ...]
) -> Verdict:
    licensed = bool(values.get("licensed", True))
    chosen = values.get("credit_class") or (default_class if licensed else classes.unlicensed)
    if not licensed:
        chosen = classes.unlicensed
    if not chosen:
        return Verdict(key, reason="no credit_class, and the rules give no default_class in [rules.register]")
    if row.place is None:
        doubts = (*doubts, _unlocated(row))
    content = {"opened": row.day, **values, "licensed": licensed, "credit_class": chosen}
    return Verdict(key, addition=Addition(row.row, key, content, row.place, row.placed_by), doubts=doubts)


def _of_known(
    row: Row, values: dict[str, Any], known: Known, classes: ClassRules, doubts: tuple[Finding, ...]
) -> Verdict:
    entity, content = known.entity_id, known.content
    closed = content.get("closed")
    if values.get("licensed") is False and "credit_class" not in values:
        values["credit_class"] = classes.unlicensed
    if row.change == "opened":
        differs = [name for name in CONTENT if name in values and values[name] != content.get(name)]
        if not _same_place(row, content):
            differs.append("place")
        if differs:
            reason = f"it is in the register already (entity {entity}) with another {', '.join(differs)}: report it as changed"
            return Verdict(entity, reason=reason, value=row.source_id or row.credit_code or row.registration_no)
        return Verdict(entity)
    if row.change == "closed":
        if closed is not None and closed <= row.day:
            same = closed == row.day
            return (
                Verdict(entity) if same else Verdict(entity, reason=f"entity {entity} was closed on {closed} already")
            )
        return Verdict(entity, change=Change(row.row, entity, row.day, {"closed": row.day}), doubts=doubts)
    if row.change == "reopened":
        if known.lives:
            return Verdict(entity)
        change = Change(row.row, entity, row.day, values, row.place is not None, row.place, row.placed_by, reopens=True)
        return Verdict(entity, change=change, doubts=doubts)
    if not known.lives:
        reason = f"entity {entity} is closed since {closed}: report it as reopened first"
        return Verdict(entity, reason=reason)
    moves = row.place is not None and not _same_place(row, content)
    lost = (
        row.change == "moved"
        and row.place is None
        and "address" in values
        and values["address"] != content.get("address")
    )
    if row.change == "moved" and row.place is None and "address" not in values:
        return Verdict(entity, reason="a move needs coordinates or an address")
    if lost:
        doubts = (*doubts, _unlocated(row))
    change = Change(row.row, entity, row.day, values, moves or lost, row.place, row.placed_by)
    return Verdict(entity, change=change, doubts=doubts)


def _same_place(row: Row, content: Mapping[str, Any]) -> bool:
    """Whether the row names no other place than the register has; what the gazetteer found proves nothing."""
    if row.place is None or row.placed_by:
        return True
    lon, lat = content.get("lon"), content.get("lat")
    return lon is not None and lat is not None and max(abs(lon - row.place[0]), abs(lat - row.place[1])) <= NEAR_DEG


def _doubts(row: Row) -> tuple[Finding, ...]:
    fault = row.values.get("_fault")
    if not fault:
        return ()
    return (
        Finding(
            "register.credit_code",
            Severity.WARNING,
            f"row {row.row}: the credit code {row.credit_code} is wrong ({fault}); it is kept",
            f"第 {row.row} 行：统一社会信用代码 {row.credit_code} 有误",
            where=f"row {row.row}",
        ),
    )


def _unlocated(row: Row) -> Finding:
    address = row.values.get("address", "")
    return Finding(
        "register.unlocated",
        Severity.WARNING,
        f"row {row.row}: no coordinates, and its address {address!r} is not certain to be in one cell: it is in no cell until "
        "somebody places it (gridward place)",
        f"第 {row.row} 行：没有坐标，地址 {address!r} 无法确定位置，请人工定位",
        where=f"row {row.row}",
    )
