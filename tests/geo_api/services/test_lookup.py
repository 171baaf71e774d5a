"""One point, one address: typed answers, and the hot path's bytes equal to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.formats.lookup_json import HotLookup, lookup_json
from geo_api.services.addresses.keeper import GazetteerKeeper
from geo_api.services.ask import LookupService
from geo_api.services.batch_lookup import STATUS, BatchQuestion, look_up_batch
from geo_api.services.datums import arrays_to_storage, point_to_storage
from geo_api.services.finder import territory_finder
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.lookup import look_up_point, without_telephones
from geo_api.services.snapshot import build_snapshot
from layers.datum import from_storage
from layers.errors import DatumError
from tests.geo_api.fakes import TODAY, Clock, FakeGazetteer, FakePublished, PlainFinder, county

SNAPSHOT = build_snapshot(county(), PlainFinder)
NEAR_M = 10.0


def test_a_point_in_a_cell() -> None:
    answer = look_up_point(SNAPSHOT, 114.005, 30.004, near_border_m=NEAR_M)
    assert answer.status == "found"
    assert answer.cell is not None
    assert (answer.cell.code, answer.cell.station_name) == ("C01001", "城关监管所")
    assert [(o.name, o.role) for o in answer.officers] == [("王芳", "lead"), ("赵敏", "deputy")]
    assert answer.plan is not None
    assert (answer.plan.plan_id, answer.plan.valid_from) == (1, date(2025, 1, 1))
    assert answer.border is not None
    assert answer.border.near is False
    assert answer.border.distance_m == pytest.approx(445.28, abs=0.01)
    assert answer.border.beyond is None, "the territory ends there"


def test_near_the_border_the_cell_beyond_is_named() -> None:
    answer = look_up_point(SNAPSHOT, 114.00995, 30.005, near_border_m=NEAR_M)
    assert answer.border is not None
    assert answer.border.near is True
    assert answer.border.beyond == "C01002"
    assert look_up_point(SNAPSHOT, 114.00995, 30.005, near_border_m=1.0).border.near is False  # type: ignore[union-attr]


def test_on_a_border_the_lowest_code_answers_within_the_station_first() -> None:
    assert look_up_point(SNAPSHOT, 114.01, 30.005, near_border_m=NEAR_M).cell.code == "C01001"  # type: ignore[union-attr]
    assert look_up_point(SNAPSHOT, 114.02, 30.005, near_border_m=NEAR_M).cell.code == "C01002"  # type: ignore[union-attr]


def test_outside_names_the_nearest_cell_and_its_distance() -> None:
    answer = look_up_point(SNAPSHOT, 114.005, 30.02, near_border_m=NEAR_M)
    assert (answer.status, answer.cell, answer.officers) == ("outside", None, ())
    assert answer.nearest is not None
    assert answer.nearest.code == "C01001"
    assert answer.nearest_distance_m == pytest.approx(1113.2, abs=0.1)


def test_telephones_can_be_taken_out_and_nothing_else_changes() -> None:
    answer = look_up_point(SNAPSHOT, 114.005, 30.004, near_border_m=NEAR_M)
    silent = without_telephones(answer)
    assert {o.telephone for o in silent.officers} == {None}
    assert [o.name for o in silent.officers] == [o.name for o in answer.officers]
    assert silent.cell == answer.cell


@given(
    lon=st.one_of(st.floats(113.99, 114.04), st.sampled_from([114.0, 114.01, 114.02, 114.03])),
    lat=st.one_of(st.floats(29.995, 30.015), st.sampled_from([30.0, 30.005, 30.01])),
    age_s=st.one_of(st.none(), st.floats(0, 1e6)),
)
def test_prepared_bytes_equal_the_rendered_answer(lon: float, lat: float, age_s: float | None) -> None:
    hot = HotLookup(SNAPSHOT, NEAR_M).point(lon, lat, age_s)
    assert hot == lookup_json(look_up_point(SNAPSHOT, lon, lat, near_border_m=NEAR_M, age_s=age_s))
    assert orjson.loads(hot)["on"] == TODAY.isoformat()


# ---------------------------------------------------------------------------------------------------- the service object
def make_service(reader: FakePublished, places: list[tuple[str, float, float]] | None = None) -> LookupService:
    keeper = SnapshotKeeper(reader, PlainFinder, lambda s: s, now=Clock(), poll_s=3600.0)
    keeper.refresh()
    gazetteer = FakeGazetteer(reader)
    gazetteer.places = places or gazetteer.places
    return LookupService(keeper, GazetteerKeeper(gazetteer), near_border_m=NEAR_M)


def test_several_places_in_one_cell_are_found() -> None:
    answer = make_service(FakePublished()).address("解放路1号")
    assert (answer.status, answer.matched_address, answer.method) == ("found", "解放路1号", "exact")
    assert answer.confidence is not None
    assert answer.confidence > 0.99
    assert answer.lon in (pytest.approx(114.004, abs=1e-9), pytest.approx(114.006, abs=1e-9))


def test_places_in_several_cells_are_ambiguous_and_nobody_is_named() -> None:
    answer = make_service(FakePublished()).address("长江路5号")
    assert (answer.status, answer.cell, answer.officers) == ("ambiguous", None, ())
    assert [c.cell and c.cell.code for c in answer.candidates] == ["C01001", "C01002"]


def test_one_place_inside_and_one_outside_is_ambiguous() -> None:
    answer = make_service(FakePublished(), [("某路9号", 114.005, 30.005), ("某路9号", 120.0, 40.0)]).address("某路9号")
    assert answer.status == "ambiguous"
    assert {c.cell.code if c.cell else None for c in answer.candidates} == {"C01001", None}


def test_no_place_is_not_found_and_an_outside_place_is_outside() -> None:
    service = make_service(FakePublished())
    assert service.address("没有路1号").status == "not_found"
    outside = service.address("远方路9号")
    assert (outside.status, outside.matched_address) == ("outside", "远方路9号")


def test_addresses_in_bulk_are_answered_in_order_and_survive_the_store_being_away() -> None:
    published = FakePublished()
    service = make_service(published)
    texts = ["远方路9号", "人民路12号", "", "人民路12号", "🙂"]
    before = service.addresses(texts)
    assert [a.status for a in before] == ["outside", "found", "not_found", "found", "not_found"]
    published.away = True
    assert service.addresses(texts) == before


def test_the_datum_decides_the_cell() -> None:
    service = make_service(FakePublished())
    stored = (114.00999, 30.005)
    gcj = from_storage(*stored, "gcj02")
    assert service.point(*stored, datum="cgcs2000").cell.code == "C01001"  # type: ignore[union-attr]
    same = service.point(float(gcj[0][0]), float(gcj[1][0]), datum="gcj02")
    assert same.cell.code == "C01001"  # type: ignore[union-attr]
    assert (same.lon, same.lat) == pytest.approx(stored, abs=1e-9)
    assert service.point(float(gcj[0][0]), float(gcj[1][0]), datum="wgs84").cell.code == "C01002"  # type: ignore[union-attr]


def test_a_past_day_has_the_officers_of_that_day_and_no_telephones() -> None:
    service = make_service(FakePublished())
    past = service.point(114.005, 30.005, datum="wgs84", on=date(2025, 6, 1))
    assert past.on == date(2025, 6, 1)
    assert [o.name for o in past.officers] == ["李强", "赵敏"]
    assert {o.telephone for o in past.officers} == {None}
    with_key = service.point(114.005, 30.005, datum="wgs84", on=date(2025, 6, 1), with_telephones=True)
    assert {o.telephone for o in with_key.officers} == {"0712-555-0100"}
    assert service.point(114.005, 30.005, datum="wgs84", on=TODAY).officers[0].telephone is not None


def test_a_day_before_the_first_plan_is_unpublished() -> None:
    assert make_service(FakePublished()).point(114.005, 30.005, datum="wgs84", on=date(2020, 1, 1)).status == (
        "unpublished"
    )


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 30.0), (114.0, 91.0), (float("nan"), 30.0), (114.0, float("inf"))])
def test_what_is_no_place_on_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(BadRequest, match="no place on Earth"):
        point_to_storage(lon, lat, "wgs84")


def test_swapped_coordinates_are_recognised() -> None:
    with pytest.raises(BadRequest, match="look swapped"):
        point_to_storage(30.0, 114.0, "wgs84")


def test_unknown_datums_are_refused_with_the_list() -> None:
    with pytest.raises(DatumError, match="cgcs2000, wgs84, gcj02, bd09"):
        point_to_storage(114.0, 30.0, "mars")


@given(
    lon=st.floats(-200, 200, width=32),
    lat=st.floats(-100, 100, width=32),
    datum=st.sampled_from(["cgcs2000", "wgs84", "gcj02", "bd09"]),
)
def test_one_point_and_a_column_of_one_agree(lon: float, lat: float, datum: str) -> None:
    import numpy as np

    x, y = arrays_to_storage(np.array([lon]), np.array([lat]), datum)
    try:
        expected = point_to_storage(lon, lat, datum)
    except BadRequest:
        assert not (np.isfinite(x[0]) and np.isfinite(y[0]) and abs(x[0]) <= 180 and abs(y[0]) <= 90)
    else:
        assert (x[0], y[0]) == pytest.approx(expected, abs=1e-10)


def test_a_station_without_a_plan_is_not_outside_and_its_officers_answer() -> None:
    whole = county()
    bare = build_snapshot(replace(whole, cells=tuple(c for c in whole.cells if c.station_code != "C01")), PlainFinder)
    answer = look_up_point(bare, 114.005, 30.004, near_border_m=NEAR_M)
    assert (answer.status, answer.cell, answer.nearest) == ("unpublished", None, None)
    assert ([o.name for o in answer.officers], answer.fallback) == (["刘洋"], "station")
    assert look_up_point(bare, 114.025, 30.004, near_border_m=NEAR_M).status == "found"
    assert look_up_point(bare, 114.005, 30.02, near_border_m=NEAR_M).status == "outside"
    nothing = build_snapshot(replace(whole, cells=()), PlainFinder)
    assert [o.name for o in look_up_point(nothing, 114.025, 30.004, near_border_m=NEAR_M).officers] == ["陈静"]
    assert look_up_point(nothing, 114.5, 30.004, near_border_m=NEAR_M).officers == ()
    batch = look_up_batch(bare, BatchQuestion(None, [114.005, 114.025, 114.5], [30.004] * 3), lambda x, y: (x, y))
    assert [STATUS[s] for s in batch.status] == ["unpublished", "found", "outside"]


@pytest.mark.parametrize(("lon", "lat", "km"), [(0.0, 0.0, 12_312), (-66.0, -30.0, 20_003), (114.0, 34.0, 443)])
def test_places_far_away_are_measured_on_the_ellipsoid(lon: float, lat: float, km: float) -> None:
    answer = look_up_point(build_snapshot(county(), territory_finder), lon, lat, near_border_m=NEAR_M)
    assert answer.nearest_distance_m is not None
    assert answer.nearest_distance_m / 1000 == pytest.approx(km, rel=2e-3)


def test_a_swapped_point_is_refused_by_the_hot_path_too() -> None:
    whole = county()
    rio = shapely.box(-43.2, -22.91, -43.1, -22.81)
    cells = (replace(whole.cells[1], wkb=shapely.to_wkb(rio)),)
    stations = (replace(whole.stations[0], outline_wkb=shapely.to_wkb(rio)),)
    published = FakePublished()
    published.replacement = replace(whole, cells=cells, stations=stations)
    keeper = SnapshotKeeper(published, PlainFinder, lambda s: HotLookup(s, NEAR_M), now=Clock())
    keeper.refresh()
    assert keeper.current is not None
    ask = LookupService(keeper, GazetteerKeeper(FakeGazetteer(published)), near_border_m=NEAR_M)
    for answer in (
        lambda lon, lat: ask.point(lon, lat, datum="wgs84").status,
        lambda lon, lat: orjson.loads(keeper.current.prepared.point(lon, lat, None))["status"],  # type: ignore[union-attr]
    ):
        assert answer(-43.15, -22.85) == "found"
        assert answer(-40.0, -22.85) == "outside"
        with pytest.raises(BadRequest, match="look swapped"):
            answer(-22.85, -43.15)
