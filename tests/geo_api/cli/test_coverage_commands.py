"""``gridward coverage``, ``gaps`` and ``posters`` as a user calls them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from geo_api.cli import main
from geo_api.db.store import Store
from geo_api.db.tasks import TaskTables
from geo_api.errors import BadRequest
from layers.assets import check_offline
from tests.geo_api.life import published
from tests.geo_api.town import BUREAU, WEST

pytestmark = pytest.mark.db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(loaded: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the town; gives exit status, output, errors."""
    published(loaded, WEST, date(2026, 3, 1))
    monkeypatch.setenv("DATABASE_URL", loaded.database.url)
    monkeypatch.delenv("GRIDWARD_KEY", raising=False)

    def call(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main.exit_status([str(a) for a in args])
        out, err = capfd.readouterr()
        return status, out, err

    return call


def test_figures_gaps_and_posters(run: Run, tmp_path: Path) -> None:
    book, table, page = tmp_path / "c.xlsx", tmp_path / "g.csv", tmp_path / "g.html"
    status, out, err = run("coverage", "--jurisdiction", WEST, "--of", "2026-09", "--by", "cell", "-o", book)
    assert status == 0, err
    rows = [line.split("\t") for line in out.splitlines() if "\t" in line]
    assert [r[0] for r in rows] == ["cell", f"{WEST}001", f"{WEST}002", f"{WEST}003", "all"]
    assert sum(int(r[2]) for r in rows[1:4]) == int(rows[4][2])
    assert openpyxl.load_workbook(book).worksheets[0].max_row == 4

    where = ("--jurisdiction", WEST, "--place", "hall")
    assert run("posters", "record", *where, "--posted-on", "2026-02-01")[0] == 0
    assert "hall" in run("posters", "list", "--jurisdiction", WEST, "--on", "2026-04-01")[1]
    status, out, err = run("gaps", "--jurisdiction", WEST, "--on", "2026-11-01", "-o", table)
    assert status == 0, err
    assert "poster.old\t1" in out
    assert "poster.old" in table.read_text(encoding="utf-8-sig")
    assert run("gaps", "--jurisdiction", WEST, "--on", "2026-11-01", "-o", page)[0] == 0
    html = page.read_text(encoding="utf-8")
    check_offline(html, None)
    data = json.loads(re.search(r'<script type="application/json" id="diagram-data">(.*?)</script>', html, re.S)[1])  # type: ignore[index]
    assert {"poster.old", "coverage.overdue"} <= {g["rule"] for g in data["gaps"]}


def test_mistakes_are_told_in_one_line(run: Run, tmp_path: Path) -> None:
    for args, said in (
        (["coverage", "--jurisdiction", WEST, "--of", "2026-13"], "is no period"),
        (["coverage", "--jurisdiction", WEST, "--by", "weather"], "by is one of"),
        (["coverage", "--jurisdiction", "999"], "999"),
        (["coverage", "--jurisdiction", WEST, "--on", "2026-01-01", "--of", "2026"], "say the period once"),
        (["gaps", "--jurisdiction", WEST, "-o", str(tmp_path / "gaps.doc")], ".geojson"),
        (["posters", "record", "--jurisdiction", "999", "--place", "hall"], "999"),
    ):
        status, _, err = run(*args)
        assert status == 1, args
        assert said in err
        assert len(err.strip().splitlines()) == 1


def test_without_a_jurisdiction_the_only_bureau_is_meant(run: Run) -> None:
    for command in (
        ("coverage", "--of", "2026-09"),
        ("gaps", "--on", "2026-11-01"),
        ("staffing",),
        ("profile", "list"),
    ):
        status, out, err = run(*command)
        assert status == 0, err
        assert out == run(*command, "--jurisdiction", BUREAU)[1]
    assert run("gaps", "--on", "2026-11-01")[1] != run("gaps", "--on", "2026-11-01", "--jurisdiction", WEST)[1]


def test_where_there_are_several_bureaus_it_has_to_be_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def several(_: object) -> str:
        raise BadRequest("there are several bureaus (1, 2): say which jurisdiction")

    monkeypatch.setattr(TaskTables, "top", several)
    status, out, err = run("gaps")
    assert (status, out) == (1, "")
    assert err == "gridward: there are several bureaus (1, 2): say which jurisdiction\n"
