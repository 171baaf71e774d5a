"""Tiny stations, where the optimum is known: by an independent solver, or by enumeration of all plans."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np

from gridding.types import Int32Array
from tests.benchmarks.graphs import Graph, of_city, piece
from tests.benchmarks.inputs import DATA
from tests.benchmarks.judge import judge
from tests.benchmarks.optimum import SCALE, optimum
from tests.benchmarks.peers import metis, partition, run
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.timing import cpu_seconds
from tests.benchmarks.units import units
from tests.benchmarks.versus import percent

SHAPES = ((24, 3), (30, 4), (40, 4), (36, 5), (50, 5), (60, 6))
"""Blocks and cells of the tiny instances, in turn."""
TOLERANCES = (0.01, 0.03, 0.05)


def instances(count: int) -> list[tuple[Graph, int, float]]:
    """(graph, cells, tolerance): connected pieces of cities, at 1, 3 and 5 %."""
    found = []
    for number in range(count):
        blocks, cells = SHAPES[number % len(SHAPES)]
        graph = piece(of_city(1_000, 101 + number % 5), blocks, number, 0.75 / cells)
        found.append((graph, cells, TOLERANCES[(number + 1) % len(TOLERANCES)]))
    return found


def tiny(size: Size) -> list[Row]:
    """<= 60 blocks against CP-SAT: no feasible plan missed, most of them optimal."""
    feasible = proved = met = best = worse_than_found = metis_met = unknown = impossible = 0
    gaps, took = [], []
    for graph, cells, tolerance in instances(size.tiny):
        begun = cpu_seconds()
        labels = partition(graph, cells, tolerance, 0).labels
        took.append(cpu_seconds() - begun)
        mine = judge(graph, labels, cells)
        within = mine.deviation <= tolerance + 1e-9 and mine.whole == cells
        known = optimum(graph, cells, tolerance, limit_s=size.exact_s, hint=labels)
        unknown += known.status == "UNKNOWN" and not within
        impossible += known.status == "INFEASIBLE"
        if known.status == "UNKNOWN" and within:
            known = replace(known, labels=labels, cost=np.inf)
        if known.labels is None:
            continue
        feasible += 1
        met += within
        metis_met += _metis_meets(graph, cells, tolerance)
        cost = float(np.round(graph.border_cost * SCALE)[_cut(graph, labels)].sum()) / SCALE
        worse_than_found += within and cost > known.cost + 1e-6
        if known.status == "OPTIMAL":
            proved += 1
            best += within and cost <= known.cost + 1e-6
            gaps.append(cost / known.cost - 1 if within else np.nan)
    share = best / proved if proved else float("nan")
    gap = float(np.nanmax(gaps)) if gaps and not np.isnan(gaps).all() else 0.0
    return [
        Row(
            f"tiny, 24 to 60 blocks, {size.tiny} instances: feasible plans found",
            f"{met} of {feasible} ({impossible} proved impossible, {unknown} unknown)", f"METIS {metis_met}", "", "all",
            met == feasible if feasible else None, {"found": met / max(feasible, 1)},
        ),
        Row(
            f"optimal cost, of {proved} where CP-SAT proves it in {size.exact_s:g} s; largest gap",
            f"{best} of {proved}; {percent(gap)}", f"CP-SAT found cheaper in {worse_than_found}", "", ">= 90 %",
            share >= 0.9 if proved else None, {"optimal_share": share, "gap_worst": gap},
        ),
        Row("CPU, median", seconds(float(np.median(took)))),
    ]  # fmt: skip


def _cut(graph: Graph, labels: Int32Array) -> np.ndarray:
    return np.asarray(labels[graph.pairs[:, 0]] != labels[graph.pairs[:, 1]])


def _metis_meets(graph: Graph, cells: int, tolerance: float) -> bool:
    """Whether METIS, asked for this tolerance and given 50 cuts, finds a plan within it."""
    hard = metis(ncuts=50, ufactor=max(1, round(1000 * tolerance)))
    quality = run(hard, graph, cells, 0).quality
    return quality is not None and quality.deviation <= tolerance + 1e-9 and quality.whole == cells


def fl25(_: Size) -> list[Row]:
    """25 precincts of Florida into 3, all 117,688 plans known."""
    if not (DATA / "districting_redist.gpkg").is_file():
        return [Row("fl25", "left out: ../shared/data is absent")]
    known = json.loads((DATA / "districting_fl25_enum_summary.json").read_text(encoding="utf-8"))
    with (DATA / "districting_fl25_best200_plans.csv").open(encoding="utf-8") as file:
        least = float(next(iter(csv.DictReader(file)))["pop_dev"])
    graph = units("fl25")
    rows = []
    for asked in (0.0072, 0.0):
        begun = cpu_seconds()
        result = partition(graph, 3, asked, 0)
        took = cpu_seconds() - begun
        quality = judge(graph, result.labels, 3)
        rows.append(
            Row(
                f"fl25 ({known['n_plans']:,} plans), asked for {percent(asked)}: deviation; proved bound; CPU",
                f"{quality.deviation:.5f}; {result.lower_bound:.5f}; {seconds(took)}",
                f"all plans {least:.5f}", f"{quality.deviation / least:.3f}", "the optimum",
                quality.whole == 3 and quality.deviation <= least + 1e-9, {f"deviation_{asked:g}": quality.deviation},
            )
        )  # fmt: skip
    return rows
