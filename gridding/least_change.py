"""Redraw with least change: the cheapest borders among the plans that move little more than the flow lower bound.

Moved workload has a price. V-cycles around the best plan look for a lower sum of border cost and price, and after each
of them the price is raised where more moved than the allowance, and lowered where less did: the moves that are left are
those that save most border. Pressure on the balance rises from cycle to cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gridding.anneal import Cooling, Score, anneal, score
from gridding.coarsen import coarsen
from gridding.csr import Graph
from gridding.flow_bound import Flow
from gridding.rng import rng_state
from gridding.swap import swap_anneal
from gridding.task import Stop, Task, Tell
from gridding.types import FloatArray, Int32Array

ALLOWANCE, AIM = 1.49, 1.45
"""Moved workload over the flow lower bound: at most, and what the price aims at."""
FIRST_PRICE, LOWEST_PRICE, HIGHEST_PRICE = 1.0, 0.05, 5.0
"""Price of moving a block of mean workload, in mean border costs."""
EMPTY_BLOCK = 0.02
"""What a moved block costs beside its workload, in blocks of mean workload."""
SWEEPS, COARSEST = 50.0, 20
"""Proposals per border node on each level of a cycle; nodes per cell of the coarsest graph."""
ATTEMPTS = 1
"""Searches from the start, of which the best plan is taken."""
SHARE = 0.95
"""Share of the tolerance that the search keeps to."""
SOFT, HARD = 1e6, 3e7
"""Pressure on workload outside the bands in the first and the last cycle."""
RISE = 1000.0
"""Pressure at the end of a cycle over that at its start."""
HOT, COLD = 0.5, 0.06
"""Temperature at the start and the end of a cycle, in mean border costs."""
RATE, GAIN = 0.1, 3.0
"""How fast the price follows: most by which its logarithm changes in a cycle; share of the excess that it answers to."""
HOLD = 5 / 6
"""Share of the cycles after which the price holds."""

MENDED = 10
"""Rounds that make up for what repairs of the balance cost."""
MENDED_PRICE, MENDED_SHARE = 8.0, 0.95
"""Price of a moved block in these rounds, and the share of the tolerance that they keep to."""
MENDING = Cooling(200.0, 0.3, 0.05, 3e7, 3e8)
"""Pressure so high that the plan stays balanced all the time."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan and how good it is: first the balance, then the allowance, then the borders."""

    labels: Int32Array
    key: tuple[float, float, float]


def stay_price(load: FloatArray) -> FloatArray:
    """(n,) what a node costs away from home at price 1: its workload in mean workloads, and a little every block."""
    mean = float(load.mean()) if len(load) else 0.0
    return (load / mean if mean > 0 else np.ones(len(load))) + EMPTY_BLOCK


def least_change(task: Task, labels: Int32Array, flow: Flow, stop: Stop, tell: Tell) -> Int32Array:
    """The best plan found near the present one: the better of :data:`ATTEMPTS` searches.

    Args:
        task: the graph knows each node's home; its stay costs are replaced.
        labels: (n,) start labels, connected, no cell empty.
        flow: the least flow of the task.
        stop: asked between cycles.
        tell: told the share of the work done.
    """
    found: _Found | None = None
    for attempt in range(ATTEMPTS):
        if found is not None and stop():
            break
        again = _attempt(task, labels, flow, stop, _share_of(tell, attempt), attempt)
        if found is None or again.key < found.key:
            found = again
    assert found is not None  # noqa: S101 - there is at least one attempt
    return found.labels


def _share_of(tell: Tell, attempt: int) -> Tell:
    return lambda share: tell((attempt + share) / ATTEMPTS)


def _attempt(task: Task, labels: Int32Array, flow: Flow, stop: Stop, tell: Tell, attempt: int) -> _Found:
    """One search, with random numbers of its own."""
    graph, best = task.graph, labels.copy()
    unit = stay_price(graph.load) * (graph.home >= 0)
    band, outer = task.band(SHARE), task.band()
    cycles = _cycles(graph.n)
    price = FIRST_PRICE
    anneal(
        _priced(graph, unit, price), best, *band, Cooling(4 * SWEEPS, 0.3, 0.05, 100, SOFT),
        rng_state(task.seed, 61, attempt),
    )  # fmt: skip
    found = _Found(best, _key(score(graph, best, *outer), graph, best, flow))
    for cycle in range(cycles):
        if stop():
            break
        hard = float(np.round(SOFT * (HARD / SOFT) ** (cycle / (cycles - 1)), -3))
        priced = _priced(graph, unit, price)
        again = _cycle(task, priced, best, Cooling(SWEEPS, HOT, COLD, hard / RISE, hard), cycle + 1000 * attempt)
        if score(priced, again, *band).energy(hard) < score(priced, best, *band).energy(hard):
            best = again
        key = _key(score(graph, best, *outer), graph, best, flow)
        if key < found.key:
            found = _Found(best, key)
        if cycle < cycles * HOLD:  # then the price holds, so that the plan can settle
            price = _next_price(price, moved_share(graph, best, flow))
        tell((cycle + 1) / (cycles + 1))
    return found


def mend(task: Task, labels: Int32Array, flow: Flow, stop: Stop) -> Int32Array:
    """A balanced plan after repairs, which look at the balance alone: as balanced, with cheaper borders or less moved."""
    graph, best = task.graph, labels
    priced = _priced(graph, stay_price(graph.load) * (graph.home >= 0), MENDED_PRICE)
    key = _key(score(graph, best, *task.band()), graph, best, flow)
    for r in range(MENDED):
        if stop():
            break
        labels = best.copy()
        swap_anneal(priced, labels, *task.band(MENDED_SHARE), MENDING, rng_state(task.seed, 64, r))
        again = _key(score(graph, labels, *task.band()), graph, labels, flow)
        if again < key:
            best, key = labels, again
    return best


def moved(graph: Graph, labels: Int32Array) -> float:
    """Workload away from home, in targets."""
    return float(graph.load[(graph.home >= 0) & (graph.home != labels)].sum())


def moved_share(graph: Graph, labels: Int32Array, flow: Flow) -> float:
    """Moved workload over the flow lower bound; where nothing need move, over a thousandth of a cell."""
    return moved(graph, labels) / max(flow.moved, 1e-3)


def _cycles(nodes: int) -> int:
    return min(72, max(12, 1_500_000 // max(nodes, 1)))


def _priced(graph: Graph, unit: FloatArray, price: float) -> Graph:
    return replace(graph, stay=np.round(unit * price * 2.0**20) / 2.0**20)


def _next_price(price: float, share: float) -> float:
    step = RATE * min(max(GAIN * (share / AIM - 1), -1.0), 1.0)
    return round(min(max(price * float(np.exp(step)), LOWEST_PRICE), HIGHEST_PRICE), 6)


def _key(found: Score, graph: Graph, labels: Int32Array, flow: Flow) -> tuple[float, float, float]:
    over = max(moved_share(graph, labels, flow) - ALLOWANCE, 0.0)
    return round(found.worst, 9), round(over, 2), found.cost


def _cycle(task: Task, graph: Graph, best: Int32Array, cooling: Cooling, stream: int) -> Int32Array:
    """One V-cycle: coarsen without crossing the borders of the plan, then improve on every level."""
    low, high = task.band(SHARE)
    levels, coarsest, labels = coarsen(graph, best, task.cells, COARSEST * task.cells, rng_state(task.seed, 62, stream))
    for level in range(len(levels), -1, -1):
        at = coarsest if level == len(levels) else levels[level][0]
        if level < len(levels):
            labels = labels[levels[level][1]]
        anneal(at, labels, low, high, cooling, rng_state(task.seed, 1000 + stream, level))
    return labels
