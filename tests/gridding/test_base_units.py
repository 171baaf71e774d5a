"""Base units in the partition: kept whole, kept whole where the tolerance allows, ignored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.base_units import partition_units
from gridding.csr import components
from gridding.errors import GriddingError, Infeasible
from gridding.types import PartitionResult
from gridding.unite import extra_cells
from tests.gridding.cities import City, grid_city
from tests.gridding.test_crossings import crossings, river


def communities(city: City, side: int = 4) -> np.ndarray:
    """(blocks,) square communities of side x side blocks; the last row of them is in none."""
    column, row = np.round(city.centres / 110).astype(int).T
    unit = (np.maximum(column, 0) // side) + 100 * (np.maximum(row, 0) // side)
    return np.unique(np.where(row >= row.max(), -1, unit), return_inverse=True)[1].astype(np.int32) - 1


def draw(city: City, cells: int, unit: np.ndarray, rule: str, **more: object) -> PartitionResult:
    return partition_units(*city.request, cells, unit, rule, centres=city.centres, **more)


def assert_connected(city: City, result: PartitionResult, cells: int) -> None:
    a, b = city.pairs.T
    same = result.labels[a] == result.labels[b]
    assert components(city.blocks, a[same], b[same])[0] == cells
    assert len(np.unique(result.labels)) == cells


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), cells=st.integers(2, 7))
def test_keep_splits_none_and_prefer_fewer_than_ignore(seed: int, cells: int) -> None:
    city = grid_city(16, 20, seed)
    unit = communities(city)
    plans = {rule: draw(city, cells, unit, rule, tolerance=0.05) for rule in ("keep", "prefer", "ignore")}
    extra = {rule: extra_cells(unit, plan.labels) for rule, plan in plans.items()}
    for plan in plans.values():
        assert_connected(city, plan, cells)
        cut = plan.labels[city.pairs[:, 0]] != plan.labels[city.pairs[:, 1]]
        assert plan.border_cost == pytest.approx(city.border_cost[cut].sum())
    assert extra["keep"] == 0
    assert extra["prefer"] <= extra["ignore"]
    assert extra["prefer"] <= 2 * (cells - 1)
    assert plans["prefer"].max_abs_deviation <= max(0.05, plans["ignore"].max_abs_deviation, 1e-12)
    again = draw(city, cells, unit, "prefer", tolerance=0.05)
    assert (again.labels == plans["prefer"].labels).all()


def test_prefer_keeps_all_where_the_tolerance_allows() -> None:
    city = grid_city(16, 16, 2, zero_share=0, skew=0.3)
    unit = communities(city)
    loose = draw(city, 4, unit, "prefer", tolerance=0.4)
    assert extra_cells(unit, loose.labels) == 0
    assert loose.max_abs_deviation <= 0.4


def test_a_unit_heavier_than_a_cell_is_split_where_preferred_and_named_where_kept() -> None:
    city = grid_city(16, 16, 3, zero_share=0, skew=0.3)
    unit = communities(city)
    heavy = City(
        city.pairs, city.border_length_m, city.border_cost, np.where(unit == 5, city.workload * 8, city.workload), city.centres
    )  # fmt: skip
    kept = draw(heavy, 6, unit, "keep", tolerance=0.1, names=lambda u: f"Village {u}")
    assert extra_cells(unit, kept.labels) == 0
    told = [f for f in kept.findings if f.rule == "block.giant"]
    assert "base unit Village 5 alone has" in told[0].message
    assert "社区“Village 5”" in told[0].message_zh
    assert "rule prefer" in told[0].message
    assert unit[told[0].details["block"]] == 5
    split = draw(heavy, 6, unit, "prefer", tolerance=0.05)
    assert split.max_abs_deviation <= 0.05
    assert len(np.unique(split.labels[unit == 5])) > 1


def test_more_cells_than_units() -> None:
    city = grid_city(8, 8, 3)
    unit = np.zeros(city.blocks, np.int32)
    with pytest.raises(Infeasible, match="3 cells cannot be made of 1 base units"):
        draw(city, 3, unit, "keep")
    assert_connected(city, draw(city, 3, unit, "prefer"), 3)


def test_barriers_hold_with_base_units() -> None:
    city = grid_city(16, 16, 4)
    unit, barrier = communities(city), river(city)
    for rule in ("keep", "prefer"):
        plan = draw(city, 6, unit, rule, tolerance=0.05, barrier=barrier)
        assert crossings(city, plan.labels, barrier) <= 1, rule


def test_a_redraw_under_keep_makes_split_units_whole_and_keeps_locks() -> None:
    city = grid_city(16, 16, 6)
    unit = communities(city)
    before = draw(city, 5, unit, "ignore", tolerance=0.05)
    lock = int(np.flatnonzero(unit >= 0)[0])
    after = draw(city, 5, unit, "keep", tolerance=0.05, labels=before.labels, locked=[lock])
    assert after.labels[lock] == before.labels[lock]
    assert extra_cells(unit, after.labels) == 0


def test_no_block_enters_an_exclusive_cell_for_the_sake_of_a_unit() -> None:
    city = grid_city(16, 16, 8)
    unit = communities(city)
    column, row = np.round(city.centres / 110).astype(int).T
    market = np.where((np.abs(column - 6) <= 1) & (np.abs(row - 6) <= 1), 0, -1)
    for rule in ("keep", "prefer"):
        plan = draw(city, 6, unit, rule, tolerance=0.05, exclusive=market)
        cell = plan.labels[market == 0][0]
        assert (plan.labels[market == 0] == cell).all(), rule
        pocket = np.flatnonzero((plan.labels == cell) & (market < 0))
        assert len(pocket) <= 2, rule  # only what the market encloses
        assert plan.exclusive[cell]


def test_units_that_do_not_fit_are_refused() -> None:
    city = grid_city(4, 4, 1)
    with pytest.raises(GriddingError, match="keep, prefer or ignore was expected"):
        draw(city, 2, np.zeros(city.blocks), "whole")
    with pytest.raises(GriddingError, match="unit has 3 rows"):
        draw(city, 2, np.zeros(3), "keep")
