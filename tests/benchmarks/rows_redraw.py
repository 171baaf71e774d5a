"""Redraw after a year of drift: how much must change hands, how much does, and what becomes of the borders."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gridding.types import Int32Array
from tests.benchmarks.graphs import Graph, capped, of_city
from tests.benchmarks.judge import Quality, flow_bound, judge, matched, moved
from tests.benchmarks.peers import metis, partition
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.timing import cpu_seconds
from tests.benchmarks.versus import percent

TOLERANCE = 0.01


@dataclass(frozen=True)
class Redrawn:
    """What one way to a new plan gave: share of the workload moved, quality, CPU."""

    moved: float
    quality: Quality
    cpu_s: float


def drifted(graph: Graph, seed: int) -> Graph:
    """Workloads a year later: each block up to 15 % up or down, and one quarter that grows by half."""
    rng = np.random.default_rng([seed, 7])
    grown = graph.centres[rng.integers(graph.blocks)]
    width = 0.08 * np.ptp(graph.centres[:, 0])
    near = np.exp(-((graph.centres - grown) ** 2).sum(axis=1) / width**2)
    work = graph.workload * rng.uniform(0.85, 1.15, graph.blocks) * (1 + 0.5 * near)
    return replace(graph, workload=np.round(work * 10))


def redraw(size: Size) -> list[Row]:
    """10,000 blocks, 60 cells, redrawn to 1 % from a plan at 1 %."""
    blocks, cells = size.scaled(10_000, 60)
    found: dict[str, list[Redrawn]] = {"ours": [], "ours from scratch": [], "METIS from scratch": []}
    bounds, before, changes = [], [], []
    for seed in size.seeds:
        old = capped(of_city(blocks, seed), cells)
        plan = partition(old, cells, TOLERANCE, seed).labels
        new = capped(drifted(old, seed), cells)
        bounds.append(flow_bound(new, plan, cells, TOLERANCE))
        before.append(judge(old, plan, cells).cost_km)
        changes.append(judge(new, plan, cells).deviation)
        ways: dict[str, Callable[[], Int32Array]] = {
            "ours": lambda g=new, p=plan, s=seed: partition(g, cells, TOLERANCE, s, labels=p).labels,
            "ours from scratch": lambda g=new, s=seed: partition(g, cells, TOLERANCE, s).labels,
            "METIS from scratch": metis(ncuts=4).ready(new, cells, seed),
        }
        for name, way in ways.items():
            begun = cpu_seconds()
            labels = way()
            took = cpu_seconds() - begun
            if name != "ours":
                labels = matched(new.workload, plan, labels, cells)
            found[name].append(Redrawn(moved(new.workload, plan, labels), judge(new, labels, cells), took))
    return _rows(f"redraw of {blocks:,} blocks, {cells} cells to 1 %", found, bounds, before, changes, cells)


def _rows(
    title: str,
    found: dict[str, list[Redrawn]],
    bounds: list[float],
    before: list[float],
    changes: list[float],
    cells: int,
) -> list[Row]:
    middle = statistics.median
    ours = found["ours"]
    times = {name: [r.moved / b for r, b in zip(found[name], bounds, strict=True)] for name in found}
    cost = {name: [r.quality.cost_km / b for r, b in zip(found[name], before, strict=True)] for name in found}
    worst = max(r.quality.deviation for r in ours)
    others = [name for name in found if name != "ours"]
    return [
        Row(
            f"{title}: largest deviation [worst of {len(ours)}]; of the old plan {percent(middle(changes))}",
            f"{percent(middle(r.quality.deviation for r in ours))} [{percent(worst)}]",
            "; ".join(f"{n} {percent(max(r.quality.deviation for r in found[n]))}" for n in others),
            goal="<= 1 %", met=worst <= TOLERANCE + 1e-9, figures={"deviation_worst": worst},
        ),
        Row(
            f"workload moved, of all; flow bound {percent(middle(bounds))}; ratio to it, median [worst]",
            percent(middle(r.moved for r in ours)),
            "; ".join(f"{n} {percent(middle(r.moved for r in found[n]))}" for n in others),
            f"{middle(times['ours']):.2f} [{max(times['ours']):.2f}]",
            "<= 1.5", middle(times["ours"]) <= 1.5,
            {"moved_by_bound": middle(times["ours"]), "moved_by_bound_worst": max(times["ours"])},
        ),
        Row(
            "border cost, new / old plan, median [worst]",
            f"{middle(r.quality.cost_km for r in ours):.1f} km",
            "; ".join(f"{n} {middle(cost[n]):.3f}" for n in others),
            f"{middle(cost['ours']):.3f} [{max(cost['ours']):.3f}]",
            "<= 1.15", middle(cost["ours"]) <= 1.15,
            {"cost_by_old": middle(cost["ours"]), "cost_by_old_worst": max(cost["ours"])},
        ),
        Row(
            "cells in one piece, worst round", f"{min(r.quality.whole for r in ours)} of {cells}",
            goal="all", met=min(r.quality.whole for r in ours) == cells,
        ),
        Row(
            "CPU", seconds(middle(r.cpu_s for r in ours)),
            "; ".join(f"{n} {seconds(middle(r.cpu_s for r in found[n]))}" for n in others),
            figures={"cpu_s": middle(r.cpu_s for r in ours)},
        ),
    ]  # fmt: skip
