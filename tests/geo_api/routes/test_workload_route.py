"""Profiles, workload, staffing and samples over HTTP: the same figures as the use cases, for those who may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from geo_api.db import open_store
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from geo_api.services.load import load
from tests.geo_api.service import Service, running
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, make_town

RULES = {"officers_per_cell": 2, "sampling": {"food": 0.5}}


@pytest.fixture(scope="module")
def keys() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def service(new_database: Callable[[], str], keys: dict[str, str]) -> Iterator[Service]:
    url = new_database()
    with open_store(url) as store:
        load(make_town(entities=80).but(rules=RULES), store.register, today=LOADED)
        for name, role, place in (
            ("chief", "approver", BUREAU),
            ("east", "officer", EAST),
            ("boss", "admin", BUREAU),
        ):
            made = create_key(store.keys, name=name, role=role, jurisdiction=place, created_by="test")
            keys[name] = made.key
        with running(store=store, make_finder=territory_finder, settings={"database_url": url}) as started:
            yield started


def test_rules_are_set_and_shown(service: Service, keys: dict[str, str]) -> None:
    path, chief = f"/v1/profiles/{BUREAU}", {"x-api-key": keys["chief"]}
    assert service.get(path).status_code == 401
    wrong = {"officers_per_cel": 2, "travel": {"speed_kmh": -1}}
    refused = service.request("PUT", path, headers=chief, json={"reason": "x", "rules": wrong})
    assert refused.status_code == 422
    assert {f["where"] for f in refused.json()["findings"]} == {"rules.officers_per_cel", "rules.travel.speed_kmh"}
    new = {"reason": "new year", "rules": {**RULES, "officers_per_cell": 3}, "valid_from": "2100-01-01"}
    assert service.request("PUT", path, headers={"x-api-key": keys["east"]}, json=new).status_code == 403
    past = {**new, "valid_from": "2020-01-01"}
    assert service.request("PUT", path, headers=chief, json=past).status_code == 403
    assert service.request("PUT", path, headers=chief, json=new).status_code == 200
    now = service.get(f"{path}?on=2099-12-31", headers=chief).json()
    then = service.get(f"{path}?on=2100-01-01", headers=chief).json()
    assert (now["effective"]["officers_per_cell"], then["effective"]["officers_per_cell"]) == (2, 3)
    assert then["version"]["actor"] == "chief"
    text = service.get(f"/v1/profiles/{EAST}?format=toml&on=2100-01-01", headers={"x-api-key": keys["east"]})
    assert "officers_per_cell = 3" in text.text
    versions = service.get(f"{path}/versions?format=csv", headers=chief)
    assert [line.split(",")[1:3] for line in versions.text.splitlines()[1:]] == [["", "2100-01-01"], ["2100-01-01", ""]]
    assert service.request("OPTIONS", path).headers["allow"] == "GET, PUT"


def test_workload_and_staffing(service: Service, keys: dict[str, str]) -> None:
    chief, east = ({"x-api-key": keys[name]} for name in ("chief", "east"))
    whole = service.get(f"/v1/workload?jurisdiction={BUREAU}", headers=chief).json()
    assert sum(r["entities"] for r in whole["rows"]) == whole["entities"] == 80
    assert sum(round(r["hours_per_year"] * 1e6) for r in whole["rows"]) == round(whole["hours_per_year"] * 1e6)
    assert service.get(f"/v1/workload?jurisdiction={WEST}", headers=east).status_code == 403
    mine = service.get(f"/v1/workload?jurisdiction={EAST}&group=station", headers=east).json()
    assert [r["station"] for r in mine["rows"]] == [EAST]
    assert service.get(f"/v1/workload?jurisdiction={EAST}&group=colour", headers=east).status_code == 422
    staff = service.get(f"/v1/staffing?jurisdiction={BUREAU}", headers=chief).json()
    assert [r["officers_there"] for r in staff["stations"]] == [8, 8]
    assert staff["together"]["hours_needed"] == pytest.approx(whole["hours_per_year"])
    assert service.get(f"/v1/staffing?jurisdiction={BUREAU}&format=xlsx", headers=chief).content[:2] == b"PK"
    listed = service.get(f"/v1/workload?jurisdiction={BUREAU}&format=csv", headers=chief).text.splitlines()
    assert len(listed) == len(whole["rows"]) + 2, "a head, the rows and the total"


def test_an_entity_is_explained(service: Service, keys: dict[str, str]) -> None:
    chief = {"x-api-key": keys["chief"]}
    answer = service.get("/v1/entities/7/workload", headers=chief).json()
    visits = answer["visits"][0]
    assert answer["hours_per_year"] == pytest.approx(visits["visits_per_year"] * visits["minutes"] / 60)
    assert answer["message"].startswith(f"{answer['hours_per_year']:g} hours = ")
    by_number = service.get(f"/v1/entities/{6:015d}/workload", headers=chief).json()
    assert by_number["entity_id"] == 7
    assert service.get("/v1/entities/999999/workload", headers=chief).status_code == 404


def test_samples_are_drawn_and_listed(service: Service, keys: dict[str, str]) -> None:
    chief, boss, east = ({"x-api-key": keys[name]} for name in ("chief", "boss", "east"))
    body = {"jurisdiction": BUREAU, "seed": 5, "year": 2026}
    assert service.post("/v1/sampling", headers=east, json={**body, "jurisdiction": EAST}).status_code == 403
    drawn = service.post("/v1/sampling", headers=chief, json=body)
    assert drawn.status_code == 200, drawn.text
    (group,) = drawn.json()["groups"]
    assert group["drawn"] == group["quota"] > 0
    assert service.post("/v1/sampling", headers=chief, json=body).json()["draws"] == drawn.json()["draws"]
    assert service.post("/v1/sampling", headers=boss, json={**body, "seed": 6}).status_code == 409
    listed = service.get(f"/v1/sampling?jurisdiction={BUREAU}&year=2026&format=csv", headers=chief).text
    assert len(listed.splitlines()) == group["drawn"] + 1


def test_where_no_jurisdiction_is_said_it_is_that_of_the_key(service: Service, keys: dict[str, str]) -> None:
    for path in ("/v1/workload?on=2026-03-01", "/v1/staffing?on=2026-03-01", "/v1/coverage?of=2026-02"):
        for name, meant in (("east", EAST), ("chief", BUREAU)):
            key = {"x-api-key": keys[name]}
            answer = service.get(path, headers=key)
            assert answer.status_code == 200, answer.text
            assert answer.json()["jurisdiction"] == meant
            assert answer.content == service.get(f"{path}&jurisdiction={meant}", headers=key).content
    assert service.get("/v1/staffing").status_code == 401
    assert service.get("/v1/staffing?jurisdiction=%20", headers={"x-api-key": keys["east"]}).status_code == 422
