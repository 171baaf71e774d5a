"""Multilevel search: coarsen, partition the coarsest graph, improve on every level; then V-cycles around the best plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gridding.anneal import Cooling, anneal, score
from gridding.coarsen import coarsen
from gridding.contiguity import reconnect
from gridding.csr import Graph
from gridding.inseparable import inseparable, merged
from gridding.polish import polish, shake
from gridding.rebuild import rebuild
from gridding.rng import rng_state
from gridding.seeds import fill_empty, first_labels
from gridding.task import PRESSURE, Effort, Stop, Task, Tell, telling
from gridding.types import FloatArray, Int32Array

SHARES = (0.3, 0.85)
"""Share of the tolerance that the first and the last V-cycle keep to: narrow bands first, so that work flows from crowded
quarters to empty ones through cells that would otherwise all stand at the edge of their bands."""
COARSE_EXTRA = 0.01
"""So much wider are the bands on the coarsest graph."""
FINE = 1.0
"""So much wider are the bands, in mean blocks, where the tolerance is finer than the blocks."""

AGAIN, BETWEEN = 3, 4
"""So often at most cells that miss are drawn anew, with so many rounds of balancing at most after it."""
AGAIN_SEED = 7919
"""From one such round to the next the seed changes by this."""


MISSES_FROM = 0.6
"""Share of the work that is done before the last misses are balanced."""


def solve(task: Task, effort: Effort, stop: Stop, tell: Tell) -> Int32Array:
    """Labels of the best plan found from scratch; connected, no cell empty.

    What shares a cell in every plan within the tolerance is searched as one.
    """
    group = inseparable(task.graph, task.comp, *_bands(task))
    groups = int(group.max()) + 1
    if task.cells <= groups < task.graph.n:
        comp = np.zeros(groups, np.int32)
        comp[group] = task.comp
        labels = _solve(replace(task, graph=merged(task.graph, group), comp=comp), effort, stop, tell)[group]
        if score(task.graph, labels, *task.band()).worst <= 0:
            return labels
        ticking = telling(stop, tell, MISSES_FROM)
        return _mend_misses(
            task, replace(effort, polish=2), labels, ticking, 1
        )  # where what joins them was a poor choice
    return _solve(task, effort, stop, tell)


def _bands(task: Task) -> tuple[FloatArray, FloatArray]:
    """Least and most work that any cell of each component may have."""
    low, high = task.band()
    least, most = np.full(int(task.comp.max()) + 1, np.inf), np.zeros(int(task.comp.max()) + 1)
    np.minimum.at(least, task.kin, low)
    np.maximum.at(most, task.kin, high)
    return least, most


def _solve(task: Task, effort: Effort, stop: Stop, tell: Tell) -> Int32Array:
    labels = _descend(task, effort, stop)
    tell(MISSES_FROM / (effort.cycles + 2))
    labels = improve(task, effort, labels, stop, lambda share: tell(MISSES_FROM * share))
    return _mend_misses(task, effort, labels, telling(stop, tell, MISSES_FROM))


def _mend_misses(task: Task, effort: Effort, labels: Int32Array, stop: Stop, times: int = AGAIN) -> Int32Array:
    """Tight balancing; what still misses is drawn anew and balanced, until that is of no use."""
    labels = shake(task, polish(task, effort, labels, stop), stop)
    found = score(task.graph, labels, *task.band())
    for again in range(times):
        if found.worst <= 0 or stop():
            break
        other = replace(task, seed=task.seed + AGAIN_SEED * again)
        drawn = rebuild(other, labels, stop)
        drawn = polish(other, replace(effort, polish=min(effort.polish, BETWEEN)), drawn, stop)
        now = score(task.graph, drawn, *task.band())
        if now.outside >= found.outside:
            break
        labels, found = drawn, now
    return labels


def _descend(task: Task, effort: Effort, stop: Stop) -> Int32Array:
    """The best of several first partitions, each on a coarse graph of its own, carried up to the finest.

    Coarse nodes are heavy, so the bands are wide there and the pressure is low: the cells find their places. The band
    narrows with every level.
    """
    graph, cells = task.graph, task.cells
    band = task.band(0.8, COARSE_EXTRA)
    best: tuple[float, list[tuple[Graph, Int32Array]], Int32Array] | None = None
    for start in range(effort.starts):
        if best is not None and stop():
            break
        state = rng_state(task.seed, 1, start)
        levels, coarsest, _ = coarsen(graph, np.zeros(graph.n, np.int32), cells, effort.coarsest * cells, state)
        comp = task.comp
        for _, to_coarse in levels:
            smaller = np.zeros(int(to_coarse.max()) + 1, np.int32)
            smaller[to_coarse] = comp
            comp = smaller
        labels = first_labels(coarsest, comp, task.kin, task.seed + start)
        _mend(coarsest, labels, task)
        if not stop():
            cooling = Cooling(effort.coarse_sweeps, 1.0, effort.cold[0], 30, 3e3)
            anneal(coarsest, labels, *band, cooling, rng_state(task.seed, 50, start))
        energy = score(coarsest, labels, *band).energy(PRESSURE)
        if best is None or energy < best[0]:
            best = energy, levels, labels
    assert best is not None  # noqa: S101 - there is at least one start
    _, levels, labels = best
    cooling = Cooling(effort.sweeps / 2, effort.hot[0], effort.cold[0], effort.soft[0], effort.hard[0])
    for level in range(len(levels) - 1, -1, -1):
        finer, to_coarse = levels[level]
        labels = labels[to_coarse]
        _mend(finer, labels, task)
        if not stop():
            low, high = task.band(0.8, COARSE_EXTRA * level / len(levels))
            anneal(finer, labels, low, high, cooling, rng_state(task.seed, 51, level))
    return labels


def _mend(graph: Graph, labels: Int32Array, task: Task) -> None:
    fill_empty(graph, labels, task.kin)
    reconnect(graph, labels, task.cells)


def improve(task: Task, effort: Effort, labels: Int32Array, stop: Stop, tell: Tell) -> Int32Array:
    """V-cycles: coarsen without crossing the borders of the best plan, improve on every level, keep what is better.

    From cycle to cycle the search cools down and the balance counts for more.
    """
    graph, cells = task.graph, task.cells
    slack = _slack(task)
    best = labels
    for cycle in range(effort.cycles):
        if stop():
            break
        share = SHARES[0] + (SHARES[1] - SHARES[0]) * cycle / max(1, effort.cycles - 1)
        band = task.band(share, slack)
        pressure, cooling = effort.at(cycle)
        levels, coarsest, labels = coarsen(graph, best, cells, effort.coarsest * cells, rng_state(task.seed, 2, cycle))
        for level in range(len(levels), -1, -1):
            finer = coarsest if level == len(levels) else levels[level][0]
            if level < len(levels):
                labels = labels[levels[level][1]]
            low, high = task.band(share, slack + COARSE_EXTRA * level / max(1, len(levels)))
            anneal(finer, labels, low, high, cooling, rng_state(task.seed, 100 + cycle, level))
        if score(graph, labels, *band).energy(pressure) < score(graph, best, *band).energy(pressure):
            best = labels
        tell((cycle + 2) / (effort.cycles + 2))
    return _settle(task, best)


def _slack(task: Task) -> float:
    """What the bands are wider where the tolerance is finer than the blocks: there the search would freeze.

    Tight balancing, which exchanges blocks, does the rest.
    """
    load = task.graph.load
    block = float(load[load > 0].mean()) if (load > 0).any() else 0.0
    return FINE * block if 2 * task.tolerance < block else 0.0


def _settle(task: Task, labels: Int32Array) -> Int32Array:
    """The last misses, at a low temperature and a high pressure."""
    settled = labels.copy()
    anneal(task.graph, settled, *task.band(0.85), Cooling(60.0, 0.12, 0.02, 3e4, 3e6), rng_state(task.seed, 4))
    outer = task.band()
    if score(task.graph, settled, *outer).energy(1e7) < score(task.graph, labels, *outer).energy(1e7):
        return settled
    return labels
