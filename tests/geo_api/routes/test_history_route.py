"""Old codes, lineage, changes and entities over HTTP; HEAD; recorded_at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.geo_api.service import Service

KEY = {"X-API-Key": "planner-key"}


def test_an_old_code_says_since_when_and_which_cells_took_its_place(service: Service) -> None:
    body = service.get("/v1/cells/C02009?format=json").json()
    assert (body["status"], body["since"], body["cells"]) == ("superseded", "2026-01-01", [])
    (successor,) = body["successors"]
    assert (successor["cell"]["code"], successor["change"], successor["share_of_area"]) == ("C02001", "renamed", 1.0)
    collection = service.get("/v1/cells/C02009").json()
    assert (collection["type"], collection["features"], collection["status"]) == ("FeatureCollection", [], "superseded")
    assert "C02001" in service.get("/v1/cells/C02009?format=csv").text
    assert service.get("/v1/cells/C77777").status_code == 404


def test_a_code_in_force_is_answered_while_the_database_is_away(service: Service) -> None:
    service.store.published.away = True
    assert service.get("/v1/cells/C02001?format=json").json()["status"] == "in_force"
    assert service.get("/v1/cells/C02009").status_code == 503


def test_lineage(service: Service) -> None:
    body = service.get("/v1/cells/C02001/lineage").json()
    assert (body["status"], body["since"], body["successors"]) == ("in_force", "2026-01-01", [])
    (version,) = body["versions"]
    assert [(p["cell"]["code"], p["change"]) for p in version["predecessors"]] == [("C02009", "renamed")]
    assert version["successors"] == []
    early = service.get("/v1/cells/C02001/lineage?on=2025-06-01").json()
    assert (early["status"], early["since"], early["successors"][0]["cell"]["code"]) == (
        "not_yet",
        "2026-01-01",
        "C02009",
    )
    assert service.get("/v1/cells/C02001/lineage?format=csv").text.count("C02009") == 1
    assert service.get("/v1/cells/C77777/lineage").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/v1/stations", "/diagram/C01", "/v1/cells", "/v1/cells/C01001", "/v1/lookup?lon=114.005&lat=30.005&datum=wgs84"],
)
def test_what_was_recorded_then_reaches_the_store(service: Service, path: str) -> None:
    moment = "recorded_at=2026-02-01T00:00:00%2B08:00"
    answer = service.get(f"{path}{'&' if '?' in path else '?'}{moment}")
    assert answer.status_code == 200
    assert "0712-555" not in answer.text, "telephones of earlier records need a key"
    assert str(service.store.published.reads[-1][1]) == "2026-02-01 00:00:00+08:00"


def test_changes_go_on_by_token(service: Service) -> None:
    seen: list[str] = []
    query = "limit=2"
    while True:
        page: dict[str, Any] = service.get(f"/v1/changes?{query}").json()
        seen += [c["token"] for c in page["changes"]]
        query = f"limit=2&since={page['next']}"
        if not page["more"]:
            break
    assert seen == [f"1.{n}" for n in range(1, 6)]
    assert service.get(f"/v1/changes?since={page['revision']}").json()["changes"] == []
    assert service.get("/v1/changes?since=2026-01-31T12:00:00Z").status_code == 200
    assert service.get("/v1/changes?since=99").status_code == 409
    for wrong in ("since=yesterday", "limit=0", "limit=10001", "from=1"):
        assert service.get(f"/v1/changes?{wrong}").status_code == 422, wrong
    assert service.get("/v1/changes?format=csv").text.splitlines()[1].startswith("1.1,")


def test_an_entity_by_codes_of_any_age(service: Service) -> None:
    for code in ("C0200900007", "C0100100003", "7"):
        body = service.get(f"/v1/entities/{code}").json()
        assert (body["entity_id"], body["code"], body["cell"]["code"]) == (7, "C0100100003", "C01001")
        assert [c["code"] for c in body["codes"]] == ["C0200900007", "C0100100003"]
    assert service.get("/v1/entities/C0200900099").status_code == 404
    assert service.get("/v1/entities/9").json()["status"] == "not_found", "known, but nobody knows where"


@pytest.mark.parametrize("query", ["credit_code=91350100m000100y43", "name=老王小吃店", "entity=7"])
def test_an_entity_answers_like_its_place(service: Service, query: str) -> None:
    body = service.get(f"/v1/lookup?{query}").json()
    place = service.get("/v1/lookup?lon=114.005&lat=30.005&datum=cgcs2000").json()
    for name in ("status", "on", "cell", "officers", "plan", "fallback"):
        assert body[name] == place[name], name
    assert (body["lon"], body["lat"], body["matched_address"]) == (None, None, None), "the register is not open"
    assert service.get(f"/v1/lookup?{query}", headers=KEY).json()["lon"] == 114.005


def test_how_far_the_border_is_does_not_tell_where_an_entity_lies(service: Service) -> None:
    exact = service.get("/v1/lookup?lon=114.005&lat=30.005&datum=cgcs2000").json()["border"]
    rough = service.get("/v1/lookup?entity=7").json()["border"]
    assert (rough["near"], rough["beyond"]) == (exact["near"], exact["beyond"])
    assert rough["distance_m"] % 50 == 0
    assert 0 <= rough["distance_m"] - exact["distance_m"] < 50
    assert service.get("/v1/lookup?entity=7", headers=KEY).json()["border"] == exact


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y44", "credit_code.check"),
        ("91350100M000100", "credit_code.length"),
        ("91350100M000100YO3", "credit_code.character"),
        ("91110000802100433B", None),
    ],
)
def test_a_mistyped_credit_code_is_told(service: Service, code: str, fault: str | None) -> None:
    body = service.get(f"/v1/lookup?credit_code={code}").json()
    assert body["status"] == "not_found"
    assert [n["code"] for n in body["notes"]] == ([fault] if fault else [])
    assert all(n["message"] and n["message_zh"] for n in body["notes"])


def test_an_old_entity_code_is_noted(service: Service) -> None:
    body = service.get("/v1/lookup?entity=C0200900007").json()
    assert (body["status"], body["cell"]["code"]) == ("found", "C01001")
    assert [n["code"] for n in body["notes"]] == ["entity.other_day"]
    assert "2026-01-01" in body["notes"][0]["message"]
    assert "有效期" in body["notes"][0]["message_zh"]


@pytest.mark.parametrize(
    ("query", "status", "candidates"),
    [
        ("registration_no=350100100000001", "ambiguous", ["C01001", "C01002"]),
        ("name=老王小吃", "ambiguous", ["C01001"]),
        ("name=nobody", "not_found", []),
        ("entity=9", "not_found", []),
        ("entity=12345678901234567890123", "not_found", []),
        ("cell=C77777", "not_found", []),
    ],
)
def test_what_is_not_certain_is_not_guessed(service: Service, query: str, status: str, candidates: list[str]) -> None:
    body = service.get(f"/v1/lookup?{query}").json()
    assert (body["status"], [c["cell"]["code"] for c in body["candidates"]]) == (status, candidates)
    assert body["officers"] == []
    assert "老王" not in service.get(f"/v1/lookup?{query}").text


def test_a_cell_code_of_any_age_names_the_officers(service: Service) -> None:
    now = service.get("/v1/lookup?cell=C02001").json()
    old = service.get("/v1/lookup?cell=C02009").json()
    assert (old["cell"], old["officers"]) == (now["cell"], now["officers"])
    assert [n["code"] for n in old["notes"]] == ["cell.superseded"]
    early = service.get("/v1/lookup?cell=C02001&on=2024-06-01").json()
    assert (early["status"], early["officers"]) == ("unpublished", [])


def test_one_question_at_a_time(service: Service) -> None:
    for query in (
        "name=a&cell=b",
        "cell=C01001&lon=114&lat=30&datum=wgs84",
        "name=",
        "entity=%20",
        "name=" + "x" * 300,
    ):
        assert service.get(f"/v1/lookup?{query}").status_code == 422, query


@pytest.mark.parametrize(
    "path",
    ["/v1/cells/C02001/lineage", "/v1/changes", "/v1/entities/7", "/v1/near?lon=114&lat=30&datum=wgs84&metres=5"],
)
def test_unchanged_is_304_and_head_is_get_without_the_body(service: Service, path: str) -> None:
    whole = service.get(path)
    assert service.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    head = service.request("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type"):
        assert head.headers[name] == whole.headers[name]


def test_head_of_other_paths(service: Service) -> None:
    for path in ("/v1/stations", "/v1/lookup?lon=114.005&lat=30.005&datum=wgs84", "/health", "/"):
        assert service.request("HEAD", path).status_code == 200, path
    assert service.request("HEAD", "/v1/nothing").status_code == 404
    assert service.request("HEAD", "/v1/lookup/batch").status_code == 405
