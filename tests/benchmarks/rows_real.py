"""Real places: Chicago, all Wuhan, precincts of Florida, Iowa's counties, and the sample county."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np

from gridding import BuildParams, PartitionResult, build_cells
from tests.benchmarks import inputs
from tests.benchmarks.graphs import Graph, capped, of_territory
from tests.benchmarks.inputs import Territory
from tests.benchmarks.judge import judge
from tests.benchmarks.peers import kahip, metis, metis_hard, ours, partition
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.timing import cpu_seconds
from tests.benchmarks.units import FILE, enacted, units
from tests.benchmarks.versus import Goals, compared, percent, rounds

ABSENT = "left out: ../shared/data is absent"


@lru_cache(maxsize=1)
def _place(which: str) -> tuple[Territory, Graph] | None:
    readers: dict[str, Callable[[], Territory | None]] = {"chicago": inputs.chicago, "wuhan": inputs.wuhan}
    territory = readers[which]()
    return None if territory is None else (territory, of_territory(territory))


def chicago(size: Size) -> list[Row]:
    """The covered part of Chicago as one territory: 25 cells at 1 %, 100 cells at 1 % and at 3 %."""
    return _city("chicago", "Chicago", ((25, 0.01), (100, 0.01), (100, 0.03)), size)


def wuhan(size: Size) -> list[Row]:
    """Wuhan's whole network, outline made from it, seeded entities: 244 cells, as many as the reference city has."""
    return _city("wuhan", "Wuhan", ((60, 0.01), (244, 0.01)), size)


def _city(which: str, name: str, asked: tuple[tuple[int, float], ...], size: Size) -> list[Row]:
    place = _place(which)
    if place is None:
        return [Row(name, ABSENT)]
    territory, true = place
    seeds = size.fewer(1).seeds
    rows = []
    for cells, tolerance in asked:
        graph = capped(true, cells)
        giants = int((true.workload > graph.workload).sum())
        contenders = [ours(tolerance), metis(), metis_hard(), *([kahip(0.03)] if size.patient else [])]
        first = partition(graph, cells, tolerance, 0)  # warms up, too
        bound = first.lower_bound  # beyond it nobody can balance
        outcomes = rounds([(graph, seed) for seed in seeds], cells, contenders, warm_up=False)
        note = f" ({giants} giants cut)" if giants else ""
        title = f"{name}, {graph.blocks:,} blocks{note}, {cells} cells at {100 * tolerance:g} %"
        rows += compared(title, outcomes, cells, Goals(max(tolerance, bound)))
        rows.append(Row("proved bound of the deviation", percent(bound)))
        if first.giant.any():
            rows.append(_beside_giants(first))
    rows.append(_pipeline(territory, name, *asked[-1]))
    return rows


def _beside_giants(result: PartitionResult) -> Row:
    """What the cells have that hold no block too heavy for them, with the dead ends that only such a block leads to."""
    what = f"deviation without the {int(result.giant.sum())} cell(s) around a giant block and the dead ends behind it"
    return Row(what, percent(result.max_abs_deviation))


def _pipeline(t: Territory, name: str, cells: int, tolerance: float) -> Row:
    """Lines to cells with the proof, once, stage by stage."""
    marks: list[tuple[str, float]] = []
    params = BuildParams(cells=cells, tolerance=tolerance)
    begun = cpu_seconds()
    result = build_cells(
        t.outline, t.lines, t.points, t.workload, params, t.to_metres,
        on_progress=lambda stage: marks.append((stage, time.perf_counter())),
    )  # fmt: skip
    marks.append(("end", time.perf_counter()))
    stages = ", ".join(f"{a} {seconds(u - s)}" for (a, s), (_, u) in pairwise(marks))
    wall = marks[-1][1] - marks[0][1]
    worst = float(np.abs(result.deviation).max())
    return Row(
        f"{name}, lines to {cells} cells at {100 * tolerance:g} %: wall ({stages}); CPU; deviation by the border rule",
        f"{seconds(wall)}; {seconds(cpu_seconds() - begun)}; {percent(worst)}",
        goal="<= 60 s, tiling exact",
        met=wall <= 60 and result.tiling.exact,
        figures={"wall_s": wall, "deviation": worst},
    )


def sample(_: Size) -> list[Row]:
    """The sample county, 20 cells at 3 %, lines to cells."""
    return [_pipeline(inputs.sample_county(), "sample county", 20, 0.03)]


def precincts(size: Size) -> list[Row]:
    """fl70 into 5 and fl250 into 10, at 1 %."""
    if not FILE.is_file():
        return [Row("fl70, fl250", ABSENT)]
    rows = []
    for layer, cells in (("fl70", 5), ("fl250", 10)):
        graph = capped(units(layer), cells)
        outcomes = rounds([(graph, seed) for seed in size.seeds], cells, [ours(0.01), metis(), metis_hard()])
        rows += compared(f"{layer}, {cells} cells at 1 %", outcomes, cells, Goals(0.01))
    return rows


def iowa(_: Size) -> list[Row]:
    """99 counties into 4: at least as balanced as the plan in force, counted in people."""
    if not FILE.is_file():
        return [Row("Iowa", ABSENT)]
    graph, law = units("iowa"), enacted("iowa")
    spread = np.ptp(np.bincount(law, graph.workload))
    in_force = judge(graph, law, 4)
    begun, wall = cpu_seconds(), time.perf_counter()
    result = partition(graph, 4, in_force.deviation, 0)
    took, waited = cpu_seconds() - begun, time.perf_counter() - wall
    quality = judge(graph, result.labels, 4)
    mine = float(np.ptp(np.bincount(result.labels, graph.workload, minlength=4)))
    return [
        Row(
            "Iowa, 99 counties into 4: spread, people",
            f"{mine:.0f}", f"plan in force {spread:.0f}", f"{mine / spread:.2f}", f"<= {spread:.0f}",
            mine <= spread and quality.whole == 4, {"spread": mine},
        ),
        Row(
            "Iowa: border cost (length), CPU; wall", f"{quality.cost_km:.0f} km; {seconds(took)}; {seconds(waited)}",
            f"plan in force {in_force.cost_km:.0f} km", f"{quality.cost_km / in_force.cost_km:.3f}",
        ),
    ]  # fmt: skip
