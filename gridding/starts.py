"""Several independent searches, side by side on all cores; the best plan wins.

Each search has a seed of its own, derived from the request's, and shares nothing with the others: which plan wins depends
neither on the number of cores nor on which search ends first. The numeric kernels let go of the interpreter's lock, so
threads are enough.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock

from gridding.anneal import score
from gridding.rng import rng_state
from gridding.task import Stop, Task, Tell
from gridding.types import Int32Array

Search = Callable[[Task, Stop, Tell], Int32Array]
"""Labels of the best plan of one search; the task brings its seed."""


def best_of(
    task: Task, starts: int, search: Search, stop: Stop, tell: Tell, *, workers: int | None = None
) -> Int32Array:
    """Labels of the best of several searches: least outside the tolerance, then cheapest, then the earliest.

    Args:
        task: what is to be partitioned; the first search has its seed, so that more searches are never worse than one.
        starts: number of searches, >= 1.
        search: one search; asked to stop like all others.
        stop: asked between rounds; searches that have not begun by then do not begin, but for the first.
        tell: told the share of the work done, by one search at a time.
        workers: searches at once; None = one a core. It changes nothing but the time.
    """
    if starts == 1:
        return search(task, stop, tell)
    halt, lock, done = Event(), Lock(), [0.0] * starts

    def stopped() -> bool:
        return halt.is_set() or stop()

    def one(start: int) -> Int32Array | None:
        def tell_all(share: float) -> None:
            with lock:
                done[start] = max(done[start], share)
                tell(sum(done) / starts)

        if start and stopped():
            return None
        labels = search(replace(task, seed=_seed(task.seed, start)), stopped, tell_all)
        tell_all(1.0)
        return labels

    with ThreadPoolExecutor(min(starts, workers or os.cpu_count() or 1)) as pool:
        try:
            plans = list(pool.map(one, range(starts)))
        except BaseException:
            halt.set()  # an interrupt or a fault: the other searches end at their next round
            raise
    return min((plan for plan in plans if plan is not None), key=lambda plan: _rank(task, plan))


def _seed(seed: int, start: int) -> int:
    """Seed of a search: the request's for the first, far from it and from each other for the others."""
    return seed if start == 0 else int(rng_state(seed, 11, start)[0] >> 33)


def _rank(task: Task, labels: Int32Array) -> tuple[float, float]:
    found = score(task.graph, labels, *task.band())
    return found.worst, found.cost + found.away
