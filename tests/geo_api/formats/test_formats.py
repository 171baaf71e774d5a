"""Formats: every answer in every format that the registry lists; GeoJSON that keeps coordinates; safe tables."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import orjson
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.formats.registry import MEDIA_TYPES, formats_of, render
from geo_api.formats.tables import stations_csv
from geo_api.services.answers import CellRow, CoverageAnswer, GapsAnswer, LookupAnswer, PlanSummary, PosterList
from geo_api.services.batch_lookup import BatchAnswer, BatchQuestion, look_up_batch
from geo_api.services.lookup import look_up_point
from geo_api.services.plan_lists import PlanList, PublicPlan, public_plan
from geo_api.services.published import CellList, StationList, list_cells, list_stations
from geo_api.services.snapshot import build_snapshot
from geo_api.supervision.gaps import as_gap
from gridding.findings import Finding, Severity
from tests.geo_api.fakes import FakeStore, PlainFinder, county, plan

SNAPSHOT = build_snapshot(county(), PlainFinder)
COVERAGE = FakeStore().supervision.coverage("C01", today=SNAPSHOT.on, caller=None)  # type: ignore[arg-type]
GAPS = FakeStore().supervision.gaps("C01", SNAPSHOT.on, caller=None)  # type: ignore[arg-type]
POSTERS = FakeStore().supervision.posters("C01", SNAPSHOT.on, caller=None, recorded_at=None)  # type: ignore[arg-type]
ANSWERS = {
    LookupAnswer: look_up_point(SNAPSHOT, 114.005, 30.005, near_border_m=10.0),
    BatchAnswer: look_up_batch(SNAPSHOT, BatchQuestion(["a"], [114.005], [30.005]), lambda x, y: (x, y)),
    StationList: list_stations(SNAPSHOT, with_telephones=True),
    CellList: list_cells(SNAPSHOT, with_telephones=True),
    PlanSummary: plan(1),
    PublicPlan: public_plan(plan(1)),
    PlanList: PlanList((plan(2), public_plan(plan(1)))),
    CoverageAnswer: COVERAGE,
    GapsAnswer: GAPS,
    PosterList: POSTERS,
}


@pytest.mark.parametrize(("kind", "form"), [(k, f) for k in ANSWERS for f in formats_of(k)])
def test_each_answer_in_each_of_its_formats(kind: type, form: str) -> None:
    body, media_type = render(ANSWERS[kind], form)
    assert media_type == MEDIA_TYPES[form]
    if form == "csv":
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        assert len(rows) > 1
        assert {len(r) for r in rows} == {len(rows[0])}
    elif form == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].max_row > 1
    elif form == "arrow":
        assert pa.ipc.open_stream(body).read_all().num_rows
    else:
        assert isinstance(orjson.loads(body), dict)


def test_a_format_that_there_is_not_lists_those_that_there_are() -> None:
    with pytest.raises(BadRequest, match="no format 'pdf' for this; there is json, geojson, csv"):
        render(ANSWERS[CellList], "pdf")
    with pytest.raises(BadRequest):
        render(object(), "json")


@given(
    st.lists(
        st.tuples(st.integers(-18_000_000_000, 18_000_000_000), st.integers(-9_000_000_000, 9_000_000_000)),
        min_size=3,
        max_size=12,
        unique=True,
    )
)
def test_geojson_keeps_every_coordinate_of_the_storage_grid(points: list[tuple[int, int]]) -> None:
    ring = [(x / 1e8, y / 1e8) for x, y in points]
    polygon = shapely.Polygon(ring)
    row: CellRow = replace(county().cells[0], wkb=shapely.to_wkb(polygon))
    snapshot = build_snapshot(replace(county(), cells=(row,)), lambda *_: PlainFinder([], [], []))
    body, _ = render(list_cells(snapshot, with_telephones=False), "geojson")
    (feature,) = orjson.loads(body)["features"]
    assert [tuple(p) for p in feature["geometry"]["coordinates"][0]] == [*ring, ring[0]]


def test_no_cells_is_an_empty_collection_and_an_empty_table() -> None:
    empty = build_snapshot(replace(county(), cells=(), stations=()), PlainFinder)
    for answer in (list_cells(empty, with_telephones=True), list_stations(empty, with_telephones=True)):
        assert orjson.loads(render(answer, "geojson")[0])["features"] == []
        assert len(render(answer, "csv")[0].decode().splitlines()) == 1


def test_findings_without_a_place_have_no_geometry() -> None:
    body = orjson.loads(render(GAPS, "geojson")[0])
    assert [f["geometry"] is None for f in body["features"]] == [False, True]
    assert body["totals"] == {"staffing.no_lead": 1, "entity.unlocated": 1}


def test_a_gap_with_an_area_is_that_area_on_the_map() -> None:
    square = shapely.geometry.mapping(shapely.box(0, 0, 1, 1))
    gap = replace(GAPS.findings[0], area=square)
    body = orjson.loads(render(replace(GAPS, findings=(gap,)), "geojson")[0])
    assert body["features"][0]["geometry"]["type"] == "Polygon"
    assert "area" not in body["features"][0]["properties"]


def test_gaps_and_coverage_as_workbooks() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render(GAPS, "xlsx")[0]))
    totals, listed = book.worksheets
    assert [[c.value for c in row] for row in totals.iter_rows(min_row=2)] == [
        ["staffing.no_lead", 1],
        ["entity.unlocated", 1],
    ]
    assert [row[0].value for row in listed.iter_rows(min_row=2)] == ["staffing.no_lead", "entity.unlocated"]
    figures, late = openpyxl.load_workbook(io.BytesIO(render(COVERAGE, "xlsx")[0])).worksheets
    assert [c.value for c in figures[2]][:5] == ["A", "", 5, 10, 8] or [c.value for c in figures[2]][:5] == [
        "A",
        None,
        5,
        10,
        8,
    ]
    assert [c.value for c in late[2]][:3] == ["coverage.overdue", "warning", "7"]


def test_a_spreadsheet_runs_no_formula_from_a_name() -> None:
    gap = as_gap(Finding("x.y", Severity.INFO, "=HYPERLINK(1)", where="@cmd"), SNAPSHOT.on)
    rows = list(csv.DictReader(io.StringIO(render(replace(GAPS, findings=(gap,)), "csv")[0].decode("utf-8-sig"))))
    assert rows[0]["where"] == "'@cmd"
    assert rows[0]["message"] == "'=HYPERLINK(1)"


def test_tables_begin_with_a_byte_order_mark() -> None:
    assert stations_csv(ANSWERS[StationList]).startswith(b"\xef\xbb\xbf")  # type: ignore[arg-type]
