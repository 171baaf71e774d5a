"""Blocks that share a cell in every plan within the tolerance; a cell grown around a heavy block."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.csr import Graph, components, make_graph
from gridding.inseparable import inseparable
from gridding.partition import partition_graph
from gridding.regrow import grow
from gridding.rng import rng_state


def graph_of(pairs: list[tuple[int, int]], load: list[float]) -> Graph:
    ends = np.array(sorted(pairs), np.int32).reshape(-1, 2)
    return make_graph(ends[:, 0], ends[:, 1], np.ones(len(ends)), np.array(load))


def groups(graph: Graph, tolerance: float) -> np.ndarray:
    low, high = np.array([1 - tolerance]), np.array([1 + tolerance])
    return inseparable(graph, np.zeros(graph.n, np.int32), low, high)


def connected(nodes: list[int], pairs: list[tuple[int, int]]) -> bool:
    number = {u: k for k, u in enumerate(nodes)}
    inner = [(number[a], number[b]) for a, b in pairs if a in number and b in number]
    ends = np.array(inner, np.int32).reshape(-1, 2)
    return components(len(nodes), ends[:, 0], ends[:, 1])[0] == 1


def test_a_dead_end_belongs_to_the_only_block_that_leads_to_it() -> None:
    # 0 and 1 hang on 2; beyond it 3, 4, 5 could be cells in many ways
    graph = graph_of([(0, 1), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5), (3, 5)], [0.3, 0.2, 0.4, 0.5, 0.1, 0.5])
    found = groups(graph, 0.05)
    assert found[0] == found[1] == found[2]


def test_pieces_that_do_not_touch_are_joined_by_the_lightest_way() -> None:
    # 0 needs 2 (3 is too heavy for it), the block between them is light and could be anybody's
    graph = graph_of([(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)], [0.5, 0.001, 0.45, 1.0, 0.05])
    found = groups(graph, 0.05)
    assert found[0] == found[1] == found[2] != found[3]


def test_light_blocks_are_left_alone() -> None:
    side = 12
    pairs = [(i * side + j, i * side + j + 1) for i in range(side) for j in range(side - 1)]
    pairs += [(i * side + j, (i + 1) * side + j) for i in range(side - 1) for j in range(side)]
    graph = graph_of(pairs, [0.04] * side * side)
    assert len(np.unique(groups(graph, 0.05))) == side * side


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_plan_within_the_tolerance_parts_what_hangs_together(data: st.DataObject) -> None:
    """All plans of two cells over small graphs; groups that touch through blocks of work are exact."""
    n = data.draw(st.integers(4, 8))
    pairs = {(data.draw(st.integers(0, v - 1)), v) for v in range(1, n)}
    pairs |= set(data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=4)))
    edges = sorted({(min(a, b), max(a, b)) for a, b in pairs if a != b})
    work = np.array(data.draw(st.lists(st.integers(1, 20), min_size=n, max_size=n)), float)
    load = work * 2 / work.sum()
    graph = graph_of(edges, load.tolist())
    tolerance = 0.2
    found = inseparable(graph, np.zeros(n, np.int32), np.array([1 - tolerance]), np.array([1 + tolerance]), way=False)
    for side in product((0, 1), repeat=n - 1):
        label = np.array([0, *side])
        cells = [np.flatnonzero(label == c).tolist() for c in (0, 1)]
        if any(not c or abs(load[c].sum() - 1) > tolerance - 1e-9 or not connected(c, edges) for c in cells):
            continue
        for group in np.unique(found):
            assert len(np.unique(label[found == group])) == 1


def test_a_cell_grown_around_a_block_is_connected_and_within_the_band() -> None:
    pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    graph = graph_of(pairs, [0.5, 0.3, 0.25, 0.22, 0.4, 0.33])
    grown = grow(graph, 0, 0.95, 1.05, rng_state(1))
    assert grown is not None
    assert grown[0]
    assert graph.load[grown].sum() == pytest.approx(1.0, abs=0.05 + 1e-9)
    assert connected(np.flatnonzero(grown).tolist(), pairs)
    assert grow(graph, 0, 5.0, 6.0, rng_state(1)) is None


def test_a_corner_behind_heavy_blocks_is_balanced() -> None:
    """A strip of light blocks ends in a corner that cannot hold a cell, behind a market that leaves no room."""
    side = 10
    pairs = [(i * side + j, i * side + j + 1) for i in range(side) for j in range(side - 1)]
    pairs += [(i * side + j, (i + 1) * side + j) for i in range(side - 1) for j in range(side)]
    work = np.full(side * side, 2.0)
    market, gate, corner = 100, 101, 102
    pairs += [(99, market), (market, corner), (89, gate), (gate, corner)]
    work = np.concatenate([work, [24.6, 14.0, 8.0]])
    cells = 10
    work *= cells * 25 / work.sum()
    cost = np.ones(len(pairs))
    result = partition_graph(pairs, cost, cost, work, cells, tolerance=0.06, rng_seed=1)
    assert result.contiguous.all()
    assert result.max_abs_deviation <= 0.06 + 1e-9
    assert result.labels[gate] == result.labels[corner]
