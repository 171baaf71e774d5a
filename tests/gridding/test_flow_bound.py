"""The least workload that must change cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.flow_bound import least_flow
from gridding.staff import closed_cells, opened_beside


def both_ways(*pairs: tuple[int, int]) -> np.ndarray:
    return np.array(sorted([*pairs, *((b, a) for a, b in pairs)]))


CHAIN = both_ways((0, 1), (1, 2))


def test_workload_goes_through_the_cell_between() -> None:
    flow = least_flow(np.array([1.5, 1.0, 0.5]), np.full(3, 1.0), np.full(3, 1.0), CHAIN)
    assert flow.moved == pytest.approx(1.0)
    assert flow.proved == pytest.approx(0.5)
    assert sorted(zip(flow.giver.tolist(), flow.taker.tolist(), strict=True)) == [(0, 1), (1, 2)]


def test_the_band_saves_moves() -> None:
    flow = least_flow(np.array([1.5, 1.0, 0.5]), np.full(3, 0.9), np.full(3, 1.1), CHAIN)
    assert flow.moved == pytest.approx(0.4 + 0.4)  # the first gives so much, the last takes it


def test_balanced_cells_move_nothing() -> None:
    flow = least_flow(np.array([1.05, 0.95, 1.0]), np.full(3, 0.9), np.full(3, 1.1), CHAIN)
    assert (flow.moved, flow.proved, len(flow.amount)) == (0.0, 0.0, 0)


def test_locked_workload_stays() -> None:
    flow = least_flow(
        np.array([1.5, 0.6, 0.6]), np.full(3, 0.8), np.full(3, 1.1), CHAIN, locked=np.array([1.4, 0.0, 0.0])
    )
    assert flow.moved == pytest.approx(0.1)
    assert flow.missed == pytest.approx(0.3)  # the other two together lack so much


def test_workload_in_no_cell_is_not_counted() -> None:
    flow = least_flow(np.array([1.0, 0.5]), np.full(2, 0.9), np.full(2, 1.1), both_ways((0, 1)), pool=0.5)
    assert flow.moved == 0.0
    assert flow.missed == pytest.approx(0.0)


@settings(max_examples=40)
@given(st.lists(st.floats(0, 3), min_size=2, max_size=7), st.floats(0, 0.3))
def test_the_bound_is_at_least_what_lies_outside_the_bands(work: list[float], tolerance: float) -> None:
    load = np.array(work) + 0.01
    load /= load.mean()
    ring = both_ways(*((i, i + 1) for i in range(len(load) - 1)))
    flow = least_flow(load, np.full(len(load), 1 - tolerance), np.full(len(load), 1 + tolerance), ring)
    assert flow.missed == pytest.approx(0, abs=1e-6)
    assert flow.moved >= flow.proved - 1e-6
    after = load.copy()
    np.add.at(after, flow.taker, flow.amount)
    np.subtract.at(after, flow.giver, flow.amount)
    assert np.abs(after - 1).max() <= tolerance + 1e-6


def test_the_lightest_cell_is_given_up_unless_another_moves_less() -> None:
    work = np.array([1.0, 0.4, 1.0, 0.5, 0.6])
    chain = both_ways((0, 1), (1, 2), (2, 3), (3, 4))
    assert closed_cells(work, chain, 1, 0.5) == (1,)
    assert closed_cells(work, chain, 1, 0.5, keep=[1]) == (3,)
    assert sorted(closed_cells(work, chain, 9, 0.5, keep=[1, 2])) == [0, 3, 4]


def test_a_new_cell_is_cut_out_where_too_much_work_is() -> None:
    work = np.array([0.8, 0.8, 0.8, 1.4, 1.4, 0.0])
    chain = both_ways((0, 1), (1, 2), (2, 3), (3, 4))
    beside = opened_beside(work, np.full(6, 0.7), np.full(6, 1.1), chain, [5])
    assert beside[5][0] in (3, 4)
