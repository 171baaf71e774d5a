"""Half-open periods and what history does with them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo_api.supervision.officers import Duty
from geo_api.supervision.periods import Period, first_gap
from geo_api.supervision.publication import Assignment, Publication, Withdrawn, assign, hand_over, supersede

FIRST = date(2025, 1, 1)
days = st.one_of(st.none(), st.integers(0, 40).map(lambda n: FIRST + timedelta(days=n)))
periods = st.builds(Period, days, days)
ALL_DAYS = [FIRST + timedelta(days=n) for n in range(-5, 50)]


def in_force(rows: list, day: date) -> list:
    return [row for row in rows if day in row.period]


@given(periods, periods)
def test_minus_and_within_split_the_days(a: Period, b: Period) -> None:
    left, common = a.minus(b), a.within(b)
    for day in ALL_DAYS:
        in_a, in_b = day in a and not a.empty, day in b and not b.empty
        assert any(day in p for p in left) == (in_a and not in_b)
        assert (day in common and not common.empty) == (in_a and in_b)
    assert not any(p.empty for p in left)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_publishing_changes_no_earlier_day_and_never_two_plans_at_once(starts: list[int]) -> None:
    rows: list[Publication] = []
    for plan_id, start in enumerate(starts, 1):
        day = FIRST + timedelta(days=start)
        before = {d: [r.plan_id for r in in_force(rows, d)] for d in ALL_DAYS}
        rewrite = supersede(rows, plan_id, day)
        cut = [row for row, _ in rewrite.cut]
        rows = [r for r in rows if r not in cut]
        rows += [Publication(row.row_id, row.plan_id, p) for row, left in rewrite.cut for p in left]
        rows += list(rewrite.new)
        for d in ALL_DAYS:
            now = [r.plan_id for r in in_force(rows, d)]
            assert now == (before[d] if d < day else [plan_id])


@given(st.lists(st.tuples(st.sampled_from("abc"), periods.filter(lambda p: not p.empty)), max_size=8))
def test_a_post_has_one_lead_at_a_time(steps: list[tuple[str, Period]]) -> None:
    rows: list[Assignment] = []
    for officer, period in steps:
        rewrite = assign(rows, Assignment(0, officer, "c1", "lead", "", period))
        cut = [row for row, _ in rewrite.cut]
        rows = [r for r in rows if r not in cut]
        rows += [Assignment(0, r.officer_id, r.code, r.role, "", p) for r, left in rewrite.cut for p in left]
        rows += list(rewrite.new)
        for day in ALL_DAYS:
            leads = in_force(rows, day)
            assert len(leads) <= 1
            if day in period:
                assert leads[0].officer_id == officer


def test_the_first_gap_ends_where_the_next_begins() -> None:
    whole = Period(date(2025, 3, 1), None)
    assert first_gap(whole, []) == whole
    assert first_gap(whole, [Period(date(2025, 5, 1), None)]) == Period(date(2025, 3, 1), date(2025, 5, 1))
    assert first_gap(whole, [Period(None, date(2025, 3, 2))]) is None
    assert first_gap(whole, [Period(None, date(2025, 3, 1))]) == whole


def test_a_kept_code_keeps_its_officers_and_a_lost_one_ends() -> None:
    day, since = date(2026, 1, 1), Period(date(2024, 1, 1), None)
    rows = [Assignment(1, "a", "c1", "lead", "", since), Assignment(2, "b", "c9", "lead", "", since)]
    proposed = [Duty("c1", "x", "lead"), Duty("c1", "y", "deputy"), Duty("c2", "z", "lead")]
    rewrite = hand_over(rows, {"c1", "c2"}, proposed, day)
    assert rewrite.cut == ((rows[1], (Period(date(2024, 1, 1), day),)),)
    assert [(r.officer_id, r.code, r.role) for r in rewrite.new] == [("y", "c1", "deputy"), ("z", "c2", "lead")]


def test_a_withdrawn_plan_takes_back_what_it_brought_and_what_it_ended() -> None:
    day, later, since = date(2026, 1, 1), date(2026, 2, 1), date(2024, 1, 1)
    rows = [
        Assignment(1, "a", "c1", "lead", "", Period(since, later), 1),  # the withdrawn plan had no c1
        Assignment(2, "b", "c2", "deputy", "", Period(later, None), 2),
        Assignment(3, "c", "c2", "lead", "", Period(since, later), 1),  # somebody was assigned in its place
        Assignment(4, "d", "c2", "lead", "", Period(later, None)),
    ]
    proposed = [Duty("c1", "x", "lead"), Duty("c2", "y", "deputy")]
    rewrite = hand_over(rows, {"c1", "c2"}, proposed, day, [Withdrawn(2, later, frozenset({"c2"}))])
    assert rewrite.cut == ((rows[0], (Period(since, None),)), (rows[1], ()))
    assert [(r.officer_id, r.code, r.period) for r in rewrite.new] == [("y", "c2", Period(day, None))]


def test_somebody_is_not_lead_and_deputy_of_one_cell() -> None:
    old = Assignment(1, "a", "c1", "deputy", "", Period(None, None))
    rewrite = assign([old], Assignment(0, "a", "c1", "lead", "", Period(date(2026, 1, 1), None)))
    assert rewrite.cut == ((old, (Period(None, date(2026, 1, 1)),)),)
    food = assign([old], Assignment(0, "a", "c1", "lead", "food", Period(date(2026, 1, 1), None)))
    assert food.cut == (), "another function is another post"
