"""Generated cities are what the benchmarks say of them: skewed, un-noded, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding import BuildParams, LineKind, build_cells, make_blocks
from tests.benchmarks.city import city
from tests.benchmarks.graphs import of_city


@pytest.mark.parametrize("blocks", [200, 1_000, 5_000])
def test_a_city_has_about_the_blocks_asked_for(blocks: int) -> None:
    sizes = [of_city(blocks, seed).blocks for seed in (1, 2, 3)]
    assert np.mean(sizes) == pytest.approx(blocks, rel=0.2)


def test_the_same_city_for_the_same_seed() -> None:
    one, again, other = city(400, 7).territory, city(400, 7).territory, city(400, 8).territory
    assert one.lines.coords.tobytes() == again.lines.coords.tobytes()
    assert one.points.tobytes() == again.points.tobytes()
    assert one.workload.tobytes() == again.workload.tobytes()
    assert shapely.equals_exact(one.outline, again.outline)
    assert one.points.tobytes() != other.points.tobytes()


def test_a_city_is_as_skewed_as_real_ones() -> None:
    graph = of_city(5_000, 3)
    work = np.sort(graph.workload)[::-1]
    assert 0.12 < (work == 0).mean() < 0.45
    assert work[: graph.blocks // 100].sum() > 0.12 * work.sum(), (
        "a hundredth of the blocks holds an eighth of the work"
    )
    assert work.max() > 25 * work.mean(), "markets"
    assert 1.9 < len(graph.pairs) / graph.blocks < 2.4, "planar, with superblocks"
    factor = graph.border_cost / graph.border_length_m
    assert factor.min() < 0.1, "rivers and railways"
    assert 0.6 < graph.border_cost.sum() / graph.border_length_m.sum() < 0.95


def test_streets_cross_large_lines_without_a_node() -> None:
    territory = city(400, 5).territory
    lines = territory.lines
    owner = np.repeat(np.arange(len(lines.kind)), np.diff(lines.offsets))
    drawn = shapely.linestrings(lines.coords, indices=owner)
    river = drawn[lines.kind == LineKind.RIVER][0]
    streets = drawn[lines.kind < LineKind.MAIN]
    crossing = shapely.crosses(streets, river)
    assert crossing.sum() > 5
    nodes = {tuple(xy) for xy in shapely.get_coordinates(river).tolist()}
    assert not any(tuple(xy) in nodes for xy in shapely.get_coordinates(streets[crossing]).tolist())
    blocks = make_blocks(territory.outline, lines, territory.to_metres)
    assert blocks.topology.blocks > 250


def test_communities_tile_the_city_along_its_streets() -> None:
    made = city(1_000, 2)
    total = shapely.area(made.communities).sum()
    union = shapely.union_all(made.communities)
    assert shapely.is_valid(made.communities).all()
    assert total == pytest.approx(union.area, rel=1e-6), "no overlap"
    assert union.area > 0.97 * made.territory.outline.area
    assert 6 <= len(made.communities) <= 60


def test_the_whole_pipeline_runs_on_a_city() -> None:
    t = city(300, 9).territory
    result = build_cells(t.outline, t.lines, t.points, t.workload, BuildParams(4, 0.03), t.to_metres)
    assert result.tiling.exact
    assert np.abs(result.deviation).max() <= 0.03
    assert result.partition.contiguous.all()
    assert (result.cell_of_point >= 0).all()
