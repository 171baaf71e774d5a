"""Tables on a terminal: one line a row, never wider than the terminal."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.cli import tables
from geo_api.cli.tables import fitted, print_table

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Mn", "Me", "Cf")), max_size=30)


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(TEXTS, min_size=n, max_size=n), min_size=1, max_size=5)),
       st.integers(30, 120))  # fmt: skip
def test_no_row_is_wider_than_the_terminal(rows: list[list[str]], width: int) -> None:
    head = [f"c{n}" for n in range(len(rows[0]))]
    lines = fitted(head, rows, width)
    assert all(tables._cells(line) <= width for line in lines[: len(rows) + 1])
    shown = lines[0].split()
    assert shown == head[: len(shown)], "the first columns are shown"
    assert len(lines) == len(rows) + 1 + (len(shown) < len(head))


def test_columns_stand_below_each_other_chinese_or_not() -> None:
    assert fitted(["name", "n"], [["好味餐馆", "1"], ["ab", "22"]], 40) == [
        "name      n",
        "好味餐馆  1",
        "ab        22",
    ]


def test_what_does_not_fit_is_cut_and_told() -> None:
    lines = fitted(["id", "name", "address"], [["7", "x" * 90, "路" * 30]], 60)
    assert lines[1] == "7   " + "x" * 35 + "…"
    assert lines[-1] == "(not shown for want of room: address)"


def test_a_field_of_several_lines_is_one_line() -> None:
    assert fitted(["said"], [["a\n  b"]], 40) == ["said", "a b"]


def test_a_pipe_has_every_column_whole(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    print_table(["id", "name"], [[7, "x" * 300], [8, None]])
    assert capsys.readouterr().out == f"id\tname\n7\t{'x' * 300}\n8\t\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    print_table(["id", "name"], [[7, "x" * 300], [8, None]])
    assert capsys.readouterr().out == f"id  name\n7   {'x' * 35}…\n8\n"
