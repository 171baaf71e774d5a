"""Chicago carried through by commands: every row stored or kept, balanced cells, and the known facts, by command and over HTTP."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geo_api.cli.main import exit_status
from geo_api.db import open_store
from geo_api.main import create_app
from geo_api.settings import Settings
from tests.main_job.conftest import ROOT

DATA = ROOT / "../shared/data"
BUREAU, DAY = "170310", "2014-11-01"
ROUTINE = "routine inspection"

pytestmark = [
    pytest.mark.db,
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(not (DATA / "chicago.gpkg").is_file(), reason="../shared/data is absent"),
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for what the run writes."""
    return tmp_path_factory.mktemp("chicago")


@pytest.fixture(scope="module")
def chicago(new_database: Callable[[], str], out: Path) -> Iterator[str]:
    """The URL of a database with Chicago in it, all ten stations published."""
    before = os.environ.get("DATABASE_URL")
    url = os.environ["DATABASE_URL"] = new_database()
    try:
        manifest = str(ROOT / "data/chicago/manifest.toml")
        assert (
            exit_status(["demo", manifest, "--valid-from", "2011-01-01", "--on", DAY, "--whole", "-o", str(out)]) == 0
        )
        yield url
    finally:
        if before is None:
            del os.environ["DATABASE_URL"]
        else:
            os.environ["DATABASE_URL"] = before


@pytest.fixture(scope="module")
def client(chicago: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(access_log=False))) as asking:
        yield asking


@pytest.fixture(scope="module")
def headers(chicago: str) -> dict[str, str]:
    from geo_api.services.keys import create_key

    with open_store() as store:
        made = create_key(store.keys, name="test", role="system", jurisdiction=BUREAU, created_by="test")
    return {"X-API-Key": made.key}


def told(capsys: pytest.CaptureFixture[str], *args: str) -> list[dict[str, str]]:
    capsys.readouterr()
    assert exit_status(list(args)) == 0
    text = capsys.readouterr().out
    return list(csv.DictReader(io.StringIO(text), delimiter="\t" if "\t" in text else ","))


def test_every_row_is_stored_or_kept(chicago: str) -> None:
    with open_store() as store, store.database.connection() as connection:
        stored = connection.execute("select count(*) from inspection where recorded_to is null").fetchone()
        kept = connection.execute(
            "select file, reason, count(*) from visit_unmatched where recorded_to is null group by 1, 2 order by 1, 2"
        ).fetchall()
    assert stored == (52_201,)
    assert kept == [
        ("chicago_inspection_visits_all.csv", "refused", 28),
        ("chicago_inspection_visits_all.csv", "repeat", 19_609),
        ("chicago_inspection_visits_all.csv", "unmatched", 23_127),
        ("chicago_inspections.csv", "repeat", 16),
        ("chicago_inspections.csv", "unmatched", 116),
    ]
    assert 52_201 + sum(n for *_, n in kept) == 67_497 + 27_600


def test_routine_inspections_lie_331_days_apart(chicago: str, capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["intervals", "--jurisdiction", BUREAU, "--purpose", ROUTINE]
    (given,) = told(capsys, *ask, "--as-given")
    assert (given["visits"], given["intervals"]) == ("27600", "15233")
    assert float(given["median_days"]) == 331
    assert round(float(given["share_over"]), 3) == 0.367
    whole, *stations = told(capsys, *ask)
    assert float(whole["median_days"]) == 331
    assert round(float(whole["share_over"]), 3) == 0.368
    assert len(stations) == 10
    assert sum(int(s["visits"]) for s in stations) < int(whole["visits"]) == 27_468


def test_the_same_over_http(client: TestClient, headers: dict[str, str]) -> None:
    ask = {"jurisdiction": BUREAU, "purpose": ROUTINE, "as_given": "true"}
    assert client.get("/v1/intervals", params=ask).status_code == 401
    answer = client.get("/v1/intervals", params=ask, headers=headers).json()
    assert answer["whole"]["median_days"] == 331
    assert round(answer["whole"]["share_over"], 3) == 0.367


def test_cells_are_even_where_police_districts_are_not(chicago: str, capsys: pytest.CaptureFixture[str]) -> None:
    against = ["--against", str(DATA / "chicago_businesses.csv"), "--id-column", "license"]
    rows = told(
        capsys, "cells", "spread", "--jurisdiction", BUREAU, "--on", DAY, *against, "--group-column", "police_district"
    )
    cells, hours, districts = rows
    assert (districts["parts"], districts["least"], districts["most"]) == ("23", "1", "1,143")
    assert districts["variation"] == "0.70"
    assert cells["parts"] == hours["parts"] == "37"
    assert float(cells["variation"]) < 0.15
    assert int(cells["least"]) > 100
    assert int(cells["most"]) < 400


def test_coverage_by_the_citys_own_classes(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/v1/coverage", params={"jurisdiction": BUREAU, "on": DAY}, headers=headers)
    assert answer.status_code == 200
    assert {"1", "2", "3"} <= set(answer.json()["due"])
    plans = client.get("/v1/plans").json()["plans"]
    assert len({p["station_code"] for p in plans if p["state"] == "published"}) == 10
    assert all(p["max_abs_deviation"] <= p["tolerance"] for p in plans)


def test_a_file_that_names_nobody_is_told(chicago: str, capsys: pytest.CaptureFixture[str]) -> None:
    spread = [
        "cells",
        "spread",
        "--jurisdiction",
        BUREAU,
        "--on",
        DAY,
        "--against",
        str(DATA / "chicago_businesses.csv"),
    ]
    assert exit_status([*spread, "--id-column", "dba_name", "--group-column", "ward"]) == 1
    assert "is it the right column" in capsys.readouterr().err
    assert exit_status([*spread, "--id-column", "id", "--group-column", "ward"]) == 1
    assert "has no column id" in capsys.readouterr().err
    assert exit_status(["cells", "spread", "--jurisdiction", BUREAU, "--on", "2010-01-01"]) == 1
    assert "publish a plan first" in capsys.readouterr().err


def test_chicago_again_changes_nothing(chicago: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = str(Path(ROOT / "data/chicago/manifest.toml"))
    assert exit_status(["demo", manifest, "--valid-from", "2011-01-01", "--on", DAY, "--whole", "-o", str(out)]) == 0
    assert "already stored" in capsys.readouterr().out
