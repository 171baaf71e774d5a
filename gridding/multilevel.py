"""Multilevel search: coarsen, partition the coarsest graph, improve on every level; then V-cycles around the best plan."""

from __future__ import annotations

import numpy as np

from gridding.anneal import Cooling, anneal, score
from gridding.coarsen import coarsen
from gridding.contiguity import reconnect
from gridding.csr import Graph
from gridding.polish import polish, shake
from gridding.rng import rng_state
from gridding.seeds import fill_empty, first_labels
from gridding.task import PRESSURE, Effort, Stop, Task, Tell
from gridding.types import Int32Array


def solve(task: Task, effort: Effort, stop: Stop, tell: Tell) -> Int32Array:
    """Labels of the best plan found from scratch; connected, no cell empty."""
    labels = _descend(task, effort, stop)
    tell(1 / (effort.cycles + 2))
    labels = improve(task, effort, labels, stop, tell)
    return shake(task, polish(task, effort, labels, stop), stop)


def _descend(task: Task, effort: Effort, stop: Stop) -> Int32Array:
    """The best of several first partitions, each on a coarse graph of its own, carried up to the finest."""
    graph, cells = task.graph, task.cells
    cooling = Cooling(effort.sweeps, effort.hot, effort.cold, 100, 3e4)
    band = task.band(0.8, 0.03)
    best: tuple[float, list[tuple[Graph, Int32Array]], Graph, Int32Array] | None = None
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
        labels = _ascend(task, [], coarsest, labels, cooling, 0.03, 50 + start, stop)
        energy = score(coarsest, labels, *band).energy(PRESSURE)
        if best is None or energy < best[0]:
            best = energy, levels, coarsest, labels
    assert best is not None  # noqa: S101 - there is at least one start
    _, levels, coarsest, labels = best
    return _ascend(task, levels, coarsest, labels, cooling, 0.03, 2, stop)


def improve(task: Task, effort: Effort, labels: Int32Array, stop: Stop, tell: Tell) -> Int32Array:
    """V-cycles: coarsen without crossing the borders of the best plan, improve on every level, keep what is better."""
    graph, cells = task.graph, task.cells
    inner = task.band(0.8)
    best, best_score = labels, score(graph, labels, *inner)
    cooling = Cooling(effort.sweeps, effort.hot, effort.cold, 100, 3e4)
    for cycle in range(effort.cycles):
        if stop():
            break
        state = rng_state(task.seed, 2, cycle)
        levels, coarsest, coarse = coarsen(graph, best, cells, effort.coarsest * cells, state)
        labels = _ascend(task, levels, coarsest, coarse, cooling, 0.01, 100 + cycle, stop)
        found = score(graph, labels, *inner)
        if found.energy(PRESSURE) < best_score.energy(PRESSURE):
            best, best_score = labels, found
        tell((cycle + 2) / (effort.cycles + 2))
    return best


def _ascend(
    task: Task,
    levels: list[tuple[Graph, Int32Array]],
    coarsest: Graph,
    labels: Int32Array,
    cooling: Cooling,
    coarse_extra: float,
    stream: int,
    stop: Stop,
) -> Int32Array:
    """Improve on the coarsest graph, carry the labels to the next finer one, and so on."""
    kin = task.kin
    for level in range(len(levels), -1, -1):
        graph = coarsest if level == len(levels) else levels[level][0]
        if level < len(levels):
            labels = labels[levels[level][1]]
        fill_empty(graph, labels, kin)
        reconnect(graph, labels, task.cells)
        if stop():
            continue
        low, high = task.band(0.8, coarse_extra * level / max(1, len(levels)))
        anneal(graph, labels, low, high, cooling, rng_state(task.seed, stream, level))
    return labels
