"""Barriers and base units in the whole pipeline: what is crossed or split, and what is said of it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding import BoundaryLines, BuildParams, LineKind, build_cells
from gridding.adjacency import block_graph
from gridding.barrier_words import cells_across
from gridding.barriers import BARRED, BRIDGED, OPEN, find_barriers
from gridding.blocks import make_blocks
from gridding.build import BuildResult
from gridding.types import BaseUnits
from tests.gridding.test_build import LAT, LON, STEP, metres, streets

SIDE = 9
OUTLINE = shapely.box(LON + 0.4 * STEP, LAT + 0.4 * STEP, LON + (SIDE - 0.4) * STEP, LAT + (SIDE - 0.4) * STEP)


def with_line(lines: BoundaryLines, coords: list[tuple[float, float]], kind: LineKind) -> BoundaryLines:
    """One more line."""
    return BoundaryLines(
        np.concatenate([lines.coords, coords]),
        np.append(lines.offsets, lines.offsets[-1] + len(coords)),
        np.append(lines.kind, np.int8(kind)),
    )


def river_town(north: float, kind: LineKind = LineKind.RIVER) -> tuple[BoundaryLines, np.ndarray, np.ndarray]:
    """Streets, a river across the middle, and entities: so much of the work north of the river."""
    rng = np.random.default_rng(4)
    y = LAT + 4.53 * STEP
    lines = with_line(streets(SIDE, rng), [(LON - STEP, y), (LON + (SIDE + 1) * STEP, y)], kind)
    points = rng.uniform([LON + 0.5 * STEP, LAT + 0.5 * STEP], [LON + 8.5 * STEP, LAT + 8.5 * STEP], (900, 2))
    above = points[:, 1] > y
    hours = np.where(above, north / above.sum(), (1 - north) / (~above).sum())
    return lines, points, hours


def build(
    town: tuple[BoundaryLines, np.ndarray, np.ndarray], cells: int, units: BaseUnits | None = None, **more: object
) -> BuildResult:
    return build_cells(OUTLINE, *town, BuildParams(cells=cells, tolerance=0.05, **more), metres, base_units=units)


def rules(result: BuildResult) -> list[str]:
    return [f.rule for f in result.findings if f.rule.startswith(("barrier", "base_unit"))]


def inside_m(result: BuildResult, y: float = LAT + 4.53 * STEP) -> float:
    """Degrees of the river's line inside cells rather than between them."""
    line = shapely.LineString([(LON, y), (LON + SIDE * STEP, y)])
    shrunk = shapely.buffer(result.cells, -STEP / 100)
    return float(shapely.length(shapely.intersection(shrunk, line)).sum())


@pytest.mark.parametrize("kind", [LineKind.RIVER, LineKind.BARRIER])
def test_no_cell_crosses_a_river_with_whole_cells_on_both_banks(kind: LineKind) -> None:
    kinds = (LineKind.RIVER,) if kind is LineKind.RIVER else ()
    result = build(river_town(0.4, kind), 5, barrier_kinds=kinds)
    assert inside_m(result) == 0
    assert rules(result) == []
    assert result.metrics["max_abs_deviation"] <= 0.05


def test_a_river_is_no_barrier_unless_it_is_declared_one() -> None:
    assert inside_m(build(river_town(0.5), 5)) > 0
    assert rules(build(river_town(0.5), 5)) == []


def test_a_crossing_that_must_be_says_where_and_why() -> None:
    result = build(river_town(0.5), 5, barrier_kinds=(LineKind.RIVER,))
    told = [f for f in result.findings if f.rule == "barrier.crossed"]
    assert len(told) == 1 == result.metrics["cells_across_barriers"]
    assert result.metrics["barrier_inside_m"] > 0
    assert told[0].where in result.codes
    assert "both sides of a river" in told[0].message
    assert "work for 2.50 cells" in told[0].message
    assert "16.7% off" in told[0].message  # 2.5 in 3 cells
    assert "2.50 个网格" in told[0].message_zh
    assert told[0].at is not None
    assert abs(told[0].at[1] - (LAT + 4.53 * STEP)) < 1e-6
    cell = result.cells[result.codes.index(told[0].where)]
    assert cell.buffer(1e-7).contains(shapely.Point(told[0].at))
    assert result.tiling.exact
    assert result.metrics["contiguous_cells"] == 5


def test_a_bank_with_too_little_work_joins_across_the_river() -> None:
    result = build(river_town(0.06), 4, barrier_kinds=(LineKind.RIVER,))
    told = [f for f in result.findings if f.rule == "barrier.crossed"]
    assert len(told) == 1
    assert "has work for 0.24 of a cell only" in told[0].message


def test_bridges_that_count_let_cells_over() -> None:
    blocks = make_blocks(OUTLINE, river_town(0.4)[0], metres)
    graph = block_graph(blocks.topology)
    barriers = find_barriers(blocks.topology, graph, (LineKind.RIVER,))
    assert barriers is not None
    on_river = graph.border_kind == LineKind.RIVER
    assert (barriers.state[on_river] == BRIDGED).sum() > 0
    assert (barriers.state[~on_river] == OPEN).all()
    # without streets there is a river and no bridge
    bare = with_line(
        BoundaryLines(np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int8)),
        [(LON - STEP, LAT + 4.5 * STEP), (LON + 10 * STEP, LAT + 4.5 * STEP)], LineKind.RIVER,
    )  # fmt: skip
    two = make_blocks(OUTLINE, bare, metres)
    alone = find_barriers(two.topology, block_graph(two.topology), (LineKind.RIVER,))
    assert alone is not None
    assert alone.state.tolist() == [BARRED]
    result = build(river_town(0.5), 5, barrier_kinds=(LineKind.RIVER,), bridges_count=True)
    assert rules(result) == []


def quarters(split: float = 4.5) -> BaseUnits:
    """Four communities, whose borders lie on no street."""
    x, y = LON + split * STEP, LAT + 4.5 * STEP
    west, south, east, north = LON, LAT, LON + SIDE * STEP, LAT + SIDE * STEP
    areas = [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]
    polygons = np.empty(4, dtype=object)
    polygons[:] = [shapely.box(*a) for a in areas]
    return BaseUnits(polygons, ("01", "02", "03", "04"), ("Willow", "Elm", "Oak", ""))


def even_town() -> tuple[BoundaryLines, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    points = rng.uniform([LON + 0.5 * STEP, LAT + 0.5 * STEP], [LON + 8.5 * STEP, LAT + 8.5 * STEP], (800, 2))
    return streets(SIDE, rng), points, np.ones(800)


def test_whole_communities_become_cells_where_they_fit() -> None:
    town = even_town()
    result = build(town, 2, quarters(), base_units_rule="prefer")
    assert rules(result) == []
    for area in quarters().polygons:
        held = [
            shapely.intersection(cell, area).area / shapely.intersection(OUTLINE, area).area for cell in result.cells
        ]
        assert max(held) == pytest.approx(1, abs=1e-6)


def test_split_communities_are_named_with_their_shares() -> None:
    result = build(even_town(), 3, quarters(), base_units_rule="prefer")
    told = [f for f in result.findings if f.rule == "base_unit.split"]
    assert 1 <= len(told) <= 2
    assert all(f.where in {"Willow", "Elm", "Oak", "04"} for f in told)
    assert all(sum(f.details["share_of_work"].values()) == pytest.approx(1, abs=1e-3) for f in told)
    assert result.metrics["base_units_split"] == len(told)
    assert all(f.where in f.message and f.where in f.message_zh for f in told)
    assert result.metrics["max_abs_deviation"] <= 0.05


def test_kept_communities_say_what_they_cost() -> None:
    result = build(even_town(), 3, quarters(), base_units_rule="keep")
    told = [f for f in result.findings if f.rule.startswith("base_unit")]
    assert [f.rule for f in told] == ["base_unit.balance"]
    assert told[0].value == pytest.approx(result.metrics["max_abs_deviation"], abs=1e-6)
    assert set(told[0].details["heavy"]) <= {"Willow", "Elm", "Oak", "04"}


def test_cells_across_counts_no_strips() -> None:
    """A strip of land between two barriers, without work: it belongs to its neighbours, and nobody crosses."""
    rng = np.random.default_rng(4)
    lines = streets(SIDE, rng)
    for y in (4.3, 4.8):
        lines = with_line(lines, [(LON - STEP, LAT + y * STEP), (LON + 10 * STEP, LAT + y * STEP)], LineKind.EXPRESSWAY)
    points = rng.uniform([LON + 0.5 * STEP, LAT + 0.5 * STEP], [LON + 8.5 * STEP, LAT + 8.5 * STEP], (900, 2))
    points = points[np.abs(points[:, 1] - LAT - 4.55 * STEP) > 0.25 * STEP]
    above = points[:, 1] > LAT + 4.5 * STEP
    hours = np.where(above, 0.5 / above.sum(), 0.5 / (~above).sum())
    result = build((lines, points, hours), 4, barrier_kinds=(LineKind.EXPRESSWAY,))
    assert rules(result) == ["barrier.strips"]
    barriers = find_barriers(result.blocks.topology, result.graph, (LineKind.EXPRESSWAY,))
    assert barriers is not None
    across = cells_across(result.graph, barriers, False, result.labels, result.block_workload, result.exclusive)
    assert len(across.cells) == 0
    assert across.strip.sum() == 1
