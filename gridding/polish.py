"""The last per cent of balance: tight balancing of a plan that misses the tolerance."""

from __future__ import annotations

from gridding.anneal import Cooling, Score, anneal, score
from gridding.rng import rng_state
from gridding.task import Effort, Stop, Task
from gridding.types import Int32Array

SHAKEN = 300
"""So many blocks at most are few."""
SHAKES = 60
"""Tries at most."""


def polish(task: Task, effort: Effort, labels: Int32Array, stop: Stop) -> Int32Array:
    """Tight balancing of a plan that misses the tolerance: rising pressure, from several temperatures."""
    graph = task.graph
    outer = task.band(1.0)
    best, best_score = labels, score(graph, labels, *outer)
    for r in range(effort.polish):
        if best_score.worst <= 0 or stop():
            break
        # now and then from the last plan instead of the best, to get away from where every try ends alike
        labels = (best if r % 4 < 2 else labels).copy()
        hot, share = ((0.05, 0.9), (0.15, 0.5), (0.3, 0.75), (0.6, 0.1))[r % 4]
        cooling = Cooling(40.0 * (1 + r), hot, 0.03, 3e4, 3e6)
        anneal(graph, labels, *task.band(share), cooling, rng_state(task.seed, 3, r))
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
