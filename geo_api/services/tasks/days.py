"""What comes in from outside with tasks: days, and lists of entities."""

from __future__ import annotations

import csv
import io
from datetime import date

from geo_api.errors import BadRequest


def refuse_future(on: date, today: date) -> None:
    """BadRequest for a step on a day that has not come yet: nothing can have happened then."""
    if on > today:
        raise BadRequest(f"on={on} has not come yet (today is {today}): a step is recorded for the day it was taken")


def entity_ids(text: str, name: str) -> tuple[int, ...]:
    """Permanent ids in the column ``entity_id`` of a CSV, each once, in order; BadRequest with every line that is wrong."""
    rows = csv.DictReader(io.StringIO(text))
    if "entity_id" not in (rows.fieldnames or ()):
        found = ", ".join(rows.fieldnames or ()) or "nothing"
        raise BadRequest(f"{name}: a column entity_id was expected in the first line, found {found}")
    ids: list[int] = []
    wrong = []
    for row in rows:
        value = (row["entity_id"] or "").strip()
        if value.isascii() and value.isdigit():
            ids.append(int(value))
        else:
            wrong.append(f"line {rows.line_num}: {value!r}")
    if wrong:
        raise BadRequest(f"{name}: these are no permanent ids (whole numbers): {'; '.join(wrong[:20])}")
    return tuple(dict.fromkeys(ids))
