"""The pipeline that draws the cells of one territory: lines -> blocks -> workload -> cells -> proof. Reads top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridding.adjacency import block_graph
from gridding.blocks import dissolve, make_blocks
from gridding.borders import cell_borders
from gridding.codes import cell_codes, number_cells
from gridding.constraints import check_cells
from gridding.empty_places import places_without_streets
from gridding.errors import GeometryError, Infeasible
from gridding.exclusive import exclusive_groups, with_outlines
from gridding.findings import Finding, Severity
from gridding.locate import CellLocator
from gridding.metrics import evaluate
from gridding.partition import partition_graph
from gridding.tally import tally
from gridding.tiling import check_tiling
from gridding.types import (
    BlockGraph,
    Blocks,
    BoundaryLines,
    BuildParams,
    FloatArray,
    GeometryArray,
    Int32Array,
    IntArray,
    PartitionResult,
    Projection,
    TilingReport,
)

Progress = Callable[[str], None]
"""Called with the name of each stage as it begins: topology, partition, proof."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """Cells of a territory, in the order of their codes, with the proof that they are right.

    Attributes:
        cells: (k,) polygons or multipolygons in degrees; they tile ``blocks.outline`` exactly.
        codes: (k,) cell codes, ascending.
        workload: (k,) workload of each cell in the unit of the input (hours a year).
        deviation: (k,) signed (workload - ideal) / ideal; 0 for exclusive cells, which are outside the ideal.
        exclusive: (k,) bool.
        entities: (k,) number of points in each cell, by the border rule.
        area_m2: (k,) area.
        cell_of_point: (n,) index of the cell of each input point, -1 outside the territory.
        blocks, graph: the blocks and their adjacency.
        labels: (blocks,) index of each block's cell.
        block_workload: (blocks,) workload of each block.
        borders: one row per pair of neighbouring cells and kind of line.
        partition: what the partition engine reported.
        tiling: the proof that the cells tile the outline.
        metrics: key -> value, see ``gridding.metrics``.
        findings: everything a planner should know, gravest first.
    """

    cells: GeometryArray
    codes: tuple[str, ...]
    workload: FloatArray
    deviation: FloatArray
    exclusive: np.ndarray
    entities: IntArray
    area_m2: FloatArray
    cell_of_point: Int32Array
    blocks: Blocks
    graph: BlockGraph
    labels: Int32Array
    block_workload: FloatArray
    borders: tuple[Any, ...]
    partition: PartitionResult
    tiling: TilingReport
    metrics: dict[str, float]
    findings: tuple[Finding, ...]


def build_cells(
    outline: Any,
    lines: BoundaryLines,
    points: FloatArray,
    workload: FloatArray,
    params: BuildParams,
    to_metres: Projection,
    *,
    station_code: str = "",
    exclusive: tuple[Any, ...] = (),
    kept_codes: Callable[[Int32Array], tuple[str, ...]] | None = None,
    on_progress: Progress | None = None,
) -> BuildResult:
    """Draw ``params.cells`` balanced, connected cells that tile the outline.

    Args:
        outline: polygon or multipolygon in degrees (EPSG:4490).
        lines: boundary lines; parts outside the outline are ignored.
        points: (n, 2) longitude and latitude of the entities; NaN = unlocated.
        workload: (n,) workload of each entity, hours a year, >= 0.
        params: cells, tolerance, seed and the settings of the topology.
        to_metres: projection in which lengths and areas are measured.
        station_code: prefix of the cell codes.
        exclusive: polygons (markets) that become cells of their own, outside the ideal workload.
        kept_codes: from (n,) new cell of each point to the codes of the new cells, for a redraw; default: numbered
            west to east, then north to south.
        on_progress: told each stage as it begins.

    Raises:
        GeometryError: input that cannot be used.
        Infeasible: more cells than blocks; the message says how many are possible.
    """
    tell = on_progress or (lambda stage: None)
    points, workload = _checked(points, workload)

    tell("topology")
    blocks = make_blocks(
        outline,
        with_outlines(lines, exclusive),
        to_metres,
        points=points[np.isfinite(points).all(axis=1)],
        sliver_m2=params.sliver_m2,
        dangle_snap_m=params.dangle_snap_m,
    )
    graph = block_graph(blocks.topology, params.cost_factor)
    block_of_point = CellLocator(blocks.polygons).locate(points[:, 0], points[:, 1])
    block_workload = tally(block_of_point, workload, blocks.topology.blocks)
    if not (block_of_point >= 0).any():
        raise Infeasible(_none_inside(points, blocks.outline))

    tell("partition")
    centres = np.column_stack(to_metres(*_centres(blocks.polygons)))
    partition = partition_graph(
        graph.pairs,
        graph.border_length_m,
        graph.border_cost,
        block_workload,
        params.cells,
        tolerance=params.tolerance,
        rng_seed=params.rng_seed,
        time_limit_s=params.time_limit_s,
        exclusive=exclusive_groups(blocks.polygons, exclusive),
        centres=centres,
    )

    tell("proof")
    polygons = dissolve(blocks.topology, partition.labels, partition.cells)
    order = number_cells(np.column_stack(to_metres(*_centres(polygons))))
    cells, exclusive_cells = polygons[order], partition.exclusive[order]
    labels = np.argsort(order)[partition.labels].astype(np.int32)
    cell_of_point = CellLocator(cells).locate(points[:, 0], points[:, 1])
    if kept_codes is None:
        codes = cell_codes(station_code, len(cells))
    else:
        codes, cells, exclusive_cells, labels, cell_of_point = _recoded(
            kept_codes(cell_of_point), cells, exclusive_cells, labels, points
        )
    cell_workload = tally(cell_of_point, workload, len(cells))
    deviation = _deviation(cell_workload, exclusive_cells)
    tiling = check_tiling(blocks.outline, cells, to_metres)
    area_m2 = np.bincount(labels, blocks.topology.block_area_m2, minlength=len(cells))
    borders = tuple(cell_borders(blocks.topology, labels))
    metrics = evaluate(blocks.topology, labels, cell_workload, deviation, exclusive_cells)
    findings = (
        *_points_outside(points, cell_of_point),
        *blocks.findings,
        *partition.findings,
        *places_without_streets(blocks, block_workload, block_of_point, params.cells),
        *check_cells(
            graph, labels, blocks.topology.block_part, deviation, exclusive_cells, params.tolerance, codes, cells
        ),
        *tiling.findings,
    )
    return BuildResult(
        cells=cells,
        codes=codes,
        workload=cell_workload,
        deviation=deviation,
        exclusive=exclusive_cells,
        entities=tally(cell_of_point, np.ones(len(points)), len(cells)).astype(np.int64),
        area_m2=area_m2,
        cell_of_point=cell_of_point,
        blocks=blocks,
        graph=graph,
        labels=labels,
        block_workload=block_workload,
        borders=borders,
        partition=partition,
        tiling=tiling,
        metrics=metrics,
        findings=_gravest_first(findings),
    )
