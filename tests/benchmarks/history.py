"""What was measured before: one line of JSON per row and run, and a page that shows the last table and what changed."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.table import Row, markdown

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "benchmarks" / "history.jsonl"
PAGE = ROOT / "docs" / "benchmarks" / "history.md"
HEAD = """# What was measured, run by run

Written by `./run.sh bench --record`; do not edit by hand. Every figure that was ever recorded is in
[history.jsonl](history.jsonl), a line a row: date, commit, machine, size, entry, row, figures. How to read the table:
[benchmarks](README.md).
"""


def record(part: str, size: str, found: Mapping[str, Iterable[Row]], file: Path = FILE) -> None:
    """Append the rows of a run."""
    run = {
        "date": datetime.now(UTC).isoformat(" ", "milliseconds"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}",
        "part": part,
        "size": size,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        for entry, rows in found.items():
            for number, r in enumerate(rows):
                line = {
                    **run, "entry": entry, "number": number, "what": r.what, "ours": r.ours, "peer": r.peer, "ratio": r.ratio,
                    "goal": r.goal, "met": r.met, "figures": {k: round(float(v), 6) for k, v in r.figures.items()},
                }  # fmt: skip
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def write_page(file: Path = FILE, page: Path = PAGE) -> None:
    """The last table of every part and size, and every figure's first, previous and last value."""
    lines = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    texts = [HEAD]
    for part, size in sorted({(line["part"], line["size"]) for line in lines}):
        texts += _section([line for line in lines if (line["part"], line["size"]) == (part, size)], part, size)
    page.write_text("\n".join(texts), encoding="utf-8")


def _section(lines: list[dict[str, Any]], part: str, size: str) -> list[str]:
    """Each entry as it was last measured, and the figures that were measured more than once."""
    latest: dict[str, tuple[str, str]] = {}
    for line in lines:
        latest[line["entry"]] = (line["date"], line["commit"])
    last = [line for line in lines if latest[line["entry"]] == (line["date"], line["commit"])]
    order = list(latest)
    last.sort(key=lambda line: (order.index(line["entry"]), line["number"]))
    rows = [Row(*(line[k] for k in ("what", "ours", "peer", "ratio", "goal", "met"))) for line in last]
    runs = sorted({f"{line['date'][:16]} ({line['commit']}; {line['machine']})" for line in last})
    text = [markdown(f"{part}, {size}", rows), "Measured: " + "; ".join(runs) + ".", ""]
    changed = {name: values for name, values in _series(lines).items() if len(values) > 1}
    if changed:
        text += ["| entry | figure | runs | first | before | last |", "| --- | --- | --- | --- | --- | --- |"]
        for (entry, key), values in changed.items():
            first, before, now = values[0], values[-2], values[-1]
            text.append(f"| {entry} | {key} | {len(values)} | {first:.4g} | {before:.4g} | {now:.4g} |")
        text.append("")
    return text


def _series(lines: list[dict[str, Any]]) -> dict[tuple[str, str], list[float]]:
    """(entry, figure) -> its values, run after run; a figure that an entry has for several cases is numbered."""
    series: dict[tuple[str, str], list[float]] = {}
    seen: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        for key, value in line["figures"].items():
            place = (line["date"], line["commit"], line["entry"], key)
            seen[place] += 1
            name = key if seen[place] == 1 else f"{key} {seen[place]}"
            series.setdefault((line["entry"], name), []).append(value)
    return series


def _commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip()
