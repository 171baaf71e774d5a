"""Territories of many parts: islands join where their cell can grow, no cell is empty, none is in pieces within a part."""

from __future__ import annotations

import numpy as np
import pytest

from gridding.partition import partition_graph


def islands(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs, places and workloads of so many islands of 1 to 50 blocks, a third of the blocks without work."""
    rng = np.random.default_rng(seed)
    pairs, places, n = [], [], 0
    for _ in range(count):
        size = int(rng.integers(1, 51))
        wide = max(1, int(size**0.5))
        at = np.arange(size)
        places.append(rng.uniform(0, 200_000, 2) + np.column_stack([at % wide, at // wide]) * 100)
        across = at[(at % wide < wide - 1) & (at + 1 < size)]
        up = at[at + wide < size]
        pairs += [np.column_stack([across, across + 1]) + n, np.column_stack([up, up + wide]) + n]
        n += size
    work = np.round(rng.lognormal(2, 1, n))
    work[rng.random(n) < 0.3] = 0
    return np.concatenate(pairs), np.concatenate(places), work


@pytest.mark.parametrize(("count", "cells"), [(400, 20), (30, 40), (3, 5)])
def test_islands(count: int, cells: int) -> None:
    pairs, places, work = islands(count, count)
    ones = np.ones(len(pairs))
    plan = partition_graph(pairs, ones, ones, work, cells, tolerance=0.02, centres=places, explain=False)
    assert (np.bincount(plan.labels, minlength=cells) > 0).all()
    assert plan.contiguous.all()
    assert plan.max_abs_deviation >= plan.lower_bound - 1e-9
    if count > 10 * cells:
        assert plan.max_abs_deviation <= 0.02
    order = np.random.default_rng(0).permutation(len(pairs))
    again = partition_graph(pairs[order], ones, ones, work, cells, tolerance=0.02, centres=places, explain=False)
    np.testing.assert_array_equal(plan.labels, again.labels)


def test_an_island_does_not_join_a_dead_end() -> None:
    # a row of ten blocks; block 10 hangs on the heavy block 0; the island, block 11, lies nearest to it
    pairs = np.array([*[[i, i + 1] for i in range(9)], [0, 10]])
    work = np.array([8.0, 1, 1, 3, 4, 3, 4, 3, 4, 3, 1, 5])
    places = np.column_stack([np.arange(12) * 100.0, np.zeros(12)])
    places[10], places[11] = (0, 100), (30, 200)
    ones = np.ones(len(pairs))
    plan = partition_graph(pairs, ones, ones, work, 4, tolerance=0.2, centres=places, explain=False)
    assert plan.labels[11] != plan.labels[10], "a cell of blocks 10 and 11 could not grow past block 0"
    assert plan.max_abs_deviation <= 0.2
