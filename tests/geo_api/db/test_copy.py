"""What goes in by binary COPY is what went in as text: every type, NULL, Unicode, quotes, places; or nothing at all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_api.db import copy as copying
from geo_api.db.copy import CHUNK_ROWS, copy_frame
from geo_api.db.engine import Connection, conninfo

pytestmark = pytest.mark.db

DDL = """
    create temp table kept (
        n bigint, small smallint, whole integer, share double precision, told boolean, day date, words text, facts jsonb,
        place geometry(Point, 4490)
    )
"""
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", " ", r"\N", '"', "a,b", "1\n2", "\r\n", "\\", "NULL", "nan", "人民路12号", "𠮷野家", "e\u0301"]
)
LON, LAT = st.floats(-180, 180), st.floats(-90, 90)
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.none() | st.integers(-(2**15), 2**15 - 1),
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.dates(),
        st.none() | TEXTS,
        st.none() | st.dictionaries(TEXTS, st.integers(-9, 9), max_size=2).map(json.dumps),
        st.none() | st.builds(shapely.Point, LON, LAT),
    ),
    max_size=8,
)
COLUMNS = ["n", "small", "whole", "share", "told", "day", "words", "facts", "place"]


@pytest.fixture(scope="module")
def own_database(new_database: Callable[[], str]) -> str:
    """A database for these tables alone; it has PostGIS."""
    return conninfo(new_database())


@pytest.fixture
def connection(own_database: str) -> Iterator[Connection]:
    """A connection whose temporary tables go with it."""
    with psycopg.connect(own_database) as opened:
        opened.execute(DDL)
        yield opened
        opened.rollback()


@pytest.fixture
def only_binary(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever falls back to text fails."""

    def refuse(*_: Any) -> None:
        raise AssertionError("sent as text")

    monkeypatch.setattr(copying, "_as_text", refuse)


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Columns of objects, as a reader of files makes them."""
    return pd.DataFrame({name: pd.Series([r[k] for r in rows], dtype=object) for k, name in enumerate(COLUMNS)})


def kept(connection: Connection, columns: str = "*") -> list[tuple[Any, ...]]:
    return connection.execute(
        f"select {columns} from kept" + (" order by ctid" if "(*)" not in columns else "")
    ).fetchall()  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_every_value_arrives_as_it_is(connection: Connection, only_binary: None, rows: list[tuple[Any, ...]]) -> None:
    connection.execute("delete from kept")
    assert copy_frame(connection, "kept", frame_of(rows)) == len(rows)
    columns = "n, small, whole, share, told, day, words, facts, st_x(place), st_y(place), st_srid(place)"
    for given_row, found in zip(rows, kept(connection, columns), strict=True):
        *plain, facts, place = given_row
        assert list(found[:7]) == plain
        assert found[7] == (None if facts is None else json.loads(facts))
        assert found[8:] == ((None,) * 3 if place is None else (place.x, place.y, 4490))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_text_says_the_same(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    frame = frame_of(rows)
    connection.execute("delete from kept")
    copy_frame(connection, "kept", frame)
    binary = kept(connection)
    connection.execute("delete from kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "encoder", lambda *_: None)
        copy_frame(connection, "kept", frame)
    assert kept(connection) == binary


@pytest.mark.parametrize(
    ("column", "values", "stored"),
    [
        ("share", np.array([1.5, math.nan, math.inf]), [1.5, None, math.inf]),
        ("share", np.array([1, 2, 3]), [1.0, 2.0, 3.0]),
        ("whole", np.array([1.0, math.nan, -3.0]), [1, None, -3]),
        ("whole", pd.array([1, None, -3], dtype="Int64"), [1, None, -3]),
        ("told", np.array([True, False, True]), [True, False, True]),
        ("day", pd.to_datetime(["2020-02-29", None, "1969-12-31"]), [date(2020, 2, 29), None, date(1969, 12, 31)]),
        ("day", [date(1, 1, 1), pd.NaT, datetime(9999, 12, 31, 5)], [date(1, 1, 1), None, date(9999, 12, 31)]),
        ("words", pd.Series(["a", None, ""], dtype="str"), ["a", None, ""]),
        ("words", pd.Categorical(["a", None, "b"]), ["a", None, "b"]),
        ("words", [12, "x", None], ["12", "x", None]),
    ],
)
def test_columns_of_any_make(connection: Connection, only_binary: None, column: str, values: Any, stored: Any) -> None:
    copy_frame(connection, "kept", pd.DataFrame({column: values}))
    assert [row[0] for row in kept(connection, column)] == stored


@pytest.mark.parametrize("form", ["shapes", "bytes", "hex", "text"])
def test_shapes_of_any_kind(connection: Connection, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    shapes = [
        shapely.MultiPolygon([shapely.box(114, 30, 115, 31), shapely.box(116, 30, 117, 31)]),
        None,
        shapely.LineString([(0.1, 0.2), (0.3, 0.4)]),
        shapely.Point(1 / 3, 2 / 3),
    ]
    values: list[Any] = shapes
    if form == "text":
        monkeypatch.setattr(copying, "encoder", lambda *_: None)
    elif form != "shapes":
        values = [
            None if s is None else shapely.to_wkb(shapely.set_srid(s, 4490), hex=form == "hex", include_srid=True)
            for s in shapes
        ]
    connection.execute("alter table kept drop column place, add column place geometry(Geometry, 4490)")
    copy_frame(connection, "kept", pd.DataFrame({"n": range(4), "place": pd.Series(values, dtype=object)}))
    rows = kept(connection, "st_asbinary(place), st_srid(place)")
    assert [None if wkb is None else shapely.from_wkb(wkb) for wkb, _ in rows] == shapes
    assert [srid for _, srid in rows] == [4490, None, 4490, 4490]


def test_many_chunks_keep_their_order(connection: Connection, only_binary: None) -> None:
    count = 3 * CHUNK_ROWS + 1
    names = np.array([f"小店{'x' * (k % 7)}{k}" for k in range(count)], dtype=object)
    names[::5] = None
    places = shapely.points(np.random.default_rng(0).uniform(-90, 90, (count, 2)))
    assert copy_frame(connection, "kept", pd.DataFrame({"n": range(count), "words": names, "place": places})) == count
    rows = kept(connection, "n, words, st_x(place)")
    assert [r[0] for r in rows] == list(range(count))
    assert [r[1] for r in rows] == names.tolist()
    assert [r[2] for r in rows] == shapely.get_x(places).tolist()


def test_an_empty_frame_stores_nothing(connection: Connection, only_binary: None) -> None:
    assert copy_frame(connection, "kept", pd.DataFrame({"n": [], "words": [], "place": []})) == 0
    assert kept(connection) == []


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("whole", ["1", "twelve"], "twelve"),
        ("small", [1, 70_000], "70000"),
        ("whole", [1.0, 2.5], "1.0"),
        ("day", ["2020-02-30"], "2020-02-30"),
        ("facts", ["{"], "JSON|json"),
        ("place", ["01"], "WKB"),
        ("words", ["a\0b"], "0x00"),
        ("nowhere", [1], "nowhere"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_stored(
    connection: Connection, column: str, values: list[Any], told: str
) -> None:
    with pytest.raises(psycopg.Error, match=told), connection.transaction():
        copy_frame(connection, "kept", pd.DataFrame({"n": range(len(values)), column: values}))
    assert kept(connection) == []


def test_a_late_row_that_does_not_fit_is_told(connection: Connection) -> None:
    values = [*range(2 * CHUNK_ROWS), "twelve"]
    with pytest.raises(psycopg.DataError, match=f"line {len(values)}.*twelve"), connection.transaction():
        copy_frame(connection, "kept", pd.DataFrame({"whole": pd.Series(values, dtype=object)}))
    assert kept(connection, "count(*)") == [(0,)]


def test_a_late_text_for_a_number_is_stored_once(connection: Connection) -> None:
    values = [*range(2 * CHUNK_ROWS), "12"]
    copy_frame(connection, "kept", pd.DataFrame({"whole": pd.Series(values, dtype=object)}))
    assert kept(connection, "count(*), sum(whole)") == [(len(values), sum(range(2 * CHUNK_ROWS)) + 12)]


def test_a_connection_lost_half_way_leaves_nothing(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out = copying._laid_out

    def cut(frame: pd.DataFrame, encoders: Any) -> Iterator[Any]:
        chunks = laid_out(frame, encoders)
        yield next(chunks)
        assert watching.execute("select pg_terminate_backend(%s)", (writing.info.backend_pid,)).fetchone() == (True,)
        yield from chunks

    with psycopg.connect(own_database, autocommit=True) as watching:
        try:
            watching.execute("create table if not exists copy_cut (n bigint)")
            monkeypatch.setattr(copying, "_laid_out", cut)
            # the connection is left with the error: a COMMIT on what is left of it may tell of the COPY still under way
            with pytest.raises(psycopg.OperationalError), psycopg.connect(own_database) as writing:
                copy_frame(writing, "copy_cut", pd.DataFrame({"n": np.arange(4 * CHUNK_ROWS)}))
            assert watching.execute("select count(*) from copy_cut").fetchone() == (0,)
        finally:
            watching.execute("drop table copy_cut")
