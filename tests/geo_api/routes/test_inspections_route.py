"""Visits over HTTP, as the page for handhelds shows it; due lists and classes beside them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from geo_api.services.load import load
from geo_api.services.visits.decision_file import read_decisions
from tests.geo_api.life import published
from tests.geo_api.service import Service, running
from tests.geo_api.town import BUREAU, LOADED, WEST, make_town

pytestmark = pytest.mark.db
PAGE = Path(__file__).parents[3] / "docs/integrators/handhelds.md"


@pytest.fixture(scope="module")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    town = make_town(entities=200)
    western = town.entities.geometry.x < 114.311
    shops = town.entities.assign(source_id=town.entities.source_id.where(town.entities.source_id != "s0000", "old"))
    first = shops.index[western][0]
    shops.loc[first, "source_id"] = "s0000"
    with open_store(new_database()) as store:
        load(town.but(entities=shops), store.register, actor="test", today=LOADED)
        published(store, WEST, LOADED)
        yield store


@pytest.fixture(scope="module")
def town_service(town_store: Store) -> Iterator[Service]:
    with running(store=town_store, make_finder=territory_finder, now=None) as service:
        yield service


@pytest.fixture(scope="module")
def key(town_store: Store) -> str:
    made = create_key(town_store.keys, name="handheld", role="officer", jurisdiction=WEST, created_by="test")
    return made.key


@pytest.fixture
def ask(town_service: Service, town_store: Store, key: str) -> Callable[[str], httpx.Response]:
    today = town_store.profiles.today(BUREAU)

    def run(command: str) -> httpx.Response:
        words = shlex.split(command.replace("KEY", key).replace("DAY", today.isoformat()))[1:]
        body, headers, url = None, {}, ""
        while words:
            word = words.pop(0)
            if word == "-d":
                body = words.pop(0)
            elif word == "-H":
                name, value = words.pop(0).split(": ")
                headers[name] = value
            else:
                url = word.removeprefix("http://127.0.0.1:8000")
        method = "GET" if body is None else "POST"
        return town_service.request(method, url, content=body, headers=headers)

    return run


def test_the_page_for_handhelds_works_from_top_to_bottom(ask: Callable[[str], httpx.Response]) -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    first, several, correction, withdrawal, listed = re.findall(r"^ {4}(curl .*)$", text, re.M)
    assert (ask(first).status_code, ask(first).status_code) == (201, 200)
    answer = ask(several)
    assert answer.status_code == 200
    assert [v["verdict"] for v in answer.json()["visits"]] == ["stored", "refused"]
    changed = first.replace('"minor"', '"pass"')
    assert (ask(changed).status_code, ask(changed).json()["code"]) == (409, "conflict")
    assert ask(correction).json()["counts"] == {"corrected": 1}
    assert ask(withdrawal).json()["verdict"] == "withdrawn"
    visits = ask(listed).json()["visits"]
    assert [v["visit_id"] for v in visits][:1] == ["5d0c7a1e-1"]
    assert visits[0]["officers"] == ["11", "12"]
    unknown = first.replace("s0000", "91350100M000100Y43").replace("5d0c7a1e-1", "5d0c7a1e-9")
    assert ask(unknown).status_code == 202


def test_the_answer_that_the_page_shows_has_the_fields_of_the_real_one(ask: Callable[[str], httpx.Response]) -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    shown = json.loads("".join(re.search(r"^ {4}(\{.*\n.*\})$", text, re.M)[1].splitlines()))  # type: ignore[index]
    real = ask(re.findall(r"^ {4}(curl .*)$", text, re.M)[0]).json()
    assert shown.keys() == real.keys()
    assert shown["visits"][0].keys() == real["visits"][0].keys()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_visits_can_be_had_as_tables(town_service: Service, key: str, form: str) -> None:
    url = f"/v1/inspections?jurisdiction={WEST}&format={form}&limit=3"
    answer = town_service.get(url, headers={"X-API-Key": key})
    assert answer.status_code == 200
    lines: list[Any]
    if form == "csv":
        lines = answer.content.decode("utf-8-sig").splitlines()
    else:
        lines = list(load_workbook(BytesIO(answer.content)).active.iter_rows())
    assert len(lines) == 4


@pytest.mark.parametrize("path", ["/v1/inspections", "/v1/inspections/left"])
def test_nobody_sees_visits_without_a_key_or_of_others(town_service: Service, key: str, path: str) -> None:
    assert town_service.get(f"{path}?jurisdiction={WEST}").status_code == 401
    assert town_service.get(f"{path}?jurisdiction={BUREAU}", headers={"X-API-Key": key}).status_code == 403


def test_a_body_that_is_no_json_is_refused(town_service: Service, key: str) -> None:
    answer = town_service.post("/v1/inspections", content=b"{", headers={"X-API-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_due_lists_over_http(town_service: Service, key: str) -> None:
    body = town_service.get(f"/v1/due?jurisdiction={WEST}&limit=5", headers={"X-API-Key": key}).json()
    assert body["counts"]["period"] >= body["late"]["period"] > 0
    assert [r["due_on"] for r in body["rows"]] == sorted(r["due_on"] for r in body["rows"])
    assert body["more"]
    sheet = town_service.get(f"/v1/due?jurisdiction={WEST}&list_name=period&format=xlsx", headers={"X-API-Key": key})
    rows = list(load_workbook(BytesIO(sheet.content)).active.iter_rows(values_only=True))
    assert rows[0][:4] == ("期限", "逾期天数", "清单", "清单代码")
    assert {row[3] for row in rows[1:]} == {"period"}
    unknown = town_service.get(f"/v1/due?jurisdiction={WEST}&list_name=none", headers={"X-API-Key": key})
    assert unknown.status_code == 404


def test_classes_over_http_and_by_sheet(town_service: Service, town_store: Store, key: str, tmp_path: Path) -> None:
    url = f"/v1/classes/proposals?jurisdiction={WEST}"
    first, second, *_ = town_service.get(url, headers={"X-API-Key": key}).json()["proposals"]
    assert first["visits"] or first["rule"] in ("clean", "unlicensed")
    approver = create_key(town_store.keys, name="head", role="approver", jurisdiction=WEST, created_by="test").key
    decision = {"entity": str(first["entity_id"]), "to": first["proposed"], "reason": "两年记录"}
    path = f"/v1/classes/decisions?jurisdiction={WEST}"
    refused = town_service.post(path, json={"decisions": [decision]}, headers={"X-API-Key": key})
    assert refused.status_code == 403
    done = town_service.post(path, json={"decisions": [decision]}, headers={"X-API-Key": approver})
    assert [d["confirmed"] for d in done.json()["decisions"]] == [first["proposed"]]
    sheet = load_workbook(BytesIO(town_service.get(url + "&format=xlsx", headers={"X-API-Key": key}).content))
    head = [cell.value for cell in sheet.active[1]]
    row = next(r for r in sheet.active.iter_rows(min_row=2) if r[0].value == second["entity_id"])
    row[head.index("确认类别")].value = second["proposed"]
    file = tmp_path / "proposals.xlsx"
    sheet.save(file)
    decisions = read_decisions(file, "复核")
    assert [(d.entity, d.confirmed, d.reason) for d in decisions] == [
        (str(second["entity_id"]), second["proposed"], "复核")
    ]


def test_a_table_without_decisions_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "proposals.csv"
    file.write_text("entity_id,decision\n1,\n", encoding="utf-8")
    with pytest.raises(BadRequest, match="no row has a decision"):
        read_decisions(file, "x")
    file.write_text("entity_id,proposed\n1,B\n", encoding="utf-8")
    with pytest.raises(BadRequest, match="no column decision"):
        read_decisions(file, "x")
