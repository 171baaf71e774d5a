"""The commands that work on the database, as a user calls them: from migrate to gaps."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import shapely

from geo_api.cli import main
from geo_api.db.migrate import head
from geo_api.db.store import Store

pytestmark = pytest.mark.db

SAMPLE = Path(__file__).parents[3] / "data" / "sample" / "manifest.toml"
BUREAU, STATION = "990101", "990101003"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the empty store; gives exit status, output, errors."""
    monkeypatch.setenv("DATABASE_URL", store.database.url)
    monkeypatch.delenv("GRIDWARD_KEY", raising=False)

    def call(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main.exit_status([str(a) for a in args])
        out, err = capfd.readouterr()
        return status, out, err

    return call


def test_from_an_empty_database_to_a_published_plan_and_its_gaps(run: Run, tmp_path: Path, store: Store) -> None:
    assert run("migrate")[:2] == (0, f"database is up to date (schema {head()})\n")
    rejected = tmp_path / "rejected.csv"
    status, out, err = run("load", SAMPLE, "--rejected", rejected, "--on", "2025-11-01", "--by", "clerk")
    assert status == 0, err
    assert "entity             9000 given     9000 new" in out
    assert rejected.read_text("utf-8-sig").startswith("file,row,reason,value")
    status, out, _ = run("load", SAMPLE)
    assert (status, out.splitlines()[0]) == (0, "yunxi: nothing to store, all of it is stored already")

    status, out, err = run(
        "plan", "build", STATION, "--seed", 1, "--tolerance", 0.05, "--by", "li", "--role", "planner"
    )
    assert status == 0, err
    assert out.startswith(f"plan 1: station {STATION}, version 1, draft, 4 cells")
    assert run("plan", "check", 1)[0] == 0
    assert "draft: only a plan that is submitted" in run("plan", "approve", 1)[2]
    assert run("plan", "submit", 1, "--by", "li")[0] == 0
    status, _, err = run("plan", "approve", 1, "--by", "li")
    assert (status, "nobody approves what they submitted" in err) == (1, True)
    assert run("plan", "return", 1, "--by", "wang", "--reason", "look again")[0] == 0
    assert run("plan", "submit", 1, "--by", "li")[0] == 0
    assert run("plan", "approve", 1, "--by", "wang")[0] == 0
    status, _, err = run("plan", "publish", 1, "--from", "2025-11-01", "--by", "wang", "--role", "approver")
    assert (status, "only an admin may" in err) == (1, True)
    status, out, err = run("plan", "publish", 1, "--from", "2025-11-01", "--reason", "start of the records")
    assert status == 0, err
    assert "published, 4 cells" in out
    assert "in force from 2025-11-01" in out

    status, out, _ = run("plan", "list", "--station", STATION)
    assert out.splitlines()[1].split("\t")[:4] == ["1", STATION, "1", "published"]
    cells = tmp_path / "cells.geojson"
    status, out, _ = run("plan", "show", 1, "-o", cells)
    assert out.count("(lead)") == 4
    assert len(json.loads(cells.read_bytes())["features"]) == 4

    status, out, err = run(
        "officers", "assign", "P003", f"{STATION}001", "--as", "lead", "--from", "2026-01-01", "--reason", "new"
    )
    assert status == 0, err
    leads = [
        r.split("\t")
        for r in run("officers", "list", "--jurisdiction", f"{STATION}001", "--on", "2026-02-01")[1].splitlines()
    ]
    assert [r[2] for r in leads if r[5] == "lead"] == ["P003"]
    assert run("officers", "release", "P003", f"{STATION}001", "--from", "2026-03-01", "--reason", "left")[0] == 0

    layer = tmp_path / "gaps.geojson"
    status, out, err = run("gaps", "--jurisdiction", STATION, "--on", "2026-11-01", "-o", layer)
    assert status == 0, err
    totals = dict(line.split("\t") for line in out.splitlines() if line.count("\t") == 1)
    assert totals["staffing.no_lead"] == "1"
    features = json.loads(layer.read_bytes())["features"]
    placed = [f for f in features if f["properties"]["rule"] == "staffing.no_lead"]
    assert store.published.locate(*placed[0]["geometry"]["coordinates"], date(2026, 11, 1)) == f"{STATION}001"


def test_an_unlocated_entity_is_placed_by_hand(run: Run, store: Store) -> None:
    assert run("load", SAMPLE, "--on", "2025-11-01")[0] == 0
    with store.database.connection() as connection:
        row = connection.execute("select min(entity_id) from entity where geom is null").fetchone()
    assert row is not None
    inside = shapely.from_wkb(
        store.published.territory(date(2026, 1, 1)).stations[0].outline_wkb
    ).representative_point()
    status, out, err = run(
        "place", row[0], "--lon", inside.x, "--lat", inside.y, "--datum", "wgs84", "--reason", "seen"
    )
    assert status == 0, err
    assert "in no cell" in out
    with store.database.connection() as connection:
        versions = connection.execute(
            "select geom is null, recorded_to is null, placed_by <> '' from entity where entity_id = %s order by id",
            row,
        ).fetchall()
    assert versions == [(True, False, False), (False, True, True)]
    assert run("place", row[0], "--lon", 114, "--lat", 30, "--datum", "mars")[0] == 1
    assert run("place", 10**7, "--lon", 114, "--lat", 30, "--datum", "wgs84")[0] == 1
    assert run("load", SAMPLE)[1].startswith("yunxi: nothing to store")


def test_keys_are_made_listed_used_and_revoked(run: Run) -> None:
    assert run("load", SAMPLE, "--on", "2025-11-01")[0] == 0
    status, key, err = run("keys", "create", "--role", "officer", "--jurisdiction", STATION, "--name", "patrol")
    assert status == 0, err
    assert key.startswith("gw_")
    assert key.strip() not in run("keys", "list")[1]
    status, _, err = run("plan", "build", STATION, "--key", key.strip())
    assert (status, "role officer may not build" in err) == (1, True)
    assert run("gaps", "--jurisdiction", STATION, "--key", key.strip())[0] == 0
    assert run("gaps", "--jurisdiction", BUREAU, "--key", key.strip())[0] == 1
    assert run("keys", "revoke", 1)[0] == 0
    assert run("gaps", "--jurisdiction", STATION, "--key", key.strip())[0] == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["load", "/nowhere.toml"], "no such manifest"),
        (["plan", "build", "999"], "no jurisdiction or cell '999'"),
        (["plan", "show", "7"], "there is no plan 7"),
        (["plan", "submit", "7"], "there is no plan 7"),
        (["gaps", "--jurisdiction", "999"], "999"),
        (["gaps", "--jurisdiction", "999", "--on", "tomorrow"], "YYYY-MM-DD"),
        (["keys", "create", "--role", "king", "--jurisdiction", "1", "--name", "x"], "no role 'king'"),
        (["officers", "assign", "P1", "999"], "999"),
        (["plan", "submit", "7", "--role", "king"], "no role 'king'"),
        (["keys", "revoke", "5"], "no living key 5"),
    ],
)
def test_mistakes_get_one_clear_line(run: Run, args: list[str], message: str) -> None:
    status, _, err = run(*args)
    assert status == 1, err
    assert message in err
    assert "Traceback" not in err


def test_no_database_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/none?host=/nonexistent")
    for args in (["plan", "list"], ["migrate"], ["load", str(SAMPLE)], ["gaps", "--jurisdiction", "1"]):
        status, _, err = run(*args)
        assert status == 1, err
        assert "the database cannot be reached" in err
    monkeypatch.delenv("DATABASE_URL")
    assert "DATABASE_URL is not set" in run("plan", "list")[2]
