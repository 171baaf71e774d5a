"""The integrity gate: what a plan must satisfy before it can be submitted, re-proved from what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import shapely

from geo_api.services.plan_store import PlanContent, PlanStore
from geo_api.services.sub_areas import sub_areas_outside
from geo_api.supervision.officers import staffing_findings
from gridding.findings import Finding, Severity
from gridding.redraw_words import lock_deviation
from gridding.tally import deviation_from_ideal
from gridding.tiling import check_tiling
from layers.crs import local_metres

BALANCE = "gate.balance"
"""The one rule that an approver may waive."""

MOVED_M = 0.05
"""A plan's outline may differ from the station's by no more than this (snapping moves it by up to a centimetre)."""

METRES_PER_DEGREE = 111_320.0


def check_plan(store: PlanStore, plan_id: int, *, on: date | None = None) -> tuple[Finding, ...]:
    """Every finding of the integrity gate; errors refuse the submission.

    Raises:
        NotFound: no such plan.
    """
    day = on or store.today(store.summary(plan_id).station_code)
    return gate_findings(store.content(plan_id, day))


def gate_findings(plan: PlanContent) -> tuple[Finding, ...]:
    """Tiling, contiguity, balance, every entity in one cell, workload conserved, staffing, parts of cells."""
    return (
        *_tiling(plan),
        *_outline(plan),
        *_contiguity(plan),
        *_balance(plan),
        *_entities(plan),
        *_conserved(plan),
        *staffing_findings(plan.codes, (*plan.duties, *plan.proposed), fewest=plan.fewest_officers),
        *sub_areas_outside("gate.sub_area", plan.sub_areas, plan.codes, plan.polygons),
    )


def _tiling(plan: PlanContent) -> Iterator[Finding]:
    report = check_tiling(plan.outline, plan.polygons, local_metres(plan.outline.bounds))
    if report.exact:
        return
    yield Finding(
        "gate.tiling",
        Severity.ERROR,
        f"the cells do not tile the station: {report.gap_area_m2:.3f} m2 in no cell, {report.overlap_area_m2:.3f} m2 "
        "in more than one: build the plan again",
        f"网格未能完整覆盖辖区：空白 {report.gap_area_m2:.3f} 平方米，重叠 {report.overlap_area_m2:.3f} 平方米",
        where=plan.station_code,
        value=report.gap_area_m2 + report.overlap_area_m2,
        limit=0.0,
        unit="m2",
    )
    yield from report.findings


def _outline(plan: PlanContent) -> Iterator[Finding]:
    """The plan covers the station as it is now; spikes narrower than ``MOVED_M``, lost in snapping, do not count."""
    differs = shapely.symmetric_difference(plan.outline, plan.station_outline)
    wide = shapely.get_parts(shapely.buffer(differs, -MOVED_M / 2 / METRES_PER_DEGREE))
    wide = wide[~shapely.is_empty(wide)]
    if not len(wide):
        return
    place = shapely.point_on_surface(wide[np.argmax(shapely.area(wide))])
    lon, lat = float(place.x), float(place.y)
    x, y = local_metres(plan.outline.bounds)(*shapely.get_coordinates(differs).T)
    area_m2 = float(shapely.area(shapely.transform(differs, lambda _: np.column_stack([x, y]))))
    yield Finding(
        "gate.outline_moved",
        Severity.ERROR,
        f"the outline of station {plan.station_code} has moved since the plan was built: {area_m2:.1f} m2 lie in only one "
        f"of the two, most of it around {lon:.6f}, {lat:.6f}: build the plan again",
        f"监管所 {plan.station_code} 的边界在方案生成后有变动，涉及 {area_m2:.1f} 平方米，主要在（{lon:.6f}，{lat:.6f}）附近，请重新生成",
        where=plan.station_code,
        value=area_m2,
        limit=0.0,
        unit="m2",
        at=(lon, lat),
    )


def _contiguity(plan: PlanContent) -> Iterator[Finding]:
    """A cell is connected within each part of the territory: its parts lie in different parts of the outline."""
    parts, cell = shapely.get_parts(plan.polygons, return_index=True)
    grounds = shapely.get_parts(plan.outline)
    inside, ground = shapely.STRtree(grounds).query(shapely.point_on_surface(parts), predicate="intersects")
    pairs = np.stack([cell[inside], ground], axis=1)
    unique, count = np.unique(pairs, axis=0, return_counts=True)
    for index in np.unique(unique[count > 1, 0]).tolist():
        place = shapely.point_on_surface(parts[np.flatnonzero(cell == index)[-1]])
        yield Finding(
            "gate.contiguity",
            Severity.ERROR,
            f"cell {plan.codes[index]} is in pieces: build the plan again",
            f"网格 {plan.codes[index]} 不连通",
            where=plan.codes[index],
            at=(float(place.x), float(place.y)),
        )


def _balance(plan: PlanContent) -> Iterator[Finding]:
    """Exclusive and locked cells are outside the ideal; the deviation of a locked one is told, nobody has to waive it."""
    deviation = deviation_from_ideal(plan.workload, plan.exclusive, plan.locked)
    missed = np.abs(deviation) > plan.tolerance + 1e-12
    for index in np.flatnonzero(missed & plan.locked).tolist():
        yield lock_deviation(plan.codes[index], float(deviation[index]), plan.tolerance)
    for index in np.flatnonzero(missed & ~plan.locked).tolist():
        place = shapely.point_on_surface(plan.polygons[index])
        yield Finding(
            BALANCE,
            Severity.ERROR,
            f"the workload of cell {plan.codes[index]} deviates by {deviation[index]:+.1%} from the ideal, "
            f"{plan.tolerance:.1%} is allowed: the approver may waive it with a reason",
            f"网格 {plan.codes[index]} 的工作量偏差为 {deviation[index]:+.1%}，允许 {plan.tolerance:.1%}，批准人可说明理由后豁免",
            where=plan.codes[index],
            value=float(deviation[index]),
            limit=plan.tolerance,
            unit="fraction",
            at=(float(place.x), float(place.y)),
        )


def _entities(plan: PlanContent) -> Iterator[Finding]:
    for entity_id, lon, lat in plan.points_outside_cells:
        yield Finding(
            "gate.entity_in_no_cell",
            Severity.ERROR,
            f"entity {entity_id} lies in the station but in no cell of the plan: build the plan again",
            f"市场主体 {entity_id} 在辖区内但不属于任何网格",
            where=str(entity_id),
            at=(lon, lat),
        )


def _conserved(plan: PlanContent) -> Iterator[Finding]:
    cells, blocks = float(plan.workload.sum()), float(plan.block_workload.sum())
    if abs(cells - blocks) > 1e-6 * max(1.0, blocks):
        yield Finding(
            "gate.workload",
            Severity.ERROR,
            f"the cells hold {cells:.3f} hours of work a year, their blocks {blocks:.3f}: build the plan again",
            f"网格工作量合计 {cells:.3f} 小时，基本单元合计 {blocks:.3f} 小时，不一致",
            where=plan.station_code,
            value=cells,
            limit=blocks,
            unit="hours_per_year",
        )
