"""The pipeline that draws the cells of a territory: lines -> blocks -> workload -> cells -> proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.adjacency import block_graph
from gridding.blocks import cell_borders, make_blocks
from gridding.codes import DEFAULT_LAYOUT, CodeLayout, cell_codes, keep_codes, number_cells
from gridding.compare import PlanChange, compare_plans
from gridding.constraints import check_cells, told_once
from gridding.draw import draw_cells
from gridding.empty_places import places_without_streets
from gridding.errors import Infeasible
from gridding.exclusive import exclusive_groups, with_outlines
from gridding.findings import Finding, gravest_first
from gridding.guides import Guides, unit_areas
from gridding.keep import PresentPlan, kept_plan
from gridding.locate import CellLocator
from gridding.metrics import evaluate
from gridding.naming import in_codes
from gridding.points import check_points, none_inside, points_outside
from gridding.redraw_words import redraw_findings, without_locked
from gridding.tally import tally
from gridding.tiling import check_tiling
from gridding.types import (
    BaseUnits,
    BlockGraph,
    Blocks,
    BoundaryLines,
    BuildParams,
    FloatArray,
    GeometryArray,
    Int32Array,
    IntArray,
    LineKind,
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
        exclusive: (k,) bool, cells that were declared to be cells of their own.
        entities: (k,) number of points in each cell, by the border rule.
        area_m2: (k,) area.
        cell_of_point: (n,) index of the cell of each input point, -1 outside the territory.
        blocks, graph: the blocks and their adjacency.
        labels: (blocks,) index of each block's cell.
        block_workload: (blocks,) workload of each block.
        borders: (left, right, kind, length in metres, line in degrees) per pair of cells and kind, left < right.
        partition: what the partition engine reported.
        lower_bound: no plan has a smaller largest deviation than this; 0.0 where nothing is proved.
        tiling: the proof that the cells tile the outline.
        metrics: key -> value, see ``gridding.metrics``.
        findings: everything a planner should know, gravest first.
        locked: (k,) bool, cells that were locked: outside the ideal, like exclusive ones, but their deviation is told.
        change: what became of the cells of the plan in force; None without one.
    """

    cells: GeometryArray
    codes: tuple[str, ...]
    workload: FloatArray
    deviation: FloatArray
    exclusive: NDArray[np.bool_]
    entities: IntArray
    area_m2: FloatArray
    cell_of_point: Int32Array
    blocks: Blocks
    graph: BlockGraph
    labels: Int32Array
    block_workload: FloatArray
    borders: tuple[tuple[int, int, LineKind, float, Any], ...]
    partition: PartitionResult
    lower_bound: float
    tiling: TilingReport
    metrics: dict[str, float]
    findings: tuple[Finding, ...]
    locked: NDArray[np.bool_]
    change: PlanChange | None = None


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
    present: PresentPlan | None = None,
    base_units: BaseUnits | None = None,
    on_progress: Progress | None = None,
    allow_empty: bool = False,
    layout: CodeLayout = DEFAULT_LAYOUT,
) -> BuildResult:
    """Draw ``params.cells`` balanced, connected cells that tile the outline.

    Args:
        outline: polygon or multipolygon in degrees (EPSG:4490).
        lines: boundary lines; parts outside the outline are ignored. Cells cross barriers (lines of kind BARRIER and of
            ``params.barrier_kinds``) only where they must.
        points: (n, 2) longitude and latitude of the entities; NaN = unlocated.
        workload: (n,) workload of each entity, hours a year, >= 0.
        params: cells, tolerance, seed and the settings of the topology.
        to_metres: projection in which lengths and areas are measured.
        station_code: prefix of the cell codes.
        exclusive: polygons (markets) that become cells of their own, outside the ideal workload.
        present: the plan in force: a cell that keeps most of its entities keeps its code; where it names its cells, as
            little as possible changes, and locked cells stay as they are. Without it cells are numbered west to east,
            then north to south.
        base_units: communities: what becomes of them is said by ``params.base_units_rule``.
        on_progress: told each stage as it begins.
        allow_empty: a territory without any entity is divided too, rather than refused.
        layout: of the codes; cell numbers get more digits where there are more cells than it has room for.

    Raises:
        GeometryError: input that cannot be used.
        Infeasible: more cells than blocks; the message says how many are possible.
    """
    tell = on_progress or (lambda stage: None)
    points, workload = check_points(points, workload, allow_none=allow_empty)
    locked = present.locked_cells() if present is not None else ()

    tell("topology")
    blocks = make_blocks(
        outline,
        with_outlines(lines, (*exclusive, *unit_areas(base_units, params), *locked)),
        to_metres,
        points=points[np.isfinite(points).all(axis=1)],
        sliver_m2=params.sliver_m2,
        dangle_snap_m=params.dangle_snap_m,
        held=locked,
    )
    graph = block_graph(blocks.topology, params.cost_factor)
    guides = Guides.of(blocks, graph, base_units, params)
    graph = guides.costs(graph, params)
    block_of_point = CellLocator(blocks.polygons).locate(points[:, 0], points[:, 1])
    if not allow_empty and not (block_of_point >= 0).any():
        raise Infeasible(none_inside(points, blocks.outline))

    tell("partition")
    kept = None
    if present is not None:
        kept = kept_plan(blocks.polygons, graph, block_of_point, workload, present, params.cells, params.tolerance)
    drawn = draw_cells(
        blocks,
        graph,
        points,
        workload,
        block_of_point,
        params,
        exclusive=exclusive_groups(blocks.polygons, exclusive),
        centres=_centres(blocks.polygons, to_metres),
        codes=lambda cells, cell_of_point: _codes(
            cells, cell_of_point, workload, station_code, present, to_metres, layout
        ),
        guides=guides,
        kept=kept,
    )
    partition, cells, codes, labels = drawn.partition, drawn.cells, drawn.codes, drawn.labels
    block_workload, block_of_point, cell_of_point = drawn.block_workload, drawn.block_of_point, drawn.cell_of_point
    cell_workload, exclusive_cells, deviation = drawn.workload, drawn.exclusive, drawn.deviation

    tell("proof")
    tiling = check_tiling(blocks.outline, cells, to_metres)
    area_m2 = tally(labels, blocks.topology.block_area_m2, len(cells))
    borders = tuple(cell_borders(blocks.topology, labels))
    metrics = evaluate(
        blocks.topology, labels, cell_workload, deviation, exclusive_cells | drawn.locked, params.cost_factor,
        **guides.measured(graph, labels, block_workload, exclusive_cells, params),
    )  # fmt: skip
    change = None
    if present is not None:
        now = np.append(np.array(codes, dtype=object), "")[cell_of_point]
        change = compare_plans(present.code_of_point, now, workload, old_codes=present.codes, new_codes=codes)
    misses = without_locked(
        in_codes(partition.findings, drawn.code_of_label, lambda block: _place(blocks.polygons[block])),
        {code for code, fixed in zip(codes, drawn.locked, strict=True) if fixed},
    )
    checks = check_cells(
        graph,
        labels,
        blocks.topology.block_part,
        deviation,
        exclusive_cells | drawn.locked,
        params.tolerance,
        codes,
        cells,
    )
    findings = (
        *places_without_streets(
            blocks, labels, block_workload, block_of_point, points, codes, deviation, params.tolerance
        ),
        *points_outside(points, cell_of_point),
        *blocks.findings,
        *guides.findings(
            blocks,
            graph,
            labels,
            block_workload,
            deviation,
            exclusive_cells,
            params,
            codes,
            partition.lower_bound,
            lambda block: _place(blocks.polygons[block]),
        ),
        *(told_once(misses, checks) if partition.giant.any() else (*misses, *checks)),
        *redraw_findings(change, kept, codes, deviation, drawn.locked, params.tolerance, partition),
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
        lower_bound=partition.giant_bound if partition.giant.any() else partition.lower_bound,
        tiling=tiling,
        metrics=metrics,
        findings=gravest_first(findings),
        locked=drawn.locked,
        change=change,
    )


def _codes(
    cells: GeometryArray,
    cell_of_point: Int32Array,
    workload: FloatArray,
    station_code: str,
    present: PresentPlan | None,
    to_metres: Projection,
    layout: CodeLayout,
) -> tuple[str, ...]:
    """Code of each cell, in the order of the labels."""
    needed = len(str(layout.first + len(cells) - 1))
    layout = replace(layout, cell_digits=max(layout.cell_digits, needed))
    if present is None:
        order = number_cells(_centres(cells, to_metres))
        fresh = cell_codes(station_code, len(cells), layout)
        return tuple(fresh[i] for i in np.argsort(order))
    # a place in each old cell counts a little, so that cells without entities keep their codes too
    inner = shapely.point_on_surface(present.cells)
    within = CellLocator(cells).locate(shapely.get_x(inner), shapely.get_y(inner))
    return keep_codes(
        np.concatenate([np.asarray(present.code_of_point, str), np.asarray(present.codes, str)]),
        np.concatenate([cell_of_point, within]),
        len(cells),
        station_code=station_code,
        workload=np.concatenate([workload, np.zeros(len(within))]),
        used_codes=(*present.used_codes, *present.codes),
        layout=layout,
    )


def _centres(polygons: GeometryArray, to_metres: Projection) -> FloatArray:
    """(n, 2) centroids in metres."""
    centroid = shapely.centroid(polygons)
    return np.column_stack(to_metres(shapely.get_x(centroid), shapely.get_y(centroid)))


def _place(polygon: Any) -> tuple[float, float]:
    """Longitude and latitude of a point inside a polygon."""
    inner = shapely.point_on_surface(polygon)
    return round(float(inner.x), 7), round(float(inner.y), 7)
