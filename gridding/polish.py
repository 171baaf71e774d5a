"""The last per cent of balance: tight balancing of a plan that misses the tolerance."""

from __future__ import annotations

from gridding.anneal import Cooling, Score, anneal, score
from gridding.rng import rng_state
from gridding.settle import settle
from gridding.swap import swap_anneal
from gridding.task import Effort, Stop, Task
from gridding.types import Int32Array

SHAKEN = 300
"""So many blocks at most are few."""
SHAKES = 60
"""Tries at most."""
HARD, HARDEST = 3e6, 3e8
"""Pressure at the end of the search, and at the end of the quench after it."""
WITHIN = 0.96
"""Share of the tolerance that is aimed at in the end: what lies just outside of a band weighs next to nothing."""


def polish(task: Task, effort: Effort, labels: Int32Array, stop: Stop) -> Int32Array:
    """Tight balancing of a plan that misses the tolerance: exchanges at rising pressure, then repairs on the spot.

    Each round cools down from a temperature at which borders can still move, quenches what misses, repairs the last
    misses one by one and lets the borders around them settle again.
    """
    graph = task.graph
    outer = task.band(1.0)
    best, best_score = labels, score(graph, labels, *outer)
    for r in range(effort.polish):
        if best_score.worst <= 0 or stop():
            break
        # now and then from the last plan instead of the best, to get away from where every try ends alike
        labels = (best if r % 2 == 0 else labels).copy()
        hot, share = ((0.4, 0.9), (0.3, 0.8), (0.6, 0.9), (1.0, 0.7))[r % 4]
        cooling = Cooling(60.0 * (1 + r), hot, 0.05, 3e3, HARD)
        swap_anneal(graph, labels, *task.band(share), cooling, rng_state(task.seed, 3, r))
        quench = Cooling(40.0, 0.05, 0.03, HARD, HARDEST)
        swap_anneal(graph, labels, *task.band(WITHIN), quench, rng_state(task.seed, 6, r))
        found = score(graph, labels, *outer)
        if found.worst > 0:
            labels = settle(graph, labels, *outer, rng_state(task.seed, 7, r))
            quench = Cooling(40.0, 0.1, 0.03, HARDEST, HARDEST)
            swap_anneal(graph, labels, *task.band(WITHIN), quench, rng_state(task.seed, 8, r))
            found = score(graph, labels, *outer)
        if _better(found, best_score):
            best, best_score = labels, found
    if best_score.worst <= 0 and _finer_than_blocks(task):
        best = _refine(task, effort, best, best_score, stop)
    return best


def _finer_than_blocks(task: Task) -> bool:
    """Whether the tolerance is so fine that a block's workload mostly exceeds the whole band."""
    load = task.graph.load
    return bool((load > 0).any()) and 2 * task.tolerance < float(load[load > 0].mean())


def _refine(task: Task, effort: Effort, best: Int32Array, best_score: Score, stop: Stop) -> Int32Array:
    """Cheaper borders of a plan within the tolerance: the search, by single moves, froze long before."""
    graph = task.graph
    outer = task.band(1.0)
    for r in range(max(2, effort.cycles // 6)):
        if stop():
            break
        labels = best.copy()
        swap_anneal(graph, labels, *task.band(0.9), Cooling(60.0, 0.6, 0.05, 3e3, HARD), rng_state(task.seed, 9, r))
        quench = Cooling(30.0, 0.05, 0.03, HARD, HARDEST)
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
    return (a.worst, a.cost + a.away) < (b.worst, b.cost + b.away)
