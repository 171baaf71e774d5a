"""The life of a claim: whatever people do, there is one owner or none, nothing is forgotten, and whoever waits has a limit."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.supervision.claims import FOLLOWS, OPEN, VERBS, Claim, ClaimStep, due_on, fall, on_arrival, redraw, take
from geo_api.supervision.claims_rules import ClaimRules, claims_rules

MONDAY = date(2026, 11, 2)
CELLS = ("C1", "C2", "C3")
PEOPLE = ("Li", "Wang", "Zhao")
RULES = ClaimRules()


def waiting() -> Claim:
    return fall(7, 1, "C1", MONDAY, actor="load", role="system")


def step(made: str, day: date = MONDAY, actor: str = "Li", **more: str) -> ClaimStep:
    given_ = {"officer_id": "11", "to_cell": "C2", "document": "W-1", "reason": "因"}
    wanted = {
        "claimed": ("officer_id",),
        "wrong": ("to_cell", "document", "reason"),
        "transferred": ("officer_id",),
        "disputed": ("reason",),
        "decided": ("to_cell", "reason"),
        "lapsed": ("reason",),
    }[made]
    return ClaimStep(made, day, actor, "officer", **({k: given_[k] for k in wanted} | more))


class Life(RuleBasedStateMachine):
    """Anybody does anything on ever later days."""

    def __init__(self) -> None:
        super().__init__()
        self.claim, self.day, self.past = waiting(), MONDAY, waiting().steps

    @rule(
        made=st.sampled_from(sorted(set(VERBS.values()))),
        actor=st.sampled_from(PEOPLE),
        to=st.sampled_from(CELLS),
        later=st.integers(0, 3),
    )
    def act(self, made: str, actor: str, to: str, later: int) -> None:
        self.past, self.day = self.claim.steps, self.day + timedelta(days=later)
        wanted = step(made, self.day, actor)
        if wanted.to_cell:
            wanted = step(made, self.day, actor, to_cell=to)
        try:
            self.claim = take(self.claim, wanted, today=self.day)
        except Conflict:
            assert made not in FOLLOWS[self.claim.last.step]
        except (BadRequest, NotAllowed):
            pass

    @rule(to=st.sampled_from(CELLS), later=st.integers(0, 3))
    @precondition(lambda self: len(self.claim.steps) < 12)
    def redrawn(self, to: str, later: int) -> None:
        self.past, self.day = self.claim.steps, self.day + timedelta(days=later)
        try:
            self.claim = redraw(self.claim, to, "plan:7", self.day)
        except Conflict:
            assert self.claim.last.step in ("claimed", "transferred", "decided", "disputed", "lapsed")
        else:
            assert self.claim.waits_for == to

    @invariant()
    def nobody_takes_what_somebody_holds(self) -> None:
        taken = [k for k, s in enumerate(self.claim.steps) if s.step in ("claimed", "transferred", "decided")]
        for first, second in pairwise(taken):
            assert "wrong" in {s.step for s in self.claim.steps[first:second]}

    @invariant()
    def nothing_is_forgotten(self) -> None:
        assert self.claim.steps[: len(self.past)] == self.past

    @invariant()
    def one_owner_or_somebody_who_must_act(self) -> None:
        assert self.claim.open == (self.claim.held_by is None)
        assert self.claim.open or self.claim.waits_for is None
        assert self.claim.held_by in (None, *CELLS)

    @invariant()
    def who_waits_has_a_limit(self) -> None:
        due = self.claim.due_on(RULES)
        assert (due is not None) == self.claim.open
        assert due is None or due > self.claim.last.day

    @invariant()
    def nobody_decided_on_what_they_raised(self) -> None:
        steps = self.claim.steps
        for k, one in enumerate(steps):
            if one.step == "transferred":
                assert steps[k - 1].actor != one.actor
            if one.step == "decided":
                assert one.actor not in {s.actor for s in steps[k - 2 : k]}


TestLife = Life.TestCase


def test_claimed_once() -> None:
    claimed = take(waiting(), step("claimed"), today=MONDAY)
    assert (claimed.held_by, claimed.waits_for, claimed.open) == ("C1", None, False)
    with pytest.raises(Conflict, match="is claimed since 2026-11-02 by 11"):
        take(claimed, step("claimed", actor="Wang"), today=MONDAY)


def test_after_a_redraw_the_cell_of_the_plan_claims_and_holds_it() -> None:
    later = MONDAY + timedelta(days=3)
    moved = redraw(waiting(), "C2", "plan:7", later)
    assert (moved.waits_for, moved.held_by, moved.due_on(RULES)) == ("C2", None, later + timedelta(days=5))
    claimed = take(moved, step("claimed", later), today=later)
    assert (claimed.held_by, claimed.cell_code) == ("C2", "C1")
    with pytest.raises(Conflict, match="no redraw changes that"):
        redraw(claimed, "C3", "plan:8", later)


def test_a_transfer_is_accepted_by_the_other_cell_and_not_by_its_sender() -> None:
    sent = take(waiting(), step("wrong"), today=MONDAY)
    assert (sent.waits_for, sent.held_by) == ("C2", None)
    with pytest.raises(NotAllowed, match="nobody decides on what they raised"):
        take(sent, step("transferred", actor=" LI "), today=MONDAY)
    accepted = take(sent, step("transferred", actor="Wang"), today=MONDAY)
    assert (accepted.held_by, accepted.last.to_cell) == ("C2", "C2")


def test_a_dispute_is_decided_by_a_third_person() -> None:
    disputed = take(take(waiting(), step("wrong"), today=MONDAY), step("disputed", actor="Wang"), today=MONDAY)
    for actor in ("Li", "Wang"):
        with pytest.raises(NotAllowed):
            take(disputed, step("decided", actor=actor), today=MONDAY)
    assert take(disputed, step("decided", actor="Zhao", to_cell="C1"), today=MONDAY).held_by == "C1"


@pytest.mark.parametrize(
    ("made", "left_out", "words"),
    [
        ("claimed", "officer_id", "which officer"),
        ("wrong", "document", "number of its form"),
        ("wrong", "to_cell", "which other cell"),
        ("wrong", "reason", "reason"),
    ],
)
def test_what_a_step_needs(made: str, left_out: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        take(waiting(), step(made, **{left_out: ""}), today=MONDAY)


def test_a_step_lies_between_the_one_before_and_today_and_is_entered_soon() -> None:
    today = MONDAY + timedelta(days=10)
    for day, words in (
        (MONDAY - timedelta(days=1), "before the last step"),
        (today + timedelta(days=1), "in the future"),
        (MONDAY, "more than 7 days ago"),
    ):
        with pytest.raises(BadRequest, match=words):
            take(waiting(), step("claimed", day), today=today, back_days=7)


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(BadRequest, match=r"number of its form.*which other cell.*reason"):
        take(waiting(), ClaimStep("wrong", MONDAY, "Li", "officer"), today=MONDAY)


@pytest.mark.parametrize(
    ("last", "to", "new", "lives", "arrives", "came_back", "expected"),
    [
        (None, "", "C1", True, True, False, (False, True)),  # new: it falls
        (None, "", None, True, True, False, (False, False)),  # in no cell: another gap
        ("fell", "", "C2", True, True, False, (True, True)),  # moved before anybody claimed it
        ("fell", "", "C1", True, False, False, (False, False)),  # changed, not moved
        ("fell", "", "C1", False, False, False, (True, False)),  # closed
        ("claimed", "", "C2", True, True, False, (False, True)),
        ("claimed", "", "C1", False, False, False, (False, False)),
        ("claimed", "", "C1", True, True, True, (False, True)),  # opened again
        ("wrong", "C2", "C2", True, True, False, (False, False)),  # put where the transfer said
        ("transferred", "C2", "C2", True, True, False, (False, False)),
        ("disputed", "", "C3", True, True, False, (False, False)),  # to be decided first
        ("redrawn", "C2", "C2", True, True, False, (False, False)),  # moved within the cell that it waits in
        ("redrawn", "C2", "C1", True, True, False, (True, True)),
    ],
)
def test_what_changes_of_the_register_do(
    last: str | None, to: str, new: str | None, lives: bool, arrives: bool, came_back: bool, expected: tuple[bool, bool]
) -> None:
    before = ClaimStep(last, MONDAY, "Li", "officer", to_cell=to) if last else None
    assert on_arrival(before, "C1", new, lives=lives, arrives=arrives, came_back=came_back) == expected


@given(
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    st.integers(1, 40),
    st.sets(st.dates(date(2026, 1, 1), date(2027, 3, 1))),
)
def test_working_days(start: date, days: int, holidays: set[date]) -> None:
    rules = ClaimRules(days=days, working_days=True, holidays=frozenset(holidays))
    end = rules.limit(start, days)
    between = [start + timedelta(days=n + 1) for n in range((end - start).days)]
    assert sum(rules.works(day) for day in between) == days
    assert rules.works(end)


def test_settings_say_everything_that_is_wrong() -> None:
    assert claims_rules({"days": 3}).accept_days == 3
    assert claims_rules({}) == ClaimRules()
    made_up = claims_rules({"working_days": True, "holidays": ["2026-10-01"], "workdays": ["2026-10-10"]})
    assert made_up.works(date(2026, 10, 10))
    assert not made_up.works(date(2026, 10, 1))
    with pytest.raises(BadRequest) as wrong:
        claims_rules({"days": 0, "holidays": ["1. Oktober"], "dayz": 3})
    assert len(wrong.value.findings) == 3


def test_every_open_state_waits_for_somebody() -> None:
    assert {s for s, after in FOLLOWS.items() if "lapsed" in after} == OPEN


@pytest.mark.parametrize(
    ("made", "last_day"),
    [("fell", 5), ("redrawn", 12), ("wrong", 10), ("disputed", 9), ("claimed", None), ("transferred", None)],
)
def test_who_has_to_act_has_the_time_limit_of_the_rules(made: str, last_day: int | None) -> None:
    rules = ClaimRules(days=5, accept_days=3, decide_days=2)
    after_a_week = MONDAY + timedelta(days=7)
    wanted = None if last_day is None else MONDAY + timedelta(days=last_day)
    assert due_on(made, MONDAY, after_a_week, rules) == wanted
