"""Locked cells come back vertex by vertex, whatever crosses their outline; properties of noding beside held borders."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import dissolve, make_blocks
from gridding.exclusive import with_outlines
from gridding.held import GIVES_WAY, held_borders
from gridding.tiling import check_tiling
from gridding.types import GRID_DEG, Blocks, BoundaryLines
from tests.drawing import LAT, LON, boundary_lines, metres

SIDE = 0.02
OUTLINE = shapely.box(LON, LAT, LON + SIDE, LAT + SIDE)


def town(seed: int, lines: int) -> BoundaryLines:
    """Streets at all angles with bends, so that hardly a crossing lies on the grid."""
    rng = np.random.default_rng(seed)
    ends = rng.uniform(0, SIDE, (lines, 2, 2))
    t = np.linspace(0, 1, 4)[:, None]
    rows = [a + t * (b - a) + rng.normal(0, SIDE / 200, (4, 2)) * (t * (1 - t) > 0) for a, b in ends]
    return boundary_lines([np.add(row, (LON, LAT)).tolist() for row in rows])


def locked_cell(blocks: Blocks, centre: tuple[float, float], radius: float) -> shapely.Geometry:
    """The blocks whose inner point lies near a place, as one cell."""
    inner = shapely.point_on_surface(blocks.polygons)
    near = shapely.distance(inner, shapely.Point(LON + centre[0] * SIDE, LAT + centre[1] * SIDE)) <= radius * SIDE
    near[np.argmin(shapely.distance(inner, shapely.Point(LON, LAT)))] |= not near.any()
    return dissolve(blocks.topology, near.astype(np.int32), 2)[1] if not near.all() else OUTLINE


def drawn_again(
    lines: BoundaryLines, cell: shapely.Geometry, outline: shapely.Geometry
) -> tuple[Blocks, shapely.Geometry]:
    """Blocks of a redraw in which the cell is locked, and the cell that they make."""
    again = make_blocks(outline, with_outlines(lines, (cell,)), metres, held=(cell,))
    inside = shapely.contains(cell, shapely.point_on_surface(again.polygons))
    return again, dissolve(again.topology, inside.astype(np.int32), 2)[1]


def same(a: shapely.Geometry, b: shapely.Geometry) -> bool:
    return shapely.equals_exact(shapely.normalize(a), shapely.normalize(b), 0.0)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(12, 60),
    st.tuples(st.floats(0.1, 0.9), st.floats(0.1, 0.9)),
    st.floats(0.1, 0.4),
)
def test_a_locked_cell_comes_back_vertex_by_vertex_where_the_lines_are_the_same(seed, count, centre, radius):
    lines = town(seed, count)
    before = make_blocks(OUTLINE, lines, metres)
    cell = locked_cell(before, centre, radius)
    if cell is OUTLINE:
        return
    again, after = drawn_again(lines, cell, OUTLINE)
    assert same(cell, after)
    assert check_tiling(again.outline, again.polygons, metres).exact


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(12, 40), st.floats(0.15, 0.35))
def test_new_lines_add_vertices_only_where_they_meet_the_border_and_none_beside_old_ones(seed, count, radius):
    lines = town(seed, count)
    cell = locked_cell(make_blocks(OUTLINE, lines, metres), (0.5, 0.5), radius)
    if cell is OUTLINE:
        return
    new = town(seed + 1, 6)
    both = BoundaryLines(
        np.concatenate([lines.coords, new.coords]),
        np.concatenate([lines.offsets, lines.offsets[-1] + new.offsets[1:]]),
        np.concatenate([lines.kind, new.kind]),
    )
    again, after = drawn_again(both, cell, OUTLINE)
    old, now = ({tuple(p) for p in shapely.get_coordinates(c).tolist()} for c in (cell, after))
    assert old <= now
    added = shapely.points(np.array(sorted(now - old)).reshape(-1, 2))
    assert (shapely.distance(added, shapely.boundary(cell)) < 2 * GRID_DEG).all()
    assert (shapely.distance(added, shapely.MultiPoint(sorted(old))) > (GIVES_WAY - 2) * GRID_DEG).all()
    assert check_tiling(again.outline, again.polygons, metres).exact


def test_no_area_holds_nothing():
    assert held_borders(()) is None
