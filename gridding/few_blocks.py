"""Few blocks, searched again and again: the plan is stirred, evened out by exchanges of bundles, and improved by them.

Few blocks cost little to search, and single moves get them nowhere: the balance forbids nearly all. What annealing draws
without much regard for balance, exchanges make even (:mod:`gridding.exchange`), at the least cost in border.
"""

from __future__ import annotations

import numpy as np

from gridding.anneal import Cooling, anneal, score
from gridding.exchange import even_by_tree, exchange_all
from gridding.rng import rng_state
from gridding.task import Stop, Task
from gridding.types import Int32Array

FEW = 300
"""So many nodes at most are searched where the tolerance is missed or finer than the blocks."""
TINY = 100
"""So many at most are always searched."""
ROUNDS, TINY_ROUNDS = 40, 120
"""Rounds, and rounds of tiny stations."""
VAIN = 3
"""The share of them, one in so many, in a row without a more even plan that is enough where the tolerance is missed."""
EXCHANGES = 1_500
"""Pairs of cells between which exchanges are looked for, in all: about as many as 40 rounds of five cells take."""
TINY_BUNDLES, BUNDLES = 1_500, 20_000
"""Bundles of each cell, where nodes are so few that some hundreds are all there are, and elsewhere."""
LOOSE = 0.05
"""Half width of the bands at least while a plan is stirred."""
STIR = ((1.0, 100.0), (0.6, 300.0), (1.0, 30.0), (3.0, 3.0))
"""Temperature and pressure at the beginning of a round, in turn: nearby plans, and now and then another one altogether."""


def search_few(task: Task, labels: Int32Array, stop: Stop) -> Int32Array:
    """A plan at least as good as the one given: least outside the tolerance, then cheapest; the same one if blocks are many."""
    graph = task.graph
    if graph.n > FEW or task.cells < 2:
        return labels
    low, high = task.band(1.0)
    fine = bool((graph.load > 0).any()) and 2 * task.tolerance < float(graph.load[graph.load > 0].mean())
    rank = _rank(task, labels)
    if graph.n > TINY and rank[0] <= 0 and not fine:
        return labels
    bundles = TINY_BUNDLES if graph.n <= TINY and not _very_fine(task) else BUNDLES
    loose = task.band(1.0, max(0.0, LOOSE - task.tolerance))
    rounds = TINY_ROUNDS if bundles == TINY_BUNDLES else ROUNDS
    best = labels
    vain = spent = 0
    for r in range(rounds):
        if stop() or spent >= EXCHANGES or (rank[0] > 0 and vain >= rounds // VAIN):
            break
        plan = best.copy()
        if r:
            hot, soft = STIR[r % len(STIR)]
            anneal(graph, plan, *loose, Cooling(60.0, hot, 0.05, soft, 3e4), rng_state(task.seed, 12, r))
        even_by_tree(graph, plan, low, high, rng_state(task.seed, 13, r), bundles)
        spent += task.cells - 1 + exchange_all(graph, plan, low, high, bundles, EXCHANGES - spent)
        found = _rank(task, plan)
        vain = 0 if found[0] < rank[0] - 1e-12 else vain + 1
        if found < rank:
            best, rank = plan, found
    return best


def _very_fine(task: Task) -> bool:
    """Whether the tolerance is so fine that only very many bundles meet it."""
    load = task.graph.load
    return task.tolerance < 0.01 * float(load.mean()) if np.any(load > 0) else False


def _rank(task: Task, labels: Int32Array) -> tuple[float, float]:
    found = score(task.graph, labels, *task.band(1.0))
    return (found.worst if found.worst > 1e-12 else 0.0), found.cost + found.away
