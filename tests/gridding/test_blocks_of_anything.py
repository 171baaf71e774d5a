"""Blocks of any territory: they tile it, whatever the order of lines, and agree with GEOS."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import make_blocks
from gridding.boundaries import to_grid
from gridding.tiling import check_tiling
from gridding.types import BoundaryLines, LineKind, Topology
from tests.drawing import LAT, LON, boundary_lines, metres
from tests.gridding.topology_help import degrees, polyline, reordered, territories


def project(coords):
    return np.column_stack(metres(coords[:, 0], coords[:, 1]))


@settings(max_examples=60, deadline=None)
@given(st.lists(polyline, max_size=10), st.sampled_from([1_000, 50_000]))
def test_neighbouring_stations_built_from_the_same_lines_share_every_vertex_of_their_border(rows, scale):
    lines = boundary_lines([degrees(row, scale) for row in rows])
    west, east = (
        make_blocks(shapely.Polygon(degrees([(a, 0), (b, 0), (b, 14), (a, 14)], scale)), lines, metres)
        for a, b in ((0, 7), (7, 14))
    )
    middle = degrees([(7, 0)], scale)[0][0]
    on_border = [{p for p in s.outline.exterior.coords if abs(p[0] - middle) < 3e-8} for s in (west, east)]
    assert on_border[0] == on_border[1]


def same_topology(a: Topology, b: Topology) -> bool:
    return all(np.array_equal(getattr(a, f), getattr(b, f)) for f in a.__slots__)


@settings(max_examples=120, deadline=None)
@given(territories(), st.sampled_from([0.0, 200.0]))
def test_any_blocks_tile_the_outline_exactly(territory, sliver_m2):
    outline, lines = territory
    blocks = make_blocks(outline, lines, metres, sliver_m2=sliver_m2)
    report = check_tiling(blocks.outline, blocks.polygons, metres)
    assert report.exact, report
    assert shapely.is_valid(blocks.polygons).all()
    assert set(shapely.get_type_id(blocks.polygons)) == {shapely.GeometryType.POLYGON}
    # Snapping and cutting move the outline by a few grid units of 1.1 mm at the most.
    moved = shapely.area(shapely.symmetric_difference(outline, blocks.outline))
    assert moved <= 3e-8 * outline.length
    area = shapely.area(shapely.transform(blocks.polygons, project))
    assert np.allclose(blocks.topology.block_area_m2, area, rtol=1e-6, atol=1e-7)


@settings(max_examples=80, deadline=None)
@given(territories(), st.randoms(use_true_random=False))
def test_the_order_and_direction_of_lines_do_not_matter(territory, random):
    outline, lines = territory
    order = random.sample(range(len(lines.kind)), len(lines.kind))
    other = reordered(lines, order, [random.random() < 0.5 for _ in order])
    first, second = make_blocks(outline, lines, metres), make_blocks(outline, other, metres)
    assert same_topology(first.topology, second.topology)
    assert shapely.to_wkb(first.outline) == shapely.to_wkb(second.outline)
    assert first.findings == second.findings


@settings(max_examples=80, deadline=None)
@given(territories(), st.sampled_from([0.0, 200.0]))
def test_blocks_of_the_blocks_edges_are_the_same_blocks(territory, sliver_m2):
    outline, lines = territory
    first = make_blocks(outline, lines, metres, sliver_m2=sliver_m2)
    t = first.topology
    inner = np.flatnonzero(t.edge_kind < LineKind.OUTLINE)
    ends = np.stack([t.edge_start[inner], t.edge_end[inner]], axis=1).ravel()
    coords = np.stack([t.node_x[ends], t.node_y[ends]], axis=1) / 1e8
    again = BoundaryLines(coords, np.arange(len(inner) + 1) * 2, t.edge_kind[inner])
    second = make_blocks(first.outline, again, metres, sliver_m2=sliver_m2)
    assert same_topology(t, second.topology)


@settings(max_examples=80, deadline=None)
@given(territories())
def test_blocks_agree_with_geos_polygonize(territory):
    assert_agrees_with_geos(*territory)


def assert_agrees_with_geos(outline, lines):
    """An independent way to the same faces: the noded edges, polygonized by GEOS."""
    blocks = make_blocks(outline, lines, metres, sliver_m2=0)
    t = blocks.topology
    ends = np.stack([t.edge_start, t.edge_end], axis=1).ravel()
    coords = np.stack([t.node_x[ends] - t.node_x.min(), t.node_y[ends] - t.node_y.min()], axis=1).astype(float)
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(coords.reshape(-1, 2, 2))))
    grid = shapely.transform(blocks.polygons, lambda c: (to_grid(c) - [t.node_x.min(), t.node_y.min()]).astype(float))
    whole = shapely.union_all(grid)
    inside = faces[shapely.contains(shapely.buffer(whole, 1e-6), faces)]
    assert len(inside) == t.blocks
    # Whole numbers, but their sums may pass 2 ** 53.
    assert np.allclose(np.sort(shapely.area(inside)), np.sort(shapely.area(grid)), rtol=1e-12, atol=0)


@pytest.mark.parametrize("seed", range(6))
def test_hundreds_of_islands_in_islands_agree_with_geos(seed):
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.integers(-3, 1)
    lines = []
    for x, y, k in zip(*rng.random((2, 200)), rng.random(200) ** 3 * 0.3, strict=True):
        angle = np.sort(rng.random(int(rng.integers(3, 9))) * 2 * np.pi)
        ring = np.column_stack([LON + size * (x + k * np.cos(angle)), LAT + size * (y + k * np.sin(angle))])
        lines.append([tuple(p) for p in np.vstack([ring, ring[:1]])])
    territory = shapely.box(LON, LAT, LON + size, LAT + size), boundary_lines(lines)
    assert_agrees_with_geos(*territory)
    blocks = make_blocks(*territory, metres)
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact
