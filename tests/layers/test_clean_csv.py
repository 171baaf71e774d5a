"""The quick way to read a table gives what the careful way gives, or leaves it to it."""

from __future__ import annotations

import io
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layers.clean_csv
import layers.tables
from layers.clean_csv import read_clean
from layers.errors import SourceError
from layers.tables import TextTable, read_csv

TEXT = st.text(st.sampled_from('ab1,;"\n\r \t　é监\x1c'), max_size=4)
CLEAN = st.text(st.sampled_from("ab1 监\u3000"), max_size=3)


def both(path: Path, data: bytes) -> tuple[TextTable | str, TextTable | str]:
    """As it is read, and as it is read with care."""
    path.write_bytes(data)
    return _read(path), _careful(path)


def _careful(path: Path) -> TextTable | str:
    with patch.object(layers.tables, "_clean", lambda *_: None):
        return _read(path)


def _read(path: Path) -> TextTable | str:
    try:
        return read_csv(path)
    except SourceError as problem:
        return str(problem)


def same(one: TextTable | str, other: TextTable | str) -> None:
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.rows.tolist() == other.rows.tolist()
    assert one.rejected.to_numpy().tolist() == other.rejected.to_numpy().tolist()
    assert one.findings == other.findings


@given(data=TEXT.map(str.encode) | st.lists(TEXT, max_size=12).map(lambda t: "".join(t).encode()))
def test_any_text_is_read_as_with_care(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    same(*both(tmp_path_factory.getbasetemp() / "any.csv", data))


@given(
    rows=st.lists(st.tuples(CLEAN, CLEAN, st.text(st.sampled_from('a,"\n 监'), max_size=4)), max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_a_clean_table_is_read_the_quick_way(
    rows: list[tuple[str, str, str]], end: str, mark: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = [f'{a},{b},"{c.replace(chr(34), chr(34) * 2)}"' for a, b, c in rows]
    data = mark + end.join(["x,y,x", *lines, ""]).encode()
    if rows:
        assert read_clean(data, ",") is not None
    same(*both(tmp_path_factory.getbasetemp() / "clean.csv", data))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('a,b\n"x"y,1\n', id="text behind a quoted cell"),
        pytest.param('a,b\n"x,"y,1\n', id="a quotation mark that looks like a beginning"),
        pytest.param('a,b\nx"y,1\n', id="a mark inside a plain cell"),
        pytest.param('a,b\n"x,1\n', id="cut off in a quoted cell"),
        pytest.param(" , \n1,2\n", id="a header without text"),
        pytest.param("a,b\n1,2,3\n", id="too many cells"),
        pytest.param("a,b\n1\n", id="too few cells"),
        pytest.param("a,b,\n1,2,\n", id="a column without a name"),
        pytest.param("\na,b\n1,2\n", id="a blank line above the header"),
    ],
)
def test_what_is_doubtful_is_looked_at_with_care(body: str, tmp_path: Path) -> None:
    assert read_clean(body.encode(), ",") is None
    same(*both(tmp_path / "doubtful.csv", body.encode()))


def test_a_blank_line_counts_as_a_row_of_the_sheet(tmp_path: Path) -> None:
    quick, careful = both(tmp_path / "blank.csv", b"a,b\n1,2\n\n3,4\n , \n5,6\n")
    same(quick, careful)
    assert isinstance(quick, TextTable)
    assert quick.rows.tolist() == [2, 4, 6]


def test_a_table_without_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_bytes(b";;\n ;\n")
    with pytest.raises(SourceError, match="no text in any cell"):
        read_csv(tmp_path / "bare.csv")


def test_order_of_marks_is_followed_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    good = b'"a","b,""c"""\n"","x"\n'
    bad = b'"a","b"c"\n'
    for size in range(1, 12):
        monkeypatch.setattr(layers.clean_csv, "_BLOCK", size)
        assert layers.clean_csv.quotes_in_order(good, ord(","))
        assert not layers.clean_csv.quotes_in_order(bad, ord(","))


def test_a_word_is_stored_once() -> None:
    body = io.StringIO()
    pd.DataFrame({"a": [f"V{i}" for i in range(500)], "b": ["合格", "不合格"] * 250}).to_csv(body, index=False)
    table = read_clean(body.getvalue().encode(), ",")
    assert table is not None
    assert len(set(map(id, table.columns[1]))) == 2
    assert np.array_equal(table.columns[0][:2], ["V0", "V1"])
