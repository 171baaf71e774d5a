"""An officer's week over HTTP, on PostGIS: rounds in every form, kept and compared; tasks from a batch to their end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree import ElementTree as Xml

import openpyxl
import pytest

from geo_api.db.store import Store
from geo_api.services.answers import PublishedTerritory
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from layers.assets import check_offline
from tests.geo_api.service import Service, running
from tests.geo_api.services.tasks.conftest import DAY
from tests.geo_api.town import EAST, WEST

WEEK = "2026-W10"


@pytest.fixture(scope="module")
def service(town_store: Store) -> Iterator[Service]:
    with running(store=town_store, make_finder=territory_finder, settings={"ogc": False}) as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(town_store: Store) -> dict[str, dict[str, str]]:
    """Officers of two stations, a planner, a system that may read tasks alone."""
    wanted = {
        "east": ("officer", EAST, ("inspections", "tasks")),
        "west": ("officer", WEST, ("inspections", "tasks")),
        "planner": ("planner", EAST, ("inspections", "tasks")),
        "tasks": ("system", EAST, ("tasks",)),
    }
    return {
        name: {
            "X-API-Key": create_key(
                town_store.keys, name=name, role=role, jurisdiction=code, created_by="test", scopes=scopes
            ).key
        }
        for name, (role, code, scopes) in wanted.items()
    }


@pytest.fixture(scope="module")
def officer(territory: PublishedTerritory) -> str:
    cell = next(c.code for c in territory.cells if c.station_code == EAST)
    return territory.officers[cell][0].officer_id


def test_an_officer_of_the_town_has_the_week_in_every_form(
    service: Service, keys: dict[str, dict[str, str]], officer: str
) -> None:
    path = f"/v1/visit-plans?officer={officer}&of={WEEK}"
    answer = service.get(path, headers=keys["east"])
    assert answer.status_code == 200, answer.text
    plan = answer.json()
    stops = [s for d in plan["days"] for s in d["stops"]]
    assert stops
    assert len(stops) + len(plan["not_planned"]) == plan["due"]
    page = service.get(f"{path}&format=html&language=en", headers=keys["east"])
    assert page.headers["content-type"].startswith("text/html")
    check_offline(page.text)
    assert all(s["address"] in page.text for s in stops)
    gpx = Xml.fromstring(service.get(f"{path}&format=gpx", headers=keys["east"]).content)
    assert len(gpx.findall("{http://www.topografix.com/GPX/1/1}wpt")) == len(stops)
    book = openpyxl.load_workbook(io.BytesIO(service.get(f"{path}&format=xlsx", headers=keys["east"]).content))
    days = [d["day"] for d in plan["days"]]
    assert book.sheetnames[: len(days)] == days
    assert sum(book[day].max_row - 1 for day in days) == len(stops)
    text = service.get(f"{path}&format=csv", headers=keys["east"]).content.decode("utf-8-sig")
    assert len(text.splitlines()) == len(stops) + 1


def test_others_do_not_see_it(service: Service, keys: dict[str, dict[str, str]], officer: str) -> None:
    path = f"/v1/visit-plans?officer={officer}&of={WEEK}"
    assert service.get(path).status_code == 401
    assert service.get(path, headers=keys["west"]).status_code == 403
    assert service.get(path, headers=keys["tasks"]).status_code == 403, "a key for tasks alone"
    assert service.get(f"/v1/visit-plans?officer=nobody&of={WEEK}", headers=keys["east"]).status_code == 404
    assert service.get("/v1/visit-plans?of=2026-W99", headers=keys["east"]).status_code == 422


def test_kept_and_compared(service: Service, keys: dict[str, dict[str, str]], officer: str) -> None:
    body = {"officer": officer, "of": WEEK}
    first, again = (service.post("/v1/visit-plans", json=body, headers=keys["east"]).json() for _ in range(2))
    assert first["round_id"] == again["round_id"]
    kept = service.get(f"/v1/visit-plans/{first['round_id']}?on=2026-03-09", headers=keys["east"]).json()
    assert sum(kept["counts"].values()) == len(kept["visits"]) == sum(len(d["stops"]) for d in first["days"])
    assert kept["counts"]["open"] == 0
    assert service.get(f"/v1/visit-plans/{first['round_id']}", headers=keys["west"]).status_code == 403


def test_tasks_from_a_batch_to_their_end(
    service: Service, town_store: Store, keys: dict[str, dict[str, str]], territory: PublishedTerritory
) -> None:
    found = town_store.tasks.targets(EAST, DAY, industry="", credit_class="", ids=None)[:3]
    rows = [{"source_id": str(n), "title": "过期食品", "entity": t.entity_id} for n, t in enumerate(found)]
    body = {"source": "12315 http", "rows": rows, "on": str(DAY)}
    answer = service.post("/v1/tasks/batch", json=body, headers=keys["tasks"])
    assert answer.status_code == 200, answer.text
    opened = answer.json()
    assert opened["counts"]["opened"] == 3, opened
    assert service.post("/v1/tasks/batch", json=body, headers=keys["tasks"]).json()["counts"]["repeated"] == 3
    number = opened["rows"][0]["task_id"]
    step = {"on": str(DAY), "note": "已下架"}
    assert service.post(f"/v1/tasks/{number}/accept", json=step, headers=keys["west"]).status_code == 403
    for verb, who, state in (("accept", "east", "accepted"), ("done", "east", "done"), ("close", "planner", "closed")):
        said = service.post(f"/v1/tasks/{number}/{verb}", json=step, headers=keys[who])
        assert said.status_code == 200, said.text
        assert said.json()["task"]["state"] == state
    listed = service.get(f"/v1/tasks?jurisdiction={EAST}&state=closed&on={DAY}", headers=keys["planner"]).json()
    assert number in {t["task_id"] for t in listed["tasks"]}
    book = service.get(f"/v1/tasks?jurisdiction={EAST}&on={DAY}&format=xlsx", headers=keys["planner"])
    assert openpyxl.load_workbook(io.BytesIO(book.content)).active.max_row >= 4
