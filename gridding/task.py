"""What the search is given: the graph with its cells and bands, and how much work to put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridding.anneal import Cooling
from gridding.csr import Graph
from gridding.types import FloatArray, Int32Array

PRESSURE = 1e5
"""Pressure at which plans are compared: one cell 1 % outside its band weighs ten mean border costs."""

SMALL = 3000
"""So many nodes are few."""

Stop = Callable[[], bool]
Tell = Callable[[float], None]


def rising(tell: Tell) -> Tell:
    """``tell``, told only what is more than before."""
    most = 0.0

    def told(share: float) -> None:
        nonlocal most
        if share > most:
            most = share
            tell(share)

    return told


def telling(stop: Stop, tell: Tell, begin: float, rounds: float = 40.0) -> Stop:
    """``stop``, which also tells that work goes on: with every question a part of what is left, as if of ``rounds``.

    For rounds whose number nobody knows beforehand: the share grows from ``begin`` and never reaches 1.
    """
    share = begin

    def stopped() -> bool:
        nonlocal share
        share += (1.0 - share) / rounds
        tell(share)
        return stop()

    return stopped


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
    """How much work is put in. Pairs are values of the first and the last V-cycle, geometric steps between.

    Attributes:
        cycles: V-cycles after the first descent.
        sweeps: proposals per border node on each level.
        coarse_sweeps: the same on the coarsest graph of the first descent.
        coarsest: nodes per cell of the coarsest graph.
        polish: rounds of tight balancing at most.
        starts: first partitions, of which the best is carried on.
        hot, cold: temperature at the start and the end of a cycle's search, in mean border costs.
        soft, hard: pressure on workload outside the band at the start and the end of a cycle's search.
        compare: pressure at which plans are compared.
    """

    cycles: int = 12
    sweeps: float = 90.0
    coarse_sweeps: float = 600.0
    coarsest: int = 10
    polish: int = 12
    starts: int = 1
    hot: tuple[float, float] = (0.7, 0.3)
    cold: tuple[float, float] = (0.15, 0.03)
    soft: tuple[float, float] = (100, 300)
    hard: tuple[float, float] = (3e4, 1e6)
    compare: tuple[float, float] = (1e5, 1e6)

    @classmethod
    def for_nodes(cls, nodes: int) -> Effort:
        """More rounds for small graphs, where they cost little and a poor start is hard to leave."""
        if nodes > SMALL:
            return cls()
        return cls(cycles=40, starts=4, hot=(1.0, 0.3), cold=(0.2, 0.03))

    def at(self, cycle: int) -> tuple[float, Cooling]:
        """Pressure at which plans are compared, and the schedule, of a V-cycle."""
        share = cycle / max(1, self.cycles - 1)
        values = [
            float(f"{first * (last / first) ** share:.6g}")  # rounded, so that another machine's pow() cannot show
            for first, last in (self.compare, self.hot, self.cold, self.soft, self.hard)
        ]
        return values[0], Cooling(self.sweeps, *values[1:])
