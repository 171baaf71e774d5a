"""GET /v1/lookup over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from geo_api.routes.lookup import hot_query
from tests.geo_api.service import Service, running

POINT = "/v1/lookup?lon=114.005&lat=30.004&datum=wgs84"


def test_today_is_answered_from_memory_while_the_database_is_away(service: Service) -> None:
    service.store.published.away = True
    reads = len(service.store.published.reads)
    answer = service.get(POINT)
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "found"
    assert body["cell"] == {
        "code": "C01001",
        "name": "城关一格",
        "station_code": "C01",
        "station_name": "城关监管所",
    }
    assert [o["name"] for o in body["officers"]] == ["王芳", "赵敏"]
    assert body["officers"][0]["telephone"] == "0712-555-0100"
    assert body["plan"] == {"plan_id": 1, "version": 1, "valid_from": "2025-01-01", "valid_to": None}
    assert body["border"]["near"] is False
    assert len(service.store.published.reads) == reads


def test_the_answer_says_its_age_when_the_database_is_away(service: Service) -> None:
    assert service.get(POINT).json()["snapshot_age_s"] is None
    service.store.published.away = True
    service.keeper.refresh()
    assert service.get(POINT).json()["snapshot_age_s"] >= 0.0


def test_a_change_is_seen_after_the_notice(service: Service) -> None:
    from dataclasses import replace

    from tests.geo_api.fakes import county, officer

    service.store.published.replacement = replace(county(), officers={"C01001": (officer("C01001", "孙丽"),)})
    service.store.published.number = 2
    service.keeper.refresh()
    assert [o["name"] for o in service.get(POINT).json()["officers"]] == ["孙丽"]


def test_the_store_is_listened_to_and_let_go() -> None:
    with running() as service:
        (listener,) = service.store.listeners
        assert not listener.closed.is_set()
    assert listener.closed.is_set()


def test_a_past_day_has_its_officers_and_no_telephones(service: Service) -> None:
    body = service.get(POINT + "&on=2025-06-01").json()
    assert body["on"] == "2025-06-01"
    assert [o["name"] for o in body["officers"]] == ["李强", "赵敏"]
    assert {o["telephone"] for o in body["officers"]} == {None}


def test_a_key_shows_telephones_of_past_days_and_a_wrong_key_is_refused(service: Service) -> None:
    shown = service.get(POINT + "&on=2025-06-01", headers={"X-API-Key": "planner-key"}).json()
    assert shown["officers"][0]["telephone"] == "0712-555-0100"
    refused = service.get(POINT + "&on=2025-06-01", headers={"Authorization": "Bearer nonsense"})
    assert refused.status_code == 401
    assert refused.json()["code"] == "not_authenticated"
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_what_was_recorded_at_a_moment_is_asked_of_the_store_and_has_no_telephones(service: Service) -> None:
    body = service.get(POINT + "&recorded_at=2026-01-31T12:00:00%2B08:00").json()
    assert {o["telephone"] for o in body["officers"]} == {None}
    (_, moment) = service.store.published.reads[-1]
    assert moment is not None
    assert moment.isoformat() == "2026-01-31T12:00:00+08:00"
    unescaped = service.get(POINT + "&recorded_at=2026-01-31T12:00:00+08:00")
    assert unescaped.status_code == 200, "a plus sign that arrives as a blank is understood"


def test_another_day_needs_the_database(service: Service) -> None:
    service.store.published.away = True
    answer = service.get(POINT + "&on=2025-06-01")
    assert answer.status_code == 503
    assert answer.json()["code"] == "store_unavailable"
    assert int(answer.headers["retry-after"]) > 0


def test_outside_names_the_nearest_cell(service: Service) -> None:
    body = service.get("/v1/lookup?lon=114.005&lat=30.02&datum=wgs84").json()
    assert (body["status"], body["cell"], body["nearest"]["code"]) == ("outside", None, "C01001")
    assert body["nearest_distance_m"] == pytest.approx(1113.2, abs=0.1)


def test_near_a_border_the_cell_beyond_is_named(service: Service) -> None:
    body = service.get("/v1/lookup?lon=114.00995&lat=30.005&datum=wgs84").json()
    assert body["border"] == {"near": True, "distance_m": pytest.approx(5.57, abs=0.01), "beyond": "C01002"}


def test_where_the_cell_has_nobody_the_station_and_then_the_bureau_answer(service: Service) -> None:
    station = service.get("/v1/lookup?lon=114.015&lat=30.004&datum=wgs84").json()
    assert (station["fallback"], station["officers"][0]["answers_for"]) == ("station", "C01")
    bureau = service.get("/v1/lookup?lon=114.025&lat=30.004&datum=wgs84").json()
    assert (bureau["fallback"], bureau["officers"][0]["answers_for"]) == ("bureau", "C")


def test_each_datum_goes_its_own_way(service: Service) -> None:
    import numpy as np

    from layers.datum import from_storage

    stored = (np.array([114.00999]), np.array([30.005]))
    for datum in ("gcj02", "bd09", "GCJ-02", "EPSG:4547"):
        x, y = from_storage(*stored, datum)
        body = service.get(f"/v1/lookup?lon={float(x[0])!r}&lat={float(y[0])!r}&datum={quote(datum)}").json()
        assert body["cell"]["code"] == "C01001", datum
        assert body["lon"] == pytest.approx(114.00999, abs=1e-8)


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("lon=114&lat=30", ["datum is missing", "cgcs2000", "wgs84", "gcj02", "bd09", "EPSG:n"]),
        ("", ["lon is missing", "lat is missing", "datum is missing"]),
        ("lon=abc&lat=30&datum=wgs84", ["lon is 'abc'", "expected a number"]),
        ("lon=nan&lat=inf&datum=wgs84", ["lon is 'nan'", "lat is 'inf'"]),
        ("lon=1_0&lat=30&datum=wgs84", ["lon is '1_0'"]),
        ("lon=30&lat=114&datum=wgs84", ["look swapped"]),
        ("lon=114&lat=30&datum=mars", ["unknown datum 'mars'", "gcj02"]),
        ("lon=114&lat=30&datum=EPSG:999999", ["EPSG"]),
        ("lon=114&lat=30&datum=wgs84&date=2020-01-01", ["unknown parameter 'date'", "known: lon, lat"]),
        ("lon=114&lat=30&datum=wgs84&lat=31", ["lat is given more than once"]),
        ("lon=114&lat=30&datum=wgs84&on=yesterday", ["on='yesterday' is no day", "2026-01-31"]),
        ("lon=114&lat=30&datum=wgs84&on=2026-02-30", ["is no day"]),
        ("lon=114&lat=30&datum=wgs84&on=0001-01-01", ["is no day", "from 1900"]),
        ("lon=114&lat=30&datum=wgs84&recorded_at=noon", ["is no moment"]),
        ("address=x&lon=114", ["lon does not go with address"]),
        ("address=%20%EF%BC%8C", ["no letter or digit"]),
        ("address=%FF", ["cannot be read"]),
        ("address=" + "x" * 501, ["longer than 500"]),
    ],
)
def test_errors_teach(service: Service, query: str, parts: list[str]) -> None:
    answer = service.get(f"/v1/lookup?{query}")
    body = answer.json()
    assert answer.status_code == 422
    assert set(body) == {"code", "detail", "findings", "request_id"}
    for part in parts:
        assert part in body["detail"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lon=114&lat=x", ["datum", "坐标系"]),
        ("lat=30&datum=wgs84", ["lon", "经度"]),
        ("lon=1e&lat=30&datum=wgs84", ["lon", "应为数字"]),
        ("address=x&lon=114", ["lon", "只给一种"]),
        ("address=" + "x" * 501, ["address", "500"]),
        ("lon=114&lat=30&datum=wgs84&date=2020-01-01", ["date", "没有参数"]),
    ],
)
def test_errors_teach_in_chinese_too(service: Service, query: str, words: list[str]) -> None:
    findings = service.get(f"/v1/lookup?{query}").json()["findings"]
    assert all(f["message"] and f["message_zh"] for f in findings)
    said = {f["where"]: f["message_zh"] for f in findings}
    assert words[1] in said[words[0]]


def test_a_method_that_a_path_does_not_know_is_said(service: Service) -> None:
    answer = service.request("DELETE", "/v1/lookup")
    assert answer.status_code == 405
    assert "DELETE is not for this path" in answer.json()["detail"]


def test_one_address_in_one_cell_is_found(service: Service) -> None:
    body = service.get(f"/v1/lookup?address={quote('人民路 １２號')}").json()
    assert (body["status"], body["cell"]["code"], body["matched_address"]) == ("found", "C01001", "人民路12号")
    assert service.get(f"/v1/lookup?address={quote('解放路1号')}").json()["status"] == "found"


def test_an_address_in_several_cells_is_ambiguous_and_an_unknown_one_not_found(service: Service) -> None:
    both = service.get(f"/v1/lookup?address={quote('长江路5号')}").json()
    assert (both["status"], both["cell"], both["officers"]) == ("ambiguous", None, [])
    assert [c["cell"]["code"] for c in both["candidates"]] == ["C01001", "C01002"]
    none = service.get(f"/v1/lookup?address={quote('无名路1号')}").json()
    assert (none["status"], none["officers"]) == ("not_found", [])


def test_nothing_published_is_said_and_the_service_serves() -> None:
    from tests.geo_api.fakes import FakeStore

    store = FakeStore()
    store.published.empty = True
    with running(store=store) as service:
        assert service.get(POINT).json()["status"] == "unpublished"
        assert "nothing is published" in service.get("/ready").json()["note"]


def test_a_start_without_the_database_serves_as_soon_as_it_comes() -> None:
    from tests.geo_api.fakes import FakeStore

    store = FakeStore()
    store.published.away = True
    with running(store=store) as service:
        for path in (POINT, "/ready", "/v1/stations", "/v1/cells"):
            answer = service.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable"), path
            assert "retry-after" in answer.headers
        assert service.get("/health").status_code == 200
        store.published.away = False
        service.keeper.refresh()
        assert service.get(POINT).json()["status"] == "found"


@pytest.mark.parametrize(
    "query",
    [
        b"lon=1&lat=2",
        b"lon=1&lat=2&datum=mars",
        b"lon=1&lat=91&datum=wgs84",
        b"lon=nan&lat=2&datum=wgs84",
        b"lon=1&lat=2&datum=wgs84&lat=3",
        b"lon=1&lat=2&datum=wgs84&x=1",
        b"lon=1%2e5&lat=2&datum=wgs84",
        b"lon=1_0&lat=2&datum=wgs84",
        b"lon=&lat=2&datum=wgs84",
        b"",
    ],
)
def test_the_hot_path_takes_only_flawless_questions(query: bytes) -> None:
    assert hot_query(query) is None


def test_the_hot_path_reads_plain_questions_in_any_order() -> None:
    assert hot_query(b"datum=gcj02&lat=2.5&lon=-1e1&on=2026-03-10") == (-10.0, 2.5, "gcj02", b"2026-03-10")
    assert hot_query(b"lon=1&lat=2&datum=wgs84") == (1.0, 2.0, "wgs84", None)
