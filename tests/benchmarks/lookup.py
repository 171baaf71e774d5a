"""The lookup table of the goals, everybody in the same run: in process, over HTTP, batches, COPY, tiles."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from tests.benchmarks import database, http, locate, lookup_http, tiles
from tests.benchmarks.table import Row


@dataclass(frozen=True)
class Entry:
    """Some rows of the table: their name for ``--only``, and how they are measured at a size."""

    name: str
    measure: Callable[[str], list[Row]]
    rows_without_goal: bool = False


ENTRIES = (
    Entry("points", locate.measure),
    Entry("one-point", lookup_http.measure),
    Entry("batches", http.batches),
    Entry("copy", database.copies, rows_without_goal=True),
    Entry("tile", tiles.measure),
)
NAMES = tuple(entry.name for entry in ENTRIES)


def measure(size: str, only: Collection[str] = ()) -> list[Row]:
    """All rows of a size, or those of ``only``."""
    return [row for _, rows in measured(size, only) for row in rows]


def measured(size: str, only: Collection[str] = ()) -> Iterator[tuple[str, list[Row]]]:
    """(entry, its rows that have a goal) one after the other; an entry that cannot be measured says so in its row."""
    for entry in ENTRIES:
        if only and entry.name not in only:
            continue
        begun = time.perf_counter()
        print(f"  {entry.name} ...", end="", file=sys.stderr, flush=True)
        try:
            found = entry.measure("small" if size == "small" else "full")
            rows = [row for row in found if row.goal or entry.rows_without_goal]
            rows = [_judged(row, size) for row in rows] or [Row(entry.name, "not run: DATABASE_URL is not set")]
        except Exception as problem:
            rows = [Row(entry.name, f"failed: {type(problem).__name__}: {problem}"[:200], met=False)]
        met = [row.met for row in rows if row.met is not None]
        print(f" {sum(met)} of {len(met)} goals met, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        yield entry.name, rows


def _judged(row: Row, size: str) -> Row:
    """At the smallest size only wrong answers are judged: the goals of speed were set for another scale."""
    return replace(row, met=None) if size == "small" and row.goal != "0" else row
