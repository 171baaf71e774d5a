"""Lines to blocks and their neighbours, beside stock routes, warm in one process and cold in fresh ones."""

from __future__ import annotations

import statistics
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from gridding import block_graph, make_blocks
from tests.benchmarks.city import city
from tests.benchmarks.cold import cold, save
from tests.benchmarks.inputs import Territory
from tests.benchmarks.sizes import Size
from tests.benchmarks.stock import geos_blocks, hashed_edges, libpysal_rook
from tests.benchmarks.table import Row, ratio, seconds
from tests.benchmarks.timing import in_turn

FASTER = 10
"""So many times as fast as GEOS with libpysal is the goal, warm."""


def our_topology(territory: Territory) -> tuple[int, int]:
    """(blocks, pairs) of ours, with slivers merged, gaps closed and the kind of line on each border."""
    t = territory
    blocks = make_blocks(t.outline, t.lines, t.to_metres)
    return blocks.topology.blocks, len(block_graph(blocks.topology).pairs)


def topology(size: Size) -> list[Row]:
    """10,000 blocks: noding, faces, adjacency."""
    blocks, _ = size.scaled(10_000, 60)
    routes = {"ours": our_topology, "hashed": lambda t: hashed_edges(geos_blocks(t))}
    if find_spec("libpysal"):
        routes["libpysal"] = lambda t: libpysal_rook(geos_blocks(t))
    warm: dict[str, list[float]] = {name: [] for name in routes}
    once: dict[str, list[float]] = {name: [] for name in routes}
    with TemporaryDirectory() as folder:
        for seed in size.seeds:
            territory, path = city(blocks, seed).territory, Path(folder) / f"{seed}.npz"
            save(territory, path)
            for name, measured in in_turn(3, {n: partial(r, territory) for n, r in routes.items()}).items():
                warm[name].append(measured.median_cpu_s)
            if seed != size.seeds[0] and not size.patient:
                continue  # fresh processes take seconds each: one round of them is enough by day
            for name in routes:
                once[name].append(cold(name, path)[1])
    rows = [_row(f"topology of {blocks:,} blocks, warm, CPU", warm, peer, size) for peer in routes if peer != "ours"]
    rows += [_row("the same cold, whole process, CPU", once, peer, size) for peer in routes if peer != "ours"]
    if "libpysal" not in routes:
        rows.append(Row("against GEOS + libpysal", "", "not run: libpysal is not installed", goal=f"<= {1 / FASTER:g}"))
    return rows


def _row(what: str, took: dict[str, list[float]], peer: str, size: Size) -> Row:
    name = {"hashed": "GEOS + hashed edges", "libpysal": "GEOS + libpysal"}[peer]
    is_cold = "cold" in what
    ours, theirs = statistics.median(took["ours"]), statistics.median(took[peer])
    middle = statistics.median(a / b for a, b in zip(took["ours"], took[peer], strict=True))
    limit = 1.0 if is_cold else 1 / FASTER if peer == "libpysal" else None
    limit = limit if size.true_to_scale else None
    return Row(
        what,
        seconds(ours),
        f"{name} {seconds(theirs)}",
        ratio(middle, 1.0),
        "" if limit is None else f"<= {limit:g}",
        None if limit is None else middle <= limit,
        {f"{'cold' if is_cold else 'warm'}_by_{peer}": middle, f"{'cold' if is_cold else 'warm'}_cpu_s": ours},
    )
