"""The optimum of a tiny instance by CP-SAT: an oracle that shares nothing with the engine's own exact solver.

Contiguity is a single-commodity flow: each cell's root (its lowest block) is the source of one unit for every block of the cell,
and flow passes only between blocks of one cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridding.types import Int32Array
from tests.benchmarks.graphs import Graph

SCALE = 10
"""Border costs are counted in tenths of a metre."""


@dataclass(frozen=True)
class Optimum:
    """What is proved: ``status`` OPTIMAL, INFEASIBLE, FEASIBLE (a plan without proof) or UNKNOWN; cost in metres."""

    status: str
    labels: Int32Array | None
    cost: float
    bound: float


def optimum(graph: Graph, cells: int, tolerance: float, *, limit_s: float, hint: Int32Array | None = None) -> Optimum:
    """The cheapest plan whose cells all lie within the tolerance. Workloads must be whole numbers."""
    from ortools.sat.python import cp_model

    n, work = graph.blocks, graph.workload.astype(np.int64)
    assert (work == graph.workload).all(), "CP-SAT counts in whole numbers"
    model = cp_model.CpModel()
    inside = [[model.new_bool_var("") for _ in range(cells)] for _ in range(n)]
    root = [[model.new_bool_var("") for _ in range(cells)] for _ in range(n)]
    for block in range(n):
        model.add_exactly_one(inside[block])
    for cell in range(cells):
        model.add_exactly_one(root[block][cell] for block in range(n))
        for block in range(n):
            model.add_implication(root[block][cell], inside[block][cell])
            for lower in range(block):
                model.add_implication(root[block][cell], inside[lower][cell].negated())
    first = [sum(block * root[block][cell] for block in range(n)) for cell in range(cells)]
    for cell in range(1, cells):
        model.add(first[cell - 1] < first[cell])
    cut, inflow = [], [[] for _ in range(n)]
    for a, b in graph.pairs.tolist():
        border = model.new_bool_var("")
        cut.append(border)
        for cell in range(cells):
            model.add(border >= inside[a][cell] - inside[b][cell])
            model.add(border >= inside[b][cell] - inside[a][cell])
        for start, end in ((a, b), (b, a)):
            flow = model.new_int_var(0, n - cells, "")
            model.add(flow == 0).only_enforce_if(border)
            inflow[end].append(flow)
            inflow[start].append(-flow)
    for block in range(n):
        source = model.new_int_var(0, n - cells + 1, "")
        model.add(source <= (n - cells + 1) * sum(root[block]))
        model.add(sum(inflow[block]) + source == 1)
    mean = float(work.sum()) / cells
    low, high = math.ceil(mean * (1 - tolerance) - 1e-9), math.floor(mean * (1 + tolerance) + 1e-9)
    for cell in range(cells):
        held = sum(int(work[block]) * inside[block][cell] for block in range(n))
        model.add(held >= low)
        model.add(held <= high)
    cost = np.round(graph.border_cost * SCALE).astype(np.int64)
    model.minimize(sum(int(c) * border for c, border in zip(cost, cut, strict=True)))
    if hint is not None:
        _hint(model, inside, root, cut, graph, hint, cells)
    return _solve(cp_model, model, inside, limit_s)


def _hint(model: Any, inside: Any, root: Any, cut: Any, graph: Graph, labels: Int32Array, cells: int) -> None:
    """A plan to start from; the proof stays the solver's own."""
    first = np.array([np.flatnonzero(labels == cell)[0] for cell in range(cells)])
    rank = np.argsort(np.argsort(first))
    for block, label in enumerate(labels.tolist()):
        for cell in range(cells):
            mine = bool(rank[label] == cell)
            model.add_hint(inside[block][cell], mine)
            model.add_hint(root[block][cell], mine and first[label] == block)
    for border, (a, b) in zip(cut, graph.pairs.tolist(), strict=True):
        model.add_hint(border, bool(labels[a] != labels[b]))


def _solve(cp_model: Any, model: Any, inside: Any, limit_s: float) -> Optimum:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = 2
    status = solver.status_name(solver.solve(model))
    if status not in {"OPTIMAL", "FEASIBLE"}:
        return Optimum(status, None, math.nan, math.nan)
    labels = np.array([[solver.value(x) for x in row] for row in inside]).argmax(axis=1).astype(np.int32)
    return Optimum(status, labels, solver.objective_value / SCALE, solver.best_objective_bound / SCALE)
