"""Visits and the rows that are none, as one frame whose columns are those of the store."""

from __future__ import annotations

from typing import Any

import pandas as pd

COLUMNS: dict[str, Any] = {
    "visit_id": "", "entity": "", "made_on": None, "kind": "", "officer_id": None, "result": "", "officers": "",
    "purpose": "", "findings": "", "notice_no": "", "rectify_by": None, "revisit_of": None, "minutes": None, "file": "",
    "row_no": 0, "repeat_no": 0, "reason": "", "detail": "",
}  # fmt: skip
"""Columns as the store stages them, with what stands where a frame has none."""


def visit_frame(visits: pd.DataFrame, left: pd.DataFrame | None = None) -> pd.DataFrame:
    """The visits, and below them the rows that are none (see :mod:`layers.visits`); ``reason`` is "" for visits."""
    parts = [visits.rename(columns={"date": "made_on", "row": "row_no"})]
    if left is not None and len(left):
        parts.append(left.rename(columns={"date": "made_on", "row": "row_no"}))
    whole = parts[0] if len(parts) == 1 else pd.concat([p.astype(object) for p in parts], ignore_index=True)
    out = {}
    for name, default in COLUMNS.items():
        if name in whole:
            column = whole[name]
            out[name] = column if default is None else column.where(column.notna(), default)
        else:
            out[name] = pd.Series([default] * len(whole), index=whole.index, dtype=object)
    if "officers" not in whole and "officer_id" in whole:
        out["officers"] = whole["officer_id"].where(whole["officer_id"].notna(), "")
    return pd.DataFrame(out)
