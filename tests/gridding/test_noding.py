"""Noding: afterwards segments meet at shared end points only, whatever they looked like before."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding import noding
from gridding.boundaries import LineEnds, Segments, canonical, segments_on_grid
from gridding.errors import GeometryError
from gridding.noding import node_segments
from tests.drawing import boundary_lines
from tests.gridding.topology_help import degrees, territories, touching_pairs

NO_ENDS = LineEnds(np.empty((0, 2), np.int64), np.empty((0, 2), np.int64), np.empty(0, np.int8))


def segments(rows: list[tuple[int, int, int, int]]) -> Segments:
    xy = np.array(rows, dtype=np.int64).reshape(-1, 4) + 100
    return canonical(xy, np.full(len(xy), 2, np.int8), np.zeros(len(xy), np.int8), (0, 0))


def noded(rows: list[tuple[int, int, int, int]]) -> set[tuple[int, ...]]:
    result, _ = node_segments(segments(rows), NO_ENDS, None)
    assert touching_pairs(result.xy) == []
    return {tuple(row) for row in (result.xy - 100).tolist()}


def test_crossing_without_a_vertex_becomes_a_node():
    assert noded([(0, 0, 10, 10), (0, 10, 10, 0)]) == {(0, 0, 5, 5), (5, 5, 10, 10), (0, 10, 5, 5), (5, 5, 10, 0)}


def test_crossing_off_the_grid_is_rounded_and_both_lines_meet_there():
    result = noded([(0, 0, 7, 4), (0, 3, 7, 0)])
    ends = [(r[2], r[3]) for r in result if (r[0], r[1]) in {(0, 0), (0, 3)}]
    assert len(ends) == 2
    assert ends[0] == ends[1]


def test_end_on_another_line_cuts_it():
    assert noded([(0, 0, 10, 0), (4, 0, 4, 9)]) == {(0, 0, 4, 0), (4, 0, 10, 0), (4, 0, 4, 9)}


def test_overlapping_pieces_are_cut_at_each_others_ends():
    assert noded([(0, 0, 10, 0), (4, 0, 16, 0)]) == {(0, 0, 4, 0), (4, 0, 10, 0), (10, 0, 16, 0)}


def test_line_past_a_vertex_by_less_than_half_a_unit_goes_through_it():
    assert noded([(0, 0, 1000, 1), (400, 0, 400, -9)]) == {(0, 0, 400, 0), (400, 0, 1000, 1), (400, -9, 400, 0)}


def test_long_diagonal_lines_are_followed_through_the_cell_index():
    fan = [(0, k * 1_000_000, 90_000_000, 90_000_000 - k * 700_000) for k in range(40)]
    short = [(k * 2_000_000, k * 2_000_000 - 50, k * 2_000_000, k * 2_000_000 + 50) for k in range(1, 40)]
    noded(fan + short)


coordinates = st.integers(0, 12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(coordinates, coordinates, coordinates, coordinates), min_size=1, max_size=25))
def test_any_tangle_within_a_few_units_is_noded(rows):
    noded([*rows, (0, 0, 12, 12)])


@settings(max_examples=100, deadline=None)
@given(territories())
def test_any_territory_is_noded_and_its_outline_corners_stay(territory):
    outline, lines = territory
    start, ends = segments_on_grid(outline, lines)
    result, _ = node_segments(start, ends, (0.001, 0.001, 1.0))
    assert touching_pairs(np.unique(result.xy, axis=0)) == []
    before = start.xy[start.winding != 0].reshape(-1, 2)
    after = {tuple(p) for p in result.xy[result.winding != 0].reshape(-1, 2).tolist()}
    assert {tuple(p) for p in before.tolist()} <= after


def test_gap_to_another_line_is_bridged():
    outline = shapely.Polygon(degrees([(0, 0), (14, 0), (14, 14), (0, 14)], 1000))
    lines = boundary_lines([degrees([(0, 7000), (14000, 7000)], 1), degrees([(5000, 0), (5000, 6700)], 1)])
    start, ends = segments_on_grid(outline, lines)
    _, bridged = node_segments(start, ends, (0.001, 0.001, 0.5))
    assert bridged == 1
    _, none = node_segments(start, ends, (0.001, 0.001, 0.2))
    assert none == 0


def test_a_gap_in_a_straight_line_is_bridged_once_from_each_side():
    outline = shapely.Polygon(degrees([(0, 0), (14, 0), (14, 14), (0, 14)], 1000))
    lines = boundary_lines([degrees([(0, 7000), (6000, 7000)], 1), degrees([(6500, 7000), (14000, 7000)], 1)])
    start, ends = segments_on_grid(outline, lines)
    result, bridged = node_segments(start, ends, (0.001, 0.001, 1.0))
    assert bridged == 2
    assert touching_pairs(np.unique(result.xy, axis=0)) == []


def test_an_end_that_sticks_out_beyond_a_line_is_not_bridged_back():
    outline = shapely.Polygon(degrees([(0, 0), (14, 0), (14, 14), (0, 14)], 1000))
    lines = boundary_lines([degrees([(0, 7000), (14000, 7000)], 1), degrees([(5000, 0), (5200, 7300)], 1)])
    _, bridged = node_segments(*segments_on_grid(outline, lines), (0.001, 0.001, 1.0))
    assert bridged == 0


def test_not_settling_is_an_error_that_names_the_place(monkeypatch):
    monkeypatch.setattr(noding, "MAX_ROUNDS", 1)
    with pytest.raises(GeometryError, match=r"near 0\.0000010, 0\.0000010 .*could not be cut") as caught:
        node_segments(segments([(0, 0, 10, 10), (0, 10, 10, 0)]), NO_ENDS, None)
    assert caught.value.findings[0].at is not None
