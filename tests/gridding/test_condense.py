"""Blocks without work go with a block that has work, in the same cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridding.anneal import score
from gridding.condense import condense
from gridding.csr import make_graph
from gridding.even_out import even_out, unit_of, whole_units
from gridding.partition import partition_graph
from tests.gridding.cities import City, grid_city
from tests.gridding.test_polish import check_connected, graph_of, relaxed, towns


@relaxed
@given(towns, st.integers(2, 6))
def test_the_small_graph_measures_the_same(city: City, cells: int) -> None:
    graph, labels = graph_of(city, cells)
    small, its_labels, node = condense(graph, labels)
    bands = np.full(cells, 0.9), np.full(cells, 1.1)
    assert score(small, its_labels, *bands) == pytest.approx(score(graph, labels, *bands))
    np.testing.assert_array_equal(its_labels[node], labels)
    check_connected(city, node, small.n)
    with_work = np.bincount(node, graph.load > 0, minlength=small.n)
    lacking = np.isin(labels, np.flatnonzero(np.bincount(labels, graph.load, minlength=cells) == 0))
    assert (with_work[node[~lacking]] == 1).all()


def test_workload_in_steps() -> None:
    assert unit_of(np.array([0.02, 0.06, 0.0, 0.12])) == pytest.approx(0.02)
    assert unit_of(np.array([0.04, 0.06, 0.1])) == pytest.approx(0.02)
    assert unit_of(np.random.default_rng(0).uniform(0, 0.1, 50)) == 0.0
    low, high = whole_units(np.array([0.99, 0.991]), np.array([1.01, 0.992]), 0.02)
    assert low == pytest.approx([1.0, 0.991], abs=1e-5)
    assert high == pytest.approx([1.0, 0.992], abs=1e-5)


def test_flow_in_whole_steps_is_made_in_full() -> None:
    # 52 blocks of one hour in five cells: 10 or 11 each, and a flow of parts of an hour would be made by none
    row = np.array([[i, i + 1] for i in range(51)])
    graph = make_graph(row[:, 0], row[:, 1], np.ones(51), np.full(52, 5 / 52))
    labels = np.repeat(np.arange(5), [12, 12, 10, 9, 9]).astype(np.int32)
    found = np.bincount(even_out(graph, labels, np.full(5, 0.94), np.full(5, 1.06)))
    assert found.min() == 10
    assert found.max() == 11


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_city_of_mostly_empty_blocks_reaches_what_whole_entities_allow(seed: int) -> None:
    city = grid_city(60, 60, seed, zero_share=0.0, missing=0.0)
    rng = np.random.default_rng(seed)
    work = np.bincount(rng.integers(0, city.blocks, 1030), minlength=city.blocks).astype(float)
    work[rng.random(city.blocks) < 0.5] = 0.0
    cells = 20
    result = partition_graph(
        city.pairs, city.border_length_m, city.border_cost, work, cells, tolerance=0.02, rng_seed=seed
    )
    got = np.bincount(result.labels, work, minlength=cells)
    mean = work.sum() / cells
    assert got.min() >= min(np.floor(mean), np.ceil(0.98 * mean))
    assert got.max() <= max(np.ceil(mean), np.floor(1.02 * mean))
    check_connected(city, result.labels, cells)
