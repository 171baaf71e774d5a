"""A stored claim as it is answered: its state in words, who must act, until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from geo_api.services.claims.store import ClaimRow, ClaimView, DatedRules
from geo_api.supervision import claims as life
from geo_api.supervision.claims_rules import ClaimRules

STATE = {
    life.FELL: "waiting",
    life.REDRAWN: "waiting",
    life.WRONG: "transfer",
    life.DISPUTED: "disputed",
    life.CLAIMED: "claimed",
    life.TRANSFERRED: "transferred",
    life.DECIDED: "decided",
    life.LAPSED: "lapsed",
}
"""Last step -> state as it is answered."""
WAITING = ("waiting", "transfer", "disputed")
"""States in which somebody must act."""


def rules_on(dated: Iterable[DatedRules], day: date) -> ClaimRules:
    """The time limits of a day; the defaults where no profile held."""
    return next((d.rules for d in dated if day in d.valid), ClaimRules())


def claim_view(row: ClaimRow, on: date, dated: Iterable[DatedRules], parents: Mapping[str, str]) -> ClaimView:
    """A claim as it is answered on a day. A limit is that of the day on which it began to run."""
    row = as_it_lies(row)
    begun = row.fell_on if row.step == life.FELL else row.day
    due = life.due_on(row.step, row.fell_on, row.day, rules_on(dated, begun))
    waits = life.waits_for(row.step, row.cell_code, row.to_cell)
    if row.step == life.DISPUTED:
        waits = deciding_level(row.cell_station, row.to_station, parents)
    return ClaimView(
        entity_id=row.entity_id,
        name=row.name,
        address=row.address,
        industry=row.industry,
        credit_class=row.credit_class,
        lon=row.lon,
        lat=row.lat,
        claim_no=row.claim_no,
        state=STATE[row.step],
        cell_code=row.cell_code,
        fell_on=row.fell_on,
        waits_for=waits,
        held_by=row.now_cell or life.held_by(row.step, row.cell_code, row.to_cell),
        officer_id=row.officer_id,
        since=row.day,
        document=row.document,
        reason=row.reason,
        due_on=due,
        late_days=max((on - due).days, 0) if due else 0,
        days_left=(due - on).days if due and due >= on else None,
        to_cell=row.to_cell,
    )


def as_it_lies(row: ClaimRow) -> ClaimRow:
    """An open claim whose place a plan put into another cell, as if the step of it were stored already."""
    if not row.now_cell or row.now_since is None or row.step not in life.OPEN:
        return row
    day = max(row.now_since, row.day)
    return replace(
        row, step=life.REDRAWN, day=day, to_cell=row.now_cell, document=plan_document(row), asked_on=day, officer_id="",
        reason="", now_cell="", now_plan=None, now_since=None,
    )  # fmt: skip


def plan_document(row: ClaimRow) -> str:
    """The plan of a redraw, as the document of its step."""
    return f"plan:{row.now_plan}"


def deciding_level(station: str, other: str, parents: Mapping[str, str]) -> str | None:
    """The lowest jurisdiction above both stations: the station itself where both cells are its own."""
    above = _upwards(other, parents)
    return next((code for code in _upwards(station, parents) if code in above), None)


def _upwards(code: str, parents: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    while code and code not in found:
        found.append(code)
        code = parents.get(code, "")
    return found
