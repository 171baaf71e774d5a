"""The last misses in large territories: a cell that misses and those around it are drawn anew, as if their work did not matter.

Where blocks weigh a good part of a cell, hardly any move keeps the balance on the way to a better plan, and cells that sit
badly among heavy blocks stay so. A search over a few cells alone, from a high temperature and a pressure that rises from
nothing, finds another arrangement for a hundredth of what a search over the whole territory costs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridding.anneal import Cooling, Score, anneal, score
from gridding.contiguity import reconnect
from gridding.csr import Graph
from gridding.regrow import grow
from gridding.rng import RngState, rng_state
from gridding.seeds import fill_empty
from gridding.swap import swap_anneal
from gridding.task import Stop, Task
from gridding.types import FloatArray, Int32Array, IntArray

PLACES = 60
"""So many places are drawn anew at most."""
TRIES = 16
"""Tries at each."""
SIZES = ((10, 800), (20, 1600), (6, 500), (14, 1100))
"""Cells of a place, and its blocks, about, from the first time that a cell misses to the next; a place with more blocks has as
many cells as fit, the missing one and those next to it at least."""
CHANCES = 24
"""So often the cells that miss are tried in vain, together: each twice at least, few of them up to three times with every size."""
REGROWN, LUMP = 2, 0.15
"""Which of four tries begins with another cell around the heaviest block, where it has so much of a cell's work at least."""
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
    in_vain = np.zeros(task.cells, np.int64)
    for place in range(places):
        work = np.bincount(labels, graph.load, minlength=task.cells)
        miss = np.maximum(np.maximum(low - work, work - high), 0.0)
        chances = min(max(2, CHANCES // max(1, int((miss > 0).sum()))), 3 * len(SIZES))
        miss[in_vain >= chances] = 0.0
        worst = int(np.argmax(miss))
        if miss[worst] <= 0 or stop():
            break
        most, nodes = SIZES[in_vain[worst] % len(SIZES)]
        cells = _around(graph, labels, worst, task.cells, most, nodes)
        if _drawn_anew(task, labels, cells, worst, place, stop):
            in_vain[cells] = 0
        else:
            in_vain[worst] += 1
    return labels


def _around(graph: Graph, labels: Int32Array, cell: int, cells: int, most: int, nodes: int) -> IntArray:
    """The cell, its neighbours, and those that have most borders with what was found, as many as make up a place."""
    rows, cols = np.repeat(labels, np.diff(graph.xadj)), labels[graph.adj]
    size = np.bincount(labels, minlength=cells)
    found = [cell]
    inside = np.zeros(cells, bool)
    inside[cell] = True
    beside = np.bincount(cols[rows == cell], minlength=cells) > 0
    while len(found) < most:
        border = np.bincount(cols[inside[rows] & ~inside[cols]], minlength=cells)
        if not border.any():
            break
        fits = (border > 0) & ((size + size[found].sum() <= nodes) | (len(found) < 3))
        if not fits.any():
            break
        first = fits & beside & ~inside
        best = int(np.argmax(np.where(first if first.any() else fits, border, -1)))
        found.append(best)
        inside[best] = True
    return np.array(sorted(found))


def _drawn_anew(task: Task, labels: Int32Array, cells: IntArray, cell: int, place: int, stop: Stop) -> bool:
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
        if r % 4 == REGROWN:
            searched = _regrown(graph, now, int(number[cell]), low, high, state)
            if searched is None:
                continue
        else:
            searched = graph
        hot = (1.0, 3.0)[r % 2]
        anneal(searched, now, half[0], half[1], Cooling(150.0, hot, 0.1, 10.0, 3e5), state)
        swap_anneal(graph, now, near[0], near[1], Cooling(60.0, 0.2, 0.03, 3e4, 3e8), state)
        found = score(graph, now, low, high)
        if _better(found, best_score):
            best, best_score = now, found
    if best is first:
        return False
    labels[nodes] = cells[best]
    return True


def _regrown(
    graph: Graph, labels: Int32Array, cell: int, low: FloatArray, high: FloatArray, state: RngState
) -> Graph | None:
    """Give the cell another set around its heaviest block, in place; the graph in which that set stays. None: not found."""
    mine = np.flatnonzero((labels == cell) & (graph.movable == 1))
    if not len(mine):
        return None
    block = int(mine[np.argmax(graph.load[mine])])
    if graph.load[block] < LUMP:
        return None
    grown = grow(graph, block, float(low[cell]), float(high[cell]), state)
    if grown is None:
        return None
    before = labels.copy()
    labels[labels == cell] = -1
    labels[grown] = cell
    kept = replace(graph, movable=np.where(grown, 0, graph.movable).astype(np.uint8))
    if reconnect(kept, labels, len(low)) or fill_empty(kept, labels, np.zeros(len(low), np.int32)):
        labels[:] = before
        return None
    return kept


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
