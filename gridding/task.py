"""What the search is given: the graph with its cells and bands, and how much work to put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridding.csr import Graph
from gridding.types import FloatArray, Int32Array

PRESSURE = 1e5
"""Pressure at which plans are compared: one cell 1 % outside its band weighs ten mean border costs."""

Stop = Callable[[], bool]
Tell = Callable[[float], None]


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
