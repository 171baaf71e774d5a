"""Relations, near and levels over HTTP."""

from __future__ import annotations

import json

import pytest

from geo_api.services import relations
from tests.geo_api.service import Service

POINT = "lon=114.005&lat=30.005&datum=cgcs2000"


def related(service: Service, query: str) -> list[tuple[str, str]]:
    return [(c["cell"]["code"], c["meets_in"]) for c in service.get(f"/v1/relations?{query}").json()["cells"]]


def test_neighbours_of_a_cell(service: Service) -> None:
    assert related(service, "relation=touches&of=C01002") == [("C01001", "border"), ("C02001", "border")]
    assert related(service, "relation=touches&of=C01") == [("C02001", "border")]
    assert related(service, "relation=within&of=C01") == [("C01001", "area"), ("C01002", "area")]
    assert related(service, "relation=overlaps&of=C01001") == []
    (cell, _) = service.get("/v1/relations?relation=touches&of=C01002").json()["cells"]
    assert cell["border_m"] == pytest.approx(1108.5, rel=0.01)
    assert (cell["share_of_cell"], cell["share_of_shape"]) == (0, 0)


@pytest.mark.parametrize(
    ("wkt", "relation", "expected"),
    [
        ("POINT(114.005 30.005)", "covers", [("C01001", "inside")]),
        ("POINT(114.01 30.005)", "covers", [("C01001", "point"), ("C01002", "point")]),
        ("POINT(114.01 30.005)", "touches", [("C01001", "point"), ("C01002", "point")]),
        ("LINESTRING(114.005 30.005, 114.015 30.005)", "overlaps", [("C01001", "inside"), ("C01002", "inside")]),
        ("LINESTRING(114.01 30, 114.01 30.01)", "touches", [("C01001", "border"), ("C01002", "border")]),
        ("POLYGON((113 29, 114.01 29, 114.01 31, 113 31, 113 29))", "within", [("C01001", "area")]),
        (
            "POLYGON((113 29, 114.01 29, 114.01 30, 113 30, 113 29))",
            "touches",
            [("C01001", "border"), ("C01002", "point")],
        ),
    ],
)
def test_shapes_as_wkt(service: Service, wkt: str, relation: str, expected: list[tuple[str, str]]) -> None:
    assert related(service, f"relation={relation}&datum=cgcs2000&wkt={wkt}") == expected


def test_shapes_as_geojson(service: Service) -> None:
    shape = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [114.005, 30.005, 3]}}
    path = "/v1/relations/shape?relation=covers&datum=wgs84"
    body = service.post(path, content=json.dumps(shape)).json()
    assert (body["of"], [c["cell"]["code"] for c in body["cells"]]) == (None, ["C01001"])
    assert service.post(f"{path}&format=csv", content=json.dumps(shape)).text.count("C01001") == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", "no JSON"),
        ("[]", "expected a GeoJSON"),
        ('{"type": "GeometryCollection", "geometries": []}', "expected a GeoJSON"),
        ('{"type": "Point"}', "cannot be read"),
        ('{"type": "Point", "coordinates": "x"}', "cannot be read"),
        ('{"type": "Polygon", "coordinates": []}', "empty"),
        ('{"type": "Point", "coordinates": [30, 114]}', "no place on Earth"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}', "not valid"),
        (
            json.dumps({"type": "LineString", "coordinates": [[114 + i / 1e6, 30] for i in range(10_001)]}),
            "at most 10000",
        ),
    ],
)
def test_shapes_that_cannot_be_used_say_why(service: Service, body: str, words: str) -> None:
    answer = service.post("/v1/relations/shape?relation=covers&datum=wgs84", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("relation=covers", 422, "either of=CODE"),
        ("relation=covers&of=C01&wkt=POINT(1 1)", 422, "either of=CODE"),
        ("relation=covers&wkt=POINT(1 1)", 422, "datum is missing"),
        ("relation=covers&wkt=POINT(1&datum=wgs84", 422, "no WKT"),
        ("relation=covers&wkt=POINT(1 1)&datum=mars", 422, "mars"),
        ("relation=crosses&of=C01", 422, "relation"),
        ("relation=covers&of=C99", 404, "lineage"),
    ],
)
def test_questions_that_cannot_be_answered(service: Service, query: str, status: int, words: str) -> None:
    answer = service.get(f"/v1/relations?{query}")
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_a_shape_that_would_cost_too_much_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relations, "MOST_WORK", 10)
    wide = "POLYGON((114 30, 114.005 30, 114.03 30, 114.03 30.01, 114 30.01, 114 30))"
    assert len(related(service, f"relation=within&datum=cgcs2000&wkt={wide}")) == 3, "cells inside cost nothing"
    answer = service.get("/v1/relations?relation=overlaps&of=C01")
    assert answer.status_code == 200
    skewed = "POLYGON((114 30.001, 114.005 30.002, 114.03 30.003, 114.03 30.009, 114 30.009, 114 30.001))"
    refused = service.get(f"/v1/relations?relation=overlaps&datum=cgcs2000&wkt={skewed}")
    assert (refused.status_code, "simplify" in refused.json()["detail"]) == (422, True)


def test_near(service: Service) -> None:
    body = service.get(f"/v1/near?{POINT}&metres=600").json()
    assert [(c["cell"]["code"], round(c["distance_m"])) for c in body["cells"]] == [("C01001", 0), ("C01002", 482)]
    assert body["cells"][0]["officers"][0]["telephone"] == "0712-555-0100"
    assert [c["cell"]["code"] for c in service.get(f"/v1/near?{POINT}&metres=0").json()["cells"]] == ["C01001"]
    some = service.get(f"/v1/near?{POINT}&metres=5000&limit=1").json()
    assert (len(some["cells"]), some["more"]) == (1, True)
    assert "0712" not in service.get(f"/v1/near?{POINT}&metres=600&on=2025-06-01").text
    for wrong in ("metres=-1", "metres=20001", "metres=nan", "metres=1&limit=0"):
        assert service.get(f"/v1/near?{POINT}&{wrong}").status_code == 422, wrong


def test_levels(service: Service) -> None:
    body = service.get(f"/v1/levels?{POINT}").json()
    assert [(r["level"], r["code"]) for r in body["levels"]] == [
        ("cell", "C01001"),
        ("station", "C01"),
        ("bureau", "C"),
    ]
    assert [o["name"] for o in body["levels"][1]["officers"]] == ["刘洋"]
    outside = service.get("/v1/levels?lon=120&lat=30&datum=wgs84").json()
    assert (outside["status"], outside["levels"]) == ("outside", [])
    assert service.get("/v1/levels?lon=200&lat=30&datum=wgs84").status_code == 422


def test_nothing_published(service: Service) -> None:
    service.store.published.empty = True
    service.store.published.number = 2
    service.keeper.refresh()
    assert service.get(f"/v1/near?{POINT}&metres=600").json()["cells"] == []
    assert related(service, "relation=covers&datum=wgs84&wkt=POINT(114 30)") == []
    assert service.get(f"/v1/levels?{POINT}").json()["status"] == "outside"


def test_from_memory_while_the_database_is_away(service: Service) -> None:
    service.store.published.away = True
    assert service.get(f"/v1/near?{POINT}&metres=600").status_code == 200
    assert service.get(f"/v1/levels?{POINT}").status_code == 200
    assert related(service, "relation=touches&of=C01001") == [("C01002", "border")]
