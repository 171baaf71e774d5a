"""The last misses in large territories: a cell that misses and those around it are drawn anew, as if their work did not matter.

Where blocks weigh a good part of a cell, hardly any move keeps the balance on the way to a better plan, and cells that sit
badly among heavy blocks stay so. A search over a few cells alone, from a high temperature and a pressure that rises from
nothing, finds another arrangement for a hundredth of what a search over the whole territory costs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridding.anneal import Cooling, Score, anneal, score
from gridding.csr import Graph
from gridding.rng import rng_state
from gridding.swap import swap_anneal
from gridding.task import Stop, Task
from gridding.types import FloatArray, Int32Array, IntArray

PLACES = 60
"""So many places are drawn anew at most."""
TRIES = 16
"""Tries at each."""
NODES = 800
"""Blocks of a place, about; a place with more has as many cells as fit, the missing one and those next to it at least."""
CELLS = 20
"""Cells of a place at most."""
GAIN = 0.9
"""What is outside the bands must fall to this share for a plan to count as better."""


def rebuild(task: Task, labels: Int32Array, stop: Stop, places: int = PLACES) -> Int32Array:
    """Bring cells that miss their band into it, place by place, worst first; no cell gets worse than the worst of its place.

    Args:
        task: what is partitioned.
        labels: (n,) a plan; connected, no cell empty.
        stop: asked between tries.
        places: so many places at most.
    """
    graph = task.graph
    low, high = task.band(1.0)
    labels = labels.copy()
    given_up = np.zeros(task.cells, np.int64)
    for place in range(places):
        work = np.bincount(labels, graph.load, minlength=task.cells)
        miss = np.maximum(np.maximum(low - work, work - high), 0.0)
        miss[given_up >= 2] = 0.0
        worst = int(np.argmax(miss))
        if miss[worst] <= 0 or stop():
            break
        large = bool(given_up[worst])
        cells = _around(graph, labels, worst, task.cells, CELLS if large else CELLS // 2, NODES * (2 if large else 1))
        if not _drawn_anew(task, labels, cells, place, stop):
            given_up[worst] += 1
        else:
            given_up[cells] = 0
    return labels


def _around(graph: Graph, labels: Int32Array, cell: int, cells: int, most: int, nodes: int) -> IntArray:
    """The cell and those nearest to it by the number of borders crossed, as many as make up a place."""
    rows, cols = np.repeat(labels, np.diff(graph.xadj)), labels[graph.adj]
    size = np.bincount(labels, minlength=cells)
    found = [cell]
    inside = np.zeros(cells, bool)
    inside[cell] = True
    while len(found) < most:
        border = np.bincount(cols[inside[rows] & ~inside[cols]], minlength=cells)
        if not border.any():
            break
        fits = (border > 0) & ((size + size[found].sum() <= nodes) | (len(found) < 3))
        if not fits.any():
            break
        best = int(np.argmax(np.where(fits, border, -1)))
        found.append(best)
        inside[best] = True
    return np.array(sorted(found))


def _drawn_anew(task: Task, labels: Int32Array, cells: IntArray, place: int, stop: Stop) -> bool:
    """Try to draw a place anew, in place; True where it got better."""
    number = np.full(task.cells, -1, np.int32)
    number[cells] = np.arange(len(cells), dtype=np.int32)
    nodes = np.flatnonzero(number[labels] >= 0)
    graph = _part(task.graph, nodes)
    (low, high), half, near = (tuple(x[cells] for x in task.band(s)) for s in (1.0, 0.5, 0.95))
    first: Int32Array = number[labels[nodes]]
    best, best_score = first, score(graph, first, low, high)
    for r in range(TRIES):
        if best_score.worst <= 0 or stop():
            break
        now = (first if r % 2 == 0 else best).copy()
        state = rng_state(task.seed, 11, place, r)
        hot = (1.0, 3.0)[r % 2]
        anneal(graph, now, half[0], half[1], Cooling(150.0, hot, 0.1, 10.0, 3e5), state)
        swap_anneal(graph, now, near[0], near[1], Cooling(60.0, 0.2, 0.03, 3e4, 3e8), state)
        found = score(graph, now, low, high)
        if _better(found, best_score):
            best, best_score = now, found
    if best is first:
        return False
    labels[nodes] = cells[best]
    return True


def _better(a: Score, b: Score) -> bool:
    """Less work outside the bands, and the worst no worse."""
    return a.worst <= b.worst + 1e-12 and a.outside < GAIN * b.outside


def _part(graph: Graph, nodes: IntArray) -> Graph:
    """The graph of some nodes alone; its costs and loads are those of the whole."""
    number = np.full(graph.n, -1, np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    rows = np.repeat(np.arange(graph.n), np.diff(graph.xadj))
    inner: NDArray[np.bool_] = (number[rows] >= 0) & (number[graph.adj] >= 0)
    xadj = np.zeros(len(nodes) + 1, np.int32)
    np.cumsum(np.bincount(number[rows[inner]], minlength=len(nodes)), out=xadj[1:])
    load: FloatArray = graph.load[nodes]
    return Graph(
        xadj, number[graph.adj[inner]], graph.cost[inner], load, graph.mass[nodes], graph.movable[nodes],
        np.full(len(nodes), -1, np.int32), np.zeros(len(nodes)),
    )  # fmt: skip
