import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridding import CellLocator, GeometryError, TerritoryLocator
from layers.crs import local_metres
from tests.gridding.coverages import critical_points, rectangles, voronoi

SEEDS = st.integers(0, 2**32 - 1)
PER_DEG = np.array([85_000.0, 111_000.0])


def flat(lon, lat):
    return np.asarray(lon) * PER_DEG[0], np.asarray(lat) * PER_DEG[1]


def by_shapely(cells, x, y):
    """(points, cells) metres from each point to each cell, 0.0 inside."""
    metric = shapely.transform(cells, lambda xy: xy * PER_DEG)
    return shapely.distance(metric[None, :], shapely.points(np.column_stack(flat(x, y)))[:, None])


@given(SEEDS, st.sampled_from([0.0, 30.0, 800.0, 5_000.0]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_all_cells_within_the_distance_and_no_other(seed, metres, square):
    cells = rectangles(seed) if square else voronoi(seed)
    assume(cells is not None)
    x, y = critical_points(cells, np.random.default_rng(seed), 15)
    row, cell, distance = CellLocator(cells, flat).cells_near(x, y, metres)
    right = by_shapely(cells, x, y)
    found = np.full(right.shape, np.inf)
    found[row, cell] = distance
    assert np.isfinite(found).sum() == len(row), "each cell once"
    sure = np.abs(right - metres) > 1e-6
    assert np.array_equal(np.isfinite(found)[sure], (right <= metres)[sure])
    inside = np.isfinite(found)
    assert np.abs(found[inside] - right[inside]).max(initial=0) < 1e-6
    covering = np.array([shapely.covers(c, shapely.points(x, y)) for c in cells]).T
    assert (found[covering] == 0.0).all()
    assert np.array_equal(np.lexsort((cell, distance, row)), np.arange(len(row))), "by row, then distance, then cell"


def test_metres_of_a_real_projection():
    cells = voronoi(4, extent=0.2)
    to_metres = local_metres(tuple(shapely.total_bounds(cells)))
    rng = np.random.default_rng(4)
    x, y = rng.uniform(116.25, 116.55, 300), rng.uniform(39.75, 40.05, 300)
    row, cell, distance = CellLocator(cells, to_metres).cells_near(x, y, 1_500.0)
    dense = shapely.transform(shapely.segmentize(cells, 0.0005), lambda xy: np.column_stack(to_metres(*xy.T)))
    right = shapely.distance(dense[None, :], shapely.points(*to_metres(x, y))[:, None])
    assert len(row) > 100
    assert np.abs(distance - right[row, cell]).max() < 0.05
    assert (right < 1_499.9).sum() <= len(row) <= (right < 1_500.1).sum()


def test_a_distance_for_each_point_and_places_nowhere():
    cells = [shapely.box(116.00, 39.0, 116.01, 39.01), shapely.box(116.01, 39.0, 116.02, 39.01)]
    locator = TerritoryLocator(cells, cells, [0, 1], flat)
    x, y = [116.009, 116.009, np.nan, 117.0, 116.01], [39.005] * 5
    row, cell, distance = locator.cells_near(x, y, [10.0, 100.0, 1e6, 100.0, 0.0])
    assert row.tolist() == [0, 1, 1, 4, 4]
    assert cell.tolist() == [0, 0, 1, 0, 1]
    assert np.allclose(distance, [0, 0, 85, 0, 0])
    assert [len(part) for part in locator.cells_near([], [], 5.0)] == [0, 0, 0]


@pytest.mark.parametrize("metres", [-1.0, np.nan, np.inf])
def test_distances_that_are_none_are_refused(metres):
    with pytest.raises(GeometryError, match="finite numbers from 0 on"):
        CellLocator([shapely.box(0, 0, 1, 1)]).cells_near([0.5], [0.5], metres)


def test_more_answers_than_points():
    cells = shapely.box(
        *np.meshgrid(np.arange(12.0), np.arange(12.0)), *np.meshgrid(np.arange(1, 13.0), np.arange(1, 13.0))
    )
    row, cell, _ = CellLocator(cells.ravel()).cells_near([6.5, 6.5], [6.5, 6.5], 100.0)
    assert np.bincount(row).tolist() == [144, 144]
    assert sorted(cell[:144].tolist()) == list(range(144))
