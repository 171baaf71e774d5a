from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from geo_api.sample.county import County
from geo_api.sample.rounds import rounds
from geo_api.sample.workdays import HOLIDAYS, back_to_work, spread


def days(*values: str) -> np.ndarray:
    return np.array(values, dtype="datetime64[D]")


def test_places_from_0_to_1_cover_the_working_days_of_a_stretch() -> None:
    begin, end = days("2026-09-21"), days("2026-10-12")  # three weeks with two breaks
    found = {str(spread(begin, end, np.array([place]))[0]) for place in np.linspace(0, 1, 200)}
    assert sorted(found) == [
        *(f"2026-09-{d}" for d in (21, 22, 23, 24, 28, 29, 30)),
        *(f"2026-10-{d:02d}" for d in (8, 9)),
    ]


@pytest.mark.parametrize(("begin", "end"), [("2026-10-01", "2026-10-08"), ("2026-03-07", "2026-03-09")])
def test_a_stretch_without_a_working_day_has_no_visit(begin: str, end: str) -> None:
    assert np.isnat(spread(days(begin), days(end), np.array([0.5])))[0]
    assert np.isnat(spread(days(end), days(begin), np.array([0.5])))[0]


def test_a_campaign_day_in_a_break_moves_to_the_last_working_day_before_it() -> None:
    assert back_to_work(days("2026-02-20", "2026-03-08", "2026-03-09")).astype(str).tolist() == [
        "2026-02-13",
        "2026-03-06",
        "2026-03-09",
    ]


@pytest.mark.parametrize(
    ("letter", "count", "first", "last"),
    [
        ("A", 3, date(2025, 7, 1), date(2027, 1, 1)),
        ("B", 5, date(2025, 10, 1), date(2027, 1, 1)),
        ("C", 12, date(2025, 11, 1), date(2026, 11, 1)),
        ("D", 24, date(2025, 11, 1), date(2026, 11, 1)),
    ],
)
def test_rounds_are_the_periods_judged_and_the_one_that_runs(letter: str, count: int, first: date, last: date) -> None:
    found = rounds(letter, date(2026, 11, 1))
    assert (len(found), found[0].start, found[-1].end) == (count, first, last)
    assert all(a.end == b.start for a, b in pairwise(found))


def test_nobody_visits_on_holidays(county: County) -> None:
    visited = county.inspections["date"].to_numpy().astype("datetime64[D]")
    assert not np.isin(visited, HOLIDAYS).any()
