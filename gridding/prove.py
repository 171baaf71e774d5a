"""After the search: where the graph is small, the best plan, proved, or the best that the budget allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridding.exact import STEPS, solve_exact
from gridding.few_blocks import search_few
from gridding.task import Stop, Task
from gridding.types import Int32Array

SMALL = 90
"""Nodes of a component that is tried; no more than 64 may be left when what cannot be apart has been joined."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved of a plan.

    Attributes:
        labels: (n,) the plan: the one that was given, or a better one.
        balance: no plan has a smaller largest deviation, or the tolerance is met.
        deviation_bound: proved lower bound of the largest deviation from the target, 0.0 where the tolerance is met.
        cost: no plan as balanced costs less.
        cost_gap: share of the border cost by which such a plan may cost less at most: 0.0 proved, 1.0 nothing is known.
    """

    labels: Int32Array
    balance: bool
    deviation_bound: float
    cost: bool
    cost_gap: float


def prove(task: Task, labels: Int32Array, stop: Stop, steps: int = STEPS) -> Proof:
    """Better the plan and prove it where the graph is small; each component has its own cells."""
    graph = task.graph
    labels = search_few(task, labels, stop)
    size = np.bincount(task.comp)
    if size.max() > SMALL or stop():
        return Proof(labels, False, 0.0, False, 1.0)
    rows = np.repeat(np.arange(graph.n, dtype=np.int32), np.diff(graph.xadj))
    once = rows < graph.adj
    a, b, cost = rows[once], graph.adj[once], graph.cost[once]
    labels, balance, proved = labels.copy(), True, True
    deviation, least, paid = 0.0, 0.0, 0.0
    for c in range(len(size)):
        nodes = np.flatnonzero(task.comp == c)
        own = np.flatnonzero(task.kin == c)
        number = np.full(graph.n, -1, np.int32)
        number[nodes] = np.arange(len(nodes), dtype=np.int32)
        if len(own) == 1:
            off = abs(float(graph.load[nodes].sum()) - 1)
            deviation = max(deviation, off if off > task.tolerance else 0.0)
            continue
        cell = np.full(task.cells, -1, np.int32)
        cell[own] = np.arange(len(own), dtype=np.int32)
        inside = number[a] >= 0
        plan = solve_exact(
            number[a[inside]], number[b[inside]], cost[inside], graph.load[nodes], len(own), task.tolerance,
            cell[labels[nodes]], steps=steps, stop=stop,
        )  # fmt: skip
        if plan is None:
            return Proof(labels, False, 0.0, False, 1.0)
        labels[nodes] = own[plan.labels].astype(np.int32)
        balance &= plan.balance_proved
        proved &= plan.cost_proved
        deviation = max(deviation, plan.deviation_bound)
        least, paid = least + plan.cost_bound, paid + plan.cost
    proved &= balance
    return Proof(labels, balance, deviation, proved, 0.0 if proved or paid <= 0 else max(0.0, 1 - least / paid))
