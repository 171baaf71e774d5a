"""Multilevel search: coarsen, partition the coarsest graph, improve on every level; then V-cycles around the best plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridding.anneal import Cooling, Score, anneal, score
from gridding.coarsen import coarsen
from gridding.contiguity import reconnect
from gridding.csr import Graph
from gridding.rng import rng_state
from gridding.seeds import fill_empty, first_labels
from gridding.types import FloatArray, Int32Array

PRESSURE = 1e5
"""Pressure at which plans are compared: one cell 1 % outside its band weighs ten mean border costs."""


SHAKEN = 300
"""So many blocks at most are few."""
SHAKES = 60
"""Tries at most."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be partitioned.

    Attributes:
        graph: nodes and borders.
        comp: (n,) component of each node.
        kin: (cells,) the component that each cell belongs to.
        centre: (cells,) mean workload of the component's cells, in targets.
        tolerance: half width of the band around the target, a fraction.
        seed: seed of all randomness.
    """

    graph: Graph
    comp: Int32Array
    kin: Int32Array
    centre: FloatArray
    tolerance: float
    seed: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.kin)

    def band(self, share: float = 1.0, extra: float = 0.0) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest workload of each cell, in targets, for a share of the tolerance plus ``extra``.

        Where a component's workload does not fit a whole number of cells, its cells are held near their own mean.
        """
        half = self.tolerance * share + extra
        slack = 0.3 * self.tolerance
        low = np.where(self.centre < 1 - half + slack, self.centre - slack, 1 - half)
        high = np.where(self.centre > 1 + half - slack, self.centre + slack, 1 + half)
        return low, high


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work is put in.

    Attributes:
        cycles: V-cycles after the first descent.
        sweeps: proposals per border node on each level.
        coarsest: nodes per cell of the coarsest graph.
        polish: rounds of tight balancing at most.
        starts: first partitions, of which the best is carried on.
        hot, cold: temperatures of the search, in mean border costs.
    """

    cycles: int = 24
    sweeps: float = 25.0
    coarsest: int = 20
    polish: int = 12
    starts: int = 6
    hot: float = 0.5
    cold: float = 0.12

    @classmethod
    def for_nodes(cls, nodes: int) -> Effort:
        """More rounds for small graphs, where they cost little: about a second for 10,000 nodes, a third for 1,000."""
        cycles = min(96, max(24, 240_000 // max(nodes, 1)))
        return cls(cycles=cycles, starts=min(12, max(6, cycles // 4)))


Stop = Callable[[], bool]
Tell = Callable[[float], None]


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
