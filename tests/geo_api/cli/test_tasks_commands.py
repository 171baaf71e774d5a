"""Tasks and visit plans as a user calls them, on the town with an address book of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from geo_api.cli import main
from geo_api.db.store import Store
from geo_api.services.addresses.store import build
from tests.geo_api.services.tasks.conftest import town_store
from tests.geo_api.town import BUREAU, WEST

pytestmark = pytest.mark.db
Run = Callable[..., tuple[int, str, str]]

__all__ = ["town_store"]


@pytest.fixture(scope="module")
def addressed(town_store: Store) -> Store:
    build(town_store.gazetteer, "cn", actor="test")
    return town_store


@pytest.fixture
def run(addressed: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("DATABASE_URL", addressed.database.url)
    monkeypatch.delenv("GRIDWARD_KEY", raising=False)

    def call(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main.exit_status([str(a) for a in args])
        out, err = capfd.readouterr()
        return status, out, err

    return call


DAY = "2026-03-02"


def test_a_case_from_the_hotline_to_its_end(run: Run) -> None:
    case = (
        "tasks",
        "open",
        "--address",
        "人民路12号",
        "--title",
        "售卖过期食品",
        "--source",
        "12315",
        "--source-id",
        "7",
    )
    status, out, err = run(*case, "--on", DAY, "--by", "hotline")
    assert status == 0, err
    number = out.split()[1]
    assert "opened, assigned" in out, out
    assert run(*case, "--on", DAY, "--by", "hotline")[1].startswith(f"task {number} stands already")
    assert run("tasks", "open", "--address", "天涯海角99号", "--title", "x", "--on", DAY)[1].count("not placed") == 1
    waiting = json.loads(run("tasks", "list", "--state", "opened", "--on", DAY, "--format", "json")[1])["tasks"]
    assert [t["cell_code"] for t in waiting] == [""]
    assert run("tasks", "step", number, "done", "--note", "已下架", "--on", DAY, "--by", "li")[0] == 0
    status, _, err = run("tasks", "step", number, "close", "--on", DAY, "--by", "li")
    assert (status, "somebody else closes it" in err) == (1, True)
    assert run("tasks", "step", number, "close", "--on", DAY, "--by", "zhao")[1] == f"task {number} is closed\n"
    steps = json.loads(run("tasks", "show", number, "--on", DAY)[1])["steps"]
    assert [s["step"] for s in steps][-2:] == ["done", "closed"]


def test_a_campaign_by_a_list_and_the_daily_run(run: Run, tmp_path: Path) -> None:
    chosen = tmp_path / "list.csv"
    chosen.write_text("entity_id\n3\n5\n", encoding="utf-8")
    campaign = ("tasks", "campaign", "spring", "--title", "check", "--jurisdiction", BUREAU, "--entities", chosen)
    assert "2 task(s) opened, 0 stood already" in run(*campaign, "--on", DAY)[1]
    assert "0 task(s) opened, 2 stood already" in run(*campaign, "--on", DAY)[1]
    status, out, err = run("tasks", "escalate", "--on", "2026-04-20")
    assert (status, "escalated" in out, "late_tasks" in out) == (0, True, True)
    assert "tasks.late" not in err  # counted by station, not told one by one
    told = run("tasks", "escalate", "--on", "2026-04-20", "--format", "csv")[1]
    listed = run("tasks", "list", "--late", "--on", "2026-04-20", "--format", "csv")[1]
    assert told == listed
    counted = json.loads(run("tasks", "escalate", "--on", "2026-04-20", "--format", "json")[1])["late_by_station"]
    assert sum(counted.values()) == len(listed.splitlines()) - 1
    late = json.loads(
        run("tasks", "list", "--late", "--on", "2026-04-20", "--campaign", "spring", "--format", "json")[1]
    )
    assert {t["escalated_to"] for t in late["tasks"]} == {t["station_code"] and BUREAU for t in late["tasks"]}
    sheet = tmp_path / "tasks.xlsx"
    assert run("tasks", "list", "--format", "xlsx", "-o", sheet, "--on", DAY)[0] == 0
    assert sheet.read_bytes().startswith(b"PK")


def test_rounds_as_a_page_kept_and_compared(run: Run, tmp_path: Path) -> None:
    cell = json.loads(run("cells", "list", "--under", WEST, "--on", DAY, "--format", "json")[1])["cells"][0]["code"]
    file = tmp_path / "plan.html"
    status, out, err = run("rounds", "plan", "--cell", cell, "--of", "2026-W10", "-o", file)
    assert status == 0, err
    assert out.startswith("day\tvisits\tkm\thours\tfirst\n2026-03-02")
    assert file.read_bytes().startswith(b"<!doctype")
    assert "must end in" in run("rounds", "plan", "--cell", cell, "--of", "2026-W10", "-o", tmp_path / "plan.doc")[2]
    number = run("rounds", "keep", "--cell", cell, "--of", "2026-W10")[1].split()[1].rstrip(":")
    assert "open: 0" in run("rounds", "kept", number, "--on", "2026-03-09")[1]


def test_cases_of_a_file_with_their_verdicts(run: Run, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("工单号,诉求内容,地址,电话\nw1,过期食品,人民路12号,1\nw2,,人民路13号,2\n", encoding="utf-8")
    verdicts = tmp_path / "verdicts.csv"
    status, out, err = run("tasks", "import", cases, "--source", "hotline", "--on", DAY, "-o", verdicts)
    assert (status, err) == (2, "")
    assert "2 rows: 1 opened, 0 waiting, 0 repeated, 0 conflict, 1 refused" in out
    assert "columns not used: 电话" in out
    assert [line.split(",")[1:3] for line in verdicts.read_text("utf-8-sig").splitlines()[1:]] == [
        ["w1", "opened"],
        ["w2", "refused"],
    ]
