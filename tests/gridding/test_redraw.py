"""A redraw: little moves, borders stay short, locks and fixed cells hold, cells come and go with the staff."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.partition import partition_graph
from gridding.types import PartitionResult
from tests.gridding.cities import City, grid_city

CELLS = 16


@pytest.fixture(scope="module")
def city() -> City:
    return grid_city(44, 44, 3)


@pytest.fixture(scope="module")
def old(city: City) -> np.ndarray:
    return partition_graph(*city.request, CELLS, tolerance=0.01, centres=city.centres).labels


def drifted(city: City, size: float, seed: int = 5) -> np.ndarray:
    """Every block changes a little, one quarter grows."""
    rng = np.random.default_rng(seed)
    apart = ((city.centres - city.centres[rng.integers(city.blocks)]) ** 2).sum(1)
    grown = 1 + 2.5 * size * np.exp(-apart / (0.15 * np.ptp(city.centres[:, 0])) ** 2)
    return city.workload * rng.uniform(1 - 0.75 * size, 1 + 0.75 * size, city.blocks) * grown


def cost(city: City, labels: np.ndarray) -> float:
    a, b = city.pairs.T
    return float(city.border_cost[labels[a] != labels[b]].sum())


def redrawn(city: City, work: np.ndarray, old: np.ndarray, cells: int = CELLS) -> PartitionResult:
    return partition_graph(*city.request[:3], work, cells, tolerance=0.01, labels=old, centres=city.centres)


@pytest.mark.parametrize("size", [0.05, 0.2])
def test_a_redraw_moves_little_more_than_it_must_and_keeps_borders_short(
    city: City, old: np.ndarray, size: float
) -> None:
    work = drifted(city, size)
    new = redrawn(city, work, old)
    assert new.max_abs_deviation <= 0.01
    assert new.contiguous.all()
    assert new.moved_workload == pytest.approx(work[new.labels != old].sum())
    assert 0 < new.moved_bound <= new.moved_workload <= 1.75 * new.moved_bound
    assert cost(city, new.labels) <= 1.25 * cost(city, old)


def test_a_plan_that_is_balanced_stays(city: City, old: np.ndarray) -> None:
    new = redrawn(city, city.workload, old)
    np.testing.assert_array_equal(new.labels, old)
    assert (new.moved_workload, new.moved_bound) == (0.0, 0.0)


def test_far_cells_stay_when_a_market_opens(city: City, old: np.ndarray) -> None:
    work = city.workload.copy()
    work[0] += 0.3 * work.sum() / CELLS  # in a corner
    new = redrawn(city, work, old)
    far = ((city.centres - city.centres[0]) ** 2).sum(1) > (0.9 * np.ptp(city.centres[:, 0])) ** 2
    assert new.max_abs_deviation <= 0.01
    assert (new.labels == old)[far].mean() > 0.9


@settings(max_examples=6)
@given(st.data())
def test_fixed_cells_neither_lose_nor_gain_a_block(data: st.DataObject) -> None:
    city = grid_city(12, 12, data.draw(st.integers(0, 3)))
    old = partition_graph(*city.request, 6, tolerance=0.05, centres=city.centres).labels
    fixed = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True))
    locked = data.draw(st.lists(st.integers(0, city.blocks - 1), max_size=4))
    work = drifted(city, 0.3, data.draw(st.integers(0, 9)))
    new = partition_graph(
        *city.request[:3], work, 6, tolerance=0.05, labels=old, locked=locked, fixed_cells=fixed, centres=city.centres
    )
    for label in fixed:
        np.testing.assert_array_equal(new.labels == label, old == label)
    np.testing.assert_array_equal(new.labels[locked], old[locked])
    assert new.moved_bound <= new.moved_workload + 1e-9


@pytest.mark.parametrize("cells", [CELLS + 1, CELLS - 1, CELLS - 3])
def test_cells_come_and_go_with_the_staff(city: City, old: np.ndarray, cells: int) -> None:
    new = redrawn(city, city.workload, old, cells)
    assert new.max_abs_deviation <= 0.01
    assert new.contiguous.all()
    assert set(new.labels.tolist()) == set(range(cells))
    assert 0 < new.moved_bound <= new.moved_workload <= 2.3 * new.moved_bound


def test_new_territory_joins_the_cells_around_it(city: City, old: np.ndarray) -> None:
    present = old.copy()
    present[city.centres[:, 0] > np.quantile(city.centres[:, 0], 0.93)] = -1
    new = redrawn(city, city.workload, present)
    known = present >= 0
    assert new.contiguous.all()
    assert new.max_abs_deviation <= 0.01
    assert new.moved_workload == pytest.approx(city.workload[known & (new.labels != present)].sum())
    assert new.moved_workload < 0.35 * city.workload.sum()


def test_the_order_of_the_pairs_does_not_matter_to_a_redraw() -> None:
    city = grid_city(14, 14, 2)
    old = partition_graph(*city.request, 6, tolerance=0.03, centres=city.centres).labels
    work, order = drifted(city, 0.2), np.random.default_rng(0).permutation(len(city.pairs))
    a, b = (
        partition_graph(
            city.pairs[o], city.border_length_m[o], city.border_cost[o], work, 6,
            tolerance=0.03, labels=old, centres=city.centres,
        )
        for o in (np.arange(len(order)), order)
    )  # fmt: skip
    np.testing.assert_array_equal(a.labels, b.labels)
    assert a.moved_bound == pytest.approx(b.moved_bound)
