"""Tables as workbooks: what goes in comes out, whatever the texts hold."""

from __future__ import annotations

import io
from datetime import date, datetime

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_api.formats.sheets import LONGEST_COLUMN, xlsx_book, xlsx_table

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\ufffe\uffff"), max_size=40)
DAYS = st.dates(date(1900, 3, 1), date(2100, 1, 1))
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9), DAYS, TEXTS)


def read(book: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2, max_col=3)]


def expected(value: object) -> object:
    if isinstance(value, str):
        plain = "".join(c for c in value if c >= " " or c in "\t\n")
        return (f"'{plain}" if value[:1] in ("=", "+", "@", "\t") else plain) or None
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=4))
def test_what_goes_in_comes_out(rows: list[tuple[object, ...]]) -> None:
    found = read(xlsx_table("list", ["a", "b", "c"], rows))
    found += [[None] * 3] * (len(rows) - len(found))  # rows of nothing at the end
    for row, back in zip(rows, found, strict=True):
        for value, seen in zip(row, back, strict=True):
            want = expected(value)
            assert seen == (pytest.approx(want) if isinstance(want, float) else want)


def test_moments_numbers_and_what_no_sheet_can_say() -> None:
    moment = datetime(2026, 11, 1, 13, 5, 7)
    rows = [[moment, np.int64(3), np.float64(0.5)], [float("nan"), float("inf"), date(1890, 1, 1)], [("a", "b"), "", 0]]
    assert read(xlsx_table("list", ["a", "b", "c"], rows)) == [
        [moment, 3, 0.5],
        [None, None, "1890-01-01"],
        ["a; b", None, 0],
    ]


def test_heads_are_bold_and_frozen_with_a_filter_and_sheets_have_names_that_differ() -> None:
    long = "很" * 40
    book = xlsx_book([("到期 2026/11", ["序号", "说明"], [[1, long]]), ("到期 2026/11", ["x"], []), ("", ["y"], [])])
    first, second, third = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    assert (first.title, second.title, third.title) == ("到期 2026 11", "到期 2026 112", "list")
    assert (first["A1"].font.b, first["A2"].font.b, first.freeze_panes, first.auto_filter.ref) == (
        True,
        False,
        "A2",
        "A1:B2",
    )
    assert (first.column_dimensions["A"].width, first.column_dimensions["B"].width) == (6, LONGEST_COLUMN)
    assert book == xlsx_book(
        [("到期 2026/11", ["序号", "说明"], [[1, long]]), ("到期 2026/11", ["x"], []), ("", ["y"], [])]
    )
