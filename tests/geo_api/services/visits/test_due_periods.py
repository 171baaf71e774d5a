"""The calendar period that waits for a visit: arrays give what one business at a time gives."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_api.services.answers import PublishedTerritory
from geo_api.services.visits.due import _anniversaries
from geo_api.services.visits.due_model import DueInputs
from geo_api.services.visits.due_periods import first_missed
from geo_api.supervision.coverage import judged_periods
from geo_api.supervision.frequency import Rules

RULES = Rules(visits_per_year={"A": 0, "B": 4, "C": 12, "D": 24})
EMPTY = PublishedTerritory(date(2026, 1, 1), None, "", (), (), {}, {}, {})  # type: ignore[arg-type]
days_ago = st.integers(0, 900)
shop = st.tuples(st.sampled_from("ABCD"), st.none() | days_ago, st.none() | days_ago)


def inputs(shops: list[tuple[str, date | None, date | None]]) -> DueInputs:
    letters, opened, last = zip(*shops, strict=True)
    n, nothing = len(shops), np.full(len(shops), np.datetime64("NaT", "D"))
    text = np.full(n, "", dtype=object)
    visited = np.array(last, dtype="datetime64[D]")
    return DueInputs(
        np.arange(n), text, text, text, np.array(letters, dtype=object), text, np.ones(n, dtype=bool), text,
        np.array(opened, dtype="datetime64[D]"), nothing, nothing, visited, visited, nothing, nothing, visited, (), EMPTY,
    )  # fmt: skip


def one(letter: str, opened: date | None, last: date | None, on: date) -> date | None:
    periods = judged_periods(RULES.visits_per_year[letter], on - timedelta(days=366), on + timedelta(days=366))
    for period in periods:
        if period.start > on:
            return None
        if (opened is None or opened <= period.start) and (last is None or last < period.start):
            return period.end - timedelta(days=1)
    return None


@settings(max_examples=60, deadline=None)
@given(shops=st.lists(shop, min_size=1, max_size=12), on=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_arrays_agree_with_one_at_a_time(shops: list[tuple[str, int | None, int | None]], on: date) -> None:
    dated = [(c, *(None if d is None else on - timedelta(days=d) for d in (o, v))) for c, o, v in shops]
    found = first_missed(
        inputs(dated), RULES, np.ones(len(dated), dtype=bool), np.datetime64(on, "D"), lambda *_: {}, look_back=0
    )
    assert found.astype(object).tolist() == [one(*each, on) for each in dated]  # type: ignore[arg-type]


def test_a_period_that_asks_for_several_visits_waits_until_all_are_made() -> None:
    rules = Rules(visits_per_year={"A": 5, "B": 4, "C": 12, "D": 24})  # five a year: five in the calendar year
    on, visited = date(2026, 8, 1), date(2026, 7, 1)
    given_inputs = inputs([("A", date(2020, 1, 1), visited)] * 2)
    found = first_missed(
        given_inputs, rules, np.ones(2, dtype=bool), np.datetime64(on, "D"), lambda *_: {0: 4, 1: 5}, look_back=0
    )
    assert found.astype(object).tolist() == [date(2026, 12, 31), None]


@given(opened=st.dates(date(2010, 1, 1), date(2026, 1, 1)), after=st.none() | st.integers(-100, 4000))
def test_the_anniversary_is_the_end_of_the_first_year_without_a_visit_since_the_last_one(
    opened: date, after: int | None
) -> None:
    last = None if after is None else opened + timedelta(days=after)
    found = _anniversaries(np.array([opened], dtype="datetime64[D]"), np.array([last], dtype="datetime64[D]"))
    due = found.astype(object)[0]
    assert (due.month, due.day) == (opened.month, opened.day) or (due.month, due.day, opened.day) == (2, 28, 29)
    assert due.year > opened.year
    if last is None or last < opened:
        assert due.year == opened.year + 1
    else:
        assert 365 <= (due - last).days <= 731, "the year that ends then began after the last visit"
