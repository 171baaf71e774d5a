"""The last per cent of balance: tight balancing of a plan that misses the tolerance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridding.anneal import Cooling, Score, anneal, score
from gridding.condense import condense
from gridding.csr import Graph
from gridding.even_out import even_out
from gridding.rng import rng_state
from gridding.settle import settle
from gridding.swap import swap_anneal
from gridding.task import Effort, Stop, Task
from gridding.types import FloatArray, Int32Array

SHAKEN = 300
"""So many blocks at most are few."""
SHAKES = 60
"""Tries at most."""
HARD, HARDEST = 3e6, 3e8
"""Pressure at the end of the search, and at the end of the quench after it."""
WITHIN = 0.97
"""Share of the tolerance that is aimed at in the end: what lies just outside of a band weighs next to nothing."""


ROUNDS = ((0.4, 0.9), (0.3, 0.8), (0.6, 0.9), (1.0, 0.7))
"""Temperature at the beginning of each round, and the share of the tolerance that it aims at."""
EVEN, EVEN_PRICE = 0.95, 3e3
"""Share of the tolerance that a region is evened out to, and what a target's workload not moved so is worth."""
LARGE = 30_000
"""From so many blocks on, repairs begin with the next neighbours alone and reach out more slowly."""
IDLE = 0.15
"""Where more than this share of the blocks has no work, such blocks are joined to others first."""
NEARLY_ALL = 0.6
"""Where more than this share of the cells is near one that misses, all may change."""


def polish(task: Task, effort: Effort, labels: Int32Array, stop: Stop) -> Int32Array:
    """Tight balancing of a plan that misses the tolerance, around the cells that miss it, then cheaper borders.

    Where many blocks have no work they are joined to those with work until the balance is found.
    """
    graph = task.graph
    outer = task.band(1.0)
    if score(graph, labels, *outer).worst > 0 and (graph.load <= 0).mean() > IDLE:
        small, its_labels, node = condense(graph, labels)
        comp = np.zeros(small.n, np.int32)
        comp[node] = task.comp
        labels = _balance(replace(task, graph=small, comp=comp), effort, its_labels, stop)[node]
        if score(graph, labels, *outer).worst > 0:
            labels = _balance(task, replace(effort, polish=min(effort.polish, 2)), labels, stop)
    else:
        labels = _balance(task, effort, labels, stop)
    found = score(graph, labels, *outer)
    if found.worst <= 0 and (graph.home < 0).all():  # a redraw does not move anybody for prettier borders
        labels = _refine(task, effort, labels, found, stop)
    return labels


def _balance(task: Task, effort: Effort, labels: Int32Array, stop: Stop) -> Int32Array:
    """Labels that miss the tolerance less.

    The first round evens out the workload of whole regions and quenches what misses; the others cool down from
    temperatures at which borders can still move, farther and farther around. Last misses are repaired one by one.
    """
    graph = task.graph
    outer = task.band(1.0)
    best, best_score = labels, score(graph, labels, *outer)
    fine = _finer_than_blocks(task)
    for r in range(effort.polish):
        if best_score.worst <= 0 or stop():
            break
        # now and then from the last plan instead of the best, to get away from where every try ends alike
        labels = (best if r % 2 == 0 else labels).copy()
        if r == 0 and not fine:
            labels = even_out(graph, labels, *task.band(EVEN), price=EVEN_PRICE)
            found = score(graph, labels, *outer)
            if _better(found, best_score):
                best, best_score, labels = labels, found, labels.copy()
        near = _around(graph, labels, *outer, 2 + r if graph.n < LARGE else 1 + r // 2)
        gentle = r == 0 and not fine
        if not gentle:
            hot, share = ROUNDS[r % len(ROUNDS)]
            cooling = Cooling(60.0 * min(1 + r, 6), hot, 0.05, 3e3, HARD)
            swap_anneal(graph, labels, *task.band(share), cooling, rng_state(task.seed, 3, r), active=near)
            if not fine:
                labels = even_out(graph, labels, *task.band(EVEN), price=EVEN_PRICE)
        quench = Cooling(30.0, 0.3, 0.03, 3e5, HARDEST) if gentle else Cooling(40.0, 0.05, 0.03, HARD, HARDEST)
        swap_anneal(graph, labels, *task.band(WITHIN), quench, rng_state(task.seed, 6, r), active=near)
        found = score(graph, labels, *outer)
        if found.worst > 0:
            labels = settle(graph, labels, *outer, rng_state(task.seed, 7, r))
            quench = Cooling(30.0, 0.1, 0.03, HARDEST, HARDEST)
            swap_anneal(graph, labels, *task.band(WITHIN), quench, rng_state(task.seed, 8, r), active=near)
            found = score(graph, labels, *outer)
        if _better(found, best_score):
            best, best_score = labels, found
    return best


def _around(
    graph: Graph, labels: Int32Array, low: FloatArray, high: FloatArray, rings: int
) -> NDArray[np.bool_] | None:
    """(cells,) bool, the cells out of their band and their neighbours up to so many cells away; None = nearly all."""
    work = np.bincount(labels, graph.load, minlength=len(low))
    near = (work < low) | (work > high)
    rows, cols = np.repeat(labels, np.diff(graph.xadj)), labels[graph.adj]
    cut = rows != cols
    rows, cols = rows[cut], cols[cut]
    for _ in range(rings):
        near[cols[near[rows]]] = True
        if near.sum() > NEARLY_ALL * len(near):
            return None
    return near


def _finer_than_blocks(task: Task) -> bool:
    """Whether the tolerance is so fine that a block's workload mostly exceeds the whole band."""
    load = task.graph.load
    return bool((load > 0).any()) and 2 * task.tolerance < float(load[load > 0].mean())


def _refine(task: Task, effort: Effort, best: Int32Array, best_score: Score, stop: Stop) -> Int32Array:
    """Cheaper borders of a plan within the tolerance: the search, by single moves, froze before.

    One short round, and where hardly any single move keeps the balance, several long ones.
    """
    graph = task.graph
    outer = task.band(1.0)
    long = max(4, effort.cycles // 3) if _finer_than_blocks(task) else 0
    for r in range(long + 1):
        if stop():
            break
        labels = best.copy()
        if r < long:
            swap_anneal(graph, labels, *task.band(0.9), Cooling(60.0, 0.6, 0.05, 3e3, HARD), rng_state(task.seed, 9, r))
            quench = Cooling(30.0, 0.05, 0.03, HARD, HARDEST)
        else:
            quench = Cooling(30.0, 0.3, 0.03, 3e5, HARDEST)
        swap_anneal(graph, labels, *task.band(WITHIN), quench, rng_state(task.seed, 10, r))
        found = score(graph, labels, *outer)
        if _better(found, best_score):
            best, best_score = labels, found
    return best


def shake(task: Task, labels: Int32Array, stop: Stop) -> Int32Array:
    """Few, heavy blocks that miss the tolerance: start as if workload did not matter, again and again.

    Where single blocks weigh a good part of a cell, hardly any move keeps the balance on the way to a better plan.
    """
    graph = task.graph
    if graph.n > SHAKEN:
        return labels
    outer = task.band(1.0)
    best, best_score = labels, score(graph, labels, *outer)
    for r in range(SHAKES):
        if best_score.worst <= 0 or stop():
            break
        labels = labels.copy()
        anneal(graph, labels, *task.band(0.5), Cooling(400.0, 3.0, 0.03, 1.0, 3e6), rng_state(task.seed, 4, r))
        found = score(graph, labels, *outer)
        if _better(found, best_score):
            best, best_score = labels, found
    return best


def _better(a: Score, b: Score) -> bool:
    return (a.outside, a.cost + a.away) < (b.outside, b.cost + b.away)
