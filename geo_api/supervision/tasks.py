"""The life of a task: one table of steps, who may take each, and what a task is after it.

Inspection and enforcement are separate: whoever inspected, reported or handed over does not close. A task that is late
stays in its state; ``escalated_to`` says which level above was told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.supervision.roles import person
from geo_api.supervision.tasks_rules import TaskRules


class TaskState(StrEnum):
    """Where a task is. ``opened`` and ``returned`` wait for a dispatcher; ``closed`` is the end."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    DONE = "done"
    RETURNED = "returned"
    HANDED_OVER = "handed_over"
    REFERRED = "referred"
    REPLIED = "replied"
    CLOSED = "closed"


IN_OFFICERS_HANDS = (TaskState.ASSIGNED, TaskState.ACCEPTED)
"""The officers of the cell have to do something: these follow a redraw."""
MAY_BE_LATE = tuple(s for s in TaskState if s not in (TaskState.DONE, TaskState.CLOSED))
"""Somebody has to do something by the deadline in force."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted step.

    Attributes:
        verb: what is done.
        step: what is recorded.
        before: states that allow it.
        after: the state then; None = it stays.
        roles: who may do it, beside ``admin``.
        needs_note: whether it must be said why, or with what result.
    """

    verb: str
    step: str
    before: frozenset[TaskState]
    after: TaskState | None
    roles: frozenset[str]
    needs_note: bool = False


_DISPATCH = frozenset({"planner", "approver"})
_FIELD = _DISPATCH | {"officer"}
_DAILY = _DISPATCH | {"system"}
_S = TaskState

TRANSITIONS = (
    Transition(
        "assign", "assigned",
        frozenset({_S.OPENED, _S.ASSIGNED, _S.ACCEPTED, _S.RETURNED, _S.REPLIED}), _S.ASSIGNED, _DISPATCH,
    ),
    Transition("accept", "accepted", frozenset({_S.ASSIGNED}), _S.ACCEPTED, _FIELD),
    Transition("done", "done", frozenset({_S.ASSIGNED, _S.ACCEPTED}), _S.DONE, _FIELD, needs_note=True),
    Transition("return", "returned", frozenset({_S.ASSIGNED, _S.ACCEPTED}), _S.RETURNED, _FIELD, needs_note=True),
    Transition("return", "returned", frozenset({_S.DONE}), _S.RETURNED, _DISPATCH, needs_note=True),
    Transition(
        "hand_over", "handed_over", frozenset({_S.ACCEPTED, _S.DONE}), _S.HANDED_OVER, _FIELD, needs_note=True
    ),
    Transition(
        "refer", "referred",
        frozenset({_S.OPENED, _S.ASSIGNED, _S.ACCEPTED, _S.RETURNED, _S.DONE}), _S.REFERRED, _FIELD, needs_note=True,
    ),
    Transition("reply", "replied", frozenset({_S.REFERRED}), _S.REPLIED, _FIELD | {"system"}, needs_note=True),
    Transition("close", "closed", frozenset({_S.DONE, _S.REPLIED, _S.RETURNED}), _S.CLOSED, _DISPATCH),
    Transition("close", "closed", frozenset({_S.HANDED_OVER}), _S.CLOSED, _FIELD, needs_note=True),
    Transition("move", "moved", frozenset(IN_OFFICERS_HANDS), _S.ASSIGNED, _DAILY),
    Transition("escalate", "escalated", frozenset(MAY_BE_LATE), None, _DAILY),
)  # fmt: skip
"""The whole life of a task once it is opened. The database holds the same table and refuses every other step."""

VERBS = tuple(dict.fromkeys(t.verb for t in TRANSITIONS if t.verb not in ("move", "escalate")))
"""What people do with a task; ``move`` and ``escalate`` follow from the plan and the calendar."""
WORKED = ("accepted", "done", "returned", "handed_over")
"""Whoever took one of these steps does not close the task."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a task, as recorded: what the task was after it, who took it, why."""

    n: int
    step: str
    state: TaskState
    day: date
    due_on: date
    cell_code: str = ""
    officer_id: str = ""
    to_department: str = ""
    escalated_to: str = ""
    note: str = ""
    actor: str = ""
    role: str = ""


def opened(day: date, due_on: date, *, cell_code: str, actor: str, role: str) -> Step:
    """The first step."""
    return Step(1, "opened", TaskState.OPENED, day, due_on, cell_code=cell_code, actor=actor, role=role)


def step(
    task_id: int,
    history: Iterable[Step],
    verb: str,
    *,
    day: date,
    actor: str,
    role: str,
    rules: TaskRules,
    note: str = "",
    officer_id: str = "",
    cell_code: str = "",
    to_department: str = "",
    due_on: date | None = None,
) -> Step:
    """The step that a verb means for a task, after all that happened to it.

    Args:
        task_id: for messages.
        history: its steps, oldest first.
        verb: one of :data:`VERBS`.
        day, actor, role, note: when, by whom, why or with what result.
        rules: deadlines.
        officer_id: who takes it (accept, done, ...), or who is chosen (assign).
        cell_code: for assign: the cell whose officers get it; "" = as before.
        to_department: for refer and hand_over: to whom.
        due_on: a new deadline; None = as the rules say.

    Raises:
        Conflict: the task is not in a state that allows it. NotAllowed: not this role's, or not this person's to do.
        BadRequest: something is missing or cannot be.
    """
    past = tuple(history)
    last = past[-1]
    known = [t for t in TRANSITIONS if t.verb == verb]
    if not known:
        raise BadRequest(f"a task has no step {verb!r}: there are {', '.join(VERBS)}")
    found = next((t for t in known if last.state in t.before), None)
    if found is None:
        states = " or ".join(sorted(s.value for t in known for s in t.before))
        raise Conflict(f"task {task_id} is {last.state}: to {verb} it, it has to be {states}")
    if role != "admin" and role not in found.roles:
        allowed = " or ".join([*sorted(found.roles), "admin"])
        raise NotAllowed(f"the role {role} may not {verb} task {task_id}: it takes {allowed}")
    made = replace(
        last,
        n=last.n + 1,
        step=found.step,
        state=found.after or last.state,
        day=day,
        officer_id=officer_id or ("" if verb in ("assign", "move", "close") else last.officer_id),
        cell_code=cell_code or last.cell_code,
        to_department=to_department or (last.to_department if verb in ("reply", "close") else ""),
        note=note.strip(),
        actor=actor,
        role=role,
    )
    _complete(task_id, past, found, made, due_on)
    if verb == "close":
        _require_other(task_id, past, made)
    return _with_deadline(made, last, verb, rules, due_on)


def _complete(task_id: int, past: tuple[Step, ...], found: Transition, made: Step, due_on: date | None) -> None:
    """BadRequest with everything that is missing or cannot be."""
    wrong = []
    if found.needs_note and not made.note:
        wrong.append("a note is needed: what was found, or why")
    if found.verb == "refer" and not made.to_department:
        wrong.append("say to which department it is referred")
    if found.verb in ("assign", "move") and not made.cell_code and not made.officer_id:
        wrong.append("say which cell's officers it goes to, or which officer")
    if made.day < past[-1].day:
        wrong.append(f"its last step was on {past[-1].day}: none can follow on {made.day}")
    if due_on is not None and due_on < made.day:
        wrong.append(f"the deadline {due_on} lies before {made.day}")
    if wrong:
        raise BadRequest(f"task {task_id} cannot be taken to the step {found.step!r}: {'; '.join(wrong)}")


def _require_other(task_id: int, past: tuple[Step, ...], made: Step) -> None:
    worked = [s for s in past if s.step in WORKED]
    people = {person(s.actor) for s in worked} | {person(s.officer_id) for s in worked if s.officer_id}
    if {person(made.actor), person(made.officer_id)} & people - {""}:
        raise NotAllowed(
            f"{made.actor} worked on task {task_id}: somebody else closes it (inspection and enforcement are separate, "
            "and nobody decides on what they did themselves)"
        )


def _with_deadline(made: Step, last: Step, verb: str, rules: TaskRules, due_on: date | None) -> Step:
    """A referral and a hand-over have deadlines of their own; a new deadline is late anew."""
    if due_on is None and verb in ("refer", "hand_over"):
        due_on = made.day + timedelta(days=rules.reply_days if verb == "refer" else rules.hand_over_days)
    due_on = due_on or last.due_on
    return replace(made, due_on=due_on, escalated_to="" if due_on > last.due_on else last.escalated_to)


def days_late(current: Step, on: date) -> int:
    """Days since the deadline in force; 0 while in time, or while nobody has to do anything."""
    return max(0, (on - current.due_on).days) if current.state in MAY_BE_LATE else 0


def finished_on(history: Iterable[Step]) -> date | None:
    """The day on which the officers were through with a task: done, handed over or referred, and not returned since."""
    day: date | None = None
    for past in history:
        if past.step in ("done", "handed_over", "referred", "closed"):
            day = day or past.day
        elif past.step in ("returned", "assigned"):
            day = None
    return day
