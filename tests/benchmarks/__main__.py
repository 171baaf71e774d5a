"""``python -m tests.benchmarks [PART ...] [--size small|medium|full] [--only ROW,ROW] [--record]``: one table per part.

Parts: gridding (the goals of the engine, row by row), lookup (the goals of point to cell, row by row: the parts locate, http
and tiles hold more detail), locate, http, addresses, database, tiles, soak, coverage_city, over_http (writes into the database of
DATABASE_URL, which holds a city).
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Iterator
from importlib import import_module

from tests.benchmarks import gridding, history, lookup
from tests.benchmarks.table import Row, markdown

ROWS = {"gridding": gridding, "lookup": lookup}
"""Parts that are measured row by row."""
TITLES = {
    "gridding": "Lines to cells",
    "lookup": "Lookup",
    "locate": "Point to cell, in process",
    "http": "Point to cell, over HTTP on loopback",
    "addresses": "Address to cell",
    "database": "PostGIS",
    "tiles": "Vector tiles and OGC items, over HTTP on loopback",
    "soak": "Minutes of load while everything changes",
    "coverage_city": "Coverage of a city, read already",
    "over_http": "Supervision over HTTP on loopback",
}

DETAILS = ("locate", "http", "tiles")
"""What the part lookup measures already, with rows that no goal is set for."""
DEFAULT = tuple(part for part in TITLES if part not in (*DETAILS, "over_http"))


def main() -> None:
    """Measure the parts asked for (default: all but the details of lookup) and print their tables."""
    asked = _arguments()
    warnings.filterwarnings("ignore", category=FutureWarning)  # of the peers
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; medians of the rounds\n", flush=True)
    for part in asked.parts or DEFAULT:
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
    if part in ROWS:
        yield from ROWS[part].measured(size, only & set(ROWS[part].NAMES))
    else:
        yield part, import_module(f"tests.benchmarks.{part}").measure("small" if size == "small" else "full")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(TITLES)}; default: {', '.join(DEFAULT)}"
    )
    parser.add_argument(
        "--size",
        choices=("small", "medium", "full"),
        default="full",
        help="small: seconds; medium: minutes; full: an hour",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="ROW,ROW",
        help="these rows alone, or all rows of a part: "
        + "; ".join(f"{part}: {', '.join(module.NAMES)}" for part, module in ROWS.items()),
    )
    parser.add_argument(
        "--record", action="store_true", help="append what was measured to docs/benchmarks/history.jsonl"
    )
    asked = parser.parse_args()
    asked.only = {name for name in asked.only.split(",") if name}
    if unknown := set(asked.parts) - set(TITLES):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(TITLES)}")
    whole = asked.only & set(TITLES)  # a part by its name is all of its rows
    asked.only -= whole
    known = {name for module in ROWS.values() for name in module.NAMES}
    if unknown := asked.only - known:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; the rows are {', '.join(sorted(known))}")
    if whole or asked.only:
        asked.parts = [t for t in TITLES if t in whole or (t in ROWS and asked.only & set(ROWS[t].NAMES))]
    return asked


if __name__ == "__main__":
    main()
