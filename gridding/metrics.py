"""Metrics of a plan: a registry of numbers with key, version, unit and definition.

The version of a metric goes up whenever its definition changes, so that a stored number says what it means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridding.contiguity import contiguous_within_parts
from gridding.types import DEFAULT_COST_FACTOR, FloatArray, Int32Array, LineKind, Topology


@dataclass(frozen=True, slots=True)
class Plan:
    """What metrics are computed from.

    Attributes:
        topology: the planar map of the blocks.
        labels: (blocks,) cell of each block.
        workload: (cells,) workload, in the unit of the input.
        deviation: (cells,) signed fraction.
        exclusive: (cells,) bool, outside the ideal workload.
        cost_factor: cost of a metre of border by line kind.
        left, right: (edges,) cell on either side of each edge, -1 = outside.
        barrier: (edges,) bool, edges on barriers.
        across: cells that hang together only across a barrier.
        unit: (blocks,) base unit of each block, -1 = none.
    """

    topology: Topology
    labels: Int32Array
    workload: FloatArray
    deviation: FloatArray
    exclusive: NDArray[np.bool_]
    cost_factor: Mapping[LineKind, float]
    left: Int32Array
    right: Int32Array
    barrier: NDArray[np.bool_]
    across: int
    unit: Int32Array

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.workload)

    @property
    def border(self) -> NDArray[np.bool_]:
        """(edges,) True where two cells meet."""
        inner: NDArray[np.bool_] = (self.left != self.right) & (self.left >= 0) & (self.right >= 0)
        return inner


@dataclass(frozen=True, slots=True)
class Metric:
    """One number about a plan.

    Attributes:
        key: name in reports.
        version: goes up when the definition changes.
        unit: unit of the value.
        definition: one sentence.
        compute: from a :class:`Plan`.
    """

    key: str
    version: int
    unit: str
    definition: str
    compute: Callable[[Plan], float]


def _ordinary(plan: Plan) -> FloatArray:
    return np.abs(plan.deviation[~plan.exclusive])


def _max_abs_deviation(plan: Plan) -> float:
    return float(_ordinary(plan).max(initial=0.0))


def _mean_abs_deviation(plan: Plan) -> float:
    values = _ordinary(plan)
    return math.fsum(values) / len(values) if len(values) else 0.0


def _border_length_m(plan: Plan) -> float:
    return math.fsum(plan.topology.edge_length_m[plan.border])


def _border_cost(plan: Plan) -> float:
    factor = np.ones(max(*LineKind, int(plan.topology.edge_kind.max(initial=0))) + 1)
    for kind, value in plan.cost_factor.items():
        factor[int(kind)] = value
    edges = plan.border
    return math.fsum(plan.topology.edge_length_m[edges] * factor[plan.topology.edge_kind[edges]])


def _polsby_popper_mean(plan: Plan) -> float:
    length = plan.topology.edge_length_m
    perimeter = np.zeros(plan.cells)
    for side, other in ((plan.left, plan.right), (plan.right, plan.left)):
        edges = (side >= 0) & (side != other)
        perimeter += np.bincount(side[edges], length[edges], minlength=plan.cells)
    area = np.bincount(plan.labels, plan.topology.block_area_m2, minlength=plan.cells)
    drawn = perimeter > 0
    if not drawn.any():
        return 0.0
    return float((4 * math.pi * area[drawn] / perimeter[drawn] ** 2).mean())


def _contiguous_cells(plan: Plan) -> float:
    t = plan.topology
    inner = (t.edge_left >= 0) & (t.edge_right >= 0) & (t.edge_left != t.edge_right) & (t.edge_length_m > 0)
    return float(
        contiguous_within_parts(
            plan.labels, t.edge_left[inner], t.edge_right[inner], plan.cells, t.block_part.astype(np.int32)
        ).sum()
    )


def _barrier_inside_m(plan: Plan) -> float:
    inside = plan.barrier & (plan.left == plan.right) & (plan.left >= 0)
    return math.fsum(plan.topology.edge_length_m[inside])


def _base_units_split(plan: Plan) -> float:
    known = plan.unit >= 0
    pairs = np.unique(plan.unit[known].astype(np.int64) * max(plan.cells, 1) + plan.labels[known])
    return float((np.unique(pairs // max(plan.cells, 1), return_counts=True)[1] > 1).sum())


def _border_share(kind: LineKind) -> Callable[[Plan], float]:
    def share(plan: Plan) -> float:
        whole = _border_length_m(plan)
        mine = plan.border & (plan.topology.edge_kind == kind)
        return math.fsum(plan.topology.edge_length_m[mine]) / whole if whole > 0 else 0.0

    return share


_ALL = (
    Metric(
        "max_abs_deviation", 1, "fraction", "largest |workload / ideal - 1| of the ordinary cells", _max_abs_deviation
    ),
    Metric(
        "mean_abs_deviation", 1, "fraction", "mean |workload / ideal - 1| of the ordinary cells", _mean_abs_deviation
    ),
    Metric("border_length_m", 1, "m", "length of all borders between cells, each counted once", _border_length_m),
    Metric("border_cost", 1, "m", "length of all borders between cells, weighted by line kind", _border_cost),
    Metric("polsby_popper_mean", 1, "1", "mean of 4 pi area / perimeter^2 over all cells", _polsby_popper_mean),
    Metric("contiguous_cells", 1, "cells", "cells that are in one piece within each part", _contiguous_cells),
    Metric(
        "cells_across_barriers", 1, "cells", "cells that hang together only across a barrier", lambda plan: plan.across
    ),
    Metric(
        "barrier_inside_m",
        1,
        "m",
        "length of barriers inside cells: crossed, passed at an end, strips",
        _barrier_inside_m,
    ),
    Metric("base_units_split", 1, "base units", "base units that lie in more than one cell", _base_units_split),
    *(
        Metric(
            f"border_share_{kind.name.lower()}",
            1,
            "fraction",
            f"share of the border between cells along lines of kind {kind.name.lower()}",
            _border_share(kind),
        )
        for kind in LineKind
        if kind is not LineKind.OUTLINE
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.key: metric for metric in _ALL})
"""All metrics by key."""


def evaluate(
    topology: Topology,
    labels: ArrayLike,
    workload: ArrayLike,
    deviation: ArrayLike,
    exclusive: ArrayLike,
    cost_factor: Mapping[LineKind, float] = DEFAULT_COST_FACTOR,
    *,
    barrier: ArrayLike | None = None,
    across: int = 0,
    unit: ArrayLike | None = None,
) -> dict[str, float]:
    """All metrics of a plan.

    Args:
        topology: the planar map of the blocks.
        labels: (blocks,) cell of each block.
        workload: (cells,) workload.
        deviation: (cells,) signed fraction.
        exclusive: (cells,) bool.
        cost_factor: cost of a metre of border by line kind.
        barrier: (edges,) bool, edges on barriers; None = there are none.
        across: cells that hang together only across a barrier.
        unit: (blocks,) base unit of each block, -1 = none; None = there are none.
    """
    cell = np.append(np.asarray(labels, np.int32), np.int32(-1))  # block -1, outside, is in cell -1
    plan = Plan(
        topology=topology,
        labels=cell[:-1],
        workload=np.asarray(workload, np.float64),
        deviation=np.asarray(deviation, np.float64),
        exclusive=np.asarray(exclusive, bool),
        cost_factor=cost_factor,
        left=cell[topology.edge_left],
        right=cell[topology.edge_right],
        barrier=np.zeros(len(topology.edge_left), bool) if barrier is None else np.asarray(barrier, bool),
        across=across,
        unit=np.full(topology.blocks, -1, np.int32) if unit is None else np.asarray(unit, np.int32),
    )
    return {key: metric.compute(plan) for key, metric in METRICS.items()}


def versions() -> dict[str, int]:
    """Version of each metric, stored with each plan."""
    return {key: metric.version for key, metric in METRICS.items()}
