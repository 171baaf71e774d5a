"""The life of a task: whatever people try, it goes its way and nobody closes what they did."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from geo_api.errors import BadRequest, Conflict, NotAllowed, SupervisionError
from geo_api.supervision.tasks import (
    MAY_BE_LATE,
    TRANSITIONS,
    VERBS,
    WORKED,
    Step,
    TaskState,
    days_late,
    finished_on,
    opened,
    step,
)
from geo_api.supervision.tasks_rules import TaskRules, tasks_rules

MONDAY = date(2026, 3, 2)
RULES = TaskRules()
PEOPLE = ("officer Li", "planner Wang", "approver Zhao", "OFFICER  li")
ROLES = ("officer", "planner", "approver", "admin", "system")


def new(**changes: object) -> list[Step]:
    given = {"cell_code": "c1", "actor": "hotline", "role": "system", **changes}
    return [opened(MONDAY, MONDAY + timedelta(days=15), **given)]  # type: ignore[arg-type]


def go(past: list[Step], verb: str, actor: str = "planner Wang", role: str = "planner", **more: object) -> list[Step]:
    more.setdefault("day", past[-1].day)
    return [*past, step(7, past, verb, actor=actor, role=role, rules=RULES, **more)]  # type: ignore[arg-type]


class Life(RuleBasedStateMachine):
    """People take any step in any order; what is recorded is always a life that the table permits."""

    def __init__(self) -> None:
        super().__init__()
        self.past = new()

    @rule(
        verb=st.sampled_from([*VERBS, "move", "escalate", "nonsense"]),
        actor=st.sampled_from(PEOPLE),
        role=st.sampled_from(ROLES),
        note=st.sampled_from(["", "looked at it"]),
        department=st.sampled_from(["", "fire brigade"]),
        later=st.integers(-1, 30),
        due=st.one_of(st.none(), st.integers(-5, 60)),
    )
    def anybody_tries(
        self, verb: str, actor: str, role: str, note: str, department: str, later: int, due: int | None
    ) -> None:
        before = list(self.past)
        day = before[-1].day + timedelta(days=later)
        wanted = None if due is None else day + timedelta(days=due)
        try:
            self.past = go(before, verb, actor, role, note=note, to_department=department, day=day, due_on=wanted)
        except SupervisionError:
            assert self.past == before

    @precondition(lambda self: len(self.past) > 1)
    @invariant()
    def every_step_is_in_the_table(self) -> None:
        for was, now in zip(self.past, self.past[1:], strict=False):
            assert now.n == was.n + 1
            assert now.day >= was.day
            assert any(
                t.step == now.step
                and was.state in t.before
                and (t.after or was.state) == now.state
                and (now.role == "admin" or now.role in t.roles)
                and (now.note or not t.needs_note)
                for t in TRANSITIONS
            )

    @invariant()
    def nothing_follows_the_end_and_nobody_ends_what_they_did(self) -> None:
        ends = [i for i, s in enumerate(self.past) if s.state == TaskState.CLOSED]
        assert ends in ([], [len(self.past) - 1])
        if ends:
            worked = {"".join(s.actor.lower().split()) for s in self.past if s.step in WORKED}
            assert "".join(self.past[-1].actor.lower().split()) not in worked

    @invariant()
    def a_deadline_never_lies_before_the_step_that_set_it(self) -> None:
        for was, now in zip(self.past, self.past[1:], strict=False):
            assert now.due_on == was.due_on or now.due_on >= now.day


TestLife = Life.TestCase


def test_the_usual_way() -> None:
    past = go(new(), "assign")
    past = go(past, "accept", "officer Li", "officer", officer_id="o1")
    past = go(past, "done", "officer Li", "officer", note="licence in order", day=MONDAY + timedelta(days=3))
    assert finished_on(past) == MONDAY + timedelta(days=3)
    past = go(past, "close", "approver Zhao", "approver", day=MONDAY + timedelta(days=4))
    assert past[-1].state == TaskState.CLOSED
    assert days_late(past[-1], date(2030, 1, 1)) == 0


def test_who_inspected_does_not_close_an_enforcement_case() -> None:
    past = go(go(new(), "assign"), "accept", "officer Li", "officer", officer_id="o1")
    past = go(past, "hand_over", "officer Li", "officer", note="sells without licence")
    assert past[-1].due_on == MONDAY + timedelta(days=RULES.hand_over_days)
    with pytest.raises(NotAllowed, match="somebody else closes it"):
        go(past, "close", "Officer LI", "officer", note="fined")
    with pytest.raises(NotAllowed, match="somebody else closes it"):
        go(past, "close", "clerk", "officer", note="fined", officer_id="o1")
    with pytest.raises(BadRequest, match="a note is needed"):
        go(past, "close", "enforcer Sun", "officer", officer_id="o9")
    assert go(past, "close", "enforcer Sun", "officer", note="fined", officer_id="o9")[-1].state == TaskState.CLOSED


def test_a_referral_waits_for_its_reply() -> None:
    past = go(go(new(), "assign"), "refer", "officer Li", "officer", note="smoke", to_department="fire brigade")
    assert (past[-1].state, past[-1].due_on) == (TaskState.REFERRED, MONDAY + timedelta(days=RULES.reply_days))
    with pytest.raises(Conflict, match="is referred"):
        go(past, "done", "officer Li", "officer", note="x")
    past = go(past, "reply", "fire brigade", "system", note="extinguishers bought")
    assert past[-1].to_department == "fire brigade"
    assert go(past, "close", "approver Zhao", "approver")[-1].state == TaskState.CLOSED


def test_everything_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(BadRequest, match=r"note is needed.*to which department.*none can follow"):
        go(new(), "refer", "officer Li", "officer", day=MONDAY - timedelta(days=1))
    with pytest.raises(BadRequest, match="which cell's officers"):
        go(new(cell_code=""), "assign")
    with pytest.raises(BadRequest, match="there are assign"):
        go(new(), "forget")
    with pytest.raises(NotAllowed, match="the role officer may not assign task 7"):
        go(new(), "assign", "officer Li", "officer")


def test_a_new_deadline_is_late_anew() -> None:
    past = go(new(), "assign")
    late = MONDAY + timedelta(days=20)
    assert days_late(past[-1], late) == 5
    past = go(past, "escalate", "clock", "system", day=late)
    past[-1] = Step(**{f: getattr(past[-1], f) for f in Step.__dataclass_fields__} | {"escalated_to": "station"})
    assert go(past, "accept", "o", "officer", day=late)[-1].escalated_to == "station"
    again = go(past, "assign", day=late, due_on=late + timedelta(days=5))[-1]
    assert (again.escalated_to, days_late(again, late)) == ("", 0)


def test_only_who_has_to_do_something_is_late() -> None:
    assert set(TaskState) - set(MAY_BE_LATE) == {TaskState.DONE, TaskState.CLOSED}


def test_a_task_that_came_back_is_not_finished() -> None:
    past = go(go(new(), "assign"), "done", "officer Li", "officer", note="ok", day=MONDAY + timedelta(days=2))
    past = go(
        past, "return", "approver Zhao", "approver", note="the shop is another one", day=MONDAY + timedelta(days=3)
    )
    assert finished_on(past) is None


def test_deadlines_are_settings() -> None:
    rules = tasks_rules({"days": {"case": 7, "sampling": 20}, "escalate_after_days": 2, "escalate_again_days": 3})
    assert rules.due_on("case", MONDAY) == date(2026, 3, 9)
    assert rules.due_on("sampling", MONDAY) == date(2026, 3, 22)
    assert [rules.levels_told(n) for n in (0, 1, 2, 4, 5, 8)] == [0, 0, 1, 1, 2, 3]
    with pytest.raises(BadRequest) as told:
        tasks_rules({"days": {"case": -1}, "reply_days": "soon", "checked": ["nothing"], "day": 3})
    assert len(told.value.findings) == 4
