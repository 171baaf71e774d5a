"""The whole pipeline: tiling, contiguity, conservation, one cell per point, codes, exclusive cells, determinism."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding import BoundaryLines, BuildParams, Infeasible, LineKind, build_cells
from gridding.build import BuildResult, PresentPlan

LON, LAT, STEP = 114.5, 30.6, 0.001


def metres(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A local equirectangular projection, good enough for a few kilometres."""
    return (np.asarray(lon) - LON) * 95_800.0, (np.asarray(lat) - LAT) * 110_900.0


def streets(n: int, rng: np.random.Generator) -> BoundaryLines:
    """n + 1 crooked streets each way, not split at their crossings."""
    side = np.arange(n + 1) * STEP
    x, y = np.meshgrid(LON + side, LAT + side, indexing="ij")
    grid = np.stack([x + rng.normal(0, STEP / 10, x.shape), y + rng.normal(0, STEP / 10, y.shape)], -1)
    lines = [*grid, *grid.transpose(1, 0, 2)]
    return BoundaryLines(
        coords=np.concatenate(lines),
        offsets=np.arange(len(lines) + 1) * (n + 1),
        kind=np.where(np.arange(len(lines)) % 4 == 0, LineKind.MAIN, LineKind.LOCAL).astype(np.int8),
    )


def town(seed: int, n: int = 9, entities: int = 300) -> tuple[shapely.Polygon, BoundaryLines, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    outline = shapely.box(LON + 0.4 * STEP, LAT + 0.4 * STEP, LON + (n - 0.4) * STEP, LAT + (n - 0.4) * STEP)
    low, high = np.array([LON, LAT]), np.array([LON, LAT]) + n * STEP  # a few entities lie outside
    return outline, streets(n, rng), rng.uniform(low, high, (entities, 2)), rng.choice([1.0, 2.0, 6.0, 12.0], entities)


def build(seed: int, cells: int, **more: object) -> BuildResult:
    outline, lines, points, hours = town(seed)
    params = BuildParams(cells=cells, tolerance=0.05, rng_seed=seed)
    return build_cells(outline, lines, points, hours, params, metres, station_code="990101001", **more)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cells=st.integers(1, 8))
def test_every_build_holds_the_three_definite_things(seed: int, cells: int) -> None:
    _outline, _lines, points, hours = town(seed)
    result = build(seed, cells)
    assert result.tiling.exact
    assert len(result.cells) == len(set(result.codes)) == cells
    assert list(result.codes) == sorted(result.codes)
    assert result.metrics["contiguous_cells"] == cells
    inside = result.cell_of_point >= 0
    assert result.workload.sum() == pytest.approx(hours[inside].sum())
    assert result.block_workload.sum() == pytest.approx(hours[inside].sum())
    assert result.entities.sum() == inside.sum()
    covering = shapely.covers(result.cells[:, None], shapely.points(points)[None, :])
    assert (np.where(covering.any(0), covering.argmax(0), -1) == result.cell_of_point).all()
    assert result.area_m2.sum() == pytest.approx(result.blocks.topology.block_area_m2.sum())
    missed = np.abs(result.deviation).max() > 0.05 + 1e-9
    assert missed == any(f.rule == "balance.deviation" for f in result.findings)


def test_order_of_input_does_not_matter() -> None:
    outline, lines, points, hours = town(3)
    rng = np.random.default_rng(1)
    line_order, point_order = rng.permutation(len(lines.kind)), rng.permutation(len(points))
    pieces = np.split(lines.coords, lines.offsets[1:-1])
    shuffled = BoundaryLines(
        coords=np.concatenate([pieces[i][:: rng.choice([-1, 1])] for i in line_order]),
        offsets=np.concatenate([[0], np.cumsum([len(pieces[i]) for i in line_order])]),
        kind=lines.kind[line_order],
    )
    params = BuildParams(cells=5, rng_seed=3)
    one = build_cells(outline, lines, points, hours, params, metres)
    two = build_cells(outline, shuffled, points[point_order], hours[point_order], params, metres)
    assert shapely.to_wkb(one.cells).tolist() == shapely.to_wkb(two.cells).tolist()
    assert (one.cell_of_point[point_order] == two.cell_of_point).all()


def test_same_seed_same_cells_other_seed_may_differ() -> None:
    assert shapely.to_wkb(build(4, 6).cells).tolist() == shapely.to_wkb(build(4, 6).cells).tolist()


def test_market_is_a_cell_of_its_own_outside_the_ideal() -> None:
    outline, lines, points, hours = town(5)
    market = shapely.box(LON + 3.2 * STEP, LAT + 3.2 * STEP, LON + 4.6 * STEP, LAT + 4.4 * STEP)
    stalls = np.random.default_rng(2).uniform(
        [market.bounds[0], market.bounds[1]], [market.bounds[2], market.bounds[3]], (200, 2)
    )
    points, hours = np.concatenate([points, stalls]), np.concatenate([hours, np.full(200, 12.0)])
    result = build_cells(outline, lines, points, hours, BuildParams(cells=5), metres, exclusive=(market,))
    assert result.exclusive.sum() == 1
    cell = result.cells[result.exclusive][0]
    assert shapely.symmetric_difference(cell, market).area < 1e-9 * market.area + 1e-12
    assert result.tiling.exact
    assert np.abs(result.deviation).max() <= 0.03
    assert (result.cell_of_point[-200:] == np.flatnonzero(result.exclusive)[0]).all()


def test_a_market_in_two_pieces_is_cut_out_whole() -> None:
    outline, lines, points, hours = town(5)
    halves = [
        shapely.box(LON + x * STEP, LAT + 3.2 * STEP, LON + (x + 0.5) * STEP, LAT + 4.4 * STEP) for x in (3.2, 5.2)
    ]
    market = shapely.MultiPolygon(halves)
    result = build_cells(outline, lines, points, hours, BuildParams(cells=5), metres, exclusive=(market,))
    inner = shapely.point_on_surface(result.blocks.polygons)
    inside = shapely.covers(market, inner)
    assert shapely.union_all(result.blocks.polygons[inside]).area == pytest.approx(market.area, rel=1e-6)


def test_codes_stay_with_the_cells_that_keep_most() -> None:
    outline, lines, points, hours = town(6)
    first = build(6, 6)
    old = np.append(np.array(first.codes, dtype=object), "")[first.cell_of_point]
    grown = hours * np.where(points[:, 0] > LON + 4.5 * STEP, 1.5, 1.0)
    present = PresentPlan(old, first.codes)
    params = BuildParams(cells=6, tolerance=0.05, rng_seed=6)
    second = build_cells(outline, lines, points, grown, params, metres, station_code="990101001", present=present)
    assert list(second.codes) == sorted(second.codes)
    new = np.append(np.array(second.codes, dtype=object), "")[second.cell_of_point]
    for code in set(second.codes) & set(first.codes):
        shared = sum(hours[(old == code) & (new == code)])
        others = [sum(hours[(old == code) & (new == c)]) for c in second.codes if c != code]
        rivals = [sum(hours[(old == c) & (new == code)]) for c in first.codes if c != code]
        assert shared >= max(others) - 1e-9 or shared >= max(rivals) - 1e-9
    assert all(c not in first.codes for c in set(second.codes) - set(first.codes))


def test_unlocated_and_outside_entities_are_findings() -> None:
    outline, lines, points, hours = town(7)
    points = points.copy()
    points[:3] = np.nan
    result = build_cells(outline, lines, points, hours, BuildParams(cells=4), metres)
    rules = {f.rule: f for f in result.findings}
    assert rules["entity.unlocated"].value == 3
    outside = (result.cell_of_point < 0).sum() - 3
    assert rules["entity.outside"].value == outside > 0


def test_more_cells_than_blocks_says_how_many_are_possible() -> None:
    outline, lines, points, hours = town(8)
    with pytest.raises(Infeasible, match=r"1000 cells cannot be made of \d+ blocks"):
        build_cells(outline, lines, points, hours, BuildParams(cells=1000), metres)


def test_place_without_streets_is_named() -> None:
    outline, lines, points, hours = town(9, n=18, entities=600)
    pieces = np.split(lines.coords, lines.offsets[1:-1])
    middle = shapely.box(LON + 5 * STEP, LAT + 5 * STEP, LON + 13 * STEP, LAT + 13 * STEP)
    cut = [part for p in pieces for part in shapely.get_parts(shapely.difference(shapely.linestrings(p), middle))]
    coords, line = shapely.get_coordinates(cut, return_index=True)
    sparse = BoundaryLines(coords, np.concatenate([[0], np.cumsum(np.bincount(line))]), np.full(len(cut), 2, np.int8))
    result = build_cells(outline, sparse, points, hours, BuildParams(cells=6), metres)
    (found,) = [f for f in result.findings if f.rule == "block.no_streets"]
    assert middle.buffer(STEP).contains(shapely.Point(found.at))
    assert found.details["entities"] > 20
