"""200,000 blocks, 1,000 cells, in a process of its own, so that its memory can be told."""

from __future__ import annotations

import resource
import time
from multiprocessing import get_context
from typing import Any

import numpy as np

from tests.benchmarks.city import city
from tests.benchmarks.graphs import capped, of_territory
from tests.benchmarks.judge import judge
from tests.benchmarks.peers import metis, partition, run
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Row, ratio, seconds
from tests.benchmarks.timing import cpu_seconds
from tests.benchmarks.versus import percent

LIMIT_S = 900


def scale(size: Size) -> list[Row]:
    """The block graph divided at 1 %; beside it lines to cells as a whole."""
    blocks, cells = size.scaled(200_000, 1_000)
    seed = size.seeds[0]
    graph = capped(of_territory(city(blocks, seed).territory), cells)
    found = _apart(_divide, graph, cells, seed)
    whole = _apart(_draw, blocks, cells, seed)
    peer = run(metis(), graph, cells, seed)
    rows = [_row(f"{graph.blocks:,} blocks, {cells:,} cells at 1 %", found, cells, size)]
    if "labels" in found and peer.quality is not None:
        cost = judge(graph, found["labels"], cells).cost_km
        note = f"METIS {peer.quality.cost_km:.0f} km, {percent(peer.quality.deviation)}, {peer.quality.whole} whole"
        rows.append(
            Row(
                "border cost; METIS with deviation and whole cells",
                f"{cost:.0f} km",
                note,
                ratio(cost, peer.quality.cost_km),
            )
        )
    rows.append(_row("lines to cells as a whole", whole, cells, size))
    return rows


def _row(what: str, found: dict[str, Any], cells: int, size: Size) -> Row:
    if "failed" in found:
        return Row(what, found["failed"], met=False)
    fits = (
        found["wall_s"] <= 60 and found["peak_gb"] < 4 and found["deviation"] <= 0.01 + 1e-9 and found["whole"] == cells
    )
    return Row(
        f"{what}: deviation; whole cells; wall; CPU; peak memory of the process",
        f"{percent(found['deviation'])}; {found['whole']}; {seconds(found['wall_s'])}; {seconds(found['cpu_s'])}; "
        f"{found['peak_gb']:.2f} GB",
        goal="<= 1 %, all, <= 60 s, < 4 GB",
        met=fits if size.true_to_scale else None,
        figures={k: float(found[k]) for k in ("deviation", "wall_s", "cpu_s", "peak_gb")},
    )


def _apart(work: Any, *args: Any) -> dict[str, Any]:
    """Answer of ``work(answers, *args)`` in a fresh process."""
    apart = get_context("spawn")
    answers = apart.Queue()
    process = apart.Process(target=_serve, args=(answers, work, args), daemon=True)
    process.start()
    try:
        found: dict[str, Any] = answers.get(timeout=LIMIT_S)
    except Exception as problem:
        found = {"failed": f"no answer in {LIMIT_S} s ({type(problem).__name__})"}
    process.terminate()
    process.join()
    return found


def _serve(answers: Any, work: Any, args: tuple[Any, ...]) -> None:
    try:
        answers.put(work(*args))
    except Exception as problem:
        answers.put({"failed": f"failed: {type(problem).__name__}: {problem}"[:200]})


def _divide(graph: Any, cells: int, seed: int) -> dict[str, Any]:
    begun, wall = cpu_seconds(), time.perf_counter()
    labels = partition(graph, cells, 0.01, seed).labels
    return _told(begun, wall, judge(graph, labels, cells).deviation, judge(graph, labels, cells).whole) | {
        "labels": labels
    }


def _draw(blocks: int, cells: int, seed: int) -> dict[str, Any]:
    from gridding import BuildParams, build_cells

    t = city(blocks, seed).territory
    begun, wall = cpu_seconds(), time.perf_counter()
    result = build_cells(t.outline, t.lines, t.points, t.workload, BuildParams(cells, 0.01, seed), t.to_metres)
    ordinary = ~result.exclusive & ~result.partition.giant if len(result.partition.giant) else ~result.exclusive
    return _told(begun, wall, float(np.abs(result.deviation[ordinary]).max()), int(result.partition.contiguous.sum()))


def _told(begun: float, wall: float, deviation: float, whole: int) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {
        "deviation": deviation,
        "whole": whole,
        "wall_s": time.perf_counter() - wall,
        "cpu_s": cpu_seconds() - begun,
        "peak_gb": peak,
    }
