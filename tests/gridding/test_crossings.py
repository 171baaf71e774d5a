"""Barriers in the partition: cells cross them only where they must, at one place, and the order of input does not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.csr import components
from gridding.errors import GriddingError
from gridding.partition import partition_graph
from gridding.types import PartitionResult
from tests.gridding.cities import City, grid_city


def river(city: City) -> np.ndarray:
    """(m,) 1 where a border of the city lies on its river."""
    return np.isclose(city.border_cost / city.border_length_m, 0.08).astype(np.int8)


def draw(city: City, cells: int, barrier: np.ndarray | None, **more: object) -> PartitionResult:
    return partition_graph(*city.request, cells, centres=city.centres, barrier=barrier, **more)


def crossings(city: City, labels: np.ndarray, barrier: np.ndarray) -> int:
    """Pieces of cells beyond the first, where barriers cut: 0 = no cell crosses."""
    a, b = city.pairs[(barrier == 0)].T
    same = labels[a] == labels[b]
    return components(city.blocks, a[same], b[same])[0] - len(np.unique(labels))


def regions(city: City, barrier: np.ndarray, cells: int) -> np.ndarray:
    """Work of each region in cells."""
    a, b = city.pairs[(barrier == 0)].T
    return np.bincount(components(city.blocks, a, b)[1], city.workload) / city.workload.sum() * cells


def halves(cells_north: int, cells_south: int) -> City:
    """Two banks of a river, of uniform blocks: the work of each is that of so many cells."""
    city = grid_city(12, 12, 3, zero_share=0, skew=0.1)
    north = city.centres[:, 1] < 12 / 2 * 110 - 55
    work = np.where(north, cells_north / city.workload[north].sum(), cells_south / city.workload[~north].sum())
    return City(city.pairs, city.border_length_m, city.border_cost, city.workload * work * 100, city.centres)


@pytest.mark.parametrize(("north", "south"), [(2, 3), (4, 4), (1, 5)])
def test_no_cell_crosses_where_both_banks_hold_whole_cells(north: int, south: int) -> None:
    city = halves(north, south)
    result = draw(city, north + south, river(city), tolerance=0.03)
    assert crossings(city, result.labels, river(city)) == 0
    assert result.max_abs_deviation <= 0.03
    assert result.contiguous.all()


def test_a_bank_with_too_little_work_is_joined_at_a_bridge() -> None:
    city = halves(3, 3)
    thin = City(
        city.pairs, city.border_length_m, city.border_cost,
        np.where(city.centres[:, 1] < 605, city.workload * 0.5, city.workload), city.centres,
    )  # fmt: skip
    barrier = river(thin)
    bridge = np.flatnonzero(barrier)[3]
    barrier[bridge] = 2
    result = draw(thin, 4, barrier, tolerance=0.03)
    assert crossings(thin, result.labels, barrier) == 1
    u, v = thin.pairs[bridge]
    assert result.labels[u] == result.labels[v], "the one cell that crosses does so at the bridge"


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 1000), cells=st.integers(2, 9))
def test_at_most_one_cell_crosses_a_river_and_none_without_need(seed: int, cells: int) -> None:
    city = grid_city(12, 14, seed)
    barrier = river(city)
    work = regions(city, barrier, cells)
    result = draw(city, cells, barrier, tolerance=0.05)
    found = crossings(city, result.labels, barrier)
    whole = all(abs(w / max(round(w), 1) - 1) <= 0.8 * 0.05 for w in work)
    assert found == (0 if whole else 1)
    assert result.contiguous.all()
    order = np.random.default_rng(seed).permutation(len(barrier))
    again = partition_graph(
        city.pairs[order][:, ::-1], city.border_length_m[order], city.border_cost[order], city.workload, cells,
        centres=city.centres, barrier=barrier[order], tolerance=0.05,
    )  # fmt: skip
    assert (again.labels == result.labels).all()


def test_several_barriers_need_no_more_crossings_than_there_are_odd_regions() -> None:
    city = halves(4, 4)
    column = np.round(city.centres[:, 0] / 110)
    a, b = city.pairs.T
    railway = (np.minimum(column[a], column[b]) == 5) & (np.maximum(column[a], column[b]) == 6)
    barrier = np.where(railway, 1, river(city)).astype(np.int8)
    work = regions(city, barrier, 8)
    assert len(work) == 4
    result = draw(city, 8, barrier, tolerance=0.02)
    assert crossings(city, result.labels, barrier) <= 3
    assert result.max_abs_deviation <= 0.02


def test_a_redraw_goes_on_crossing_where_it_did() -> None:
    city = grid_city(12, 14, 5)
    barrier = river(city)
    first = draw(city, 5, barrier, tolerance=0.05)
    assert crossings(city, first.labels, barrier) == 1
    again = draw(city, 5, barrier, tolerance=0.05, labels=first.labels)
    assert (again.labels == first.labels).mean() > 0.95
    assert crossings(city, again.labels, barrier) == 1


def test_a_barrier_within_an_exclusive_area_does_not_cut_it() -> None:
    city = halves(3, 3)
    market = np.where((np.abs(city.centres[:, 1] - 605) < 120) & (city.centres[:, 0] < 250), 0, -1)
    result = draw(city, 5, river(city), exclusive=market, tolerance=0.05)
    assert len(np.unique(result.labels[market == 0])) == 1
    assert not any(f.rule == "exclusive.apart" for f in result.findings)


def test_barriers_that_do_not_fit_are_refused() -> None:
    city = halves(2, 2)
    with pytest.raises(GriddingError, match="barrier has 3 rows"):
        draw(city, 4, np.zeros(3, np.int8))
    with pytest.raises(GriddingError, match=r"0 \(open\), 1 \(barrier\) or 2"):
        draw(city, 4, np.full(len(city.pairs), 7))
