"""Medians of several rounds, in which every contender runs once, in an order that changes from round to round."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Measured:
    """What one contender took, and what it answered.

    Attributes:
        seconds, cpu_seconds: of each round; CPU seconds count this process alone, all of its threads.
        answer: of the last round.
    """

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    answer: Any = None

    @property
    def median_s(self) -> float:
        """Median of the rounds."""
        return statistics.median(self.seconds)

    @property
    def median_cpu_s(self) -> float:
        """Median CPU time of the rounds."""
        return statistics.median(self.cpu_seconds)


def cpu_seconds() -> float:
    """CPU time of this process, all of its threads, and of its children that have ended."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def in_turn(rounds: int, work: dict[str, Callable[[], Any]], *, warm_up: bool = True) -> dict[str, Measured]:
    """Run every contender once unmeasured, then ``rounds`` times; the same seconds of a noisy machine hit them all."""
    if warm_up:
        for call in work.values():
            call()
    measured = {name: Measured() for name in work}
    names = list(work)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            begun, cpu = time.perf_counter(), time.process_time()
            measured[name].answer = work[name]()
            measured[name].seconds.append(time.perf_counter() - begun)
            measured[name].cpu_seconds.append(time.process_time() - cpu)
    return measured
