"""Plans, roles, frequency, staffing and addresses: the rules as a table of cases."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.supervision.entities import normalise_address
from geo_api.supervision.frequency import Rules, rules_from
from geo_api.supervision.officers import Duty, Officer, cells_from_staff, propose, staffing_findings, tenure_findings
from geo_api.supervision.plans import TRANSITIONS, PlanState, require_other_than_submitter, roles_for, step
from geo_api.supervision.roles import require


def test_every_state_is_reached_from_draft_and_only_superseded_is_final() -> None:
    reached = {PlanState.DRAFT}
    for _ in PlanState:
        reached |= {t.after for t in TRANSITIONS if t.before in reached}
    assert reached == set(PlanState)
    assert set(PlanState) - {t.before for t in TRANSITIONS} == {PlanState.SUPERSEDED}


@given(st.sampled_from(PlanState), st.sampled_from(["submit", "return", "approve", "publish", "supersede"]))
def test_a_step_is_in_the_table_or_refused(state: PlanState, verb: str) -> None:
    rows = [t for t in TRANSITIONS if t.before == state and t.verb == verb]
    if rows:
        assert step(1, state, verb, "why") is rows[0]
    else:
        with pytest.raises(Conflict, match=f"plan 1 is {state}"):
            step(1, state, verb, "why")


def test_unknown_steps_and_missing_reasons() -> None:
    with pytest.raises(BadRequest, match="no step 'burn'"):
        step(1, "draft", "burn")
    with pytest.raises(BadRequest, match="with a reason"):
        step(1, "submitted", "return", "  ")
    assert roles_for("submit") == {"planner"}
    with pytest.raises(NotAllowed):
        require_other_than_submitter(1, "li", "li")
    require_other_than_submitter(1, "li", "wang")


def test_roles_are_bound_to_a_jurisdiction() -> None:
    place = ("11001", "11")
    require("planner", "11", allowed={"planner"}, ancestors=place, to="x")
    require("admin", "", allowed={"planner"}, ancestors=place, to="x")
    with pytest.raises(NotAllowed, match="takes planner or admin"):
        require("officer", "11", allowed={"planner"}, ancestors=place, to="x")
    for elsewhere in ("1", "110", "11002"):
        with pytest.raises(NotAllowed, match="outside"):
            require("admin", elsewhere, allowed={"planner"}, ancestors=place, to="x")


def test_hours_follow_class_industry_and_licence() -> None:
    rules = rules_from(
        {
            "minutes_per_visit": {"default": 30, "food": 60},
            "visits_per_year": {"A": 0},
            "industry_min_visits": {"food": 1},
        }
    )
    assert rules.hours_per_year("A") == 0
    assert rules.hours_per_year("A", "food") == 1.0
    assert rules.hours_per_year("D", "food") == 24.0
    assert rules.hours_per_year("A", "food", licensed=False) == 24.0, "an unlicensed entity counts as D"
    assert Rules().hours_per_year("B") == 2.0


def test_visits_a_year_of_the_usual_classes() -> None:
    rules = Rules()
    assert [rules.visits(letter) for letter in "ABCD"] == [2, 4, 12, 24]
    assert rules.visits("A", licensed=False) == 24
    assert rules_from({"sampling": {"hotel": 0.5}}).sampling.shares == {"hotel": 0.5}


def test_rules_tell_every_problem_at_once() -> None:
    with pytest.raises(BadRequest) as caught:
        rules_from(
            {
                "speed": 3,
                "tenure_years": -1,
                "visits_per_year": {"E": 1, "A": "two"},
                "officers_per_cell": 0,
                "cells": 5,
            }
        )
    message = str(caught.value)
    for part in (
        "'speed'",
        "tenure_years = -1",
        "visits_per_year.E",
        "'two'",
        "officers_per_cell must be above 0",
        "cells = 5",
    ):
        assert part in message


def test_proposals_pair_experience_and_share_the_work() -> None:
    officers = [Officer(f"o{i}", date(2010 + i, 1, 1)) for i in range(6)]
    duties = propose(["c1", "c2", "c3"], officers)
    leads = {d.cell_code: d.officer_id for d in duties if d.role == "lead"}
    assert leads == {"c1": "o0", "c2": "o1", "c3": "o2"}
    assert sorted(d.officer_id for d in duties) == [f"o{i}" for i in range(6)]
    assert not staffing_findings(["c1", "c2", "c3"], duties)


@given(st.integers(1, 9), st.integers(0, 12), st.booleans())
def test_proposals_never_double_a_person_and_are_fair(cells: int, staff: int, keep: bool) -> None:
    codes = [f"c{i}" for i in range(cells)]
    officers = [Officer(f"o{i}", None) for i in range(staff)]
    kept = [Duty("c0", "o0", "lead"), Duty("gone", "o1", "lead")] if keep and staff else []
    duties = propose(codes, officers, kept)
    here = [d for d in kept if d.cell_code in codes] + list(duties)
    assert len({(d.cell_code, d.officer_id) for d in here}) == len(here)
    assert propose(codes, officers[::-1], kept) == duties, "the order of the input does not matter"
    missing = {f.rule for f in staffing_findings(codes, here)}
    expected = {0: {"staffing.no_lead", "staffing.too_few"}, 1: {"staffing.too_few"}}.get(staff, set())
    assert missing == expected


def test_a_lead_for_food_is_no_lead_for_everything_but_counts() -> None:
    duties = [Duty("c1", "a", "lead", "food"), Duty("c1", "b", "deputy")]
    assert staffing_findings(["c1"], duties) == ()
    assert [f.rule for f in staffing_findings(["c1"], duties[1:])] == ["staffing.no_lead", "staffing.too_few"]
    twice = [Duty("c1", "a", "lead"), Duty("c1", "a", "deputy", "food")]
    assert [f.rule for f in staffing_findings(["c1"], twice)] == ["staffing.too_few"], "one person in two posts is one"
    assert all(f.message_zh for f in staffing_findings(["c1"], []))


def test_tenure_counts_from_the_beginning_of_the_assignment() -> None:
    duties = [Duty("c1", "a", "lead", "", date(2023, 1, 1)), Duty("c1", "b", "deputy", "", None)]
    assert tenure_findings(duties, date(2025, 12, 31), longest_years=3) == ()
    (finding,) = tenure_findings(duties, date(2026, 2, 1), longest_years=3)
    assert (finding.where, finding.details["officer_id"]) == ("c1", "a")
    assert [cells_from_staff(n, 2) for n in (0, 1, 5, 8)] == [1, 1, 2, 4]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("人民路 １２號", "人民路12号"),
        ("人民路12号，3楼", "人民路12号3楼"),
        ("Main St.  12–14", "mainst12-14"),
        ("中山路（东段）5號", "中山路东段5号"),
        ("  ，。 ", ""),
        ("", ""),
    ],
)
def test_addresses_that_are_the_same_have_one_key(address: str, key: str) -> None:
    assert normalise_address(address) == key


@given(st.text())
def test_keys_are_stable(address: str) -> None:
    key = normalise_address(address)
    assert normalise_address(key) == key


@pytest.mark.parametrize("approver", ["Li Na", "li na ", "LiNa", "Ｌｉ　Ｎａ"])
def test_another_spelling_is_not_another_person(approver: str) -> None:
    with pytest.raises(NotAllowed, match="nobody approves"):
        require_other_than_submitter(7, "Li Na", approver)
    require_other_than_submitter(7, "Li Na", "Li Ning")


@pytest.mark.parametrize(
    "settings",
    [
        {"hours_per_officer_year": 1e308},
        {"minutes_per_visit": {"default": 1e308}},
        {"visits_per_year": {"A": 1e9}},
        {"balance_tolerance": 9},
        {"near_border_m": float("inf")},
        {"cells": {"01": float("inf")}},
        {"travel": {"speed_kmh": 1e300}},
    ],
)
def test_figures_beyond_all_measure_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(BadRequest, match="expected"):
        rules_from(settings)
