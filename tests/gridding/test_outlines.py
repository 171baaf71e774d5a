"""Outlines noded together tile their union, whatever they were like before."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.errors import GeometryError
from gridding.outlines import node_outlines
from gridding.tiling import check_tiling
from tests.drawing import LAT, LON, STEP, metres


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(LON + west * STEP, LAT + south * STEP, LON + east * STEP, LAT + north * STEP)


def tiles(outlines: list[shapely.Polygon]) -> np.ndarray:
    noded = node_outlines(np.array(outlines, dtype=object), metres)
    assert check_tiling(shapely.union_all(noded, grid_size=1e-8), noded, metres).gap_area_m2 == 0
    shared = shapely.intersection(noded[:-1], noded[1:])
    assert (shapely.area(shared) == 0).all()
    return noded


def test_a_vertex_of_one_neighbour_becomes_a_vertex_of_the_other() -> None:
    left, right = box(0, 0, 3, 4), shapely.union(box(3, 0, 6, 2), box(3, 2, 5, 4))
    noded = tiles([left, right])
    ours, theirs = (set(map(tuple, shapely.get_coordinates(g))) for g in noded)
    assert (round(LON + 3 * STEP, 8), round(LAT + 2 * STEP, 8)) in ours & theirs


def test_an_overlap_goes_to_the_first() -> None:
    noded = tiles([box(0, 0, 3, 4), box(2, 0, 6, 4)])
    assert shapely.area(noded) / STEP**2 == pytest.approx([12, 12])


def test_a_gap_stays_a_gap() -> None:
    noded = node_outlines(np.array([box(0, 0, 3, 4), box(3.5, 0, 6, 4)], dtype=object), metres)
    assert shapely.area(noded) / STEP**2 == pytest.approx([12, 10])


def test_an_exclave_stays_with_its_station() -> None:
    noded = tiles(
        [shapely.difference(box(0, 0, 6, 6), box(2, 2, 3, 3)), shapely.union(box(6, 0, 9, 6), box(2, 2, 3, 3))]
    )
    assert len(shapely.get_parts(noded[1])) == 2


@pytest.mark.parametrize("inside", [box(1, 1, 2, 2), shapely.Polygon()])
def test_a_station_without_territory_is_refused(inside: shapely.Polygon) -> None:
    with pytest.raises(GeometryError, match=r"inside those before|empty"):
        node_outlines(np.array([box(0, 0, 6, 6), inside], dtype=object), metres)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 12))
def test_crooked_neighbours_share_their_borders(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(np.column_stack([LON + rng.random(n) * 0.02, LAT + rng.random(n) * 0.02]))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, 100, 100)))
    clipped = shapely.intersection(cells, box(0, 0, 100, 100))
    noded = node_outlines(clipped, metres)
    whole = shapely.union_all(noded)
    assert sum(shapely.area(noded)) == pytest.approx(shapely.area(whole), rel=1e-12)
    assert check_tiling(whole, noded, metres).edges_matched
    assert (shapely.area(shapely.symmetric_difference(noded, clipped)) < 1e-9).all(), "less than a centimetre"
