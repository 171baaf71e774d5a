"""Entities exactly on borders: blocks, cells and balance agree on where they count."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding.blocks import make_blocks
from gridding.border_repair import repair_borders
from gridding.build import BuildResult, build_cells
from gridding.locate import CellLocator
from gridding.types import BuildParams
from tests.gridding.test_build import metres, town


def on_vertices(share: float) -> tuple[BuildResult, np.ndarray]:
    """A town with a share of its entities on vertices of its blocks."""
    outline, lines, points, hours = town(5, n=14, entities=800)
    params = BuildParams(cells=6, tolerance=0.03)
    first = build_cells(outline, lines, points, hours, params, metres)
    corners = np.unique(shapely.get_coordinates(first.blocks.polygons), axis=0)
    rng = np.random.default_rng(0)
    moved = points.copy()
    n = int(share * len(points))
    moved[:n] = corners[rng.integers(0, len(corners), n)]
    return build_cells(outline, lines, moved, hours, params, metres), moved


@pytest.mark.parametrize("share", [0.01, 0.3, 1.0])
def test_blocks_and_cells_hold_the_same_work(share: float) -> None:
    result, points = on_vertices(share)
    in_blocks = np.bincount(result.labels, result.block_workload, minlength=len(result.cells))
    assert in_blocks == pytest.approx(result.workload)
    covering = shapely.covers(result.cells[:, None], shapely.points(points)[None, :])
    assert (np.where(covering.any(0), covering.argmax(0), -1) == result.cell_of_point).all()


def test_a_town_of_border_points_is_balanced() -> None:
    result, _ = on_vertices(1.0)
    assert result.metrics["max_abs_deviation"] <= 0.03


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("cells", [6, 12])
def test_any_town_of_border_points_is_balanced(seed: int, cells: int) -> None:
    outline, lines, points, hours = town(seed, n=14, entities=800)
    params = BuildParams(cells=cells, tolerance=0.03)
    blocks = make_blocks(outline, lines, metres, points=points, sliver_m2=200.0, dangle_snap_m=1.0)
    corners = np.unique(shapely.get_coordinates(blocks.polygons), axis=0)
    points = corners[np.random.default_rng(seed).integers(0, len(corners), len(points))]
    result = build_cells(outline, lines, points, hours, params, metres)
    assert np.abs(result.deviation).max() <= 0.03
    assert result.metrics["contiguous_cells"] == cells
    assert result.tiling.exact
    covering = shapely.covers(result.cells[:, None], shapely.points(points)[None, :])
    assert (np.where(covering.any(0), covering.argmax(0), -1) == result.cell_of_point).all()


def test_cells_that_are_held_keep_their_blocks() -> None:
    result, points = on_vertices(0.3)
    held = np.arange(len(result.cells)) == 2
    block = CellLocator(result.blocks.polygons).locate(points[:, 0], points[:, 1])
    labels = repair_borders(
        result.graph, result.blocks.polygons, points, np.ones(len(points)), block, result.labels, held, 0.001, 0
    )
    np.testing.assert_array_equal(labels == 2, result.labels == 2)
    assert (labels != result.labels).any()
