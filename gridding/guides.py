"""What guides the borders of cells beside the cost of lines: barriers and base units, with what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridding.barrier_words import barrier_findings, cells_across
from gridding.barriers import Barriers, find_barriers
from gridding.base_units import IGNORE, KEEP, partition_units
from gridding.exclusive import exclusive_groups
from gridding.findings import Finding
from gridding.partition import partition_graph
from gridding.types import BaseUnits, BlockGraph, Blocks, BuildParams, FloatArray, Int32Array, PartitionResult
from gridding.unit_words import kept_findings, unit_findings

Place = Callable[[int], tuple[float, float]]


def unit_areas(units: BaseUnits | None, params: BuildParams) -> tuple[Any, ...]:
    """Polygons whose outlines are boundary lines too: base units, unless they are ignored."""
    return () if units is None or params.base_units_rule == IGNORE else tuple(units.polygons)


@dataclass(frozen=True, slots=True)
class Guides:
    """Barriers and base units of a block graph.

    Attributes:
        barriers: which borders lie on barriers, None = there are none.
        units: base units, None = there are none.
        unit: (blocks,) base unit of each block, -1 = none; None without base units.
    """

    barriers: Barriers | None = None
    units: BaseUnits | None = None
    unit: Int32Array | None = None

    @classmethod
    def of(cls, blocks: Blocks, graph: BlockGraph, units: BaseUnits | None, params: BuildParams) -> Guides:
        """What guides the cells of these blocks."""
        barriers = find_barriers(blocks.topology, graph, params.barrier_kinds)
        if units is None or not len(units.codes):
            return cls(barriers)
        return cls(barriers, units, exclusive_groups(blocks.polygons, tuple(units.polygons)))

    def costs(self, graph: BlockGraph, params: BuildParams) -> BlockGraph:
        """The graph with borders that are borders of base units cheaper, others dearer; the same under ``ignore``."""
        if self.unit is None or params.base_units_rule == IGNORE:
            return graph
        between = self.unit[graph.pairs[:, 0]] != self.unit[graph.pairs[:, 1]]
        return replace(
            graph, border_cost=graph.border_cost * np.where(between, params.on_unit_border, params.off_unit_border)
        )

    def open_borders(self, graph: BlockGraph, params: BuildParams) -> BlockGraph:
        """The graph without the borders that no cell may cross: those on barriers."""
        if self.barriers is None:
            return graph
        free = np.asarray(self.barriers.closed(params.bridges_count)) == 0
        return BlockGraph(
            graph.pairs[free], graph.border_length_m[free], graph.border_cost[free], graph.border_kind[free]
        )

    def divide(self, graph: BlockGraph, workload: FloatArray, params: BuildParams, **options: Any) -> PartitionResult:
        """Blocks to cells with regard to both; options as of :func:`gridding.partition.partition_graph`."""
        request = (graph.pairs, graph.border_length_m, graph.border_cost, workload, params.cells)
        if self.barriers is not None:
            options["barrier"] = self.barriers.closed(params.bridges_count)
        if self.unit is None or self.units is None or params.base_units_rule == IGNORE:
            return partition_graph(*request, **options)
        return partition_units(*request, self.unit, params.base_units_rule, names=self.units.called, **options)

    def measured(
        self,
        graph: BlockGraph,
        labels: Int32Array,
        workload: FloatArray,
        exclusive: NDArray[np.bool_],
        params: BuildParams,
    ) -> dict[str, Any]:
        """What :func:`gridding.metrics.evaluate` is told of barriers and base units; arguments as of ``findings``."""
        found: dict[str, Any] = {"unit": self.unit}
        if self.barriers is not None:
            across = cells_across(graph, self.barriers, params.bridges_count, labels, workload, exclusive)
            found |= {"barrier": self.barriers.edge, "across": len(across.cells)}
        return found

    def findings(
        self,
        blocks: Blocks,
        graph: BlockGraph,
        labels: Int32Array,
        workload: FloatArray,
        deviation: FloatArray,
        exclusive: NDArray[np.bool_],
        params: BuildParams,
        codes: Sequence[str],
        bound: float,
        place: Place,
    ) -> list[Finding]:
        """Where cells cross barriers and why, which base units are split, or what keeping them whole costs.

        Args:
            blocks, graph: what was divided.
            labels: (blocks,) cell, in the order of the codes.
            workload: (blocks,).
            deviation: (cells,) signed fraction.
            exclusive: (cells,) bool, outside the balance.
            params: settings.
            codes: (cells,) cell codes.
            bound: proved lower bound of the largest deviation.
            place: longitude and latitude of a block.
        """
        found: list[Finding] = []
        if self.barriers is not None:
            found += barrier_findings(
                blocks.topology, graph, self.barriers, params.bridges_count, labels, workload, exclusive,
                params.tolerance, codes, self.called(),
            )  # fmt: skip
        if self.unit is not None and self.units is not None and params.base_units_rule != IGNORE:
            found += unit_findings(self.unit, labels, workload, codes, self.units.called, place)
            if params.base_units_rule == KEEP:
                found += kept_findings(
                    self.unit, labels, workload, deviation, ~exclusive, params.tolerance, bound, codes,
                    self.units.called,
                )  # fmt: skip
        return found

    def called(self) -> Callable[[int], str]:
        """Name of the base unit of a block, "" = none."""
        unit, units = self.unit, self.units
        if unit is None or units is None:
            return lambda block: ""
        return lambda block: units.called(int(unit[block])) if unit[block] >= 0 else ""
