"""Lists as CSV and XLSX: one row a thing, columns by name. Texts cannot become formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from geo_api.formats.tables import csv_table
from geo_api.spreadsheet import safe_field

if TYPE_CHECKING:
    from geo_api.formats.sheet_xml import Sheet

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
    from geo_api.formats.sheet_xml import workbook

    return workbook([_sheet(title, head, rows) for title, head, rows in sheets])


def _sheet(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Sheet:
    table = [[_plain(value) for value in row] for row in rows]
    widths = [
        min(max(_width(name), max(map(_width, {row[n] for row in table}), default=0)) + 2, LONGEST_COLUMN)
        for n, name in enumerate(head)
    ]
    return title, head, table, widths


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
    if value is None:
        return 0
    text = value if isinstance(value, str) else str(value)
    return len(text) if text.isascii() else len(text) + sum(c > "\u2e7f" for c in text)
