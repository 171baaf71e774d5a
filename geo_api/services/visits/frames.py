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
    out = {name: _filled(whole, name, default) for name, default in COLUMNS.items()}
    if "officers" not in whole and "officer_id" in whole:
        out["officers"] = _filled(whole.rename(columns={"officer_id": "officers"}), "officers", "")
    return pd.DataFrame(out, copy=False)


def _filled(whole: pd.DataFrame, name: str, default: Any) -> pd.Series:
    if name not in whole:
        return pd.Series([default] * len(whole), index=whole.index, dtype=object)
    column = whole[name]
    there = column.notna() if default is not None else None
    return column if there is None or there.all() else column.where(there, default)
