"""Lists as CSV and XLSX: one row a thing, columns by name. Texts cannot become formulas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from geo_api.formats.tables import csv_table
from geo_api.spreadsheet import safe_field

__all__ = ["csv_table", "fields_of", "xlsx_book", "xlsx_table"]

LONGEST_COLUMN = 48
"""Characters: wider columns make a sheet that nobody can read."""


def fields_of(things: Iterable[Any], names: Sequence[str]) -> list[list[Any]]:
    """The named attributes of each thing, one row a thing."""
    return [[getattr(thing, name) for name in names] for thing in things]


def xlsx_table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet: heads in bold and frozen, a filter, columns as wide as what they hold."""
    return xlsx_book([(title or "list", head, rows)])


def xlsx_book(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """A workbook of several sheets, each with its title, heads and rows; see :func:`xlsx_table`."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, head, rows in sheets:
        _sheet(book, title, head, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet(book: Any, title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    table = [[_plain(value) for value in row] for row in rows]
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for n, name in enumerate(head):
        widest = max((_width(row[n]) for row in table), default=0)
        sheet.column_dimensions[get_column_letter(n + 1)].width = min(max(_width(name), widest) + 2, LONGEST_COLUMN)
    bold = []
    for name in head:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        bold.append(cell)
    sheet.append(bold)
    for row in table:
        sheet.append(row)
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(len(head), 1))}{len(table) + 1}"


def _plain(value: Any) -> Any:
    """A value as a spreadsheet takes it: no offsets of time, lists as text."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(str(v) for v in value)
    if isinstance(value, dict):
        return "; ".join(f"{k}: {v}" for k, v in value.items())
    return safe_field(value)


def _width(value: Any) -> int:
    """Columns that a text takes; a Chinese character takes two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in str(value)) if value is not None else 0
