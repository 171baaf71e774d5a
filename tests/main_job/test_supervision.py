"""A small city carried through all of supervision by one command, and asked over HTTP: nothing is lost and nothing counted twice."""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from geo_api.cli.main import exit_status
from geo_api.db import open_store
from geo_api.main import create_app
from geo_api.services.keys import create_key
from geo_api.settings import Settings
from layers.assets import check_offline
from tests.benchmarks.over_http import PARTS, walk_through
from tests.benchmarks.walk.asking import Walk

BUREAU, DAY, MONTH = "990200", "2026-11-01", "2026-10"
CELLS, STATIONS, ENTITIES = 8, 3, 300

pytestmark = [pytest.mark.db, pytest.mark.slow]


@pytest.fixture(scope="module")
def city(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder with the city and what its run wrote; ``DATABASE_URL`` names its database."""
    folder = tmp_path_factory.mktemp("city")
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = new_database()
    try:
        assert exit_status(["sample", "--city", "--small", "-o", str(folder), "--run", "--workers", "1"]) == 0
        yield folder
    finally:
        if before is None:
            del os.environ["DATABASE_URL"]
        else:
            os.environ["DATABASE_URL"] = before


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def client(city: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(access_log=False, ogc=False))) as asking:
        yield asking


@pytest.fixture(scope="module")
def ask(client: TestClient) -> Ask:
    """Ask as the bureau's administrator: the path, then parameters; a body is posted."""
    with open_store() as store:
        key = create_key(store.keys, name="test", role="admin", jurisdiction=BUREAU, created_by="test").key

    def run(path: str, body: Any = None, status: int = 200, **params: Any) -> Any:
        how = {"headers": {"X-API-Key": key}, "params": params}
        answer = client.get(path, **how) if body is None else client.post(path, json=body, **how)
        assert answer.status_code == status, answer.text[:500]
        return answer.json() if answer.headers["content-type"].startswith("application/json") else answer

    return run


@pytest.fixture(scope="module")
def register(city: Path) -> list[dict[str, str]]:
    with (city / "register.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shop(register: list[dict[str, str]]) -> dict[str, str]:
    """A licensed business in the city, with a code of its own."""
    codes = [r["credit_code"] for r in register]
    return next(
        r
        for r in register
        if r["lon"] and float(r["lon"]) > 115.5 and not r["closed"] and codes.count(r["credit_code"]) == 1
    )


def test_every_step_left_its_answer(city: Path) -> None:
    run = city / "run"
    for name in ("coverage.xlsx", "gaps.geojson", "assessment.xlsx", "report.pdf", "ledger.xlsx", "rounds.html"):
        assert (run / name).stat().st_size > 500, name
    assert (run / "report.pdf").read_bytes().startswith(b"%PDF")
    check_offline((run / "rounds.html").read_text(encoding="utf-8"), None)
    assert openpyxl.load_workbook(run / "coverage.xlsx").active.max_row > CELLS


def test_again_changes_nothing(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = "select relname, n from (select c.relname, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from gridward.%I', c.relname), false, true, '')))[1]::text::bigint as n from pg_class c join pg_namespace s on s.oid = c.relnamespace where s.nspname = 'gridward' and c.relkind = 'r') t order by 1"  # noqa: E501
    with open_store() as store, store.database.connection() as connection:
        before = dict(connection.execute(tables).fetchall())
    assert exit_status(["sample", "--city", "--small", "-o", str(city), "--run", "--workers", "1"]) == 0
    assert "already stored" in capsys.readouterr().out
    with open_store() as store, store.database.connection() as connection:
        after = dict(connection.execute(tables).fetchall())
    moved = {t: after[t] - n for t, n in before.items() if after[t] != n}
    assert set(moved) <= {"event"}, moved


def test_every_cell_has_officers_and_a_group(ask: Ask, register: list[dict[str, str]]) -> None:
    row = shop(register)
    found = ask("/v1/lookup", lon=row["lon"], lat=row["lat"], datum="wgs84")
    assert found["status"] == "found"
    assert [o["role"] for o in found["officers"]].count("lead") == 1
    cells = ask("/v1/cells", format="json")["cells"]
    assert len(cells) == CELLS
    assert all(c["officers"] and not c["fallback"] for c in cells)
    groups = ask("/v1/groups", jurisdiction=BUREAU, on=DAY)["groups"]
    grouped = [cell for g in groups for cell in g["cells"]]
    assert len(groups) == 4
    assert all(len(g["cells"]) >= 2 for g in groups)
    assert sorted(c["cell_code"] if isinstance(c, dict) else c for c in grouped) == sorted(c["code"] for c in cells)


@pytest.mark.parametrize("period", [{"of": MONTH}, {"of": "2026-Q3"}, {"of": "2025"}, {"on": DAY}])
def test_totals_are_conserved_through_every_roll_up(ask: Ask, period: dict[str, str]) -> None:
    total = ask("/v1/coverage", jurisdiction=BUREAU, **period)["total"]
    assert 0 < total["made"] <= total["due"]
    for by in ("class", "industry", "cell", "station", "officer"):
        rows = ask("/v1/coverage", jurisdiction=BUREAU, by=by, **period)["rows"]
        for figure in ("due", "made", "overdue", "missed", "entities"):
            assert sum(r[figure] for r in rows) == pytest.approx(total[figure], abs=1e-6), (by, figure)
    stations = ask("/v1/coverage", jurisdiction=BUREAU, by="station", **period)["rows"]
    for row in stations:
        if row["key"]:
            alone = ask("/v1/coverage", jurisdiction=row["key"], **period)["total"]
            assert alone["due"] == pytest.approx(row["due"])
            assert alone["made"] == pytest.approx(row["made"])


def test_ledgers_roll_up(ask: Ask) -> None:
    bureau = ask("/v1/ledger", jurisdiction=BUREAU, on=DAY)
    text = str(bureau)
    assert all(f"{BUREAU}00{i}" in text for i in (1, 2, 3))


def test_what_is_due_and_what_a_week_holds(ask: Ask) -> None:
    due = ask("/v1/due", jurisdiction=BUREAU, on=DAY)
    assert due["rows"]
    assert {"licence", "rectification"} & {r["list_name"] if "list_name" in r else r["list"] for r in due["rows"]}
    cell, _ = Counter(r["cell_code"] for r in due["rows"] if r["cell_code"]).most_common(1)[0]
    plan = ask("/v1/visit-plans", cell=cell, of="2026-W44")
    assert plan["days"]
    assert len({s["entity_id"] for d in plan["days"] for s in d["stops"]}) > 5
    gpx = ask("/v1/visit-plans", cell=cell, of="2026-W44", format="gpx")
    assert gpx.text.startswith("<?xml")


def test_gaps_have_a_place_and_a_remedy(ask: Ask) -> None:
    answer = ask("/v1/gaps", jurisdiction=BUREAU, on=DAY)
    found = answer.get("gaps") or answer["findings"]
    assert "coverage.overdue" in answer["totals"]
    assert "territory.no_cell" not in answer["totals"]
    assert all(g["message"] for g in found)


def test_a_handheld_posts_twice_and_counts_once(ask: Ask, city: Path, register: list[dict[str, str]]) -> None:
    row = shop(register)
    officer = (city / "officers.csv").read_text(encoding="utf-8").splitlines()[-1].split(",")[0]
    with open_store() as store:
        today = store.planning.today(BUREAU)
    visit = {
        "visit_id": "5f1a0c3e-client", "entity": row["credit_code"], "made_on": str(today), "result": "minor",
        "officers": [officer], "notice_no": "责改9999999", "rectify_by": str(today + timedelta(days=15)),
    }  # fmt: skip
    ask("/v1/inspections", visit, status=201)
    ask("/v1/inspections", visit, status=200)
    ask("/v1/inspections", {**visit, "result": "pass"}, status=409)
    listed = ask("/v1/inspections", jurisdiction=BUREAU, since=str(today), before=str(today + timedelta(days=1)))
    assert [v["visit_id"] for v in listed["visits"]].count("5f1a0c3e-client") == 1


def test_an_issued_report_never_changes(ask: Ask) -> None:
    (row,) = [r for r in ask("/v1/reports", jurisdiction=BUREAU)["reports"] if r["kind"] == "coverage"]
    first = ask(f"/v1/reports/{row['report_id']}")
    checked = ask(f"/v1/reports/{row['report_id']}/check")
    assert checked["same"] is True
    assert ask(f"/v1/reports/{row['report_id']}") == first
    pdf = ask(f"/v1/reports/{row['report_id']}", format="pdf").content
    assert pdf.startswith(b"%PDF")
    assert ask(f"/v1/reports/{row['report_id']}", format="pdf").content == pdf


def test_tasks_of_the_campaign_lie_with_the_officers_of_their_cells(ask: Ask) -> None:
    tasks = [t for t in ask("/v1/tasks", jurisdiction=BUREAU)["tasks"] if t["kind"] == "campaign"]
    assert tasks
    assert all(t["cell_code"].startswith(BUREAU) for t in tasks)
    assert all(t["officers"] for t in tasks)


def test_nothing_is_open_without_a_key(client: TestClient) -> None:
    for path in (
        "coverage",
        "gaps",
        "due",
        "claims",
        "intervals",
        "tasks",
        "reports",
        "groups",
        "unlicensed",
        "ledger",
    ):
        answer = client.get(f"/v1/{path}", params={"jurisdiction": BUREAU})
        assert answer.status_code == 401, path


@pytest.fixture(scope="module")
def walk(city: Path, client: TestClient) -> Walk:
    """All that people with keys of their own ask and do, walked once; it changes the city and comes last."""
    with open_store() as store:
        return walk_through(client, store, BUREAU, store.planning.today(BUREAU))


def test_everything_works_over_http_and_agrees_with_the_commands(walk: Walk) -> None:
    assert walk.faults == []


def test_the_walk_left_no_part_out(walk: Walk) -> None:
    assert [name for name, _ in PARTS if not any(a.question.startswith(f"{name}: ") for a in walk.asked)] == []
