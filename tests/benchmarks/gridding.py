"""Lines to cells: the goals of the gridding engine, row by row, each with its peers in the same run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from tests.benchmarks import rows_cities, rows_exact, rows_real, rows_redraw, rows_scale, rows_topology
from tests.benchmarks.sizes import SIZES, Size
from tests.benchmarks.table import Row


@dataclass(frozen=True)
class Entry:
    """A row of the goals: its name for ``--only``, how it is measured, and the sizes at which it is."""

    name: str
    measure: Callable[[Size], list[Row]]
    sizes: tuple[str, ...] = ("small", "medium", "full")


MOST = ("medium", "full")
ENTRIES = (
    Entry("district", rows_cities.district),
    Entry("district-starts", rows_cities.district_starts, MOST),
    Entry("district-3", rows_cities.district_wide),
    Entry("tight", rows_cities.tight),
    Entry("large", rows_cities.large, MOST),
    Entry("station", rows_cities.station),
    Entry("markets", rows_cities.markets),
    Entry("tiny", rows_exact.tiny),
    Entry("redraw", rows_redraw.redraw),
    Entry("topology", rows_topology.topology),
    Entry("fl25", rows_exact.fl25),
    Entry("sample", rows_real.sample),
    Entry("precincts", rows_real.precincts, MOST),
    Entry("iowa", rows_real.iowa, MOST),
    Entry("chicago", rows_real.chicago, MOST),
    Entry("wuhan", rows_real.wuhan, MOST),
    Entry("regionalizers", rows_cities.regionalizers, MOST),
    Entry("scale", rows_scale.scale, ("full",)),
)
NAMES = tuple(entry.name for entry in ENTRIES)


def measure(size: str, only: Collection[str] = ()) -> list[Row]:
    """All rows of a size, or those of ``only``."""
    return [row for _, rows in measured(size, only) for row in rows]


def measured(size: str, only: Collection[str] = ()) -> Iterator[tuple[str, list[Row]]]:
    """(entry, its rows) one after the other; an entry that fails says so in its row."""
    for entry in ENTRIES:
        if (only and entry.name not in only) or (not only and size not in entry.sizes):
            continue
        begun = time.perf_counter()
        print(f"  {entry.name} ...", end="", file=sys.stderr, flush=True)
        try:
            rows = entry.measure(SIZES[size])
        except Exception as problem:
            rows = [Row(entry.name, f"failed: {type(problem).__name__}: {problem}"[:200], met=False)]
        met = [row.met for row in rows if row.met is not None]
        told = f"{sum(met)} of {len(met)} goals met, " if met else ""
        print(f" {told}{time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        yield entry.name, rows
