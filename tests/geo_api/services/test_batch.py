"""Many points: every row is answered as if it were asked alone, and a bad one spoils only itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.formats.batch import batch_from_json, batch_json
from geo_api.formats.batch_csv import batch_csv, batch_from_csv
from geo_api.services.batch_lookup import STATUS, BatchQuestion, as_numbers, look_up_batch
from geo_api.services.datums import arrays_to_storage
from geo_api.services.lookup import look_up_point
from geo_api.services.snapshot import build_snapshot
from tests.geo_api.fakes import PlainFinder, county

SNAPSHOT = build_snapshot(county(), PlainFinder)

numbers = st.one_of(
    st.floats(113.99, 114.04),
    st.floats(29.99, 30.02),
    st.sampled_from([114.0, 114.01, 114.02, 30.0, 30.01, 114, 30]),
)
anything = st.one_of(
    numbers,
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.floats(),
    st.integers(-(10**400), 10**400),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=1),
    numbers.map(str),
)
rows = st.lists(st.tuples(anything, anything), max_size=30)


def in_storage(x: Any, y: Any) -> Any:
    return arrays_to_storage(x, y, "wgs84")


def is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or "_" in str(value):
        return False
    try:
        return math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False


@given(rows)
def test_each_row_is_answered_as_if_alone(points: list[tuple[Any, Any]]) -> None:
    question = BatchQuestion(list(range(len(points))), [p[0] for p in points], [p[1] for p in points])
    answer = look_up_batch(SNAPSHOT, question, in_storage)
    assert list(answer.ids or ()) == list(range(len(points)))
    for column in (answer.cell, answer.status, answer.border_distance_m, answer.beyond):
        assert len(column) == len(points)
    for i, (lon, lat) in enumerate(points):
        status = STATUS[answer.status[i]]
        if not (is_number(lon) and is_number(lat) and abs(float(lon)) <= 180 and abs(float(lat)) <= 90):
            assert status == "invalid"
            assert answer.cell[i] == -1
            continue
        alone = look_up_point(SNAPSHOT, float(lon), float(lat), near_border_m=10.0)
        assert status == alone.status
        assert (answer.codes[answer.cell[i]] if answer.cell[i] >= 0 else None) == (alone.cell and alone.cell.code)
        if alone.border:
            assert answer.border_distance_m[i] == alone.border.distance_m
            beyond = answer.codes[answer.beyond[i]] if answer.beyond[i] >= 0 else None
            assert beyond == alone.border.beyond
        else:
            assert math.isnan(answer.border_distance_m[i])


@given(rows)
def test_every_row_comes_back_through_json_and_csv(points: list[tuple[Any, Any]]) -> None:
    import csv
    import io

    import orjson

    question = BatchQuestion([f"行{i}" for i in range(len(points))], [p[0] for p in points], [p[1] for p in points])
    answer = look_up_batch(SNAPSHOT, question, in_storage)
    columns = orjson.loads(batch_json(answer))
    lines = list(csv.DictReader(io.StringIO(batch_csv(answer).decode())))
    assert {len(columns[k]) for k in ("id", "cell_code", "status", "border_distance_m", "beyond")} == {len(points)}
    assert len(lines) == len(points)
    for i, line in enumerate(lines):
        assert line["id"] == columns["id"][i] == f"行{i}"
        assert line["status"] == columns["status"][i]
        assert (line["cell_code"] or None) == columns["cell_code"][i]
        assert (line["beyond"] or None) == columns["beyond"][i]
        metres = float(line["border_distance_m"]) if line["border_distance_m"] else None
        assert metres == columns["border_distance_m"][i]


def test_columns_of_different_length_are_refused_with_their_lengths() -> None:
    with pytest.raises(BadRequest, match="lon has 2, lat has 1, id has 3"):
        look_up_batch(SNAPSHOT, BatchQuestion([1, 2, 3], [1.0, 2.0], [1.0]), in_storage)


@given(rows)
def test_without_the_border_the_cells_are_the_same(points: list[tuple[Any, Any]]) -> None:
    lon, lat = [p[0] for p in points], [p[1] for p in points]
    full = look_up_batch(SNAPSHOT, BatchQuestion(None, lon, lat), in_storage)
    bare = look_up_batch(SNAPSHOT, BatchQuestion(None, lon, lat, border=False), in_storage)
    assert bare.cell.tolist() == full.cell.tolist()
    assert bare.status.tolist() == full.status.tolist()
    assert bare.border_distance_m is None
    assert bare.beyond is None


def test_no_points_is_an_empty_answer() -> None:
    answer = look_up_batch(SNAPSHOT, BatchQuestion(None, [], []), in_storage)
    assert len(answer.status) == 0


def test_nothing_published_says_so_in_each_row() -> None:
    from dataclasses import replace

    empty = build_snapshot(replace(county(), cells=(), stations=()), PlainFinder)
    answer = look_up_batch(empty, BatchQuestion(None, [114.005, None], [30.005, 30.0]), in_storage)
    assert [STATUS[s] for s in answer.status] == ["unpublished", "invalid"]


def test_numbers_come_from_numbers_and_texts_alone() -> None:
    got = as_numbers([1, 2.5, "3.5", "1_0", True, None, [1], "x", 10**400, float("inf")])
    assert got[:3].tolist() == [1.0, 2.5, 3.5]
    assert np.isnan(got[3:]).all()


def test_json_bodies_say_all_that_is_wrong_with_them() -> None:
    with pytest.raises(BadRequest) as caught:
        batch_from_json(b'{"lon": 1, "when": 2, "on": "2026-13-01"}')
    said = str(caught.value)
    for part in (
        "unknown key 'when'",
        "lon must be an array",
        "lat must be an array",
        "'2026-13-01'",
    ):
        assert part in said


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        batch_from_json(body)


def test_csv_with_a_byte_order_mark_quotes_and_short_rows() -> None:
    asked = batch_from_csv('\ufeffID,"Lon",lat,note\na,"114.005",30.005,"x,y"\nb,114\n\nc,,\n'.encode())
    assert list(asked.ids) == ["a", "b", "c"]
    assert asked.lon[:2].tolist() == [114.005, 114.0]
    assert asked.lat[0] == 30.005
    assert np.isnan([asked.lon[2], *asked.lat[1:]]).all()


def test_csv_without_the_columns_lists_those_it_has() -> None:
    with pytest.raises(BadRequest, match="no column lon and no column lat; its columns: x, y"):
        batch_from_csv(b"x,y\n1,2\n")


def test_csv_that_is_not_utf8_says_where() -> None:
    with pytest.raises(BadRequest, match="not UTF-8"):
        batch_from_csv("lon,lat\n网格".encode("gb18030"))


def test_a_column_given_twice_and_a_number_that_json_does_not_know_are_explained() -> None:
    with pytest.raises(BadRequest, match="column lon more than once"):
        batch_from_csv(b"lon,lat,lon\n1,2,3\n")
    with pytest.raises(BadRequest, match="JSON knows no NaN"):
        batch_from_json(b'{"datum": "wgs84", "lon": [NaN], "lat": [1]}')
