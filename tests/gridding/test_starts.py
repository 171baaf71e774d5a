"""Several searches side by side: the best wins, whatever the number of cores and whichever ends first."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from gridding import GriddingError, partition_graph
from gridding.csr import canonical_pairs, make_graph
from gridding.starts import best_of
from gridding.task import Stop, Task, Tell
from tests.gridding.cities import grid_city

CITY = grid_city(24, 24, 3, missing=0.2)


def small_task(cells: int = 2) -> Task:
    row = np.array([[i, i + 1] for i in range(7)])
    edges = canonical_pairs(row, np.ones(7), np.ones(7), 8)
    graph = make_graph(edges.a, edges.b, edges.cost, np.full(8, cells / 8))
    return Task(graph, np.zeros(8, np.int32), np.zeros(cells, np.int32), np.ones(cells), 0.1, 5)


def never() -> bool:
    return False


def nobody(share: float) -> None:
    pass


def test_more_searches_are_never_worse_and_the_first_is_the_single_one() -> None:
    one = partition_graph(*CITY.request, 9, rng_seed=4)
    four = partition_graph(*CITY.request, 9, rng_seed=4, starts=4)
    assert four.max_abs_deviation <= 0.01
    assert four.border_cost <= one.border_cost
    assert four.contiguous.all()


def test_the_same_plan_each_time() -> None:
    plans = {partition_graph(*CITY.request, 9, starts=3).labels.tobytes() for _ in range(2)}
    assert len(plans) == 1


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_neither_cores_nor_speed_decide(workers: int) -> None:
    task = small_task()
    seen: list[int] = []

    def search(task: Task, stop: Stop, tell: Tell) -> np.ndarray:
        seen.append(task.seed)
        time.sleep(0.002 * (task.seed % 5))  # they end in any order
        cut = 4 if task.seed % 2 else 3
        return (np.arange(8) >= cut).astype(np.int32)

    found = best_of(task, 7, search, never, nobody, workers=workers)
    assert found.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert task.seed in seen
    assert len(set(seen)) == 7


def test_a_limit_that_is_over_still_gives_a_plan() -> None:
    result = partition_graph(*CITY.request, 9, starts=5, time_limit_s=0.0)
    assert result.stopped_by == "time_limit"
    assert result.contiguous.all()
    assert set(result.labels.tolist()) == set(range(9))


def test_searches_that_have_not_begun_do_not_begin_when_time_is_up() -> None:
    begun = []

    def search(task: Task, stop: Stop, tell: Tell) -> np.ndarray:
        begun.append(task.seed)
        return np.repeat([0, 1], 4).astype(np.int32)

    best_of(small_task(), 6, search, lambda: True, nobody)
    assert begun == [5]


def test_a_fault_in_one_ends_the_others() -> None:
    waiting = threading.Event()

    def search(task: Task, stop: Stop, tell: Tell) -> np.ndarray:
        if task.seed == 5:
            waiting.wait(5)
            raise ValueError("broken")
        waiting.set()
        while not stop():
            time.sleep(0.001)
        return np.repeat([0, 1], 4).astype(np.int32)

    with pytest.raises(ValueError, match="broken"):
        best_of(small_task(), 2, search, never, nobody, workers=2)


def test_progress_of_all_rises_to_one() -> None:
    told: list[float] = []
    partition_graph(*CITY.request, 9, starts=3, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 9


def test_no_search_at_all_is_refused() -> None:
    with pytest.raises(GriddingError, match="starts must be at least 1, not 0"):
        partition_graph(*CITY.request, 9, starts=0)
