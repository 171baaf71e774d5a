"""Stations and cells over HTTP."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
import shapely

from geo_api.routes.rendered import RenderedCache, rendered
from tests.geo_api.service import Service


def test_stations_with_their_responsible_persons(service: Service) -> None:
    body = service.get("/v1/stations").json()
    assert [(s["code"], s["cells"], s["bureau_name"]) for s in body["stations"]] == [
        ("C01", 2, "某县局"),
        ("C02", 1, "某县局"),
    ]
    assert [o["name"] for o in body["stations"][0]["officers"]] == ["刘洋"]


def test_stations_as_geojson_have_outlines(service: Service) -> None:
    answer = service.get("/v1/stations?format=geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    feature = answer.json()["features"][1]
    assert feature["id"] == feature["properties"]["code"] == "C02"
    assert shapely.geometry.shape(feature["geometry"]).bounds == (114.02, 30.0, 114.03, 30.01)


def test_cells_are_geojson_by_default_and_sorted(service: Service) -> None:
    body = service.get("/v1/cells").json()
    assert body["type"] == "FeatureCollection"
    assert [f["id"] for f in body["features"]] == ["C01001", "C01002", "C02001"]
    assert body["features"][0]["properties"]["entities"] == 90
    assert body["features"][1]["properties"]["fallback"] == "station"
    assert shapely.geometry.shape(body["features"][0]["geometry"]).bounds == (114.0, 30.0, 114.01, 30.01)


def test_cells_as_csv_open_in_a_spreadsheet(service: Service) -> None:
    answer = service.get("/v1/cells?format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [r["code"] for r in rows] == ["C01001", "C01002", "C02001"]
    assert "王芳" in rows[0]["officers"]


def test_cells_under_a_station_or_the_bureau(service: Service) -> None:
    def codes(query: str) -> list[str]:
        return [f["id"] for f in service.get(f"/v1/cells?{query}").json()["features"]]

    assert codes("under=C02") == ["C02001"]
    assert codes("under=C") == ["C01001", "C01002", "C02001"]
    assert service.get("/v1/cells?under=X9").status_code == 404


def test_one_cell_and_one_that_is_not_there(service: Service) -> None:
    body = service.get("/v1/cells/C01002?format=json").json()
    assert [c["code"] for c in body["cells"]] == ["C01002"]
    missing = service.get("/v1/cells/C99999")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_past_days_have_no_telephones_but_for_callers_with_a_key(service: Service) -> None:
    assert "0712-555" in service.get("/v1/cells").text
    assert "0712-555" not in service.get("/v1/cells?on=2025-06-01").text
    assert "0712-555" not in service.get("/v1/stations?on=2025-06-01").text
    assert "0712-555" in service.get("/v1/cells?on=2025-06-01", headers={"X-API-Key": "planner-key"}).text


@pytest.mark.parametrize(
    "path", ["/v1/stations", "/v1/cells", "/v1/cells/C01001", "/v1/plans", "/v1/plans/1", "/diagram/C01", "/", "/docs"]
)
def test_unchanged_is_304(service: Service, path: str) -> None:
    first = service.get(path)
    tag = first.headers["etag"]
    again = service.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert service.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert "X-API-Key" in first.headers["vary"], "a cache in between keeps the answers of two callers apart"


def test_a_body_is_rendered_once_for_each_snapshot(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []
    context = service.app.state.context
    original = context.formats.render

    def counting(answer: object, form: str) -> tuple[bytes, str]:
        rendered.append(form)
        return original(answer, form)  # type: ignore[no-any-return]

    monkeypatch.setattr(
        service.app.state, "context", replace(context, formats=replace(context.formats, render=counting))
    )
    first = service.get("/v1/cells").content
    assert service.get("/v1/cells").content == first
    assert rendered == ["geojson"]
    assert service.get("/v1/cells?under=C02").content != first
    assert service.get("/v1/cells?format=csv").content != first
    assert rendered == ["geojson", "geojson", "csv"]
    service.store.published.number = 2
    service.keeper.refresh()
    assert service.get("/v1/cells").json()["revision"] == "2"
    assert len(rendered) == 4


def test_rendered_bodies_stay_within_their_bound() -> None:
    cache = RenderedCache(kept_bytes=100)
    for number in range(10):
        cache.keep(number, rendered(b"x" * 40, "text/plain"))
    assert [n for n in range(10) if cache.get(n)] == [8, 9]
    cache.keep("large", rendered(b"x" * 1000, "text/plain"))
    assert cache.get("large") is not None, "the one just made is always kept"
    assert cache.get(9) is None


def test_an_unknown_parameter_is_refused_not_ignored(service: Service) -> None:
    answer = service.get("/v1/cells?date=2020-01-01")
    assert answer.status_code == 422
    assert "unknown parameter date; this path knows: format, on, recorded_at, under" in answer.json()["detail"]


def test_an_unknown_format_lists_the_formats(service: Service) -> None:
    answer = service.get("/v1/cells?format=xml")
    assert answer.status_code == 422
    assert "geojson" in answer.json()["detail"]
