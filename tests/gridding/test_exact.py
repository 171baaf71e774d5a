"""Small stations exactly: against every plan there is, and against the real cases whose best plan is known."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridding.bounds import deviation_bound
from gridding.csr import make_graph
from gridding.exact import solve_exact
from gridding.narrows import narrow_bound
from gridding.partition import partition_graph
from tests.gridding.cities import grid_city

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data is not at {DATA}")


def connected(nodes: set[int], edges: list[tuple[int, int]]) -> bool:
    reached = {min(nodes)}
    while True:
        more = {b for a, b in edges if a in reached and b in nodes} | {
            a for a, b in edges if b in reached and a in nodes
        }
        if more <= reached:
            return reached == nodes
        reached |= more


def every_plan(
    edges: list[tuple[int, int]], load: np.ndarray, cost: np.ndarray, cells: int
) -> list[tuple[float, float]]:
    """(largest |load - 1|, border cost) of every plan of connected cells."""
    n = len(load)
    good = {mask: connected({i for i in range(n) if mask >> i & 1}, edges) for mask in range(1, 1 << n)}
    plans = []
    for rest in product(range(cells), repeat=n - 1):
        labels = np.array((0, *rest))
        used = [int(sum(1 << i for i in np.flatnonzero(labels == c))) for c in range(cells)]
        if all(used) and all(good[mask] for mask in used):
            work = np.bincount(labels, load, minlength=cells)
            cut = [labels[a] != labels[b] for a, b in edges]
            plans.append((float(np.abs(work - 1).max()), float(cost[cut].sum())))
    return plans


@st.composite
def tiny_graphs(draw: st.DrawFn) -> tuple[list[tuple[int, int]], np.ndarray, np.ndarray, int]:
    """A connected graph of 4 to 7 blocks: a tree and some more borders; workloads with noughts; 2 or 3 cells."""
    n = draw(st.integers(4, 7))
    edges = {(draw(st.integers(0, i - 1)), i) for i in range(1, n)}
    edges |= {tuple(sorted(e)) for e in draw(st.lists(st.permutations(range(n)).map(lambda p: p[:2]), max_size=5))}
    work = np.array(draw(st.lists(st.sampled_from([0, 0, 1, 2, 3, 5, 8]), min_size=n, max_size=n)), float)
    cost = np.array([draw(st.sampled_from([0.1, 0.5, 1.0, 2.0])) for _ in edges])
    return sorted(edges), work, cost, draw(st.integers(2, 3))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tiny_graphs(), st.sampled_from([0.01, 0.1, 0.3]))
def test_no_plan_is_better_and_no_bound_is_wrong(
    graph: tuple[list[tuple[int, int]], np.ndarray, np.ndarray, int], tolerance: float
) -> None:
    edges, work, cost, cells = graph
    assume(work.sum() > 0)
    load = work * cells / work.sum()
    plans = every_plan(edges, load, cost, cells)
    assume(plans)
    least = min(deviation for deviation, _ in plans)
    a, b = np.array(edges).T
    rows = make_graph(a.astype(np.int32), b.astype(np.int32), cost, load)
    narrow = narrow_bound(rows.xadj, rows.adj, rows.load, np.zeros(len(load), np.int32), np.array([cells]))
    assert narrow.value <= least + 1e-9
    assert deviation_bound(work, cells, work.sum() / cells).value <= least + 1e-9

    result = partition_graph(edges, np.ones(len(edges)), cost, work, cells, tolerance=tolerance, explain=False)
    if result.exclusive.any():
        return  # a giant is a cell of its own by rule: another question
    assert result.lower_bound <= least + 1e-9
    if result.balance_proved:
        assert result.max_abs_deviation <= max(least, tolerance) + 1e-8
    if least <= tolerance:
        assert result.max_abs_deviation <= tolerance + 1e-9
    if result.cost_proved and result.max_abs_deviation <= tolerance + 1e-9:
        cheapest = min(c for deviation, c in plans if deviation <= tolerance + 1e-12)
        assert result.border_cost == pytest.approx(cheapest, rel=1e-5)
    assert result.cost_bound <= result.border_cost * (1 + 1e-9)


@pytest.mark.parametrize(("seed", "cells"), [(1, 3), (2, 4), (3, 5)])
def test_a_station_of_forty_blocks_is_proved(seed: int, cells: int) -> None:
    city = grid_city(5, 8, seed, skew=0.6)
    result = partition_graph(*city.request, cells)
    assert not result.exclusive.any()
    assert result.balance_proved
    assert result.cost_proved
    assert result.stopped_by == "proved"
    assert result.cost_bound == pytest.approx(result.border_cost)
    others = [partition_graph(*city.request, cells, rng_seed=s) for s in (1, 2)]
    assert [o.border_cost for o in others] == pytest.approx([result.border_cost] * 2, rel=1e-5)


def test_a_spent_budget_returns_the_hint_unproved() -> None:
    city = grid_city(6, 8, 4, skew=0.6)
    a, b = city.pairs.astype(np.int32).T
    load = city.workload * 4 / city.workload.sum()
    hint = partition_graph(*city.request, 4, explain=False).labels
    plan = solve_exact(a, b, city.border_cost, load, 4, 0.01, hint, steps=1)
    assert plan is not None
    assert not plan.cost_proved
    assert plan.deviation == pytest.approx(np.abs(np.bincount(hint, load) - 1).max())


@needs_data
@pytest.mark.real
def test_the_best_plan_of_fl25_is_found() -> None:
    pyogrio = pytest.importorskip("pyogrio")
    people = pyogrio.read_dataframe(DATA / "districting_redist.gpkg", layer="fl25", read_geometry=False)[
        "pop"
    ].to_numpy()
    pairs = np.unique(
        np.sort(np.loadtxt(DATA / "districting_fl25_adjacency.csv", int, delimiter=",", skiprows=1)), axis=0
    )
    best = json.loads((DATA / "districting_fl25_enum_summary.json").read_text())["min_pop_dev"]
    ones = np.ones(len(pairs))
    result = partition_graph(pairs, ones, ones, people, 3, tolerance=0.0, explain=False)
    assert result.balance_proved
    assert result.max_abs_deviation == pytest.approx(best, abs=1e-9)
    assert result.lower_bound == pytest.approx(best, abs=1e-6)


@needs_data
@pytest.mark.real
def test_iowa_is_as_even_as_the_enacted_plan() -> None:
    geopandas = pytest.importorskip("geopandas")
    shapely = pytest.importorskip("shapely")
    counties = geopandas.read_file(DATA / "districting_redist.gpkg", layer="iowa")
    shape = shapely.set_precision(np.array(counties.geometry), 0.01)
    left, right = shapely.STRtree(shape).query(shape, predicate="intersects")
    border = shapely.length(shapely.intersection(shape[left], shape[right]))
    rook = (left < right) & (border > 1)
    people = counties["pop"].to_numpy(float)
    enacted = np.ptp(counties.groupby("cd_2010")["pop"].sum())
    pairs, length = np.column_stack([left, right])[rook], border[rook]
    result = partition_graph(pairs, length, length, people, 4, tolerance=4e-5, explain=False)
    assert result.contiguous.all()
    assert np.ptp(np.bincount(result.labels, people)) <= enacted == 76
    assert result.border_length_m < 5e6  # at 1 % about 3,200 km
