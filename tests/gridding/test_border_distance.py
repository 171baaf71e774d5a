import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridding import CellLocator
from layers.crs import local_metres
from tests.gridding.coverages import brute, critical_points, rectangles, voronoi

SEEDS = st.integers(0, 2**32 - 1)
PER_DEG = np.array([85_000.0, 111_000.0])


def flat(lon, lat):
    """A projection in which straight lines stay straight, so that shapely can say what is right."""
    return np.asarray(lon) * PER_DEG[0], np.asarray(lat) * PER_DEG[1]


def check(cells, rng, n=60):
    """Distances are shapely's, and the cell beyond is one of those that are so near."""
    locator, compiled = CellLocator(cells, flat), CellLocator(cells, flat).prepare()
    locator._asked = -10_000_000  # it never compiles
    x, y = critical_points(cells, rng, n)
    own = brute(cells, x, y)
    distance, beyond = locator.border(x, y)
    again = compiled.border(x, y)
    assert np.abs(distance - again[0]).max() < 1e-7
    assert np.array_equal(beyond, again[1])
    for k in range(0, len(x), 7):
        one = compiled.locate_with_border_one(float(x[k]), float(y[k]))
        assert (one[0], one[2]) == (own[k], beyond[k])
        assert abs(one[1] - distance[k]) < 1e-7
    assert beyond.dtype == np.int32
    points = shapely.points(np.column_stack(flat(x, y)))
    metric = shapely.transform(cells, lambda xy: xy * PER_DEG)
    everywhere = shapely.buffer(shapely.union_all(metric), 10_000.0)
    void = shapely.difference(everywhere, shapely.union_all(metric))
    to_cell = shapely.distance(metric[None, :], points[:, None])
    to_void = shapely.distance(void, points)
    to_cell[np.arange(len(x)), own] = np.where(own >= 0, np.inf, to_cell[np.arange(len(x)), own])
    nearest = to_cell.min(axis=1)
    right = np.where(own >= 0, np.minimum(nearest, to_void), nearest)
    assert np.abs(distance - right).max() < 1e-6
    chosen = np.where(beyond >= 0, to_cell[np.arange(len(x)), beyond], to_void)
    assert np.abs(chosen - right).max() < 1e-6
    assert (beyond[own < 0] >= 0).all()

    covering = np.array([shapely.covers(cell, shapely.points(x, y)) for cell in cells])
    shared = covering.sum(axis=0) > 1
    covering[own[shared], np.flatnonzero(shared)] = False
    assert (distance[shared] == 0.0).all()
    assert np.array_equal(beyond[shared], covering.argmax(axis=0)[shared])
    return own, distance, beyond


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_distance_and_cell_beyond_in_a_coverage(seed):
    cells = voronoi(seed)
    assume(cells is not None)
    check(cells, np.random.default_rng(seed))


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_distance_and_cell_beyond_where_edges_are_parallel_to_axes(seed):
    check(rectangles(seed), np.random.default_rng(seed))


def test_two_cells_and_the_edge_of_the_territory():
    cells = [shapely.box(116.00, 39.00, 116.02, 39.02), shapely.box(116.02, 39.00, 116.04, 39.02)]
    locator = CellLocator(cells, flat)
    x = [116.019, 116.021, 116.001, 116.02, 116.0, 116.05, 116.02]
    y = [39.01, 39.01, 39.01, 39.01, 39.01, 39.01, 39.03]
    distance, beyond = locator.border(x, y)
    assert beyond.tolist() == [1, 0, -1, 1, -1, 1, 0]
    assert np.allclose(distance, [85, 85, 85, 0, 0, 850, 1110])
    assert distance[3] == distance[4] == 0.0
    assert locator.border_one(116.019, 39.01) == (distance[0], 1)
    to_nearest, cell = locator.nearest(x, y)
    assert cell.tolist() == [0, 1, 0, 0, 0, 1, 0]
    assert np.allclose(to_nearest, [0, 0, 0, 0, 0, 850, 1110])


def test_without_a_projection_in_the_units_of_the_polygons():
    distance, beyond = CellLocator([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)]).border([9, 23], [5, 14])
    assert np.allclose(distance, [1, 5])
    assert beyond.tolist() == [1, 1]


def test_a_neighbour_without_common_vertices_is_beyond_all_the_same():
    """Stations are built apart: their cells share no vertices, and a gap of some 1e-8 degrees may lie between them."""
    gap = 4e-8
    cells = [
        shapely.box(116.0, 39.0, 116.02, 39.02),
        shapely.box(116.02 + gap, 39.0, 116.04, 39.01),
        shapely.box(116.02 - gap, 39.01, 116.04, 39.02),
    ]
    distance, beyond = CellLocator(cells, flat).border(
        [116.019, 116.019, 116.021, 116.02], [39.005, 39.015, 39.005, 39.003]
    )
    assert beyond.tolist() == [1, 2, 0, 1]
    assert np.allclose(distance[:2], 85, atol=0.01)
    assert distance[3] == 0.0


def test_metres_of_a_real_projection():
    cells = voronoi(4, extent=0.2)
    to_metres = local_metres(tuple(shapely.total_bounds(cells)))
    rng = np.random.default_rng(4)
    x, y = rng.uniform(116.2, 116.6, 400), rng.uniform(39.7, 40.1, 400)
    distance, _ = CellLocator(cells, to_metres).border(x, y)
    dense = shapely.transform(shapely.segmentize(cells, 0.0005), lambda xy: np.column_stack(to_metres(*xy.T)))
    points = shapely.points(*to_metres(x, y))
    edges = shapely.boundary(dense)
    own = brute(cells, x, y)
    expected = np.where(
        own >= 0, shapely.distance(edges[own], points), shapely.distance(dense[:, None], points[None, :]).min(axis=0)
    )
    near = expected < 2_000
    assert near.sum() > 50
    assert np.abs(distance - expected)[near].max() < 0.05
    assert (np.abs(distance - expected) / np.maximum(expected, 1.0)).max() < 0.01


def test_far_away_points_cost_no_more_than_near_ones():
    cells = voronoi(9, n=600, cells=200)
    locator = CellLocator(cells, flat).prepare()
    rng = np.random.default_rng(9)
    x, y = rng.uniform(-180, 180, 3000), rng.uniform(-85, 85, 3000)
    distance, beyond = locator.border(x, y)
    assert (beyond >= 0).all()
    k = np.arange(0, 3000, 100)
    points = shapely.points(np.column_stack(flat(x[k], y[k])))
    metric = shapely.transform(cells, lambda xy: xy * PER_DEG)
    right = shapely.distance(metric[None, :], points[:, None]).min(axis=1)
    assert np.allclose(distance[k], right, rtol=1e-9)


@pytest.mark.parametrize("hole", [False, True])
def test_a_hole_is_outside(hole):
    cell = shapely.box(0, 0, 9, 9) - (shapely.box(3, 3, 6, 6) if hole else shapely.Polygon())
    distance, beyond = CellLocator([cell]).border([4.0], [4.4])
    assert np.allclose(distance, 1.0 if hole else 4.0)
    assert beyond.tolist() == [0 if hole else -1]
