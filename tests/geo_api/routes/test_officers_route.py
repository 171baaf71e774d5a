"""Officers, patrol groups and departments over HTTP and from the command line, on PostGIS: the same answers."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import shapely
from openpyxl import load_workbook

from geo_api.cli import main
from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from geo_api.services.load import load
from layers.assets import check_offline
from tests.geo_api.life import published
from tests.geo_api.service import Service, running
from tests.geo_api.town import BUREAU, LOADED, WEST, make_town

pytestmark = pytest.mark.db

RULES = {"balance_tolerance": 0.1, "officers_per_cell": 2, "staffing": {"functions": ["food"], "work_limit": 0.3}}
Key = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def staffed(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as store:
        load(make_town(entities=200).but(rules=RULES), store.register, today=LOADED)
        published(store, WEST, LOADED, cells=4, tolerance=0.9)
        yield store


@pytest.fixture(scope="module")
def service(staffed: Store) -> Iterator[Service]:
    with running(store=staffed, make_finder=territory_finder, now=None) as opened:
        yield opened


@pytest.fixture(scope="module")
def key(staffed: Store) -> Key:
    """Headers of a key of a role in the western station, for some scopes."""

    def headers(role: str, jurisdiction: str = WEST, *scopes: str) -> dict[str, str]:
        made = create_key(
            staffed.keys,
            name=f"{role} {scopes}",
            role=role,
            jurisdiction=jurisdiction,
            created_by="test",
            scopes=scopes,
        )
        return {"X-API-Key": made.key}

    return headers


@pytest.fixture
def run(staffed: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command; gives its output. It must not fail."""
    monkeypatch.setenv("DATABASE_URL", staffed.database.url)
    monkeypatch.delenv("GRIDWARD_KEY", raising=False)

    def call(*args: object, status: int = 0) -> str:
        capfd.readouterr()
        assert main.exit_status([str(a) for a in args]) == status
        return capfd.readouterr().out

    return call


def test_nobody_asks_without_a_key_or_with_one_for_something_else(service: Service, key: Key) -> None:
    url = f"/v1/officers/check?jurisdiction={WEST}"
    assert service.get(url).status_code == 401
    assert service.get(url, headers=key("planner", WEST, "published")).status_code == 403
    assert service.get(url, headers=key("planner", WEST, "officers")).status_code == 200
    other = service.get(f"/v1/departments?jurisdiction={BUREAU}", headers=key("planner"))
    assert (other.status_code, other.json()["code"]) == (403, "not_allowed")


def test_command_and_route_give_the_same_check(service: Service, key: Key, run: Callable[..., str]) -> None:
    day = service.keeper.today().isoformat()
    said = json.loads(run("officers", "check", "--jurisdiction", WEST, "--on", day, "--format", "json"))
    url = f"/v1/officers/check?jurisdiction={WEST}&on={day}"
    assert service.get(url, headers=key("officer")).json() == said
    assert said["totals"] == {"staffing.no_direct": 1, "staffing.no_function": 4}
    assert "8 officers" in run("officers", "check", "--jurisdiction", WEST)
    sheet = load_workbook(io.BytesIO(service.get(f"{url}&format=xlsx", headers=key("officer")).content)).active
    assert sheet is not None
    assert sheet.max_row == 6


def test_a_proposal_is_shown_by_both_and_applied_by_an_approver(
    service: Service, key: Key, run: Callable[..., str]
) -> None:
    asked = {"jurisdiction": WEST, "valid_from": "2030-01-01"}
    shown = service.post("/v1/officers/propose", json=asked, headers=key("planner"))
    assert shown.status_code == 200
    body = shown.json()
    assert body["applied"] is False
    command = ("officers", "propose", "--jurisdiction", WEST, "--from", "2030-01-01")
    assert json.loads(run(*command, "--format", "json")) == body
    assert "what it costs" in run(*command)
    refused = service.post("/v1/officers/propose", json=asked | {"apply": True, "reason": "x"}, headers=key("planner"))
    assert refused.status_code == 403
    bare = service.post("/v1/officers/propose", json=asked | {"apply": True}, headers=key("approver"))
    assert (bare.status_code, "give a reason" in bare.json()["detail"]) == (422, True)
    done = service.post(
        "/v1/officers/propose", json=asked | {"apply": True, "reason": "rotation"}, headers=key("approver")
    )
    assert done.json()["stations"] == body["stations"]
    lines = service.post("/v1/officers/propose?format=csv", json=asked, headers=key("planner")).text.splitlines()
    assert lines[0].removeprefix("\ufeff").startswith("station_code,cell_code,role")


def test_leave_is_seen_by_the_next_lookup(service: Service, key: Key) -> None:
    service.keeper.refresh()
    snapshot = service.keeper.current.snapshot
    today, cell = snapshot.on, snapshot.refs[0].code
    who = next(o.officer_id for o in snapshot.officers[0] if o.role == "lead")
    place = snapshot.polygons[0].representative_point()
    url = f"/v1/lookup?lon={place.x}&lat={place.y}&datum=cgcs2000"
    body = {"valid_to": (today + timedelta(2)).isoformat(), "substitute": "21"}
    answer = service.post(f"/v1/officers/{who}/leave", json=body, headers=key("planner"))
    assert answer.status_code == 200
    assert answer.json() == {
        "officer_id": who, "substitute_id": "21", "kind": "leave", "valid_from": today.isoformat(),
        "valid_to": body["valid_to"],
    }  # fmt: skip
    service.keeper.refresh()
    first, second = service.get(url).json()["officers"][:2]
    assert (first["officer_id"], first["substitutes_for"], first["role"]) == ("21", who, "lead")
    assert (second["officer_id"], second["absent"]) == (who, True)
    assert service.get(f"{url}&function=food").json()["officers"][0]["officer_id"] == "21"
    none = service.get(f"/v1/lookup?cell={cell}&function=").json()
    assert none["officers"]
    assert service.post(f"/v1/officers/{who}/return", headers=key("planner")).status_code == 200
    service.keeper.refresh()
    assert service.get(url).json()["officers"][0]["officer_id"] == who


def test_leave_of_many_needs_a_row(service: Service, key: Key) -> None:
    answer = service.post("/v1/officers/leave", json={"leave": []}, headers=key("planner"))
    assert answer.status_code == 422
    assert "leave" in answer.json()["detail"]
    assert "at least 1" in answer.json()["detail"]


def test_posts_begin_and_end_over_http(service: Service, key: Key) -> None:
    cell = service.keeper.current.snapshot.refs[1].code
    body = {"code": cell, "post": "lead", "function": "food", "valid_from": "2031-01-01"}
    made = service.post("/v1/officers/15/assign", json=body, headers=key("planner")).json()
    assert (made["role"], made["function"], made["waived"]) == ("lead", "food", [])
    gone = service.post(
        "/v1/officers/15/release", json={"code": cell, "valid_from": "2031-02-01"}, headers=key("planner")
    )
    assert gone.json()["ended"] >= 1
    wrong = service.post("/v1/officers/ghost/assign", json=body, headers=key("planner"))
    assert (wrong.status_code, wrong.json()["code"]) == (404, "not_found")


def test_groups_by_both_ways(service: Service, key: Key, run: Callable[..., str]) -> None:
    day = "2030-06-01"
    shown = service.post("/v1/groups/propose", json={"jurisdiction": WEST, "valid_from": day}, headers=key("planner"))
    assert [len(g["cells"]) for g in shown.json()["groups"]] == [2, 2]
    assert "2 patrol group(s) proposed" in run("groups", "propose", "--jurisdiction", WEST, "--from", day)
    named = [f"--group={g['code']}={','.join(g['cells'])}" for g in shown.json()["groups"]]
    assert "2 patrol group(s) set" in run("groups", "set", "--jurisdiction", WEST, "--from", day, *named)
    listed = service.get(f"/v1/groups?jurisdiction={WEST}&on={day}", headers=key("officer")).json()
    assert listed["groups"] == shown.json()["groups"]
    assert json.loads(run("groups", "list", "--jurisdiction", WEST, "--on", day, "--format", "json")) == listed
    twice = {"jurisdiction": WEST, "valid_from": day, "groups": {"a": [], "b": []}}
    assert service.post("/v1/groups", json=twice, headers=key("planner")).status_code == 422


def test_the_page_of_departments_loads_nothing_from_outside(
    service: Service, key: Key, run: Callable[..., str]
) -> None:
    url = f"/v1/departments?jurisdiction={WEST}"
    page = service.get(f"{url}&format=html", headers=key("officer"))
    assert page.headers["content-type"].startswith("text/html")
    check_offline(page.text)
    assert page.text.count("<tr>") == 5
    assert "（主责）" in page.text
    assert not {"lead", "deputy", "away", "own"} & set(
        re.findall(r"[a-z]+", re.sub(r"<[^>]*>", " ", page.text.partition("<body>")[2]))
    )
    body = service.get(url, headers=key("officer")).json()
    assert body["functions"] == ["", "food"]
    assert "food" in run("departments", "--jurisdiction", WEST)
    assert len(service.get(f"{url}&level=station&format=csv", headers=key("officer")).text.splitlines()) == 2


def test_a_part_of_a_cell_over_http(service: Service, key: Key) -> None:
    snapshot = service.keeper.current.snapshot
    code, shape = snapshot.refs[2].code, snapshot.polygons[2]
    west, south, east, north = shape.bounds
    part = shape.intersection(shapely.box(west, south, (west + east) / 2, north))
    body = {
        "cell": code,
        "name": "西片",
        "datum": "cgcs2000",
        "shape": part.__geo_interface__,
        "valid_from": "2031-01-01",
    }
    made = service.post(f"/v1/officers/subareas/{code}-A", json=body, headers=key("planner"))
    assert (made.status_code, made.json()["cell"]) == (200, code)
    missing = service.post(f"/v1/officers/subareas/{code}-B", json=body | {"datum": ""}, headers=key("planner"))
    assert missing.status_code == 422
    ended = service.post(
        f"/v1/officers/subareas/{code}-A", json={"end": True, "valid_from": "2031-02-01"}, headers=key("planner")
    )
    assert ended.json()["ended"] is True
