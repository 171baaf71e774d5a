"""Redraw with least change: start from the present plan, move what balance needs, pay for every move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridding.anneal import score
from gridding.contiguity import reconnect
from gridding.csr import Graph, total
from gridding.flow_bound import Flow, active_cells, cell_neighbours, task_flow
from gridding.least_change import ALLOWANCE, FIRST_PRICE, least_change, mend, stay_price
from gridding.polish import polish
from gridding.rng import rng_state
from gridding.seeds import fill_empty, one_side
from gridding.settle import settle
from gridding.staff import opened_beside
from gridding.task import Effort, Stop, Task, Tell
from gridding.types import FloatArray, Int32Array, IntArray

RINGS = 1
"""Cells so many steps away from the flow may change too; all others stay as they are."""


def stay_cost(load: FloatArray) -> FloatArray:
    """(n,) cost of each node away from home: workload counts, and a little every block."""
    return FIRST_PRICE * stay_price(load)


def redraw(
    task: Task, labels: Int32Array, effort: Effort, stop: Stop, tell: Tell, *, released: float = 0.0
) -> Int32Array:
    """Balanced labels near the present ones.

    Args:
        task: the graph knows each node's home and what it costs to leave it; immovable nodes stay.
        labels: (n,) present labels, -1 = none; every component has a label.
        effort: see :class:`gridding.task.Effort`.
        stop: asked between rounds.
        tell: told the share of the work done.
        released: workload of cells that are given up, in targets: it moves in any case, so the more may move beside it.
    """
    labels = spread(task.graph, labels)
    reconnect(task.graph, labels, task.cells)
    beside = open_cells(task, labels)
    fill_empty(task.graph, labels, task.kin, anywhere=True)
    reconnect(task.graph, labels, task.cells)
    if score(task.graph, labels, *task.band()).worst <= 0:
        return labels  # balanced as it is: prettier borders are no reason to move anybody
    flow = task_flow(task, beside)
    flow = replace(flow, moved=flow.moved + released * (1 - 1 / ALLOWANCE))
    changing = active_cells(flow, cell_neighbours(task.graph, labels, task.cells), task.cells, RINGS)
    changing[labels[task.graph.home < 0]] = True
    if not changing.any():  # nothing that flows would help (locks, parts of the territory): look everywhere
        changing[:] = True
    best = _within(task, labels, changing, flow, stop, tell)
    if score(task.graph, best, *task.band()).worst > 0 and not changing.all() and not stop():
        best = _within(task, labels, np.ones(task.cells, bool), flow, stop, tell)
    if score(task.graph, best, *task.band()).worst <= 0:
        return best
    if not stop():
        best = settle(task.graph, best, *task.band(), rng_state(task.seed, 63))
    best = polish(task, effort, best, stop)
    return best if score(task.graph, best, *task.band()).worst > 0 else mend(task, best, flow, stop)


def spread(graph: Graph, labels: Int32Array) -> Int32Array:
    """Labels in which nodes without one have that of the nearest labelled node: cells given up go to all around them.

    In rounds: a node without a label takes that of the neighbour with which it shares the costliest border. Nodes that no
    label reaches keep -1.
    """
    labels = labels.copy()
    rows = np.repeat(np.arange(graph.n), np.diff(graph.xadj))
    while True:
        edge = np.flatnonzero((labels[rows] < 0) & (labels[graph.adj] >= 0))
        if not len(edge):
            return labels
        edge = edge[np.lexsort((-labels[graph.adj[edge]], graph.cost[edge], rows[edge]))]
        last = np.append(rows[edge][1:] != rows[edge][:-1], True)
        labels[rows[edge[last]]] = labels[graph.adj[edge[last]]]


def open_cells(task: Task, labels: Int32Array) -> dict[int, IntArray]:
    """Cut new cells out of present ones where that moves least, in place; which cells each lies beside."""
    graph, cells = task.graph, task.cells
    empty = np.setdiff1d(np.arange(cells), labels[labels >= 0]).tolist()
    if not empty:
        return {}
    work = total(labels, graph.load, cells)
    beside = opened_beside(work, *task.band(), cell_neighbours(graph, labels, cells), empty)
    for new, (host, *_) in beside.items():
        nodes = np.flatnonzero(labels == host)
        if len(nodes) > 1:
            labels[one_side(graph, nodes)] = new
    return beside


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
