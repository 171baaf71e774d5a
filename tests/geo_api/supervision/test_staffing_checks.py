"""Posts, absences and patrol groups against the rules: each rule by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo_api.supervision.absences import Absence, away_on, clashes, come_back, go_away
from geo_api.supervision.patrol_groups import Group, connected, connected_sets, group_findings
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment
from geo_api.supervision.staffing_checks import StaffFacts, refusing, staffing_check, stay, tenure_ahead
from geo_api.supervision.staffing_rules import StaffingRules

ON = date(2026, 3, 10)
OPEN = Period(date(2026, 1, 1), None)
FACTS = StaffFacts(
    on=ON,
    station_code="S",
    codes=("S1",),
    station_of={"old": "S", "new": "S", "other": "T"},
    joined={"old": date(2010, 1, 1), "new": date(2025, 6, 1)},
    function_of={"old": "", "new": "food"},
    history=(("old", "S1", OPEN), ("new", "S1", OPEN)),
)
HEADS = (Assignment(0, "old", "S", "first", "", OPEN), Assignment(0, "old", "S", "direct", "", OPEN))
GOOD = (
    Assignment(0, "old", "S1", "lead", "", OPEN), Assignment(0, "new", "S1", "deputy", "", OPEN), *HEADS,
)  # fmt: skip


def rules_of(posts: tuple[Assignment, ...], rules: StaffingRules | None = None, **facts: object) -> set[str]:
    found = staffing_check(replace(FACTS, **facts), posts, rules or StaffingRules())  # type: ignore[arg-type]
    return {f.rule.removeprefix("staffing.") for f in found}


def test_a_cell_with_lead_and_deputy_old_and_new_breaks_nothing() -> None:
    assert rules_of(GOOD) == set()


def test_each_rule_is_told() -> None:
    lead, deputy = GOOD[:2]
    assert rules_of((*HEADS,)) == {"no_lead", "too_few"}
    assert rules_of((lead, *HEADS)) == {"too_few"}
    assert rules_of((lead, *HEADS), StaffingRules(scheme="single", officers_per_cell_min=1)) == set()
    assert rules_of((replace(lead, role="deputy"), deputy, *HEADS)) == {"no_lead"}
    assert rules_of((replace(lead, function="food"), deputy, *HEADS)) == {"no_lead"}, "of one function alone"
    assert rules_of((lead, replace(lead, role="deputy", function="food"), *HEADS)) == {"too_few"}, "one person twice"
    assert rules_of(GOOD, joined={}) == {"two_new"}
    assert rules_of(GOOD, away=frozenset({"old", "new"})) == {"nobody_there"}
    assert rules_of(GOOD, away=frozenset({"old", "new"}), substituted=frozenset({"old"})) == set()
    assert rules_of((lead, deputy)) == {"no_first", "no_direct"}
    assert rules_of((lead, replace(deputy, officer_id="other"), *HEADS)) == {"foreign_station"}
    assert rules_of((lead, replace(deputy, officer_id="ghost"), *HEADS)) == {"unknown_officer"}
    assert rules_of((lead, replace(deputy, function="health"), *HEADS)) == {"wrong_function"}
    assert rules_of(GOOD, StaffingRules(functions=("food",))) == {"no_function"}
    assert rules_of(GOOD, StaffingRules(cells_per_officer_max=1)) == set()


def test_too_many_cells() -> None:
    more = (*GOOD, *(replace(p, code="S2") for p in GOOD[:2]))
    found = rules_of(more, StaffingRules(cells_per_officer_max=1), codes=("S1", "S2"))
    assert found == {"too_many_cells"}


def test_tenure_counts_the_whole_stay_whatever_the_role() -> None:
    long = (
        ("old", "S1", Period(date(2022, 1, 1), date(2024, 1, 1))),
        ("old", "S1", Period(date(2024, 1, 1), None)),
        ("new", "S1", OPEN),
    )
    assert rules_of(GOOD, history=long) == {"over_tenure"}
    assert rules_of(GOOD, history=(long[0], ("old", "S1", OPEN))) == set()  # gone in between: it begins anew
    found = staffing_check(replace(FACTS, history=long), GOOD, StaffingRules())
    assert [f.details["officers"] for f in refusing(found, StaffingRules(), "old")] == [["old"]]
    assert not refusing(found, StaffingRules(), "new")
    assert not refusing(found, StaffingRules(refuse=()), "old")


def test_a_post_that_lasts_too_long_is_told_with_the_first_day_of_that() -> None:
    first_day_over = date(2029, 1, 1)  # three years from 2026-01-01 on are full

    def told(end: date | None) -> list[tuple[str, object]]:
        post = Assignment(0, "old", "S1", "lead", "", Period(ON, end))
        return [(f.severity.value, f.details["reached"]) for f in tenure_ahead(FACTS, post)]

    assert told(first_day_over) == []
    assert told(date(2029, 1, 2)) == [("warning", "2029-01-01")]
    assert told(None) == [("info", "2029-01-01")]
    for on, over in ((first_day_over - timedelta(1), False), (first_day_over, True)):
        found = staffing_check(replace(FACTS, on=on), GOOD, StaffingRules())
        assert ("staffing.over_tenure" in {f.rule for f in found}) is over  # the check says so from that day on
    assert not list(tenure_ahead(replace(FACTS, on=first_day_over), GOOD[0]))  # then it is no news
    assert not list(tenure_ahead(FACTS, replace(GOOD[0], code="S")))  # a post at a station is no post in a cell


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 15)), max_size=6), st.integers(0, 45))
def test_a_stay_is_every_day_back_without_a_gap(spans: list[tuple[int, int]], day: int) -> None:
    start = date(2026, 1, 1)
    history = [("o", "c", Period(start + timedelta(a), start + timedelta(a + n))) for a, n in spans]
    on = start + timedelta(day)
    there = {d for d in range(60) if any(start + timedelta(d) in p for _, _, p in history)}
    begun = stay(history, "o", "c", on)
    if day not in there:
        assert begun is None or begun <= on  # the day after the last one still belongs to it
        return
    first = day
    while first - 1 in there:
        first -= 1
    assert begun == start + timedelta(first)


# ------------------------------------------------------------------------------------------------------- absences
def away(row_id: int, who: str, first: int, last: int | None, substitute: str = "") -> Absence:
    start = date(2026, 1, 1)
    return Absence(
        row_id, who, substitute, "leave", Period(start + timedelta(first), start + timedelta(last) if last else None)
    )


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
def test_new_leave_takes_the_place_of_old(a: int, n: int, b: int, m: int) -> None:
    old, new = away(1, "x", a, a + n), away(0, "x", b, b + m)
    rewrite = go_away([old], new)
    left = [p for _, parts in rewrite.cut for p in parts] if rewrite.cut else [old.period]
    assert not any(p.overlaps(new.period) for p in left)
    days = [date(2026, 1, 1) + timedelta(d) for d in range(50)]
    assert [d in old.period or d in new.period for d in days] == [
        any(d in p for p in [*left, new.period]) for d in days
    ]


def test_coming_back_early_ends_the_leave_that_runs() -> None:
    rows = [away(1, "x", 0, 10), away(2, "x", 20, 30), away(3, "y", 0, 10)]
    rewrite = come_back(rows, "x", date(2026, 1, 5))
    assert rewrite.cut == ((rows[0], (Period(date(2026, 1, 1), date(2026, 1, 5)),)),)
    assert come_back(rows, "x", date(2026, 1, 15)).cut == ()
    assert come_back(rows, "x", date(2026, 1, 1)).cut == ((rows[0], ()),)


def test_substitutes_must_be_there_themselves() -> None:
    rows = [away(1, "y", 0, 10), away(2, "z", 5, 8, substitute="x")]
    assert clashes(rows, away(0, "x", 3, 6, substitute="y")) == tuple(rows)
    assert clashes(rows, away(0, "x", 12, 20, substitute="y")) == ()
    assert away_on(rows, date(2026, 1, 7)) == {"y", "z"}


# ------------------------------------------------------------------------------------------------------- groups
NEAR = {"a": frozenset("b"), "b": frozenset("ac"), "c": frozenset("b"), "d": frozenset()}


def test_connected_sets_are_those_that_are_connected() -> None:
    found = list(connected_sets(NEAR, "abcd", 3))
    assert [sorted(s) for s in found] == [["a"], ["b"], ["c"], ["d"], ["a", "b"], ["b", "c"], ["a", "b", "c"]]
    assert all(connected(s, NEAR) for s in found)
    assert not connected({"a", "c"}, NEAR)
    assert connected((), NEAR)


def test_what_is_wrong_with_groups() -> None:
    groups = [Group("g1", "", ("a", "c")), Group("g2", "", ("c", "x")), Group("g3", "", ("d",))]
    found = {f.rule: f for f in group_findings(groups, "abcd", NEAR, smallest=2)}
    assert set(found) == {
        "groups.not_adjacent", "groups.unknown_cell", "groups.too_small", "groups.cell_without", "groups.cell_twice",
    }  # fmt: skip
    assert found["groups.cell_without"].where == "b"
    assert "no neighbour" in found["groups.too_small"].message
    assert not group_findings([Group("g", "", ("a", "b", "c"))], "abc", NEAR, smallest=2)
