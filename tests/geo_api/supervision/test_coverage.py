"""Visits due and made by calendar period."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.supervision.coverage import covered, due_periods
from geo_api.supervision.periods import Period

ALWAYS = Period(None, None)
some_day = st.dates(date(2021, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("per_year", "number", "first", "last"),
    [
        (1, 1, (date(2025, 1, 1), date(2026, 1, 1)), (date(2025, 1, 1), date(2026, 1, 1))),
        (2, 2, (date(2025, 7, 1), date(2026, 1, 1)), (date(2026, 1, 1), date(2026, 7, 1))),
        (4, 4, (date(2025, 10, 1), date(2026, 1, 1)), (date(2026, 7, 1), date(2026, 10, 1))),
        (12, 12, (date(2025, 11, 1), date(2025, 12, 1)), (date(2026, 10, 1), date(2026, 11, 1))),
        (24, 24, (date(2025, 11, 16), date(2025, 12, 1)), (date(2026, 11, 1), date(2026, 11, 16))),
    ],
)
def test_the_periods_of_each_class(per_year: float, number: int, first: tuple, last: tuple) -> None:
    periods = due_periods(per_year, date(2026, 11, 21))
    assert len(periods) == number
    assert ((periods[0].start, periods[0].end), (periods[-1].start, periods[-1].end)) == (first, last)
    assert all(p.visits == 1 for p in periods)


@given(some_day, st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 12, 24, 36, 48]))
def test_a_year_asks_for_the_visits_of_a_year(on: date, per_year: float) -> None:
    periods = due_periods(per_year, on)
    assert sum(p.visits for p in periods) == per_year
    assert all(a.end == b.start for a, b in pairwise(periods)), "no day twice, none left out"
    assert periods[-1].end <= on < periods[-1].end + timedelta(days=366)


@given(some_day, st.sampled_from([2, 4, 12, 24]), st.lists(some_day, max_size=60))
def test_made_never_exceeds_due_nor_the_visits(on: date, per_year: float, visits: list[date]) -> None:
    result = covered(due_periods(per_year, on), ALWAYS, sorted(visits))
    assert 0 <= result.made <= min(result.due, len(visits))
    assert (result.overdue_since is None) == (result.made == result.due)


def test_two_visits_in_january_do_not_make_a_year() -> None:
    periods = due_periods(4, date(2026, 11, 21))
    result = covered(periods, ALWAYS, [date(2026, 1, 5), date(2026, 1, 6), date(2026, 7, 1)])
    assert (result.due, result.made) == (4, 2)
    assert result.overdue_since == date(2026, 7, 1)
    assert result.overdue_days(date(2026, 11, 21)) == 143


def test_openings_and_closures_count_pro_rata() -> None:
    periods = due_periods(12, date(2026, 11, 21))
    opened = Period(date(2026, 9, 16), date(2026, 10, 8))
    result = covered(periods, opened, [date(2026, 9, 20)])
    assert result.due == pytest.approx(15 / 30 + 7 / 31)
    assert result.made == pytest.approx(15 / 30)
    assert result.overdue_since is None, "a quarter of a visit is no visit missed"
    assert covered(periods, Period(date(2027, 1, 1), None), []).due == 0


def test_exempt_classes_are_due_nothing() -> None:
    assert due_periods(0, date(2026, 1, 1)) == ()


def test_leap_day() -> None:
    assert sum(p.visits for p in due_periods(24, date(2024, 2, 29))) == 24
