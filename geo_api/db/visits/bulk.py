"""Visits of a file: stored where their entity is known, every other row kept with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geo_api.db.copy import copy_frame
from geo_api.db.engine import Connection
from geo_api.db.queries import query
from geo_api.services.load_report import TableCounts

Refused = tuple[tuple[str, str, str], ...]
STAGED = (
    "visit_id", "entity", "made_on", "kind", "officer_id", "result", "officers", "purpose", "findings", "notice_no",
    "rectify_by", "revisit_of", "minutes", "file", "row_no", "repeat_no", "reason", "detail",
)  # fmt: skip
"""Columns of a frame of visits; ``officers`` as text with ";" between them, ``reason`` "" for rows that are visits."""

WORK_MEM_MB = 64
"""For the joins of one load, which is alone: the entities of a city and their names fit."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the rows: ``visits`` and ``left`` as counts, ``reasons`` of those left; ``refused``: for the report.

    ``same_day``: new visits on a day on which their entity had another one already.
    """

    visits: TableCounts
    left: TableCounts
    reasons: Mapping[str, int]
    refused: Refused
    same_day: int


def take_visits(connection: Connection, frame: pd.DataFrame, source: str, *, whole: bool) -> Taken:
    """Store the visits of a frame with the columns :data:`STAGED`, in the transaction of the connection.

    ``source`` is the dataset whose entities they may mean; ``whole``: the frame is all that the dataset says, so that what
    is no longer in it is counted as kept.
    """
    named = {"source": source}
    connection.execute(query("visits_stage"))
    copy_frame(connection, "raw_visit", frame[list(STAGED)])
    connection.execute(f"set local work_mem = '{WORK_MEM_MB}MB'")
    connection.execute("analyze raw_visit (visit_id, entity, reason, repeat_no)")
    before = _stored(connection, source)
    for step in ("visits_found", "visits_withdrawn", "visits_good", "visits_old"):
        connection.execute(query(step), named)
    connection.execute("analyze found_entity, gone_visit, old_visit")
    known, changed = connection.execute(
        "select count(*), count(*) filter (where not same) from old_visit"
    ).fetchone() or (0, 0)
    connection.execute(
        "update inspection set recorded_to = now() where id in (select id from old_visit where not same)"
    )
    inserted = connection.execute(query("visits_insert"), named).rowcount
    same_day = connection.execute(query("visits_same_day"), named).fetchone() if before else None
    connection.execute(query("visits_left"), named)
    refused = connection.execute(
        "select 'inspection', visit_id, 'no entity ' || entity || ' in the register' from left_visit "
        "where given = '' and reason = 'unmatched' order by file, row_no"
    ).fetchall()
    reasons = connection.execute("select reason, count(*) from left_visit group by 1 order by 1").fetchall()
    left = _take_left(connection, named)
    new, same = inserted - changed, known - changed
    kept = before - known if whole else 0
    return Taken(
        TableCounts(inserted + same, new, changed, same, 0, kept),
        left,
        dict(reasons),
        tuple(refused),
        same_day[0] if same_day else 0,
    )


def _stored(connection: Connection, source: str) -> int:
    """Visits of the dataset that count before this load."""
    row = connection.execute(
        "select count(*) from inspection where source = %s and recorded_to is null", (source,)
    ).fetchone()
    return int(row[0]) if row else 0


def _take_left(connection: Connection, named: Mapping[str, str]) -> TableCounts:
    """Keep the rows that are no visit; those that became one, or are no longer refused, are closed."""
    connection.execute(query("visits_left_pair"), named)
    connection.execute(query("visits_left_old"), named)
    connection.execute("update visit_unmatched set recorded_to = now() where id in (select id from old_left)")
    connection.execute(query("visits_left_insert"), named)
    counted = connection.execute(
        "select count(*), count(*) filter (where old_id is null), count(*) filter (where old_id is not null and not same), "
        "count(*) filter (where same) from pair_left"
    ).fetchone()
    return TableCounts(*counted) if counted else TableCounts()
