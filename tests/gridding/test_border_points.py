"""Entities exactly on borders: blocks, cells and balance agree on where they count."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding.build import BuildResult, build_cells
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
