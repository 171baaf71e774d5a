"""The page beside the answers of a whole run, and the further commands that a dataset brings along."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from openpyxl import Workbook

from geo_api.cli.whole_inputs import commands_beside
from geo_api.cli.whole_job import Job, Took
from geo_api.cli.whole_steps import said_of_plans
from geo_api.cli.whole_summary import HOLDS, write_summary
from geo_api.errors import BadRequest
from geo_api.services.answers import PlanSummary
from gridding.findings import Finding, Severity

TOOK = (
    Took("load", "9 entities, 3 visits", 1.5, 200.0),
    Took("plans", "1 stations, 2 cells", 2.0, 300.0),
    Took("changes 2026-10-12", "gridward register import changes_2026-10-12.csv", 0.5, 310.0),
    Took("report", "nobody is there", 0.1, 310.0, failed=True),
)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "month.txt").write_text(
        "station\tname\tentities\tdue\tmade\tshare\tvisits\toverdue\tlongest\tfirst due\tfirst missed\n"
        "all\t局\t9\t10.0\t8.5\t85.0%\t12\t3\t40 d\t4\t1\n"
    )
    (tmp_path / "gaps.txt").write_text("rule\tfindings\ncoverage.overdue\t3\nclass\tvisits due\tmade\tshare\n")
    (tmp_path / "routine.txt").write_text("code,median_days,share_over\n17,331.0,0.367\n")
    (tmp_path / "against.txt").write_text(
        "division\tmeasure\tparts\tleast\tmost\tmean\tvariation\nplan\tentities\t25\t1\t1143\t5\t0.7\n"
    )
    (tmp_path / "changes-2026-10-12.txt").write_text("66 rows\n")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "assessment.txt").write_text("assessment.xlsx written\n")
    book = Workbook()
    page = book.create_sheet("网格考核")
    for row in (("网格考核",), ("网格", "名称", "得分", "等次"), ("1", "a", 95, "优秀"), ("2", "b", 60, "不合格")):
        page.append(row)
    book.save(tmp_path / "assessment.xlsx")
    manifest = SimpleNamespace(name="town", title_zh="镇<示例>", title_en="Town", bureau=SimpleNamespace(code="9901"))
    return cast("Job", SimpleNamespace(
        folder=tmp_path, manifest=manifest, bureau="9901", on=date(2026, 11, 1), valid_from=date(2025, 11, 1),
    ))  # fmt: skip


def test_the_page_says_what_was_found_what_each_file_holds_and_what_each_step_took(job: Job) -> None:
    paths = write_summary(job, TOOK)
    assert [p.name for p in paths] == ["summary.html", "summary_en.html", "summary.json"]
    told = json.loads((job.folder / "summary.json").read_text(encoding="utf-8"))
    assert told["figures"] == {
        "data": "9 entities, 3 visits",
        "plans": "1 stations, 2 cells",
        "visits due / made in the month": "10.0 / 8.5 (85.0%)",
        "entities overdue": "3",
        "first visits due / missed": "4 / 1",
        "gaps": "coverage.overdue 3",
        "days between routine visits": "331 d; > 365 d: 36.7%",
        "entities: least – most (plan)": "1 – 1143 (25; cv 0.7)",
        "cells by band": "excellent 1, passing 0, failing 1",
    }
    assert told["files"]["assessment.xlsx"]["zh"] == HOLDS["assessment.xlsx"][0]
    assert "register import" in told["files"]["changes-2026-10-12.txt"]["en"]
    assert not {"empty.txt", "assessment.txt"} & set(told["files"])
    assert [s["seconds"] for s in told["steps"]] == [1.5, 2.0, 0.5, 0.1]
    chinese, english = (p.read_text(encoding="utf-8") for p in paths[:2])
    assert "镇&lt;示例&gt;" in chinese
    assert "失败：nobody is there" in chinese
    assert "优秀 1，合格 0，不合格 1" in chinese
    assert "FAILED: nobody is there" in english
    for page in (chinese, english):
        assert "331 d" in page
        assert "http" not in page.replace("http-equiv", "")


def test_a_run_without_answers_has_a_page_all_the_same(job: Job) -> None:
    for path in job.folder.iterdir():
        path.unlink()
    figures: dict[str, Any] = json.loads(write_summary(job, TOOK[:1])[2].read_text(encoding="utf-8"))["figures"]
    assert list(figures) == ["data"]


def test_further_commands_are_read_line_by_line(tmp_path: Path) -> None:
    assert commands_beside(tmp_path / "manifest.toml") == []
    path = tmp_path / "commands.txt"
    path.write_text('# more\n\nspread 2: gridward cells spread --against "{here}/b c.csv"\n')
    ((name, words),) = commands_beside(tmp_path / "manifest.toml")
    assert (name, words) == ("spread 2", ("cells", "spread", "--against", f"{tmp_path}/b c.csv"))
    path.write_text("rm -r x\n")
    with pytest.raises(BadRequest, match="line 1"):
        commands_beside(tmp_path / "manifest.toml")


def test_the_line_about_plans_names_the_worst_station_its_tolerance_and_why_one_was_waived() -> None:
    def plan(code: str, deviation: float, *findings: Finding) -> PlanSummary:
        return cast("PlanSummary", SimpleNamespace(
            station_code=code, cells=2, tolerance=0.05, max_abs_deviation=deviation, findings=findings
        ))  # fmt: skip

    fine = said_of_plans([plan("001", 0.0461), plan("002", 0.01)])
    assert fine == "2 stations, 4 cells; largest deviation 4.61% in station 001 (tolerance 5.00%), none waived"
    why = Finding("balance.block", Severity.ERROR, "the market outweighs a cell", "市场过大", where="M1")
    assert said_of_plans([plan("001", 0.08, why)]).endswith("1 waived (001: the market outweighs a cell)")
