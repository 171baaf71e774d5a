"""``python -m tests.benchmarks [PART ...] [--size small|medium|full] [--only ROW,ROW] [--record]``: one table per part.

Parts: gridding (the goals of the engine, row by row), locate, http, addresses, database, soak.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator
from importlib import import_module

from tests.benchmarks import gridding, history
from tests.benchmarks.table import Row, markdown

TITLES = {
    "gridding": "Lines to cells",
    "locate": "Point to cell, in process",
    "http": "Point to cell, over HTTP on loopback",
    "addresses": "Address to cell",
    "database": "PostGIS",
    "tiles": "Vector tiles and OGC items, over HTTP on loopback",
    "soak": "Minutes of load while everything changes",
}


def main() -> None:
    """Measure the parts asked for (default: all) and print their tables."""
    asked = _arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)  # of the peers
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; medians of the rounds\n", flush=True)
    for part in asked.parts or TITLES:
        found: dict[str, list[Row]] = {}
        try:
            for entry, measured in _measured(part, asked.size, asked.only):
                found[entry] = measured  # noqa: PERF403 - a dict made at once would be lost when interrupted
        except KeyboardInterrupt:
            print("stopped: the table holds what was measured until then\n", flush=True)
        rows = [row for entry in found.values() for row in entry]
        if not rows:
            print(f"{TITLES[part]}: left out, DATABASE_URL is not set\n", flush=True)
            continue
        print(markdown(TITLES[part], rows), flush=True)
        if asked.record:
            history.record(part, asked.size, found)
    if asked.record:
        history.write_page()
        print("recorded in docs/benchmarks/history.jsonl and docs/benchmarks/history.md")


def _measured(part: str, size: str, only: set[str]) -> Iterator[tuple[str, list[Row]]]:
    if part == "gridding":
        yield from gridding.measured(size, only)
    else:
        yield part, import_module(f"tests.benchmarks.{part}").measure("small" if size == "small" else "full")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(TITLES)}; default: all")
    parser.add_argument(
        "--size",
        choices=("small", "medium", "full"),
        default="full",
        help="small: seconds; medium: minutes; full: an hour",
    )
    parser.add_argument(
        "--only", default="", metavar="ROW,ROW", help=f"rows of gridding alone: {', '.join(gridding.NAMES)}"
    )
    parser.add_argument(
        "--record", action="store_true", help="append what was measured to docs/benchmarks/history.jsonl"
    )
    asked = parser.parse_args()
    asked.only = {name for name in asked.only.split(",") if name}
    if unknown := set(asked.parts) - set(TITLES):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(TITLES)}")
    if unknown := asked.only - set(gridding.NAMES):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; the rows are {', '.join(gridding.NAMES)}")
    if asked.only:
        asked.parts = ["gridding"]
    return asked


if __name__ == "__main__":
    main()
