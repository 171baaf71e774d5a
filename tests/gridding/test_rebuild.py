"""Cells that miss, drawn anew with those around them: a planted miss is mended, cells far away and plans without a miss stay."""

from __future__ import annotations

import numpy as np
import pytest

from gridding.anneal import score
from gridding.contiguity import contiguous_within_parts
from gridding.csr import canonical_pairs, make_graph
from gridding.partition import partition_graph
from gridding.rebuild import rebuild
from gridding.task import Task
from tests.gridding.cities import City, grid_city

CELLS, TOLERANCE = 30, 0.03


@pytest.fixture(scope="module")
def town() -> tuple[City, Task, np.ndarray]:
    """A town, what is asked for, and a plan within the tolerance."""
    city = grid_city(30, 30, 3, zero_share=0.2, skew=0.7)
    plan = partition_graph(*city.request, CELLS, tolerance=TOLERANCE, centres=city.centres, explain=False)
    edges = canonical_pairs(city.pairs, city.border_length_m, city.border_cost, city.blocks)
    graph = make_graph(edges.a, edges.b, edges.cost, city.workload / city.workload.mean() / city.blocks * CELLS)
    task = Task(graph, np.zeros(graph.n, np.int32), np.zeros(CELLS, np.int32), np.ones(CELLS), TOLERANCE, 1)
    return city, task, plan.labels


def planted(city: City, labels: np.ndarray, cell: int) -> np.ndarray:
    """The plan, but the cell has taken every block of its neighbours that it touches and they can spare."""
    labels = labels.copy()
    a, b = np.concatenate([city.pairs, city.pairs[:, ::-1]]).T
    for block in np.unique(b[(labels[a] == cell) & (labels[b] != cell)]):
        tried = labels.copy()
        tried[block] = cell
        if contiguous_within_parts(tried, *city.pairs.T.astype(np.int32), CELLS).all():
            labels = tried
    return labels


def test_a_plan_without_a_miss_stays(town: tuple[City, Task, np.ndarray]) -> None:
    _, task, labels = town
    assert score(task.graph, labels, *task.band()).worst == 0
    np.testing.assert_array_equal(rebuild(task, labels, lambda: False), labels)


@pytest.mark.parametrize("cell", [0, 12, 29])
def test_a_planted_miss_is_mended_and_far_cells_stay(cell: int, town: tuple[City, Task, np.ndarray]) -> None:
    city, task, labels = town
    wrong = planted(city, labels, cell)
    before = wrong.copy()
    assert score(task.graph, wrong, *task.band()).worst > 5 * TOLERANCE
    mended = rebuild(task, wrong, lambda: False)
    np.testing.assert_array_equal(wrong, before)
    assert score(task.graph, mended, *task.band()).worst == 0
    assert contiguous_within_parts(mended, *city.pairs.T.astype(np.int32), CELLS).all()
    touched = np.unique(np.concatenate([wrong[wrong != mended], mended[wrong != mended]]))
    assert cell in touched
    assert len(touched) <= 22, "cells far away stay"
    np.testing.assert_array_equal(rebuild(task, wrong, lambda: False), mended)


def test_a_spent_time_limit_and_no_places_change_nothing(town: tuple[City, Task, np.ndarray]) -> None:
    city, task, labels = town
    wrong = planted(city, labels, 12)
    np.testing.assert_array_equal(rebuild(task, wrong, lambda: True), wrong)
    np.testing.assert_array_equal(rebuild(task, wrong, lambda: False, places=0), wrong)
