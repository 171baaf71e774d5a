"""``gridward ledger``, ``assess``, ``report`` and ``reports``: what they print and write, and their exit status."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from geo_api.cli.main import RULE_BROKEN, USER_ERROR, exit_status
from geo_api.db import open_store
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import BUREAU, EAST, WEST, make_town

CELL = f"{WEST}001"


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    made = new_database()
    with open_store(made) as store:
        load(make_town(entities=120), store.register, today=date(2020, 1, 1))
        for station in (WEST, EAST):
            published(store, station, date(2020, 1, 2), cells=2)
    return made


@pytest.fixture
def run(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    monkeypatch.setenv("DATABASE_URL", url)

    def command(*words: str, status: int = 0) -> str:
        assert exit_status(list(words)) == status, capsys.readouterr()
        said = capsys.readouterr()
        return said.out + said.err

    return command  # type: ignore[return-value]


def test_a_ledger_is_printed_and_written(run: Callable[..., str], tmp_path: Path) -> None:
    said = run("ledger", "--cell", CELL, "--on", "2026-03-01")
    assert said.startswith(f"cell {CELL} 城西所 001 on 2026-03-01: ")
    total = next(line.split("\t") for line in said.splitlines() if line.startswith("total"))
    assert int(total[1]) == sum(map(int, total[2:6]))
    for form, start in (
        ("pdf", b"%PDF"),
        ("xlsx", b"PK"),
        ("html", b"<!doctype"),
        ("json", b"{"),
        ("csv", b"\xef\xbb\xbf"),
    ):
        target = tmp_path / f"l.{form}"
        run("ledger", "--jurisdiction", CELL, "--language", "en", "-o", str(target))
        assert target.read_bytes().startswith(start)
    assert "pdf is written to a file" in run("ledger", "--cell", CELL, "--format", "pdf", status=USER_ERROR)
    assert "there is no language" in run("ledger", "--cell", CELL, "--language", "fr", status=USER_ERROR)
    assert "there is no ledger" in run(
        "ledger", "--cell", CELL, "--subject", "x", "--format", "html", status=USER_ERROR
    )


def test_each_cell_has_a_file_of_its_own(run: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "ledgers"
    words = (
        "ledger",
        "--jurisdiction",
        WEST,
        "--each-cell",
        "--on",
        "2026-03-01",
        "--format",
        "xlsx",
        "-o",
        str(folder),
    )
    assert "2 of 2: " in run(*words)
    assert sorted(p.name for p in folder.iterdir()) == [f"{WEST}001.xlsx", f"{WEST}002.xlsx"]
    (folder / f"{CELL}.xlsx").write_bytes(b"old")
    run(*words)
    assert (folder / f"{CELL}.xlsx").read_bytes().startswith(b"PK"), "done again, files are replaced"
    run(*words, "--subject", "unlicensed")
    assert len(list(folder.iterdir())) == 4
    assert "name a folder" in run("ledger", "--jurisdiction", WEST, "--each-cell", status=USER_ERROR)
    assert "no cell in force" in run(
        *words[:3], "--each-cell", "--on", "2019-01-01", "-o", str(folder), status=USER_ERROR
    )


def test_a_period_that_has_not_begun_has_no_scores(run: Callable[..., str]) -> None:
    for command in ("assess", "report"):
        assert "nothing has been due" in run(command, "--jurisdiction", WEST, "--of", "2198-12", status=USER_ERROR)


def test_a_ledger_is_issued_verified_and_checked(run: Callable[..., str], tmp_path: Path) -> None:
    said = run("reports", "issue", "--kind", "ledger", "--jurisdiction", CELL, "--on", "2026-03-01", "--reason", "file")
    number = said.split()[1]
    target = tmp_path / "issued.xlsx"
    run("reports", "show", number, "-o", str(target))
    assert f"is report {number}, issued by" in run("reports", "verify", str(target))
    assert "every figure is the same" in run("reports", "check", number)
    assert f"{number}\tledger\tentities\t{CELL}" in run("reports", "list", "--jurisdiction", WEST)
    assert CELL not in run("reports", "list", "--jurisdiction", EAST)
    book = openpyxl.load_workbook(io.BytesIO(target.read_bytes()))
    book.worksheets[1]["B4"] = "x"
    book.save(target)
    assert "B4: 'x', issued" in run("reports", "verify", str(target), status=RULE_BROKEN)
    run("ledger", "--cell", CELL, "-o", str(target))
    assert "names no report" in run("reports", "verify", str(target), status=RULE_BROKEN)
    assert "cannot be read" in run("reports", "verify", str(tmp_path / "none.xlsx"), status=USER_ERROR)


def test_scores_and_reports(run: Callable[..., str], tmp_path: Path) -> None:
    said = run("assess", "--jurisdiction", BUREAU, "--of", "2026-02", "--language", "en")
    subjects = [line.split("\t")[0] for line in said.splitlines()[1:]]
    assert set(subjects) == {"bureau", "station", "cell", "officer"}
    officer = next(line.split("\t")[1] for line in said.splitlines() if line.startswith("officer"))
    said = run(
        "assess", "--jurisdiction", BUREAU, "--of", "2026-02", "--officer", officer, "--explain", "--language", "en"
    )
    assert "= 100 x " in said
    assert "visits made of those due: " in said
    said = run("report", "--jurisdiction", BUREAU, "--of", "2026-Q1")
    assert f"{BUREAU}\t小镇局\t" in said
    target = tmp_path / "report.pdf"
    run("report", "--jurisdiction", WEST, "--of", "2025", "-o", str(target))
    assert target.read_bytes().startswith(b"%PDF")
    assert "Missing option '--of'" in run("report", "--jurisdiction", WEST, status=USER_ERROR)
    assert "digest" in run("reports", "issue", "--jurisdiction", WEST, "--of", "2024")
    assert "issued before" in run("reports", "issue", "--jurisdiction", WEST, "--of", "2024", status=USER_ERROR)
