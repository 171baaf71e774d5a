"""Generated cities: the rows of the goals that divide a block graph."""

from __future__ import annotations

import inspect
import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gridding import BuildParams, build_cells, partition_graph
from tests.benchmarks.city import city
from tests.benchmarks.graphs import Graph, capped, of_city
from tests.benchmarks.judge import judge
from tests.benchmarks.peers import Outcome, kahip, metis, metis_hard, ours, partition, run
from tests.benchmarks.regionalizers import run_apart, slow_peers
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.timing import in_turn
from tests.benchmarks.versus import Goals, compared, percent, rounds, to_scale


def cities(size: Size, blocks: int, cells: int) -> Iterator[tuple[Graph, int]]:
    """Block graphs of cities that nothing was tuned on, with giants cut to what a cell can hold."""
    for seed in size.seeds:
        yield capped(of_city(blocks, seed), cells), seed


def district(size: Size) -> list[Row]:
    """10,000 blocks, 60 cells at 1 %."""
    blocks, cells = size.scaled(10_000, 60)
    outcomes = rounds(cities(size, blocks, cells), cells, [ours(0.01), metis(), metis_hard()])
    goals = to_scale(Goals(0.01, cost={"METIS": 0.75}, cpu={"METIS": 25}), size)
    return compared(f"{blocks:,} blocks, {cells} cells at 1 %", outcomes, cells, goals)


def district_starts(size: Size) -> list[Row]:
    """The same with eight starts, where the engine offers them."""
    if "starts" not in inspect.signature(partition_graph).parameters:
        return [Row("8 starts", "the engine offers no starts yet")]
    blocks, cells = size.scaled(10_000, 60)
    outcomes = rounds(cities(size, blocks, cells), cells, [ours(0.01, starts=8), metis()])
    return compared(f"{blocks:,} blocks, {cells} cells at 1 %, 8 starts", outcomes, cells, Goals(0.01))


def district_wide(size: Size) -> list[Row]:
    """10,000 blocks, 60 cells at 3 %, against KaHIP."""
    blocks, cells = size.scaled(10_000, 60)
    outcomes = rounds(cities(size, blocks, cells), cells, [ours(0.03), kahip(0.03)])
    goals = to_scale(Goals(0.03, cost={"KaHIP strong": 1.0}, cpu={"KaHIP strong": 0.5}), size)
    return compared(f"{blocks:,} blocks, {cells} cells at 3 %", outcomes, cells, goals)


def tight(size: Size) -> list[Row]:
    """10,000 blocks, 60 cells at 0.2 %."""
    blocks, cells = size.scaled(10_000, 60)
    outcomes = rounds(cities(size, blocks, cells), cells, [ours(0.002), metis()])
    goals = to_scale(Goals(0.002, cost={"METIS": 0.85}), size)
    return compared(f"{blocks:,} blocks, {cells} cells at 0.2 %", outcomes, cells, goals)


def large(size: Size) -> list[Row]:
    """50,000 blocks, 250 cells at 1 %."""
    blocks, cells = size.scaled(50_000, 250)
    contenders = [ours(0.01), metis(), *([kahip(0.03)] if size.patient else [])]
    outcomes = rounds(cities(size.fewer(2), blocks, cells), cells, contenders)
    goals = to_scale(Goals(0.01, cost={"METIS": 0.80}), size)
    rows = compared(f"{blocks:,} blocks, {cells} cells at 1 %", outcomes, cells, goals)
    return [*rows, _took("the same, wall", outcomes["ours"], 8.0 if size.true_to_scale else None)]


def station(size: Size) -> list[Row]:
    """1,000 blocks, 12 cells, from lines to cells, warm."""
    blocks, cells = size.scaled(1_000, 12)
    rows = compared(
        f"{blocks:,} blocks, {cells} cells at 1 %",
        rounds(cities(size, blocks, cells), cells, [ours(0.01), metis(), metis_hard()]),
        cells,
        Goals(0.01),
    )
    wall, cpu, worst = [], [], 0.0
    for seed in size.seeds:
        t = city(blocks, seed).territory
        draw = partial(
            build_cells, t.outline, t.lines, t.points, t.workload, BuildParams(cells, 0.01, seed), t.to_metres
        )
        measured = in_turn(3, {"ours": draw})["ours"]
        wall.append(measured.median_s)
        cpu.append(measured.median_cpu_s)
        worst = max(worst, abs(measured.answer.deviation).max())
    took = statistics.median(wall)
    goal = 0.3 if size.true_to_scale else None
    return [
        *rows,
        Row(
            "from lines to cells, warm: wall; CPU; largest deviation by the border rule",
            f"{seconds(took)}; {seconds(statistics.median(cpu))}; {percent(worst)}",
            goal="" if goal is None else "<= 300 ms",
            met=None if goal is None else took <= goal,
            figures={"wall_s": took, "cpu_s": statistics.median(cpu), "deviation_worst": worst},
        ),
    ]


def markets(size: Size) -> list[Row]:
    """1,000 blocks, 30 cells: some markets outweigh a cell. METIS gets workloads cut to a cell's target, ours the true ones."""
    blocks, cells = size.scaled(1_000, 30)
    mine: list[Outcome] = []
    theirs: list[Outcome] = []
    beyond, alone, giants = [], 0, 0
    for seed in size.seeds:
        true = of_city(blocks, seed)
        cut = capped(true, cells)
        begun = run(ours(0.01), true, cells, seed, judged_on=cut)
        mine.append(begun)
        theirs.append(run(metis(), cut, cells, seed))
        result = partition(true, cells, 0.01, seed)
        reachable = max(result.lower_bound, 0.0)
        beyond.append(max(judge(cut, result.labels, cells).deviation - reachable, 0.0))
        heavy = (true.workload > cut.workload).nonzero()[0]
        giants += len(heavy)
        alone += len(set(result.labels[heavy].tolist()))
    outcomes = {"ours": mine, "METIS": theirs}
    rows = compared(f"{blocks:,} blocks, {cells} cells with markets, 1 %", outcomes, cells, Goals())
    verdict = max(beyond) <= 0.01 + 1e-9
    return [
        *rows,
        Row("beyond the proved bound, median [worst]", f"{percent(statistics.median(beyond))} [{percent(max(beyond))}]",
            goal="<= 1 %", met=verdict, figures={"beyond_bound_worst": max(beyond)}),
        Row("giant blocks in cells of their own", f"{alone} of {giants}", goal="all", met=alone == giants),
    ]  # fmt: skip


def regionalizers(size: Size) -> list[Row]:
    """gerrychain and spopt on 1,000 blocks, and on 10,000 what finishes in the time."""
    rows = []
    for blocks, cells in [size.scaled(1_000, 12), *([(10_000, 60)] if size.patient else [])]:
        contenders = [ours(0.01), *slow_peers(size.slow_peer_s / 2)]
        runner = partial(run_apart, limit_s=size.slow_peer_s)
        graph = replace(capped(of_city(blocks, size.seeds[0]), cells), name="")
        run(contenders[0], graph, cells, 0)  # what is compiled on first use is not billed
        outcomes = {
            c.name: [run(c, graph, cells, 0) if c.name == "ours" else runner(c, graph, cells, 0)] for c in contenders
        }
        rows += compared(f"{blocks:,} blocks, {cells} cells at 1 % (one city)", outcomes, cells, Goals(0.01))
    return rows


def _took(what: str, outcomes: list[Outcome], limit_s: float | None) -> Row:
    wall = statistics.median(o.wall_s for o in outcomes)
    met = None if limit_s is None else wall <= limit_s
    return Row(
        what, seconds(wall), goal="" if limit_s is None else f"<= {limit_s:g} s", met=met, figures={"wall_s": wall}
    )
