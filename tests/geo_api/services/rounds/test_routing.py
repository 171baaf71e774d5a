"""Rounds: every place once, limits kept, days balanced, ways short, the same every time."""

from __future__ import annotations

from itertools import permutations

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from geo_api.services.rounds.routing import DayLimits, plan_rounds, shorten

START = np.array([0.0, 0.0])
metres = st.floats(-5000, 5000, allow_nan=False, width=32)


def way_m(xy: np.ndarray, order: np.ndarray) -> float:
    return float(np.hypot(*np.diff(np.vstack([START, xy[order], START]), axis=0).T).sum())


@settings(max_examples=30)
@given(
    xy=st.integers(0, 30).flatmap(lambda n: hnp.arrays(float, (n, 2), elements=metres)),
    days=st.integers(1, 6),
    visits=st.integers(1, 9),
    hours=st.floats(1, 8),
    per_metre=st.sampled_from([0.0, 0.006]),
)
def test_every_place_is_in_one_round_or_left_and_no_day_is_too_full(
    xy: np.ndarray, days: int, visits: int, hours: float, per_metre: float
) -> None:
    minutes = 20.0 + np.arange(len(xy)) % 3 * 20.0
    rounds = plan_rounds(xy, minutes, START, days, DayLimits(visits, hours * 60), per_metre)
    placed = [i for day in rounds.days for i in day.tolist()]
    assert sorted([*placed, *rounds.left.tolist()]) == list(range(len(xy)))
    assert len(rounds.days) <= days
    for day, length in zip(rounds.days, rounds.length_m, strict=True):
        assert 1 <= len(day) <= visits
        assert length == pytest.approx(way_m(xy, day))
        assert minutes[day].sum() + length * per_metre <= hours * 60 + 1e-6
    if rounds.days:
        numbers = [len(d) for d in rounds.days]
        assert max(numbers) - min(numbers) <= 3
        assert sorted(placed) == list(range(len(placed))), "what is left is what is least urgent"


def test_the_shortest_way_is_found_where_it_can_be_tried_out() -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        xy = rng.uniform(0, 1000, (6, 2))
        (day,) = plan_rounds(xy, np.full(6, 10.0), START, 1, DayLimits(6, 600), 0.0).days
        shortest = min(way_m(xy, np.array(p)) for p in permutations(range(6)))
        assert way_m(xy, day) == pytest.approx(shortest, rel=1e-9)


def test_near_places_are_on_one_day() -> None:
    rng = np.random.default_rng(1)
    villages = np.array([[4000.0, 0.0], [-4000.0, 0.0], [0.0, 4000.0]])
    xy = villages[np.arange(18) % 3] + rng.normal(0, 100, (18, 2))
    days = plan_rounds(xy, np.full(18, 30.0), START, 5, DayLimits(6, 360), 0.006).days
    assert sorted(sorted(d % 3) for d in days) == [[0] * 6, [1] * 6, [2] * 6]


def test_the_same_places_give_the_same_rounds_and_few_days_are_used() -> None:
    xy = np.random.default_rng(7).uniform(0, 3000, (21, 2))
    one, two = (plan_rounds(xy, np.full(21, 30.0), START, 5, DayLimits(8, 360), 0.006) for _ in range(2))
    assert [d.tolist() for d in one.days] == [d.tolist() for d in two.days]
    assert [len(d) for d in one.days] == [7, 7, 7] or sorted(len(d) for d in one.days) == [6, 7, 8]


def test_a_way_is_never_made_longer() -> None:
    rng = np.random.default_rng(5)
    xy = rng.uniform(0, 1000, (40, 2))
    distance = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1))
    way = np.arange(40)
    shorter = shorten(distance, way)
    assert sorted(shorter.tolist()) == way.tolist()
    assert (shorter[0], shorter[-1]) == (0, 39)
    assert distance[shorter[:-1], shorter[1:]].sum() < 0.5 * distance[way[:-1], way[1:]].sum()


def test_what_cannot_be_done_in_a_day_is_left() -> None:
    rounds = plan_rounds(np.array([[90000.0, 0.0]]), np.array([30.0]), START, 3, DayLimits(8, 360), 0.01)
    assert (rounds.days, rounds.left.tolist()) == ((), [0])
