"""``python -m tests.benchmarks [grid|locate|http|database ...] [--size small|full]``: one table per part."""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from importlib import import_module

from tests.benchmarks.table import Row, markdown

TITLES = {
    "grid": "Lines to cells",
    "locate": "Point to cell, in process",
    "http": "Point to cell, over HTTP on loopback",
    "database": "PostGIS",
}


def main() -> None:
    """Measure the parts asked for (default: all) and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(TITLES)}; default: all")
    parser.add_argument("--size", choices=("small", "full"), default="full", help="small: seconds; full: minutes")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(TITLES):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(TITLES)}")
    warnings.filterwarnings("ignore", category=FutureWarning)  # of the peers
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; medians of 4 rounds\n", flush=True)
    for part in asked.parts or TITLES:
        measure: Callable[[str], list[Row]] = import_module(f"tests.benchmarks.{part}").measure
        rows = measure(asked.size)
        if not rows:
            print(f"{TITLES[part]}: left out, DATABASE_URL is not set\n", flush=True)
            continue
        print(markdown(TITLES[part], rows), flush=True)


if __name__ == "__main__":
    main()
