"""Cells dissolved from blocks: exact, valid, whatever the labels; and the borders between them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.adjacency import block_graph
from gridding.blocks import make_blocks
from gridding.errors import GeometryError
from gridding.regions import cell_borders, dissolve
from gridding.tiling import check_tiling
from gridding.types import Blocks, LineKind
from tests.drawing import Drawing, draw, metres
from tests.gridding.topology_help import territories

NINE = """
    #############
    #a  |b  |c  #
    #   |   |   #
    #---+---+---#
    #d  |e  |f  #
    #   |   |   #
    #---+===+---#
    #g  |h  |i  #
    #   |   |   #
    #############
"""


def nine() -> tuple[Drawing, Blocks, dict[str, int]]:
    drawing = draw(NINE)
    blocks = make_blocks(drawing.outline, drawing.lines, metres)
    return drawing, blocks, {k: min(v) for k, v in drawing.blocks_of(blocks.polygons).items()}


def labelled(groups: list[str]) -> tuple[Blocks, np.ndarray]:
    _, blocks, of = nine()
    labels = np.full(blocks.topology.blocks, -1, np.int32)
    for cell, letters in enumerate(groups):
        labels[[of[x] for x in letters]] = cell
    return blocks, dissolve(blocks.topology, labels, len(groups))


def test_cell_around_another_has_a_hole():
    blocks, cells = labelled(["abcdfghi", "e"])
    assert [c.geom_type for c in cells] == ["Polygon", "Polygon"]
    assert len(cells[0].interiors) == 1
    assert check_tiling(blocks.outline, cells, metres).exact


def test_blocks_that_touch_in_a_point_are_two_parts():
    blocks, cells = labelled(["aei", "bcfdgh"])
    assert [c.geom_type for c in cells] == ["MultiPolygon", "MultiPolygon"]
    assert [len(c.geoms) for c in cells] == [3, 2]
    assert shapely.is_valid(cells).all()
    assert check_tiling(blocks.outline, cells, metres).exact


def test_cell_that_closes_around_another_in_a_point_has_a_hole_that_touches_its_shell():
    # b-c-f-i-h-g-d runs around e and touches itself only where a's corner lies.
    blocks, cells = labelled(["bcfihgd", "e", "a"])
    assert [c.geom_type for c in cells] == ["Polygon", "Polygon", "Polygon"]
    assert len(cells[0].interiors) == 1
    assert shapely.is_valid(cells).all()
    assert check_tiling(blocks.outline, cells, metres).exact


def test_a_part_in_the_hole_of_another_part():
    drawing = draw("""
        ###############
        #a            #
        # +---------+ #
        # |b        | #
        # |  +---+  | #
        # |  |c  |  | #
        # |  |   |  | #
        # |  +---+  | #
        # |         | #
        # +---------+ #
        #             #
        ###############
    """)
    blocks = make_blocks(drawing.outline, drawing.lines, metres)
    of = {k: min(v) for k, v in drawing.blocks_of(blocks.polygons).items()}
    labels = np.zeros(3, np.int32)
    labels[of["b"]] = 1
    ring_and_core, between = dissolve(blocks.topology, labels, 2)
    assert ring_and_core.geom_type == "MultiPolygon"
    assert [len(p.interiors) for p in ring_and_core.geoms] == [1, 0]
    assert len(between.interiors) == 1
    assert check_tiling(blocks.outline, [ring_and_core, between], metres).exact


def test_neighbours_and_outline_keep_every_vertex():
    blocks, cells = labelled(["abcdef", "ghi"])
    # The three-way corners of the row between stay vertices of both, though the border is straight there.
    shared = set(cells[0].exterior.coords) & set(cells[1].exterior.coords)
    assert len(shared) == 4
    assert set(cells[0].exterior.coords) | set(cells[1].exterior.coords) >= set(blocks.outline.exterior.coords)


def test_shells_run_counter_clockwise_from_their_lowest_vertex_and_holes_clockwise():
    _, cells = labelled(["abcdfghi", "e"])
    for cell in cells:
        assert cell.exterior.is_ccw
        assert cell.exterior.coords[0] == min(cell.exterior.coords)
    assert not cells[0].interiors[0].is_ccw


def test_cells_without_blocks_are_empty_and_blocks_without_cells_are_left_out():
    _, blocks, _ = nine()
    labels = np.full(9, -1, np.int32)
    labels[3] = 1
    cells = dissolve(blocks.topology, labels, 3)
    assert [c.is_empty for c in cells] == [True, False, True]
    assert shapely.equals_exact(cells[1], blocks.polygons[3])


def test_wrong_labels_say_what_was_expected():
    _, blocks, _ = nine()
    with pytest.raises(GeometryError, match=r"shape \(8,\); one per block, \(9,\)"):
        dissolve(blocks.topology, np.zeros(8, np.int32), 1)
    with pytest.raises(GeometryError, match="goes up to 2; less than the number of cells, 2"):
        dissolve(blocks.topology, np.full(9, 2, np.int32), 2)


def test_borders_between_cells_by_kind():
    _, blocks, of = nine()
    labels = np.zeros(9, np.int32)
    labels[[of["g"], of["h"], of["i"]]] = 1
    rows = cell_borders(blocks.topology, labels)
    assert [(i, j, k) for i, j, k, _, _ in rows] == [(0, 1, LineKind.LOCAL), (0, 1, LineKind.MAIN)]
    local, main = rows
    assert main[4].geom_type == "LineString"
    assert local[4].geom_type == "MultiLineString"  # left and right of the main road
    assert len(local[4].geoms) == 2
    assert main[3] == pytest.approx(4 * 2e-4 * 96_486, rel=1e-6)
    assert local[3] == pytest.approx(8 * 2e-4 * 96_486, rel=1e-6)
    assert cell_borders(blocks.topology, np.zeros(9, np.int32)) == []


@settings(max_examples=80, deadline=None)
@given(territories(), st.integers(1, 5), st.randoms(use_true_random=False), st.booleans())
def test_any_labels_dissolve_into_an_exact_tiling(territory, cells, random, grown):
    blocks = make_blocks(*territory, metres, sliver_m2=0)
    t = blocks.topology
    labels = np.array([random.randrange(cells) for _ in range(t.blocks)], dtype=np.int32)
    if grown:  # contiguous where it can be: each block takes the label of a neighbour a few times over
        pairs = block_graph(t).pairs
        for _ in range(2 * len(pairs)):
            a, b = pairs[random.randrange(len(pairs))]
            labels[a] = labels[b]
    shapes = dissolve(t, labels, cells)
    used = np.isin(np.arange(cells), labels)
    assert (~shapely.is_empty(shapes) == used).all()
    assert shapely.is_valid(shapes).all()
    assert check_tiling(blocks.outline, shapes[used], metres).exact
    length = sum(row[3] for row in cell_borders(t, labels))
    apart = (t.edge_right >= 0) & (labels[t.edge_left] != labels[t.edge_right])
    assert length == pytest.approx(t.edge_length_m[apart].sum())
    for k in np.flatnonzero(used):
        parts = shapely.union_all(
            shapely.transform(blocks.polygons[labels == k], lambda c: np.rint((c - [114, 30]) * 1e8))
        )
        whole = shapely.transform(shapes[k], lambda c: np.rint((c - [114, 30]) * 1e8))
        assert shapely.area(shapely.symmetric_difference(parts, whole)) == 0
