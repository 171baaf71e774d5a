"""An outline made from the streets: what they enclose, with islands, without empty plains."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import make_blocks
from gridding.errors import GeometryError
from gridding.network import outline_of_network
from gridding.tiling import check_tiling
from gridding.types import BoundaryLines
from tests.drawing import LAT, LON, STEP, boundary_lines, metres
from tests.gridding.topology_help import reordered, territories


def square(west: float, south: float, size: float) -> list[tuple[float, float]]:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return [(LON + (west + size * x) * STEP, LAT + (south + size * y) * STEP) for x, y in corners]


def area_in_steps(outline: shapely.Geometry) -> float:
    return float(shapely.area(outline)) / STEP**2


def test_places_ringed_by_streets_are_filled_and_dead_ends_dropped() -> None:
    dead_end = [(LON + 4 * STEP, LAT + STEP), (LON + 9 * STEP, LAT + STEP)]
    made = outline_of_network(boundary_lines([square(0, 0, 4), square(1, 1, 2), dead_end]), metres)
    assert area_in_steps(made.outline) == pytest.approx(16)
    assert made.parts == 1
    assert [f.rule for f in made.findings] == ["outline.from_network"]


def test_an_island_stays_unless_it_is_tiny_and_empty() -> None:
    lines = boundary_lines([square(0, 0, 4), square(6, 0, 2), square(10, 0, 1)])
    one_step_m2 = metres(np.array([LON, LON + STEP]), np.array([LAT, LAT + STEP]))
    step_m2 = float(np.ptp(one_step_m2[0]) * np.ptp(one_step_m2[1]))
    made = outline_of_network(lines, metres, island_m2=2 * step_m2)
    assert made.parts == 2
    assert area_in_steps(made.outline) == pytest.approx(20)
    assert [f.value for f in made.findings if f.rule == "outline.islands_left_out"] == [1]
    inside = np.array([[LON + 10.5 * STEP, LAT + 0.5 * STEP], [np.nan, np.nan]])
    busy = outline_of_network(lines, metres, island_m2=2 * step_m2, points=inside)
    assert busy.parts == 3


def test_a_large_empty_face_becomes_a_hole_and_one_with_an_entity_does_not() -> None:
    lines = boundary_lines([square(0, 0, 4), square(1, 1, 2)])
    x, y = metres(np.array([LON, LON + STEP]), np.array([LAT, LAT + STEP]))
    limit = 3 * float(np.ptp(x) * np.ptp(y))  # the inner square has 4 steps, the ring around it 12 and entities
    on_ring = np.array([[LON + 0.5 * STEP, LAT + 0.5 * STEP]])
    made = outline_of_network(lines, metres, points=on_ring, hole_m2=limit)
    assert area_in_steps(made.outline) == pytest.approx(12)
    assert len(made.outline.interiors) == 1
    assert [f.rule for f in made.findings] == ["outline.from_network", "outline.holes_left_out"]
    both = np.vstack([on_ring, [[LON + 2 * STEP, LAT + 2 * STEP]]])
    assert area_in_steps(outline_of_network(lines, metres, points=both, hole_m2=limit).outline) == pytest.approx(16)


@pytest.mark.parametrize("lines", [[], [[(LON, LAT), (LON + STEP, LAT)]]])
def test_lines_that_enclose_nothing_are_refused(lines: list[list[tuple[float, float]]]) -> None:
    with pytest.raises(GeometryError, match="outline"):
        outline_of_network(boundary_lines(lines), metres)


def _shapes(lines: BoundaryLines) -> list[shapely.LineString]:
    """The lines on the grid, long enough to be lines."""
    pieces = np.split(np.round(lines.coords, 8), lines.offsets[1:-1])
    return [shapely.LineString(piece) for piece in pieces if len(np.unique(piece, axis=0)) > 1]


@settings(max_examples=60, deadline=None)
@given(territories(max_lines=12), st.randoms(use_true_random=False))
def test_blocks_tile_the_outline_and_order_does_not_matter(territory: tuple, random: object) -> None:
    lines = territory[1]
    try:
        made = outline_of_network(lines, metres, dangle_snap_m=0)
    except GeometryError:
        assert len(shapely.get_parts(shapely.polygonize([shapely.union_all(_shapes(lines))]))) == 0
        return
    assert shapely.is_valid(made.outline)
    assert made.area_m2 > 0
    blocks = make_blocks(made.outline, lines, metres, sliver_m2=0, dangle_snap_m=0)
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact
    assert shapely.equals(shapely.normalize(blocks.outline), shapely.normalize(made.outline))
    order = list(range(len(lines.kind)))
    random.shuffle(order)  # type: ignore[attr-defined]
    again = outline_of_network(reordered(lines, order, [i % 2 == 0 for i in order]), metres, dangle_snap_m=0)
    assert shapely.to_wkb(again.outline) == shapely.to_wkb(made.outline)
