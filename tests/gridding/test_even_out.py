"""A crowded region: the least flow between cells, and exchanges that make it real."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.anneal import score
from gridding.csr import canonical_pairs, make_graph
from gridding.even_out import even_out, flow_into_bands
from tests.gridding.cities import grid_city
from tests.gridding.test_polish import check_connected, graph_of


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.floats(0.5, 1.5), min_size=2, max_size=8))
def test_the_flow_on_a_row_is_the_least(work: list[float]) -> None:
    # on a row each flow is decided by what stands left of it: no less can cross than the left side lacks or has too much
    load = np.array(work) / np.mean(work)
    n = len(load)
    low, high = np.full(n, 0.9), np.full(n, 1.1)
    flow, outside = flow_into_bands(load, low, high, np.arange(n - 1), np.arange(1, n))
    after = load - np.append(flow, 0) + np.append(0, flow)
    assert outside.max() <= 1e-9
    assert (after >= low - 1e-9).all()
    assert (after <= high + 1e-9).all()
    left, size = np.cumsum(load)[:-1], np.arange(1, n)
    needed = np.maximum(np.maximum(left - 1.1 * size, 0.9 * size - left), 0.0)
    assert (np.abs(flow) >= needed - 1e-9).all()


def test_what_cannot_flow_is_said() -> None:
    _, outside = flow_into_bands(
        np.array([1.5, 0.5]), np.full(2, 0.9), np.full(2, 1.1), np.empty(0, int), np.empty(0, int)
    )
    assert outside == pytest.approx([0.4, 0.4])


def test_a_crowded_half_gives_to_the_other() -> None:
    # a row of fifty equal blocks in five cells, 11 + 11 + 10 + 9 + 9: only a flow through all of them evens them out
    row = np.array([[i, i + 1] for i in range(49)])
    edges = canonical_pairs(row, np.ones(49), np.ones(49), 50)
    graph = make_graph(edges.a, edges.b, edges.cost, np.full(50, 0.1))
    labels = np.repeat(np.arange(5), [11, 11, 10, 9, 9]).astype(np.int32)
    found = even_out(graph, labels, np.full(5, 0.99), np.full(5, 1.01))
    assert np.bincount(found).tolist() == [10] * 5


@pytest.mark.parametrize("seed", range(4))
def test_cells_stay_connected_and_misses_shrink(seed: int) -> None:
    city = grid_city(30, 30, seed, zero_share=0.2)
    graph, labels = graph_of(city, 12)
    low, high = np.full(12, 0.99), np.full(12, 1.01)
    was = labels.copy()
    found = even_out(graph, labels, low, high)
    np.testing.assert_array_equal(labels, was)
    assert score(graph, found, low, high).outside < score(graph, labels, low, high).outside
    assert np.bincount(found, minlength=12).all()
    check_connected(city, found, 12)
