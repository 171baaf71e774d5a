"""The search's parts: moves keep cells whole, coarser graphs measure the same, first cells lie in their components."""

from __future__ import annotations

import numpy as np
import pytest

from gridding.anneal import Cooling, anneal, score
from gridding.coarsen import coarsen
from gridding.contiguity import contiguous_within_parts
from gridding.csr import Graph, canonical_pairs, make_graph, total
from gridding.rng import rng_state
from gridding.seeds import first_labels
from gridding.types import Int32Array
from tests.gridding.cities import grid_city

CELLS = 6


def start(seed: int, *, locked: int = 0) -> tuple[Graph, Int32Array, Int32Array, Int32Array]:
    """A town's graph, its borders, and first labels."""
    city = grid_city(14, 14, seed, zero_share=0.2, missing=0.2)
    edges = canonical_pairs(city.pairs, city.border_length_m, city.border_cost, city.blocks)
    movable = np.ones(city.blocks, np.uint8)
    movable[:locked] = 0
    load = city.workload * CELLS / city.workload.sum()
    graph = make_graph(edges.a, edges.b, edges.cost, load, movable=movable)
    labels = first_labels(graph, np.zeros(graph.n, np.int32), np.zeros(CELLS, np.int32), seed)
    return graph, edges.a, edges.b, labels


@pytest.mark.parametrize("seed", range(5))
def test_moves_keep_cells_whole_and_locks_where_they_are(seed: int) -> None:
    graph, a, b, labels = start(seed, locked=20)
    found = labels.copy()
    low, high = np.full(CELLS, 0.9), np.full(CELLS, 1.1)
    anneal(graph, found, low, high, Cooling(50.0, 2.0, 0.05, 10, 1e5), rng_state(seed))
    assert contiguous_within_parts(found, a, b, CELLS).all()
    assert (found[:20] == labels[:20]).all()
    assert (found != labels).any()
    assert score(graph, found, low, high).energy(1e5) < score(graph, labels, low, high).energy(1e5)


@pytest.mark.parametrize("seed", range(5))
def test_a_coarser_graph_measures_the_same(seed: int) -> None:
    graph, _, _, labels = start(seed)
    levels, coarsest, coarse = coarsen(graph, labels, CELLS, 40, rng_state(seed))
    assert coarsest.n < graph.n / 2
    fine = coarse
    for _, to_coarse in reversed(levels):
        fine = fine[to_coarse]
    assert (fine == labels).all()
    low, high = np.full(CELLS, 0.99), np.full(CELLS, 1.01)
    assert score(coarsest, coarse, low, high) == score(graph, labels, low, high)
    assert coarsest.load.max() <= max(0.1, graph.load.max())


def test_coarse_nodes_end_at_the_cheap_borders() -> None:
    # a strip of blocks, a cheap border after every fourth: mergers stop there
    cost = np.where(np.arange(1, 64) % 4 == 0, 0.05, 1.0)
    row = np.array([[i, i + 1] for i in range(63)])
    edges = canonical_pairs(row, np.ones(63), cost, 64)
    graph = make_graph(edges.a, edges.b, edges.cost, np.full(64, 4 / 64))
    _, coarsest, _ = coarsen(graph, np.zeros(64, np.int32), 4, 16, rng_state(1), max_load=0.3)
    assert coarsest.n <= 20
    assert coarsest.cost.mean() < 0.6 * graph.cost.mean()  # merging at random would leave it the same


def test_first_cells_of_many_components_lie_in_them() -> None:
    parts = 60
    pairs = np.array([[4 * p + i, 4 * p + i + 1] for p in range(parts) for i in range(3)])
    edges = canonical_pairs(pairs, np.ones(len(pairs)), np.ones(len(pairs)), 4 * parts)
    graph = make_graph(edges.a, edges.b, edges.cost, np.full(4 * parts, 0.5))
    comp = np.repeat(np.arange(parts, dtype=np.int32), 4)
    kin = np.repeat(np.arange(parts, dtype=np.int32), 2)
    labels = first_labels(graph, comp, kin, 0)
    assert (kin[labels] == comp).all()
    assert total(labels, graph.load).sum() == graph.load.sum()
