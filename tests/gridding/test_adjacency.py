"""Adjacency: who borders whom, by how much, and along what."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings

from gridding.adjacency import block_graph
from gridding.blocks import make_blocks
from gridding.types import DEFAULT_COST_FACTOR, LineKind
from tests.drawing import LAT, LON, STEP, boundary_lines, draw, metres
from tests.gridding.topology_help import territories

ACROSS_M, DOWN_M = STEP * 96_486, STEP * 110_852


def test_lengths_costs_and_kinds_of_a_drawn_station():
    drawing = draw("""
        ###########
        #a  |b    #
        #   |     #
        #===+=====#
        #c  {d    #
        #   {     #
        #   {     #
        ###########
    """)
    blocks = make_blocks(drawing.outline, drawing.lines, metres)
    graph = block_graph(blocks.topology)
    of = {k: v.pop() for k, v in drawing.blocks_of(blocks.polygons).items()}
    rows = {frozenset(p): i for i, p in enumerate(graph.pairs.tolist())}
    expected = {
        "ab": (3 * DOWN_M, LineKind.LOCAL),
        "ac": (4 * ACROSS_M, LineKind.MAIN),
        "bd": (6 * ACROSS_M, LineKind.MAIN),
        "cd": (4 * DOWN_M, LineKind.RIVER),
    }
    assert len(rows) == 4  # a and d, b and c touch in a point only
    for (x, y), (length, kind) in expected.items():
        row = rows[frozenset((of[x], of[y]))]
        assert graph.border_length_m[row] == pytest.approx(length, rel=1e-6)
        assert graph.border_kind[row] == kind
        assert graph.border_cost[row] == pytest.approx(length * DEFAULT_COST_FACTOR[kind], rel=1e-6)


def test_a_border_of_two_kinds_has_the_longer_ones_kind_and_both_costs():
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    lines = boundary_lines(
        [[(LON, LAT + 0.005), (LON + 0.007, LAT + 0.005)], [(LON + 0.007, LAT + 0.005), (LON + 0.01, LAT + 0.005)]],
        [LineKind.LOCAL, LineKind.RIVER],
    )
    topology = make_blocks(outline, lines, metres).topology
    graph = block_graph(topology, {LineKind.LOCAL: 2.0})
    assert graph.border_kind.tolist() == [LineKind.LOCAL]
    river = DEFAULT_COST_FACTOR[LineKind.RIVER]
    assert graph.border_cost[0] == pytest.approx((0.007 * 2 + 0.003 * river) * 96_486, rel=1e-6)


def test_one_block_has_no_neighbours():
    topology = make_blocks(shapely.box(LON, LAT, LON + 0.01, LAT + 0.01), boundary_lines([]), metres).topology
    graph = block_graph(topology)
    assert graph.pairs.shape == (0, 2)
    assert len(graph.border_length_m) == len(graph.border_cost) == len(graph.border_kind) == 0


@settings(max_examples=80, deadline=None)
@given(territories())
def test_pairs_are_those_of_shapely_and_lengths_sum_to_perimeters(territory):
    blocks = make_blocks(*territory, metres, sliver_m2=0)
    t, graph = blocks.topology, block_graph(blocks.topology)
    i, j = graph.pairs.T if len(graph.pairs) else (np.empty(0, int), np.empty(0, int))
    assert (i < j).all()
    assert (np.diff(i * t.blocks + j) > 0).all()
    rim = np.bincount(t.edge_left[t.edge_right < 0], weights=t.edge_length_m[t.edge_right < 0], minlength=t.blocks)
    total = rim + np.bincount(i, graph.border_length_m, t.blocks) + np.bincount(j, graph.border_length_m, t.blocks)
    in_metres = shapely.transform(blocks.polygons, lambda c: np.column_stack(metres(c[:, 0], c[:, 1])))
    assert np.allclose(total, shapely.length(in_metres), rtol=1e-6)

    local = shapely.transform(blocks.polygons, lambda c: np.rint((c - [114, 30]) * 1e8))
    a, b = shapely.STRtree(local).query(local, predicate="intersects")
    a, b = a[a < b], b[a < b]
    shares = shapely.length(shapely.intersection(shapely.boundary(local[a]), shapely.boundary(local[b]))) > 0.5
    assert {(int(p), int(q)) for p, q in zip(a[shares], b[shares], strict=True)} == set(
        map(tuple, graph.pairs.tolist())
    )
    same_part = t.block_part[i] == t.block_part[j]
    assert same_part.all()
