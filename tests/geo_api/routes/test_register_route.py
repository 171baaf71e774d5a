"""The register's life over HTTP and by command, on PostGIS: the same words, the same answers, keys and scopes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from geo_api.cli import main
from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.service import Service, running
from tests.geo_api.services.claims.conftest import Ground
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, make_town

pytestmark = pytest.mark.db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as opened:
        load(make_town(entities=200), opened.register, today=LOADED)
        for station in (WEST, EAST):
            published(opened, station, date(2026, 1, 1))
        yield opened


@pytest.fixture(scope="module")
def ground(store: Store) -> Ground:
    return Ground(store, store.life.today(BUREAU))


@pytest.fixture(scope="module")
def service(store: Store) -> Iterator[Service]:
    with running(store=store, make_finder=territory_finder, now=None) as opened:
        yield opened


@pytest.fixture(scope="module")
def keys(store: Store) -> dict[str, dict[str, str]]:
    """Headers of a clerk of the bureau, an officer of each station, a head, and of a key for lookups alone."""
    wanted = {
        "clerk": ("planner", BUREAU, ()),
        "west": ("officer", WEST, ("register",)),
        "east": ("officer", EAST, ("register",)),
        "head": ("approver", BUREAU, ()),
        "lookup": ("officer", WEST, ("lookup",)),
    }
    made = {
        name: create_key(store.keys, name=name, role=role, jurisdiction=where, created_by="test", scopes=scopes).key
        for name, (role, where, scopes) in wanted.items()
    }
    return {name: {"x-api-key": key} for name, key in made.items()}


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("DATABASE_URL", store.database.url)
    monkeypatch.delenv("GRIDWARD_KEY", raising=False)

    def call(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main.exit_status([str(a) for a in args])
        out, err = capfd.readouterr()
        return status, out, err

    return call


def test_without_a_key_or_its_scope_nothing_is_shown(service: Service, keys: dict[str, dict[str, str]]) -> None:
    for path in (
        f"/v1/claims?jurisdiction={WEST}",
        f"/v1/unlicensed?jurisdiction={WEST}",
        f"/v1/register/duplicates?jurisdiction={BUREAU}",
        "/v1/entities/1/history",
    ):
        assert service.get(path).status_code == 401
        assert service.get(path, headers=keys["lookup"]).status_code == 403
        assert service.get(path, headers=keys["clerk"]).status_code == 200


def test_from_a_row_of_changes_to_a_decided_dispute(
    service: Service, keys: dict[str, dict[str, str]], ground: Ground
) -> None:
    here, there = ground.west[0], ground.east[0]
    lon, lat = ground.at(here)
    row = {"change": "opened", "source_id": "R1", "name": "网上店", "credit_class": "B", "lon": lon, "lat": lat}
    path = f"/v1/register/changes?jurisdiction={BUREAU}&datum=cgcs2000"
    answer = service.post(path, json={"changes": [row]}, headers=keys["clerk"]).json()
    assert (answer["opened"], answer["fell"], answer["rejected"]) == (1, 1, [])
    again = service.post(path, json={"changes": [row]}, headers=keys["clerk"]).json()
    assert (again["opened"], again["same"]) == (0, 1)
    claims = service.get(f"/v1/claims?jurisdiction={here}", headers=keys["west"]).json()["claims"]
    entity = next(c["entity_id"] for c in claims if c["name"] == "网上店")

    def do(verb: str, who: str, **body: str) -> tuple[int, dict]:
        reply = service.post(f"/v1/claims/{entity}/{verb}", json=body, headers=keys[who])
        return reply.status_code, reply.json()

    assert do("claim", "east", officer=ground.officer(there))[0] == 403
    assert do("wrong", "west", to=there, document="西-1", reason="属城东")[0] == 200
    status, problem = do("claim", "west", officer=ground.officer(here))
    assert (status, problem["code"]) == (409, "conflict")
    assert do("dispute", "east", reason="属城西")[0] == 200
    status, decided = do("decide", "head", to=there, reason="现场核实")
    assert (status, decided["claim"]["held_by"]) == (200, there)
    assert [s["step"] for s in decided["steps"]] == ["fell", "wrong", "disputed", "decided"]
    form = service.get(f"/v1/claims/{entity}/form?format=html", headers=keys["west"])
    assert form.status_code == 200
    for text in ("移交单", "西-1", "网上店", here, there, "属城东"):
        assert text in form.text
    history = service.get(f"/v1/entities/{entity}/history", headers=keys["west"]).json()
    assert [h["what"] for h in history["happenings"]] == ["opened"]
    assert history["claims"][0]["state"] == "decided"


def test_bad_rows_come_back_with_their_numbers(
    service: Service, keys: dict[str, dict[str, str]], ground: Ground
) -> None:
    text = "change,source_id,name,credit_class\nopened,R8,好店,B\nclosed,nobody,,\nexploded,R9,,\n"
    headers = keys["clerk"] | {"content-type": "text/csv"}
    path = f"/v1/register/changes?jurisdiction={BUREAU}"
    refused = service.post(path, content=text.encode(), headers=headers)
    assert refused.status_code == 422
    assert [f["where"] for f in refused.json()["findings"]] == ["request row 3", "request row 4"]
    kept = service.post(f"{path}&skip_bad=true&dry_run=true", content=text.encode(), headers=headers).json()
    assert (kept["opened"], [r["row"] for r in kept["rejected"]], kept["dry_run"]) == (1, [3, 4], True)
    empty = service.post(path, content=b"", headers=headers)
    assert (empty.status_code, empty.json()["detail"].split(":")[0]) == (422, "request")
    for body in (b"{", b'{"rows": []}', b"[1]"):
        assert service.post(path, content=body, headers=keys["clerk"]).status_code == 422


def test_a_handheld_reports_an_unlicensed_one_twice(
    service: Service, keys: dict[str, dict[str, str]], ground: Ground
) -> None:
    lon, lat = ground.at(ground.west[1])
    body = {"name": "早点摊", "lon": lon, "lat": lat, "datum": "cgcs2000", "client_id": "hh-7", "officer": "11"}
    path = f"/v1/unlicensed?jurisdiction={WEST}"
    first, again = (service.post(path, json=body, headers=keys["west"]).json() for _ in range(2))
    assert first == again
    entity = first["entity_id"]
    step = service.post(f"/v1/unlicensed/{entity}/steps", json={"step": "notice", "note": "限期"}, headers=keys["west"])
    assert step.json()["state"] == "notice"
    table = service.get(f"{path}&format=csv", headers=keys["west"]).text
    assert sum(line.startswith(f"{entity},早点摊") for line in table.splitlines()) == 2
    book = openpyxl.load_workbook(io.BytesIO(service.get(f"{path}&format=xlsx", headers=keys["west"]).content))
    assert book.active is not None
    assert [c.value for c in book.active[1]][:3] == ["主体编号", "名称", "地址"]


def test_the_commands_do_the_same(run: Run, store: Store, ground: Ground, tmp_path: Path) -> None:
    lon, lat = ground.at(ground.west[2])
    file = tmp_path / "changes.csv"
    file.write_text(
        "变更类型,编号,名称,信用分类,经度,纬度\n"
        f"设立,C1,双生店,B,{lon},{lat}\n设立,C2,双生 店,B,{lon},{lat}\n变更,s0009,改了名,,,\n",
        encoding="utf-8",
    )
    status, out, err = run("register", "import", file, "--jurisdiction", BUREAU, "--datum", "cgcs2000")
    assert (status, err) == (0, "")
    assert "2 opened, 1 changed" in out
    assert "2 entities wait to be claimed" in out
    status, out, _ = run("register", "import", file, "--jurisdiction", BUREAU, "--datum", "cgcs2000")
    assert "3 same, 0 not stored" in out
    groups = json.loads(run("register", "duplicates", "--jurisdiction", BUREAU, "--format", "json")[1])["groups"]
    pair = next([str(e["entity_id"]) for e in g["entities"]] for g in groups if g["entities"][0]["name"] == "双生店")
    status, out, _ = run("register", "same", *pair, "--keep", pair[0], "--reason", "同一家")
    assert (status, out.split(" from ")[0]) == (0, f"entity {pair[1]} is entity {pair[0]}")
    assert "duplicate" in run("register", "history", pair[1])[1]
    listed = run("claims", "list", "--jurisdiction", ground.west[2])[1]
    assert f"双生店\t{pair[0]}\t" in listed
    assert f"\t{pair[1]}\t" not in listed, "its claim lapsed with it"
    status, out, _ = run("claims", "claim", pair[0], "--officer", ground.officer(ground.west[2]))
    assert (status, "answers for it" in out) == (0, True)
    status, _, err = run("claims", "claim", pair[0], "--officer", ground.officers[ground.west[2]][1])
    assert (status, "is claimed since" in err) == (1, True)
    status, _, err = run("claims", "form", pair[0], "-o", tmp_path / "f.pdf")
    assert (status, "never sent to another cell" in err) == (1, True)
    run("claims", "wrong", pair[0], "--to", ground.west[0], "--document", "N-1", "--reason", "属北", "--by", "li")
    assert run("claims", "form", pair[0], "-o", tmp_path / "f.pdf")[0] == 0
    assert (tmp_path / "f.pdf").read_bytes().startswith(b"%PDF")
    status, out, _ = run(
        "unlicensed",
        "add",
        "--jurisdiction",
        WEST,
        "--name",
        "夜市摊",
        "--lon",
        lon,
        "--lat",
        lat,
        "--datum",
        "cgcs2000",
    )
    entity = out.split("(entity ")[1].split(")")[0]
    assert f"in cell {ground.west[2]}: discovered" in out
    status, out, _ = run(
        "unlicensed", "step", entity, "licensed", "--credit-code", "91350100M000100Y43", "--credit-class", "B"
    )
    assert (status, "licensed since" in out) == (0, True)
    listed = run("unlicensed", "list", "--jurisdiction", WEST, "--state", "settled")[1].splitlines()
    assert listed[0].split("\t")[:4] == ["entity", "name", "address", "cell"]
    assert [line.split("\t")[:2] for line in listed[1:]] == [[entity, "夜市摊"]]
    steps = run("unlicensed", "list", "--jurisdiction", WEST, "--state", "all", "--format", "csv")[1]
    assert sum(line.startswith(f"{entity},夜市摊") for line in steps.splitlines()) == 2, "one line a step"
    assert run("register", "history", "91350100M000100Y43")[0] == 0
