"""The page that stands beside the answers of a whole run: main figures, which file holds what, what each step took."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geo_api.cli.whole_job import Job, Took

if TYPE_CHECKING:
    from geo_api.services.documents.model import Document, Language

HOLDS = {
    "coverage.xlsx": (
        "巡查覆盖：近一年各网格应查、已查、逾期",
        "coverage of the year by cell: visits due, made, overdue",
    ),
    "departments.xlsx": ("职能分布：各所各职能由谁负责", "departments: who holds which function in which station"),
    "gaps.geojson": (
        "监管盲区图层：每处的类型、程度、起始日和消除办法",
        "gaps as a map layer: kind, severity, since when, what closes it",
    ),
    "rounds.html": ("一个网格一周的巡查路线", "a week of rounds of one cell, with maps"),
    "assessment.xlsx": ("考核得分：网格、监管员、监管所、局", "scores of cells, officers, stations and the bureau"),
    "report.pdf": ("月报（可打印签字）", "the monthly report, to be printed and signed"),
    "ledger.xlsx": ("一个网格的台账", "the ledger of one cell"),
    "staff.txt": ("人员配置方案", "who was proposed for which cell"),
    "groups.txt": ("巡查组", "patrol groups"),
    "staff-check.txt": ("人员规则检查", "rules of staffing that are broken"),
    "claims-list.txt": ("待认领主体", "entities that wait to be claimed"),
    "unlicensed-list.txt": ("无照经营户台账", "the unlicensed, oldest discovery first"),
    "month.txt": ("上月巡查覆盖，按监管所", "coverage of the month by station"),
    "intervals.txt": ("两次巡查间隔天数", "days between visits"),
    "gaps.txt": ("监管盲区汇总", "gaps by rule"),
    "classes.txt": ("信用分类建议", "credit classes proposed from the record"),
    "due.txt": ("到期清单", "due lists with who is in charge"),
    "campaign.txt": ("专项检查任务，按网格", "tasks of the campaign by cell"),
    "escalate.txt": ("逾期任务上报", "late tasks told to the level above"),
    "issue.txt": ("月报签发", "the report as issued"),
    "spread.txt": ("各网格是否均衡", "how even the cells are"),
}
"""File -> what it holds, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What, in Chinese and English; the figure; the figure in English where words of ours are in it."""

    zh: str
    en: str
    value: str
    value_en: str = ""


def write_summary(job: Job, took: Sequence[Took]) -> list[Path]:
    """Write summary.html (Chinese), summary_en.html and summary.json beside the answers."""
    from geo_api.cli.files import write_bytes
    from geo_api.formats.documents import render_document

    figures = main_figures(job.folder, took)
    made = []
    for language, name in (("zh", "summary.html"), ("en", "summary_en.html")):
        body, _ = render_document(_document(job, took, figures, "zh" if language == "zh" else "en"), "html")
        write_bytes(job.folder / name, body)
        made.append(job.folder / name)
    told = {
        "dataset": job.manifest.name,
        "jurisdiction": job.bureau,
        "on": job.on.isoformat(),
        "plans_from": job.valid_from.isoformat(),
        "figures": {f.en: f.value_en or f.value for f in figures},
        "files": {name: dict(zip(("zh", "en"), holds, strict=True)) for name, holds in _files(job.folder, took)},
        "steps": [asdict(t) for t in took],
    }
    path = job.folder / "summary.json"
    write_bytes(path, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
    return [*made, path]


def main_figures(folder: Path, took: Sequence[Took]) -> list[Figure]:
    """What a planner looks at first, taken from the answers; what a run has no answer to is left out."""
    said = {t.name: t.said for t in took if not t.failed}
    found: list[Figure] = []
    for step, zh, en in (("load", "数据", "data"), ("plans", "划分方案", "plans")):
        if step in said:
            found.append(Figure(zh, en, said[step]))
    for row in _table(folder / "month.txt"):
        if row[0] == "all" and len(row) > 9:
            share = f" ({row[5]})" if row[5] else ""
            found += [
                Figure("上月应查 / 已查户次", "visits due / made in the month", f"{row[3]} / {row[4]}{share}"),
                Figure("逾期户", "entities overdue", row[7]),
                Figure("首次巡查到期 / 未完成", "first visits due / missed", f"{row[9]} / {row[-1]}"),
            ]
    gaps = [row for row in _table(folder / "gaps.txt") if len(row) == 2 and row[1].isdigit()]
    if gaps:
        found.append(Figure("监管盲区", "gaps", ", ".join(f"{rule} {n}" for rule, n in gaps)))
    for kind, zh, en in (
        ("intervals", "两次巡查间隔（全部巡查）", "days between visits (all visits)"),
        ("routine", "两次例行巡查间隔", "days between routine visits"),
    ):
        rows = _comma(folder / f"{kind}.txt")
        if rows:
            value = f"{float(rows[0]['median_days']):.0f} d; > 365 d: {float(rows[0]['share_over']):.1%}"
            found.append(Figure(zh, en, value))
    for name in ("spread", "against"):
        for row in _table(folder / f"{name}.txt"):
            if len(row) == 7 and row[1] == "entities":
                of = "网格" if row[0] == "cells" else row[0]
                value = f"{row[3]} – {row[4]} ({row[2]}; cv {row[6]})"
                found.append(Figure(f"主体数：最少 – 最多（{of}）", f"entities: least – most ({row[0]})", value))
    found += _bands(folder / "assessment.xlsx")
    return list(dict.fromkeys(found))


def _bands(path: Path) -> list[Figure]:
    """How many cells are excellent, pass and fail."""
    if not path.is_file():
        return []
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    try:
        if "网格考核" not in book.sheetnames:
            return []
        rows = list(book["网格考核"].iter_rows(min_row=3, max_col=4, values_only=True))
    finally:
        book.close()
    counts = Counter(str(row[3]) for row in rows if row[0])
    told = {"优秀": "excellent", "合格": "passing", "不合格": "failing"}
    value = "，".join(f"{zh} {counts[zh]}" for zh in told)
    return [Figure("网格考核等次", "cells by band", value, ", ".join(f"{en} {counts[zh]}" for zh, en in told.items()))]


def _table(path: Path) -> list[list[str]]:
    """Rows of a printed table."""
    return [line.split("\t") for line in _lines(path)]


def _comma(path: Path) -> list[dict[str, str]]:
    rows = list(csv.DictReader(_lines(path)))
    return [row for row in rows if row.get("median_days")]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _files(folder: Path, took: Sequence[Took]) -> list[tuple[str, tuple[str, str]]]:
    """The files of the folder that hold something, and what it is."""
    imports = {f"{t.name.replace(' ', '-')}.txt": t.said for t in took}
    found = []
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("summary") or not path.stat().st_size:
            continue
        if path.suffix == ".txt" and path.name not in HOLDS and len(list(folder.glob(f"{path.stem}.*"))) > 1:
            continue  # it only says that the other file was written
        holds = HOLDS.get(path.name) or (imports.get(path.name, ""),) * 2
        found.append((path.name, (holds[0], holds[1])))
    return found


def _document(job: Job, took: Sequence[Took], figures: Sequence[Figure], language: Language) -> Document:
    from geo_api.services.documents.model import Column, Table, choose
    from geo_api.services.documents.model import Document as Made

    def say(zh: str, en: str) -> str:
        return choose(language, zh, en)

    at = 0 if language == "zh" else 1
    title = job.manifest.title_zh if language == "zh" else job.manifest.title_en
    numbers = Table(
        "figures", say("主要数据", "Main figures"), (Column(say("项目", "what")), Column(say("数值", "figure"), width=30)),
        tuple((f.zh, f.value) if language == "zh" else (f.en, f.value_en or f.value) for f in figures),
    )  # fmt: skip
    files = Table(
        "files", say("文件", "Files"), (Column(say("文件", "file"), width=14), Column(say("内容", "what it holds"), width=30)),
        tuple((name, holds[at]) for name, holds in _files(job.folder, took)),
    )  # fmt: skip
    columns = (
        Column(say("步骤", "step")), Column(say("秒", "seconds"), "number", 6), Column(say("内存峰值 MB", "peak MB"), "whole", 6),
        Column(say("结果", "what it said"), width=40),
    )  # fmt: skip
    failed = say("失败：", "FAILED: ")
    steps = Table(
        "steps", say("各步骤用时", "Steps"), columns,
        tuple((t.name, t.seconds, round(t.peak_mb), (failed if t.failed else "") + t.said) for t in took),
    )  # fmt: skip
    return Made(
        title or job.manifest.name,
        say(f"全流程运行结果，截至 {job.on}", f"a whole run, as of {job.on}"),
        language,
        (
            (say("辖区", "Jurisdiction"), job.bureau),
            (say("方案生效日", "Plans from"), job.valid_from.isoformat()),
            (say("总用时（秒）", "Seconds in all"), f"{sum(t.seconds for t in took):,.1f}"),
            (say("内存峰值（MB）", "Peak memory, MB"), f"{max(t.peak_mb for t in took):,.0f}"),
        ),
        (numbers, files, steps),
        wide=True,
    )
