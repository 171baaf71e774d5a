"""Buckets: how many pass in a time, what is left, when to come back; many callers, several processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.services import rate_limits
from geo_api.services.rate_limits import Buckets, memory


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def buckets(clock: Clock) -> Buckets:
    return Buckets(clock=clock)


def test_a_minutes_worth_passes_at_once_then_it_refills_evenly() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    name = buckets.name(b"key:1")
    taken = [buckets.take(name, 60) for _ in range(60)]
    assert all(t.given for t in taken)
    assert [t.left for t in taken] == list(range(59, -1, -1))
    refused = buckets.take(name, 60)
    assert (refused.given, refused.left, refused.wait_s, refused.full_s) == (False, 0, pytest.approx(1.0), 60.0)
    clock.now += 1.0
    assert buckets.take(name, 60).given
    assert not buckets.take(name, 60).given
    clock.now += 3_600.0
    assert buckets.take(name, 60).left == 59, "never more than one minute's worth"


steps = st.lists(st.tuples(st.floats(0, 20), st.integers(0, 9)), min_size=1, max_size=80)


@given(steps=steps, limit=st.integers(1, 200), start=st.integers(1, 2**63))
def test_never_more_than_the_limit_and_its_refill(
    buckets: Buckets, clock: Clock, steps: list[tuple[float, int]], limit: int, start: int
) -> None:
    clock.now += 1e4  # whoever was there before is full again
    name, begun, passed = start, clock.now, 0
    for pause, questions in steps:
        clock.now += pause
        for _ in range(questions):
            taken = buckets.take(name, limit)
            passed += taken.given
            assert taken.given == (taken.wait_s == 0.0)
            if not taken.given:
                clock.now += taken.wait_s
                assert buckets.take(name, limit).given, "after the time that was told"
                passed += 1
    assert passed <= limit * (1 + (clock.now - begun) / 60.0) + 1e-6 * limit


def test_a_batch_may_be_larger_than_the_limit_and_the_next_one_waits() -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    name = buckets.name(b"key:1:points")
    assert buckets.look(name, 1_000).given
    buckets.owe(name, 1_000, 3_000)
    seen = buckets.look(name, 1_000)
    assert (seen.given, seen.wait_s) == (False, pytest.approx(120.06))
    clock.now += seen.wait_s
    assert buckets.look(name, 1_000).given


def test_callers_do_not_pay_for_each_other_and_are_not_named() -> None:
    buckets = Buckets(clock=Clock())
    one, other = buckets.name(b"from:10.0.0.1"), buckets.name(b"from:10.0.0.2")
    buckets.take(one, 1)
    assert not buckets.take(one, 1).given
    assert buckets.take(other, 1).given
    assert Buckets().name(b"from:10.0.0.1") != one, "salted anew in every service"


def test_a_full_table_forgets_the_fullest_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    buckets = Buckets(clock=clock)
    heavy, *others = (1 + n * (rate_limits.SLOTS - rate_limits.PROBES) for n in range(rate_limits.PROBES * 3))
    for _ in range(10):
        buckets.take(heavy, 10)
    for name in others:  # all of them fall on the same places
        assert buckets.take(name, 10).given
    assert not buckets.take(heavy, 10).given


COUNT = """
import os, sys
from geo_api.services.rate_limits import Buckets
buckets = Buckets(os.open(sys.argv[1], os.O_RDWR))
print(sum(buckets.take(buckets.name(b"key:1"), 1000).given for _ in range(2000)))
"""


def test_several_processes_count_together() -> None:
    descriptor = memory()
    try:
        command = [sys.executable, "-c", COUNT, f"/proc/{os.getpid()}/fd/{descriptor}"]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        passed = sum(int(process.communicate(timeout=60)[0]) for process in running)
    finally:
        os.close(descriptor)
    assert 1_000 <= passed <= 1_000 * (1 + 60 / 60), "one bucket for all, and what refills in the meantime"
    assert passed < 2 * 1_000
