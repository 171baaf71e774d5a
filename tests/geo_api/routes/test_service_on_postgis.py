"""The service over PostGIS: from a loaded town to lookups, batches, plans, keys and coverage, and back on a change."""

from __future__ import annotations

import queue
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from geo_api import main
from geo_api.db import open_store
from geo_api.db.diagram_views import DiagramViews
from geo_api.db.store import Store
from geo_api.services.build_plan import build_plan
from geo_api.services.diagram_draw import DiagramDrawer
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from geo_api.services.load import load
from geo_api.services.snapshot import Snapshot
from geo_api.settings import Settings
from layers.assets import check_offline
from tests.geo_api.life import ADMIN, published
from tests.geo_api.service import Service, running
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, WEST, make_town

pytestmark = pytest.mark.db

REAL_PARTS: dict[str, Any] = {"make_finder": territory_finder, "now": None}


@pytest.fixture(scope="module")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as store:
        load(make_town(), store.register, actor="test", today=LOADED)
        for station in (WEST, EAST):
            published(store, station, LOADED)
        yield store


@pytest.fixture(scope="module")
def town_service(town_store: Store) -> Iterator[Service]:
    draw = DiagramDrawer(DiagramViews(town_store.database), Settings(), assets_prefix="/static/vendor")
    with running(store=town_store, draw=draw, **REAL_PARTS) as service:
        yield service


def test_it_is_ready_with_what_is_published(town_service: Service) -> None:
    body = town_service.get("/ready").json()
    assert (body["cells"], body["stations"], body["database"], body["note"]) == (6, 2, "reachable", "")


def test_memory_and_sql_name_the_same_cell(town_service: Service, town_store: Store) -> None:
    rng = np.random.default_rng(3)
    lon = np.round(rng.uniform(LON - 0.001, LON + 2 * SIDE + 0.001, 400), 8)
    lat = np.round(rng.uniform(LAT - 0.001, LAT + SIDE + 0.001, 400), 8)
    lon[:50] = LON + SIDE  # on the border of the stations
    lat[50:100] = LAT + SIDE / 2  # along a street
    body = {"datum": "wgs84", "lon": lon.tolist(), "lat": lat.tolist()}
    batch = town_service.post("/v1/lookup/batch", json=body).json()
    today = town_service.keeper.today()
    assert batch["cell_code"] == town_store.published.locate_many(lon.tolist(), lat.tolist(), today)
    for i in (0, 60, 200):
        one = town_service.get(f"/v1/lookup?lon={lon[i]}&lat={lat[i]}&datum=wgs84").json()
        assert (one["cell"] and one["cell"]["code"]) == batch["cell_code"][i]


def test_an_address_of_the_register_is_found(town_service: Service) -> None:
    body = town_service.get("/v1/lookup?address=人民路 ７號").json()
    assert (body["status"], body["matched_address"]) == ("found", "人民路7号")


def test_a_batch_process_matches_addresses_by_itself(town_store: Store) -> None:
    named = {"settings": {"database_url": town_store.database.url, "ogc": False}, **REAL_PARTS}
    asked = ["人民路 ７號", None, "月亮街1号"]
    with running(store=town_store, **named) as service:
        body = service.post("/v1/lookup/batch", json={"address": asked}).json()
        alone = service.get("/v1/lookup", params={"address": asked[0]}).json()
    assert body["status"] == ["found", "invalid", "not_found"]
    assert (body["cell_code"][0], body["matched_address"][0]) == (alone["cell"]["code"], alone["matched_address"])


def test_a_day_before_the_plan_is_unpublished_and_a_day_after_is_not(town_service: Service) -> None:
    point = f"/v1/lookup?lon={LON + 0.003}&lat={LAT + 0.003}&datum=wgs84"
    assert town_service.get(f"{point}&on={LOADED - timedelta(days=1)}").json()["status"] == "unpublished"
    after = town_service.get(f"{point}&on={LOADED + timedelta(days=1)}").json()
    assert (after["status"], after["plan"]["valid_from"]) == ("found", str(LOADED))


def test_cells_and_plans_are_open_and_drafts_and_coverage_are_not(town_service: Service, town_store: Store) -> None:
    features = town_service.get("/v1/cells").json()["features"]
    assert len(features) == 6
    assert {p["state"] for p in town_service.get("/v1/plans").json()["plans"]} == {"published"}
    assert town_service.get(f"/v1/coverage?jurisdiction={BUREAU}").status_code == 401


def test_the_diagram_has_streets_officers_and_nothing_from_outside(town_service: Service) -> None:
    answer = town_service.get(f"/diagram/{BUREAU}?lang=zh")
    assert answer.status_code == 200
    check_offline(answer.text, "/static/vendor")
    for part in ("城西所", "城东所", "小镇局辖区监管责任制示意图", "路3", "社区", "12315", "food"):
        assert part in answer.text, part
    for private in ("商店7", "人民路7号"):
        assert private not in answer.text, "the register is never open"
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        assert town_service.get(address).status_code == 200, address


def test_a_plans_life_over_http_with_keys_that_can_be_revoked(town_service: Service, town_store: Store) -> None:
    def key(name: str, role: str, jurisdiction: str) -> tuple[dict[str, str], int]:
        made = create_key(town_store.keys, name=name, role=role, jurisdiction=jurisdiction, created_by="test")
        return {"Authorization": f"Bearer {made.key}"}, made.row.key_id

    (planner, _), (approver, _), (admin, admin_id) = (
        key("planner Zhou", "planner", WEST),
        key("approver Wu", "approver", BUREAU),
        key("admin Zheng", "admin", BUREAU),
    )
    draft = build_plan(town_store.planning, WEST, caller=ADMIN, cells=3, rng_seed=4, tolerance=0.2)
    steps = f"/v1/plans/{draft.plan_id}"
    assert town_service.get(steps).status_code == 404, "drafts are not public"
    assert town_service.get(steps, headers=planner).json()["state"] == "draft"
    assert town_service.post(f"{steps}/submit", headers=planner).json()["state"] == "submitted"
    assert town_service.post(f"{steps}/approve", headers=planner).status_code == 403
    assert town_service.post(f"{steps}/submit", headers=planner).status_code == 409
    assert town_service.post(f"{steps}/approve", headers=approver).json()["state"] == "approved"
    begins = town_service.keeper.today() + timedelta(days=30)
    body = {"valid_from": str(begins), "reason": "new streets"}
    assert town_service.post(f"{steps}/publish", headers=admin, json=body).json()["state"] == "published"
    town_service.keeper.refresh()
    point = f"/v1/lookup?lon={LON + 0.003}&lat={LAT + 0.003}&datum=wgs84"
    assert town_service.get(point).json()["plan"]["plan_id"] != draft.plan_id
    assert town_service.get(f"{point}&on={begins}").json()["plan"]["plan_id"] == draft.plan_id
    town_store.keys.revoke(admin_id, revoked_by="test")
    assert town_service.get(steps, headers=admin).status_code == 401


def test_a_published_plan_reaches_the_snapshot_by_notice(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: queue.Queue[int] = queue.Queue()

    class Watched(main.HotLookup):
        def __init__(self, snapshot: Snapshot, near_border_m: float) -> None:
            super().__init__(snapshot, near_border_m)
            seen.put(len(snapshot.cells))

    monkeypatch.setattr(main, "HotLookup", Watched)
    with open_store(new_database()) as store:
        load(make_town(), store.register, actor="test", today=LOADED)
        with running(store=store, **REAL_PARTS) as service:
            point = f"/v1/lookup?lon={LON + 0.003}&lat={LAT + 0.003}&datum=wgs84"
            assert service.get(point).json()["status"] == "unpublished"
            published(store, WEST, date(2026, 2, 1))
            while seen.get(timeout=30) == 0:
                pass
            assert service.keeper.current.snapshot.cells
            assert service.get(point).json()["status"] == "found"
