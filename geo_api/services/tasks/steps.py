"""Take a step of a task: accept, report, return, hand over, refer, reply, assign, close."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from geo_api.errors import BadRequest, NotAllowed
from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.tasks.model import NewTask, TaskAnswer, TaskRow, TaskStore
from geo_api.services.tasks.people import Roster
from geo_api.supervision.acting import acting_officer
from geo_api.supervision.roles import require
from geo_api.supervision.tasks import TRANSITIONS, VERBS, Step, TaskState
from geo_api.supervision.tasks import step as next_step

WORKS = ("accept", "done", "return", "hand_over", "refer", "reply")
"""What officers do with a task; the others are a dispatcher's."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What is done with a task.

    Attributes:
        note: what was found, or why.
        officer: who does it, "" = the officer whose key it is; for assign: who is chosen, "" = the cell's officers.
        cell: for assign: the cell whose officers get it.
        department: for refer and hand_over: to whom.
        due: a new deadline, None = as it was, or as the rules say.
    """

    note: str = ""
    officer: str = ""
    cell: str = ""
    department: str = ""
    due: date | None = None


def take_step(
    store: TaskStore,
    territory: PublishedTerritory,
    task_id: int,
    verb: str,
    doing: Doing,
    *,
    caller: Caller,
) -> TaskAnswer:
    """Take a step on the territory's day, in one transaction.

    A report (done) of a kind that nobody has to check closes the task at once.

    Raises:
        NotFound: no such task. Conflict: not in a state that allows it, or somebody was faster.
        NotAllowed: not the caller's to do. BadRequest: something is missing.
    """
    if verb not in VERBS:
        raise BadRequest(f"a task has no step {verb!r}: there are {', '.join(VERBS)}")
    what = f"{verb} task {task_id}"
    own = acting_officer(caller.officer_id, doing.officer, what) if verb != "assign" else doing.officer
    doing = replace(doing, officer=own if verb in WORKS else doing.officer)
    on = territory.on
    task, past = store.history(task_id)
    place = past[-1].cell_code or task.jurisdiction_code
    allowed = frozenset().union(*(t.roles for t in TRANSITIONS if t.verb == verb))
    require(caller.role, caller.jurisdiction, allowed=allowed, ancestors=store.ancestors(place), to=what)
    rules = store.rules(place, on)
    roster = Roster(territory, rules)
    if doing.cell:
        _require_cell(store, roster, doing.cell, caller, what)
    with store.change() as work:
        task, past = work.history(task_id)
        made = next_step(
            task_id,
            past,
            verb,
            day=on,
            actor=caller.name,
            role=caller.role,
            rules=rules,
            note=doing.note,
            officer_id=doing.officer,
            cell_code=doing.cell,
            to_department=doing.department,
            due_on=doing.due,
        )
        _require_theirs(roster, task, past[-1], made, verb, caller)
        work.add_steps({task_id: made})
        if made.state == TaskState.DONE and task.kind not in rules.checked:
            work.add_steps({task_id: _by_itself(made)})
        payload = {"from": past[-1].state.value, "to": made.state.value, "cell": made.cell_code}
        work.event(caller=caller, verb=f"task_{verb}", subject=f"task:{task_id}", reason=made.note, payload=payload)
        task, steps = work.history(task_id)
    return TaskAnswer(roster.view(TaskRow(task_id, task, steps[-1]), on), steps)


def _by_itself(done: Step) -> Step:
    """Nobody has to check this kind: it closes with the report."""
    return replace(
        done, n=done.n + 1, step="closed", state=TaskState.CLOSED, officer_id="", note="", actor="rule", role="system"
    )


def _require_cell(store: TaskStore, roster: Roster, cell: str, caller: Caller, what: str) -> None:
    """A dispatcher chooses cells of their own jurisdiction, and cells in force."""
    if not roster.station(cell):
        raise BadRequest(f"there is no cell {cell!r} in force on that day: choose one that is")
    require(caller.role, caller.jurisdiction, allowed=(caller.role,), ancestors=store.ancestors(cell), to=what)


def _require_theirs(roster: Roster, task: NewTask, last: Step, made: Step, verb: str, caller: Caller) -> None:
    """An officer named in a step of inspection answers for the task that day, or was chosen for it.

    So does whoever acts with an officer's key, whatever they do with it.
    """
    personal = caller.role == "officer" and caller.officer_id and verb in WORKS
    if not (personal or verb in ("accept", "done")) or not made.officer_id or made.officer_id == last.officer_id:
        return
    people, _ = roster.of(last.cell_code or task.jurisdiction_code, task.function)
    if made.officer_id not in {o.officer_id for o in people}:
        names = ", ".join(o.officer_id for o in people) or "nobody"
        raise NotAllowed(
            f"officer {made.officer_id} does not answer for this task on that day ({names} do): let a dispatcher assign it"
        )
