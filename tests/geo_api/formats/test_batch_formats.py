"""Bodies of batches: every number as Python reads it, every row in its place, in all formats alike."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo_api.errors import BadRequest, TooLarge
from geo_api.formats.batch import batch_from_json, batch_json
from geo_api.formats.batch_arrow import arrow_pieces, batch_arrow, batch_from_arrow
from geo_api.formats.batch_call import answer_call
from geo_api.formats.batch_csv import batch_csv, batch_from_csv, csv_pieces
from geo_api.services.batch_lookup import STATUS, BatchAnswer, BatchCall, as_numbers
from geo_api.services.snapshot import build_snapshot
from tests.geo_api.fakes import TODAY, PlainFinder, county

digits = st.text("0123456789", max_size=20)
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-180, 180).map(repr),
    st.builds(lambda s, a, b: f"{s}{a}.{b}", st.sampled_from(["", "-", "+"]), digits, digits),
    st.decimals(-180, 180, places=12).map(str),
)
fields = st.one_of(numbers, st.text("0123456789.+-eE_ \tnaif,\"'x\u00a0\u3000", max_size=8), st.just(""))
newline = st.sampled_from(["\n", "\r\n"])


def read_plainly(text: str) -> tuple[list[Any], list[Any], list[Any]]:
    """(lon, lat, id) of a CSV with that header, by the standard library alone."""
    table = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
    columns = [[row[i] if i < len(row) else None for row in table] for i in (1, 2, 0)]
    return as_numbers(columns[0]).tolist(), as_numbers(columns[1]).tolist(), columns[2]


@given(st.lists(st.lists(fields, min_size=0, max_size=4), max_size=8), newline, st.booleans())
@example([["a", "114.49060812345678", "30.6104270000001"], ["b", " 1", "1 "], ["", "", ""]], "\r\n", False)
@example([["a", "1e2", "nan"], ["b"], ["c", "12345678901234567890", "9007199254740993"]], "\n", True)
def test_csv_is_read_as_the_standard_library_reads_it(rows: list[list[str]], end: str, ended: bool) -> None:
    quoted = [",".join('"' + f.replace('"', '""') + '"' if set(f) & set(',"') else f for f in row) for row in rows]
    text = end.join(["id,lon,lat", *quoted]) + (end if ended else "")
    asked = batch_from_csv(text.encode())
    lon, lat, ids = read_plainly(text)
    np.testing.assert_array_equal(asked.lon, lon)
    np.testing.assert_array_equal(asked.lat, lat)
    assert [asked.ids[i] for i in range(len(asked.ids))] == ["" if v is None else v for v in ids]


@given(st.lists(numbers, min_size=1, max_size=50))
def test_every_plain_number_is_the_nearest_float(texts: list[str]) -> None:
    asked = batch_from_csv(("lon,lat\n" + "".join(f"{t},{t}\n" for t in texts)).encode())
    expected = [float(t) if any(c.isdigit() for c in t) else math.nan for t in texts]
    np.testing.assert_array_equal(asked.lon, np.where(np.isfinite(expected), expected, np.nan))


def answer_of(n: int, *, ids: Any = None, border: bool = True, seed: int = 0) -> BatchAnswer:
    rng = np.random.default_rng(seed)
    cell = rng.integers(-1, 3, n).astype(np.int32)
    status = np.where(cell >= 0, 0, rng.integers(1, 4, n)).astype(np.int8)
    metres = np.where(cell >= 0, np.round(rng.exponential(300, n), 2), np.nan)
    beyond = np.where(cell >= 0, rng.integers(-1, 3, n), -1).astype(np.int32)
    codes = ("C01001", 'C,"1', "网格")
    return BatchAnswer(TODAY, ids, cell, status, metres if border else None, beyond if border else None, codes, 7.5)


@pytest.mark.parametrize("border", [True, False])
@pytest.mark.parametrize("n", [0, 1, 2, 257])
def test_the_three_formats_say_the_same(n: int, border: bool) -> None:
    answer = answer_of(n, ids=[f'行 "{i}", x' for i in range(n)], border=border)
    columns = orjson.loads(batch_json(answer))
    table = pa.ipc.open_stream(batch_arrow(answer)).read_all()
    lines = list(csv.DictReader(io.StringIO(batch_csv(answer).decode(), newline="")))
    named = ["id", "cell_code", "status", *(["border_distance_m", "beyond"] if border else [])]
    assert (columns.pop("on"), columns.pop("snapshot_age_s")) == (TODAY.isoformat(), 7.5)
    assert (table.schema.metadata[b"on"], table.schema.metadata[b"snapshot_age_s"]) == (b"2026-03-10", b"7.5")
    assert list(columns) == table.column_names == named
    for name in named:
        assert table[name].to_pylist() == columns[name], name
        shown = ["" if v is None else str(v) for v in columns[name]]
        assert [line[name] for line in lines] == shown, name
    assert columns["status"] == [STATUS[s] for s in answer.status]


@pytest.mark.parametrize("pieces", [csv_pieces, arrow_pieces])
def test_pieces_are_the_whole_in_parts(pieces: Any) -> None:
    answer = answer_of(1000)
    parts = list(pieces(answer, 90))
    assert len(parts) >= 12
    if pieces is csv_pieces:
        assert b"".join(parts) == batch_csv(answer)
    else:
        whole = pa.ipc.open_stream(batch_arrow(answer)).read_all()
        assert pa.ipc.open_stream(b"".join(parts)).read_all().to_pydict() == whole.to_pydict()


def test_rows_without_names_are_numbered_from_one() -> None:
    for parts in (csv_pieces(answer_of(1101), 1101), csv_pieces(answer_of(1101), 90)):
        lines = b"".join(parts).decode().splitlines()[1:]
        assert [line.partition(",")[0] for line in lines] == list(map(str, range(1, 1102)))


@given(st.lists(st.tuples(st.integers(-999, 999), st.text("0123456789", min_size=1, max_size=17)), min_size=3))
def test_numbers_with_other_columns_behind_them_are_the_nearest_floats(parts: list[tuple[int, str]]) -> None:
    texts = [f"{whole}.{decimals}" for whole, decimals in parts]
    asked = batch_from_csv(("lon,lat,x\n" + "".join(f"{t},{t},0123456789;\n" for t in texts)).encode())
    assert asked.lon.tolist() == asked.lat.tolist() == list(map(float, texts))


def stream(columns: dict[str, Any]) -> bytes:
    table, sink = pa.table(columns), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue().to_pybytes()


def test_arrow_columns_of_any_number_and_names_of_any_type() -> None:
    body = stream({
        "note": ["x", "y", "z"],
        "lon": pa.array([114, None, 115], pa.int16()),
        "lat": pa.array([30.5, 30.25, math.inf], pa.float32()),
        "id": pa.array([1, None, 3], pa.uint64()),
    })  # fmt: skip
    asked = batch_from_arrow(body)
    np.testing.assert_array_equal(asked.lon, [114.0, np.nan, 115.0])
    np.testing.assert_array_equal(as_numbers(asked.lat), [30.5, 30.25, np.nan])
    answer = BatchAnswer(TODAY, asked.ids, *answer_of(3).__getstate__()[2:6], ("a", "b", "c"))  # type: ignore[attr-defined]
    assert pa.ipc.open_stream(batch_arrow(answer)).read_all()["id"].to_pylist() == [1, None, 3]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no Arrow IPC stream"),
        (b"lon,lat\n1,2\n", "no Arrow IPC stream"),
        (stream({"x": [1.0]}), "no column lon and no column lat; its columns: x"),
        (stream({"lon": [1.0], "lat": [1.0]})[:-40], "no Arrow IPC stream"),
        (stream({"lon": [1.0], "lat": [1.0], "address": ["x"]}), "not both"),
    ],
)
def test_what_is_no_arrow_stream_of_points_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        batch_from_arrow(body)


@pytest.mark.parametrize("read", [batch_from_csv, batch_from_arrow, batch_from_json])
def test_more_rows_than_allowed_are_refused(read: Any) -> None:
    bodies = {
        batch_from_csv: b"lon,lat\n1,2\n\n\n1,2\n1,2",
        batch_from_arrow: stream({"lon": [1.0] * 3, "lat": [1.0] * 3}),
        batch_from_json: b'{"lon": [1, 1, 1], "lat": [1, 1, 1]}',
    }
    assert len(read(bodies[read], max_points=3)) == 3
    with pytest.raises(TooLarge, match=r"at most 2|more than 2"):
        read(bodies[read], max_points=2)


# ---------------------------------------------------------------------------------------------------- whole calls
SNAPSHOT = build_snapshot(county(), PlainFinder)
BODIES = {
    "json": b'{"datum": "wgs84", "lon": [114.005, "x", 120], "lat": [30.005, 30, 30]}',
    "csv": b"lon,lat\n114.005,30.005\nx,30\n120,30\n",
    "arrow": stream({"lon": ["114.005", "x", "120"], "lat": [30.005, 30.0, 30.0]}),
}


def called(tmp_path: Path, form: str, body: bytes, **named: Any) -> bytes:
    (tmp_path / "body").write_bytes(body)
    call = BatchCall(form, datum=None if form == "json" else "wgs84", **named)
    answer_call(call, tmp_path / "body", tmp_path / "answer", lambda on, recorded_at: (SNAPSHOT, None))
    return (tmp_path / "answer").read_bytes()


@pytest.mark.parametrize("form", BODIES)
def test_zipped_both_ways_the_answer_is_the_same(tmp_path: Path, form: str) -> None:
    plain = called(tmp_path, form, BODIES[form])
    halves = gzip.compress(BODIES[form][:20]) + gzip.compress(BODIES[form][20:])
    assert gzip.decompress(called(tmp_path, form, halves, gzipped=True, gzip_answer=True)) == plain
    assert b"C01001" in plain
    assert b"invalid" in plain


def test_what_is_no_gzip_or_too_much_of_it_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b"lon,lat\n" + b"1,2\n" * 1_000_000)
    with pytest.raises(TooLarge, match="unzipped"):
        called(tmp_path, "csv", bomb, gzipped=True, max_bytes=1_000_000)
    with pytest.raises(BadRequest, match="gzip"):
        called(tmp_path, "csv", b"lon,lat\n", gzipped=True)
    with pytest.raises(BadRequest, match="too early"):
        called(tmp_path, "csv", gzip.compress(b"lon,lat\n" * 50)[:-9], gzipped=True)


def test_body_and_query_must_not_contradict_each_other(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODIES["json"])
    call = BatchCall("json", datum="gcj02")
    with pytest.raises(BadRequest, match="datum is wgs84 in the body and gcj02 in the query"):
        answer_call(call, tmp_path / "body", tmp_path / "answer", lambda on, recorded_at: (SNAPSHOT, None))
