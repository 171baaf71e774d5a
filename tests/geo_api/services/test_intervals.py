"""Days between visits: against a plain reckoning, by kind, period, place, and with rows that are kept beside the visits."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import pairwise
from statistics import median, quantiles

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.coverage.intervals import IntervalAnswer, VisitDays, visit_intervals
from geo_api.services.load import load
from tests.geo_api.life import OPERATOR
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, Town


class Days:
    """Visits held in memory."""

    def __init__(self, rows: list[tuple[int, int, int]]) -> None:
        self.rows = rows

    def ancestors(self, code: str) -> tuple[str, ...]:
        return (code,)

    def visit_days(self, *_: object, **__: object) -> VisitDays:
        entity, day, station = np.array(self.rows, dtype=np.int64).reshape(-1, 3).T
        return VisitDays(entity, day, station, ("B", "S0", "S1"), ("bureau", "one", "two"))


def plain(rows: list[tuple[int, int, int]]) -> list[int]:
    """Days between visits, one business after another."""
    days: dict[int, list[int]] = defaultdict(list)
    for entity, day, _ in rows:
        days[entity].append(day)
    return [b - a for found in days.values() for a, b in pairwise(sorted(found))]


ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 900)), max_size=40).map(
    lambda rows: [(entity, day, 1 + entity % 2) for entity, day in rows]
)


@given(ROWS)
def test_as_reckoned_by_hand(rows: list[tuple[int, int, int]]) -> None:
    answer = visit_intervals(Days(rows), "B", caller=OPERATOR)
    expected = plain(rows)
    whole = answer.whole
    assert (whole.visits, whole.intervals) == (len(rows), len(expected))
    assert whole.intervals == whole.visits - whole.entities
    assert whole.over == sum(d > 365 for d in expected)
    if not expected:
        assert whole.median_days is whole.share_over is None
        return
    assert whole.median_days == median(expected)
    assert whole.share_over == whole.over / len(expected)
    if len(expected) > 1:
        low, _, high = quantiles(expected, method="inclusive")
        assert whole.quarter_days == pytest.approx(low)
        assert whole.three_quarter_days == pytest.approx(high)
    for name in ("visits", "entities", "intervals", "over"):
        assert sum(getattr(s, name) for s in answer.stations) == getattr(whole, name), "stations make up the whole"


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int, int]], luck: object) -> None:
    shuffled = list(rows)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert visit_intervals(Days(rows), "B", caller=OPERATOR) == visit_intervals(Days(shuffled), "B", caller=OPERATOR)


@pytest.fixture
def visited(store: Store, town: Town) -> Store:
    """The town with 20 visits more that name nobody in its register."""
    strangers = pd.DataFrame(
        {
            "visit_id": [f"x{i}" for i in range(20)],
            "entity": ["nobody"] * 20,
            "date": [date(2026, 1, 1 + i) for i in range(20)],
            "kind": "daily", "officer_id": None, "result": "pass",
        }
    )  # fmt: skip
    load(
        town.but(inspections=pd.concat([town.inspections, strangers], ignore_index=True)), store.register, today=LOADED
    )
    return store


def ask(store: Store, code: str = BUREAU, **how: object) -> IntervalAnswer:
    return visit_intervals(store.intervals, code, caller=OPERATOR, **how)  # type: ignore[arg-type]


def by_hand(visits: pd.DataFrame) -> list[int]:
    days = [(d - date(2000, 1, 1)).days for d in visits["date"]]
    return plain(list(zip(pd.factorize(visits["entity"])[0].tolist(), days, [0] * len(days), strict=True)))


@pytest.mark.db
def test_on_postgis(visited: Store, town: Town) -> None:
    daily = town.inspections[town.inspections["kind"] == "daily"]
    answer = ask(visited)
    assert answer.whole.visits == len(daily)
    assert answer.whole.median_days == median(by_hand(daily))
    assert [s.code for s in answer.stations] == [WEST, EAST]
    far = town.entities["source_id"].iloc[-2:]
    inside = sum(s.visits for s in answer.stations)
    assert inside == (~daily["entity"].isin(far)).sum(), "the unlocated and the far one lie in no station"
    assert ask(visited, WEST).whole.visits == answer.stations[0].visits
    assert ask(visited, WEST).whole.median_days == answer.stations[0].median_days

    every = ask(visited, kinds=("daily", "special", "priority"))
    assert every.whole.visits == len(town.inspections)
    assert every.whole.median_days == median(by_hand(town.inspections))

    first, last = date(2026, 3, 1), date(2026, 6, 1)
    part = daily[(daily["date"] >= first) & (daily["date"] < last)]
    assert ask(visited, period_from=first, period_to=last).whole.visits == len(part)


@pytest.mark.db
def test_as_given_counts_what_names_nobody(visited: Store, town: Town) -> None:
    daily = town.inspections[town.inspections["kind"] == "daily"]
    answer = ask(visited, as_given=True)
    assert answer.whole.visits == len(daily) + 20
    assert answer.whole.intervals == len(by_hand(daily)) + 19
    assert answer.stations == ()


@pytest.mark.db
def test_what_is_refused(visited: Store) -> None:
    with pytest.raises(NotFound):
        ask(visited, "999999")
    with pytest.raises(BadRequest, match="kinds of visits are daily"):
        ask(visited, kinds=("weekly",))
    with pytest.raises(BadRequest, match="has no days"):
        ask(visited, period_from=date(2026, 3, 1), period_to=date(2026, 3, 1))
    with pytest.raises(NotAllowed):
        visit_intervals(visited.intervals, BUREAU, caller=Caller("officer", "officer", WEST))
