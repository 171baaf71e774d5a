"""Coverage, diagrams, health, pages, and what every answer carries."""

from __future__ import annotations

import logging
import re

import pytest

from geo_api.errors import BadRequest, StoreUnavailable
from geo_api.routes.deps import parse_day
from tests.geo_api.service import Service, running

KEY = {"X-API-Key": "planner-key"}
OUTSIDE = re.compile(r"""(?:src|href|action|url|import)\s*[=(]?\s*["'(]?\s*(?:https?:)?//""", re.IGNORECASE)


# ---------------------------------------------------------------------------------------------------- coverage
def test_coverage_is_never_open(service: Service) -> None:
    assert service.get("/v1/coverage?jurisdiction=C01").status_code == 401


def test_coverage_for_a_day_and_for_today(service: Service) -> None:
    body = service.get("/v1/coverage?jurisdiction=C01&on=2026-02-01", headers=KEY).json()
    assert (body["jurisdiction"], body["on"], body["totals"]["coverage.overdue"]) == ("C01", "2026-02-01", 1)
    assert (body["total"]["due"], body["rows"][0]["share"], body["findings"][0]["since"]) == (10, 0.8, "2026-01-01")
    assert service.get("/v1/coverage?jurisdiction=C01", headers=KEY).json()["on"] == "2026-03-10"
    assert service.get("/v1/coverage?jurisdiction=C77", headers=KEY).status_code == 404


def test_a_period_or_a_figure_that_there_is_not_is_told(service: Service) -> None:
    for query in ("of=2026-13", "of=lately", "by=weather", "period_from=2026-02-30", "period_from=yesterday"):
        assert service.get(f"/v1/coverage?jurisdiction=C01&{query}", headers=KEY).status_code == 422, query


def test_gaps_for_a_day_and_for_today(service: Service) -> None:
    assert service.get("/v1/gaps?jurisdiction=C01").status_code == 401
    body = service.get("/v1/gaps?jurisdiction=C01&on=2026-02-01", headers=KEY).json()
    assert (body["jurisdiction"], body["on"], body["totals"]["staffing.no_lead"]) == ("C01", "2026-02-01", 1)
    assert body["findings"][0]["closes"] == "gridward officers assign ... --as lead"
    assert service.get("/v1/gaps?jurisdiction=C77", headers=KEY).status_code == 404


def test_gaps_as_a_layer_and_a_table(service: Service) -> None:
    layer = service.get("/v1/gaps?jurisdiction=C01&format=geojson", headers=KEY).json()
    assert [f["geometry"] and f["geometry"]["coordinates"] for f in layer["features"]] == [[114.015, 30.005], None]
    assert layer["features"][0]["properties"]["rule"] == "staffing.no_lead"
    table = service.get("/v1/gaps?jurisdiction=C01&format=csv", headers=KEY).content.decode("utf-8-sig")
    assert table.splitlines()[1].startswith("staffing.no_lead,error,C01002")


def test_a_poster_is_recorded_and_listed(service: Service) -> None:
    assert service.post("/v1/posters", json={"jurisdiction": "C01", "place": "hall"}).status_code == 401
    answer = service.post("/v1/posters", json={"jurisdiction": "C01", "place": "hall"}, headers=KEY)
    assert answer.json()["posters"][0]["place"] == "hall"
    assert service.post("/v1/posters", json={"jurisdiction": "C01", "where": "hall"}, headers=KEY).status_code == 422
    assert service.get("/v1/posters?jurisdiction=C01", headers=KEY).json()["posters"][0]["place"] == "hall"


# ---------------------------------------------------------------------------------------------------- diagrams
def test_a_diagram_by_language_and_day(service: Service) -> None:
    assert "C01 zh 2026-03-10 telephones=True" in service.get("/diagram/C01").text
    assert "C en 2026-03-10 telephones=True" in service.get("/diagram/C?lang=en").text
    assert "C01 zh 2025-06-01 telephones=False" in service.get("/diagram/C01?on=2025-06-01").text


def test_a_diagram_is_drawn_once() -> None:
    drawn: list[str] = []

    def draw(snapshot: object, code: str, language: str, *, with_telephones: bool) -> str:
        drawn.append(code)
        return "<html></html>"

    with running(draw=draw) as service:
        for _ in range(3):
            service.get("/diagram/C01")
        assert drawn == ["C01"]
        service.store.published.number = 2
        service.keeper.refresh()
        service.get("/diagram/C01")
        assert drawn == ["C01", "C01"], "a change draws it anew"


def test_a_diagram_of_nothing_is_404_and_of_an_unknown_language_422(service: Service) -> None:
    assert service.get("/diagram/X1").status_code == 404
    assert service.get("/diagram/C01?lang=fr").status_code == 422


def test_only_diagrams_may_carry_inline_scripts(service: Service) -> None:
    assert "'unsafe-inline'" in service.get("/diagram/C01").headers["content-security-policy"]
    for path in ("/", "/docs", "/v1/cells", "/health", "/nowhere", "/static/gridward.js"):
        assert "unsafe-inline" not in service.get(path).headers["content-security-policy"], path


# ---------------------------------------------------------------------------------------------------- health
def test_health_and_readiness(service: Service) -> None:
    assert service.get("/health").json()["status"] == "ok"
    body = service.get("/ready").json()
    assert (body["ready"], body["on"], body["cells"], body["stations"]) == (True, "2026-03-10", 3, 2)
    assert (body["database"], body["snapshot_age_s"], body["note"]) == ("reachable", None, "")


def test_no_answer_repeats_what_the_driver_said(service: Service) -> None:
    def broken(*_: object) -> None:
        raise StoreUnavailable('connection to "/secret/socket" failed')

    service.store.published.revision = broken  # type: ignore[assignment,method-assign]
    service.store.plans.plans = broken  # type: ignore[assignment,method-assign]
    service.keeper.refresh()
    for path in ("/ready", "/v1/plans"):
        assert "secret" not in service.get(path).text
    assert service.get("/v1/plans").json()["code"] == "store_unavailable"


def test_readiness_says_when_the_database_is_away(service: Service) -> None:
    service.store.published.away = True
    service.keeper.refresh()
    answer = service.get("/ready")
    body = answer.json()
    assert answer.status_code == 200
    assert body["database"] == "away"
    assert body["snapshot_age_s"] >= 0
    assert "serving from memory" in body["note"]


# ---------------------------------------------------------------------------------------------------- pages
@pytest.mark.parametrize("path", ["/", "/docs", "/static/gridward.css", "/static/gridward.js", "/favicon.ico"])
def test_no_page_has_an_outside_address(service: Service, path: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 200
    assert OUTSIDE.findall(answer.text) == []


def test_what_pages_load_is_there(service: Service) -> None:
    for page in ("/", "/docs"):
        for address in re.findall(r'(?:src|href)="([^"#?]+)', service.get(page).text):
            assert service.get("/" + address.removeprefix("./")).status_code == 200, address


def test_the_description_lists_every_route_with_its_errors(service: Service) -> None:
    text = service.get("/docs").text
    for path in service.get("/openapi.json").json()["paths"]:
        assert path.replace("{", "&#123;") in text or path in text
    assert "datum" in text


# ---------------------------------------------------------------------------------------------------- every answer
@pytest.mark.parametrize("path", ["/v1/lookup?lon=114.005&lat=30.004&datum=wgs84", "/nowhere", "/static/gridward.css"])
def test_every_answer_has_a_request_id_and_the_security_headers(service: Service, path: str) -> None:
    first, second = service.get(path), service.get(path)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'self'" in first.headers["content-security-policy"]


def test_the_callers_request_id_is_kept_unless_it_is_odd(service: Service) -> None:
    assert service.get("/health", headers={"X-Request-ID": "case-17"}).headers["x-request-id"] == "case-17"
    odd = service.get("/health", headers={"X-Request-ID": "a b<script>"})
    assert odd.headers["x-request-id"] != "a b<script>"
    assert service.get("/nowhere", headers={"X-Request-ID": "case-18"}).json()["request_id"] == "case-18"


def test_an_unknown_path_and_a_wrong_method_have_the_one_shape(service: Service) -> None:
    missing = service.get("/v2/lookup")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = service.post("/v1/lookup")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET"
    assert set(missing.json()) == set(wrong.json()) == {"code", "detail", "findings", "request_id"}


def test_a_fault_of_ours_is_500_without_its_text_and_is_logged(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    service.store.plans.plans = broken  # type: ignore[assignment,method-assign]
    with caplog.at_level(logging.ERROR):
        answer = service.get("/v1/plans")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "secret detail" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "secret detail" in caplog.text


def test_the_access_log_has_no_query_and_no_unknown_path(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="geo_api.access"):
        service.get("/v1/lookup?lon=114.005&lat=30.004&datum=wgs84")
        service.get("/v1/lookup?address=%E4%BA%BA%E6%B0%91%E8%B7%AF12%E5%8F%B7")
        service.get("/home-of-mr-wang")
    lines = [r.getMessage() for r in caplog.records if r.name == "geo_api.access"]
    assert len(lines) == 3
    assert all(re.match(r"GET /v1/lookup 200 \d+B [\d.]+ms \S+$", line) for line in lines[:2])
    assert lines[2].startswith("GET (unknown path) 404")
    assert "114.005" not in caplog.text
    assert "wang" not in caplog.text


def test_under_a_path_of_a_proxy_links_stay_within_it() -> None:
    with running(settings={"base_path": "/gridward"}) as service:
        for prefix in ("", "/gridward"):  # a proxy may or may not strip its path
            assert service.get(f"{prefix}/health").status_code == 200
            assert service.get(f"{prefix}/static/gridward.css").status_code == 200
        assert service.get("/openapi.json").json()["servers"] == [{"url": "/gridward"}]
        for page in ("/", "/docs"):
            assert not re.findall(r'(?:src|href)="/', service.get(page).text), "links are relative"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/near?lon=114&lat=30&datum=wgs84&metres=99999", "不得大于20000"),
        ("/v1/near?lon=114&lat=30&datum=wgs84&metres=far", "应为数字"),
        ("/v1/near?lon=114&lat=30&metres=5", "缺少"),
        ("/v1/download/shp", "应为 'gpkg'"),
        ("/v1/changes?limit=0", "不得小于1"),
        ("/v1/cells/%20", "格式应为"),
    ],
)
def test_values_that_cannot_be_used_are_said_in_both_languages(service: Service, path: str, words: str) -> None:
    (finding,) = service.get(path).json()["findings"]
    assert finding["where"] in finding["message"]
    assert words in finding["message_zh"]


def test_a_body_that_cannot_be_used_is_said_in_chinese(service: Service) -> None:
    answer = service.request("POST", "/v1/plans/1/return", json={"reason": ""}, headers=KEY)
    said = {f["where"]: f["message_zh"] for f in answer.json()["findings"]}
    assert said["reason"] == "参数 reason：不得为空"
    (listed,) = service.request("POST", "/v1/plans/1/return", json=[], headers=KEY).json()["findings"]
    assert "应为对象" in listed["message_zh"]
    (choice,) = service.get("/v1/download/shp").json()["findings"]
    assert " 或 " in choice["message_zh"]
    assert " or " not in choice["message_zh"]


def test_a_day_that_cannot_be_is_named_by_its_parameter() -> None:
    assert parse_day(None, "since") is None
    with pytest.raises(BadRequest, match="since='2026-13-01' is no day"):
        parse_day("2026-13-01", "since")
