"""Two people do the same at the same moment, over HTTP: one wins, the other is told why, and nothing is stored twice."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.build_plan import build_plan
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from geo_api.services.load import load
from geo_api.services.plan_transitions import approve_plan, submit_plan
from tests.geo_api.life import OPERATOR, SECOND, published
from tests.geo_api.service import Service, running
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, WEST, make_town

pytestmark = pytest.mark.db

PATIENCE_S = 20.0
QUEUE = 500


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as opened:
        load(make_town(entities=200), opened.register, actor="test", today=LOADED)
        published(opened, WEST, LOADED)
        yield opened


@pytest.fixture(scope="module")
def service(store: Store) -> Iterator[Service]:
    with running(store=store, make_finder=territory_finder, now=None) as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(store: Store) -> tuple[str, str]:
    """Of two people of the bureau who may do everything."""
    made = [
        create_key(store.keys, name=n, role="admin", jurisdiction=BUREAU, created_by="test") for n in ("Qian", "Sun")
    ]
    return made[0].key, made[1].key


@pytest.fixture(scope="module")
def today(store: Store) -> date:
    return store.profiles.today(BUREAU)


Together = Callable[..., list[httpx.Response]]


@pytest.fixture
def together(service: Service, store: Store, keys: tuple[str, str]) -> Together:
    """Send bodies to a path at the same moment, by two people in turn; each has begun to write before one may end."""

    def run(path: str, *bodies: Any, held: bool = True, by: tuple[str, ...] = keys) -> list[httpx.Response]:
        async def send() -> list[httpx.Response]:
            transport = httpx.ASGITransport(service.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://gridward.test", timeout=60) as client:
                return await asyncio.gather(
                    *(
                        client.post(f"/v1/{path}", json=body, headers={"X-API-Key": by[n % 2]})
                        for n, body in enumerate(bodies)
                    )
                )

        if not held:
            return service.portal.call(send)
        with store.database.dedicated() as holder:
            holder.autocommit = False
            holder.execute(
                "lock table gridward.event in exclusive mode"
            )  # every writer records an event before it ends
            letting = threading.Thread(target=_let_go, args=(holder, len(bodies)))
            letting.start()
            try:
                return service.portal.call(send)
            finally:
                letting.join()

    return run


def _let_go(holder: Any, waiting: int) -> None:
    """Release the lock when so many wait, for it or for each other; at the latest when patience ends."""
    end = time.monotonic() + PATIENCE_S
    count = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while time.monotonic() < end and holder.execute(count).fetchone()[0] < waiting:
        holder.execute("select pg_sleep(0.01), pg_stat_clear_snapshot()")
    holder.rollback()


def one_wins(answers: list[httpx.Response], won: int = 200, said: str = "") -> tuple[Any, Any]:
    """What the one who won and the one who came too late are told."""
    assert sorted(a.status_code for a in answers) == [won, 409], [a.text for a in answers]
    winner, loser = sorted(answers, key=lambda a: a.status_code)
    told = loser.json()
    assert told["code"] == "conflict"
    assert len(told["detail"]) > 20
    assert said in told["detail"]
    return winner.json(), told


def ask(service: Service, key: str, path: str, **params: Any) -> Any:
    answer = service.get(f"/v1/{path}", params=params, headers={"X-API-Key": key})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_claim_the_same_business(service: Service, keys: tuple[str, str], together: Together, today: date) -> None:
    opened = {
        "change": "opened",
        "source_id": "race-1",
        "name": "新店",
        "credit_class": "A",
        "lon": LON + 0.003,
        "lat": LAT + 0.003,
    }
    body = {"changes": [opened]}
    answers = together(f"register/changes?jurisdiction={BUREAU}&datum=cgcs2000", body, body)
    assert [a.status_code for a in answers] == [200, 200], "the same file at the same moment"
    (claim,) = ask(service, keys[0], "claims", jurisdiction=WEST)["claims"]
    cell = ask(service, keys[0], f"cells/{claim['cell_code']}", format="json")["cells"][0]
    officers = [o["officer_id"] for o in cell["officers"]][:2]
    won, lost = one_wins(
        together(f"claims/{claim['entity_id']}/claim", *({"officer": o} for o in officers)), said="is claimed"
    )
    assert won["claim"]["officer_id"] in lost["detail"]


def test_two_confirm_a_class(service: Service, store: Store, keys: tuple[str, str], together: Together) -> None:
    found = ask(service, keys[0], "classes/proposals", jurisdiction=WEST)["proposals"]
    entity = str(found[0]["entity_id"])
    others = [c for c in "ABCD" if c != found[0]["was"]][:2]
    bodies = [{"decisions": [{"entity": entity, "to": to, "reason": "看过记录"}]} for to in others]
    path = f"classes/decisions?jurisdiction={WEST}"
    approvers = tuple(
        create_key(store.keys, name=name, role="approver", jurisdiction=BUREAU, created_by="test").key
        for name in ("Zhou", "Wu")
    )
    answers = together(path, *bodies, by=approvers)
    won, lost = one_wins(answers, said=" confirmed")
    chosen = won["decisions"][0]["confirmed"]
    assert f" is {chosen} since " in lost["detail"]
    first = [a.status_code for a in answers].index(200)
    again = service.post(f"/v1/{path}", json=bodies[first], headers={"X-API-Key": approvers[first]})
    assert again.status_code == 200, "the winner's repeat"
    overruled = service.post(f"/v1/{path}", json=bodies[1 - first], headers={"X-API-Key": keys[0]})
    assert overruled.status_code == 200, "an admin may"


def test_two_issue_the_same_report(service: Service, keys: tuple[str, str], together: Together) -> None:
    body = {"jurisdiction": WEST, "of": "2026-02", "reason": "月报"}
    won, _ = one_wins(together("reports", body, body))
    listed = ask(service, keys[0], "reports", jurisdiction=WEST, kind="coverage")["reports"]
    assert [r["report_id"] for r in listed if r["period_from"] == "2026-02-01"] == [won["report_id"]]


def test_two_publish_plans_of_a_station(
    service: Service, store: Store, keys: tuple[str, str], together: Together, today: date
) -> None:
    plans = []
    for cells in (2, 3):
        plan = build_plan(store.planning, EAST, caller=OPERATOR, cells=cells, tolerance=0.2).plan_id
        submit_plan(store.planning, plan, caller=OPERATOR)
        approve_plan(store.planning, plan, caller=SECOND)
        plans.append(plan)
    body = {"valid_from": str(today + timedelta(days=3)), "reason": "公布"}
    one_wins(together(f"plans/{plans[0]}/publish", body, body))
    then = ask(service, keys[0], "cells", under=EAST, on=body["valid_from"], format="json")["cells"]
    assert {c["plan_id"] for c in then} == {plans[0]}


def test_two_handhelds_have_the_same_id(
    service: Service, keys: tuple[str, str], together: Together, today: date
) -> None:
    visit = {"visit_id": "race-v1", "entity": "s0003", "made_on": str(today), "result": "pass", "officers": ["11"]}
    path = f"inspections?jurisdiction={BUREAU}"
    one_wins(together(path, visit, {**visit, "result": "fail"}), won=201)
    same = {**visit, "visit_id": "race-v2"}
    assert sorted(a.status_code for a in together(path, same, same)) == [200, 201]
    listed = ask(service, keys[0], "inspections", jurisdiction=BUREAU, since=str(today), limit=1000)["visits"]
    assert sorted(v["visit_id"] for v in listed if v["visit_id"].startswith("race-v")) == ["race-v1", "race-v2"]


def test_the_same_report_of_an_unlicensed_stall_and_of_a_case_count_once(together: Together) -> None:
    stall = {"name": "早点摊", "lon": LON + 0.004, "lat": LAT + 0.004, "datum": "cgcs2000", "client_id": "race-u"}
    files = together(f"unlicensed?jurisdiction={WEST}", stall, stall)
    assert [a.status_code for a in files] == [200, 200], [a.text for a in files]
    assert len({a.json()["entity_id"] for a in files}) == 1
    case = {"title": "投诉", "entity": files[0].json()["entity_id"], "source": "12315", "source_id": "race-t"}
    tasks = [a.json() for a in together("tasks", case, case)]
    assert len({t["task"]["task_id"] for t in tasks}) == 1
    assert sorted(t["repeated"] for t in tasks) == [False, True]


def test_two_set_the_rules_from_the_same_day(
    service: Service, store: Store, keys: tuple[str, str], today: date
) -> None:
    rules = ask(service, keys[0], f"profiles/{BUREAU}")["settings"]
    first = str(today + timedelta(days=30))

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(service.app), base_url="http://gridward.test"
        ) as client:
            return await asyncio.gather(
                *(
                    client.put(
                        f"/v1/profiles/{BUREAU}",
                        json={"rules": {**rules, "tenure_years": 4 + n}, "valid_from": first, "reason": "新办法"},
                        headers={"X-API-Key": keys[n]},
                    )
                    for n in (0, 1)
                )
            )

    answers = service.portal.call(send)
    assert {a.status_code for a in answers} <= {200, 409}, [a.text for a in answers]
    won = [n for n, a in enumerate(answers) if a.status_code == 200]
    then = ask(service, keys[0], f"profiles/{BUREAU}", on=first)["effective"]["tenure_years"]
    assert then in [4 + n for n in won]


def test_the_queue_of_a_handheld_in_any_order_and_partly_twice(
    service: Service, keys: tuple[str, str], together: Together, today: date
) -> None:
    chance = random.Random(7)
    queue = [
        {"visit_id": f"late-{n}", "entity": f"s{n % 150:04d}", "made_on": str(today - timedelta(days=1 + n % 25)),
         "result": "pass", "officers": ["11"]}
        for n in range(QUEUE)
    ]  # fmt: skip
    parts = [queue[begin : begin + 200] for begin in range(0, QUEUE, 100)]  # each visit is in two parts
    for part in parts:
        chance.shuffle(part)
    answers = together(f"inspections?jurisdiction={BUREAU}", *parts, held=False)
    counts = [a.json()["counts"] for a in answers]
    assert sum(c.get("stored", 0) for c in counts) == QUEUE, counts
    assert {verdict for c in counts for verdict in c} <= {"stored", "known"}, counts
    listed = ask(service, keys[0], "inspections", jurisdiction=BUREAU, since=queue[24]["made_on"], limit=10_000)[
        "visits"
    ]
    assert sorted(v["visit_id"] for v in listed if v["visit_id"].startswith("late-")) == sorted(
        v["visit_id"] for v in queue
    )
