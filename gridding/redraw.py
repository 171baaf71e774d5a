"""Redraw with least change: start from the present plan, move what balance needs, pay for every move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridding.anneal import score
from gridding.contiguity import reconnect
from gridding.csr import Graph
from gridding.flow_bound import Flow, active_cells, cell_neighbours, task_flow
from gridding.least_change import FIRST_PRICE, least_change, stay_price
from gridding.polish import polish
from gridding.seeds import fill_empty
from gridding.task import Effort, Stop, Task, Tell
from gridding.types import FloatArray, Int32Array

RINGS = 1
"""Cells so many steps away from the flow may change too; all others stay as they are."""


def stay_cost(load: FloatArray) -> FloatArray:
    """(n,) cost of each node away from home: workload counts, and a little every block."""
    return FIRST_PRICE * stay_price(load)


def redraw(task: Task, labels: Int32Array, effort: Effort, stop: Stop, tell: Tell) -> Int32Array:
    """Balanced labels near the present ones.

    Args:
        task: the graph knows each node's home and what it costs to leave it; immovable nodes stay.
        labels: (n,) present labels, -1 = none; every component has a label.
        effort: see :class:`gridding.task.Effort`.
        stop: asked between rounds.
        tell: told the share of the work done.
    """
    labels = labels.copy()
    reconnect(task.graph, labels, task.cells)
    fill_empty(task.graph, labels, task.kin, anywhere=True)
    reconnect(task.graph, labels, task.cells)
    if score(task.graph, labels, *task.band()).worst <= 0:
        return labels  # balanced as it is: prettier borders are no reason to move anybody
    flow = task_flow(task)
    changing = active_cells(flow, cell_neighbours(task.graph, labels, task.cells), task.cells, RINGS)
    if not changing.any():  # nothing that flows would help (locks, parts of the territory): look everywhere
        changing[:] = True
    best = _within(task, labels, changing, flow, stop, tell)
    if score(task.graph, best, *task.band()).worst > 0 and not changing.all() and not stop():
        best = _within(task, labels, np.ones(task.cells, bool), flow, stop, tell)
    return polish(task, effort, best, stop)


def _within(
    task: Task, labels: Int32Array, changing: NDArray[np.bool_], flow: Flow, stop: Stop, tell: Tell
) -> Int32Array:
    """Redraw some of the cells among themselves: their borders to the others stay."""
    if changing.all():
        return least_change(task, labels, flow, stop, tell)
    cells = np.flatnonzero(changing)
    number = np.full(task.cells + 1, -1, np.int32)
    number[cells] = np.arange(len(cells), dtype=np.int32)
    nodes = np.flatnonzero(changing[labels])
    graph = _part(task.graph, nodes, number)
    part = Task(graph, task.comp[nodes], task.kin[cells], task.centre[cells], task.tolerance, task.seed)
    result = labels.copy()
    result[nodes] = cells[least_change(part, number[labels[nodes]], flow, stop, tell)]
    return result


def _part(graph: Graph, nodes: NDArray[np.int64], number: Int32Array) -> Graph:
    """The subgraph of some nodes, cells renumbered; homes in cells that are left out are none."""
    inside = np.full(graph.n, -1, np.int32)
    inside[nodes] = np.arange(len(nodes), dtype=np.int32)
    rows = np.repeat(np.arange(graph.n), np.diff(graph.xadj))
    kept = (inside[rows] >= 0) & (inside[graph.adj] >= 0)
    xadj = np.zeros(len(nodes) + 1, np.int32)
    np.cumsum(np.bincount(inside[rows[kept]], minlength=len(nodes)), out=xadj[1:])
    return replace(
        graph,
        xadj=xadj,
        adj=inside[graph.adj[kept]],
        cost=graph.cost[kept],
        load=graph.load[nodes],
        mass=graph.mass[nodes],
        movable=graph.movable[nodes],
        home=number[graph.home[nodes]],
        stay=graph.stay[nodes],
    )
