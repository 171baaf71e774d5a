"""Decisions out of the table of proposals that a person filled in."""

from __future__ import annotations

from pathlib import Path

from geo_api.errors import BadRequest
from geo_api.services.visits.class_model import Decision
from layers.raw import read_source

ENTITY = ("entity_id", "主体编号")
DECISION = ("decision", "确认类别")
REASON = ("decision_reason", "确认理由")
"""Heads of the columns: in CSV, in XLSX."""


def read_decisions(path: Path, reason: str) -> list[Decision]:
    """The rows of a CSV or XLSX whose column decision is filled in; a reason of its own goes before ``reason``.

    Raises:
        BadRequest: no such columns, or no row with a decision. SourceError: a file that cannot be read.
    """
    frame = read_source(path).frame
    columns = {}
    for names in (ENTITY, DECISION, REASON):
        columns[names[0]] = next((c for c in frame.columns if str(c).strip() in names), None)
    missing = [name for name in (ENTITY, DECISION) if columns[name[0]] is None]
    if missing:
        raise BadRequest(
            f"{path}: no column {' or '.join(missing[0])}: take the table of `gridward classes propose --format xlsx` and fill "
            "in the column decision"
        )
    entity, chosen = frame[columns["entity_id"]].astype(str), frame[columns["decision"]].astype(str)
    own = (
        frame[columns["decision_reason"]].astype(str)
        if columns["decision_reason"]
        else entity.where(entity.eq("\0"), "")
    )
    rows = [
        Decision(e.strip().removesuffix(".0"), letter.strip(), why.strip() or reason)
        for e, letter, why in zip(entity, chosen, own, strict=True)
        if letter.strip() and letter.strip().lower() not in ("nan", "none")
    ]
    if not rows:
        raise BadRequest(f"{path}: no row has a decision")
    return rows
