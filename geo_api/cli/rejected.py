"""Rows that were not stored, written for whoever has to correct them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo_api.errors import BadRequest

if TYPE_CHECKING:
    import pandas as pd


def write_rejected(rejected: pd.DataFrame, path: Path) -> None:
    """Write the rejected rows as CSV (UTF-8 with a mark, which spreadsheets understand); also when there are none."""
    try:
        rejected.to_csv(path, index=False, encoding="utf-8-sig")
    except OSError as problem:
        raise BadRequest(f"{path}: cannot be written ({problem.strerror}); choose another file") from problem
