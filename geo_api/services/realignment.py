"""Realignment lists: which entities go from whom to whom, as files for spreadsheets."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from geo_api.errors import BadRequest
from geo_api.spreadsheet import safe_field

if TYPE_CHECKING:
    import pandas as pd


def check_realignment(path: Path) -> None:
    """Raise BadRequest for a file that is neither CSV nor XLSX."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadRequest(f"{path}: the realignment list is written as .csv or .xlsx")


def write_rows(path: Path, table: pd.DataFrame) -> None:
    """Write a list as CSV (UTF-8 with a mark that spreadsheets know) or XLSX, by the file's name.

    Raises:
        BadRequest: another kind of file. SourceError: it cannot be written.
    """
    from layers.whole_file import write_whole

    check_realignment(path)
    texts = table.select_dtypes(include=["object", "string"]).columns
    table = table.assign(**{name: table[name].map(safe_field) for name in texts})
    buffer = io.BytesIO()
    if path.suffix.lower() == ".xlsx":
        table.to_excel(buffer, index=False, sheet_name="realignment")
    else:
        table.to_csv(buffer, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    write_whole(path, buffer.getvalue())
