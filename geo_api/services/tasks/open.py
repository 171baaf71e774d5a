"""Open a task: a case at an address, or something to be done at an entity; it goes to the officers of the cell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from geo_api.errors import BadRequest, Conflict
from geo_api.services.answers import Caller, LookupAnswer, PublishedTerritory
from geo_api.services.tasks.model import NewTask, Target, TaskAnswer, TaskRow, TaskStore
from geo_api.services.tasks.people import Roster
from geo_api.supervision.roles import require
from geo_api.supervision.tasks import Step, TaskState
from geo_api.supervision.tasks_rules import TaskRules

OPENERS = frozenset({"planner", "approver", "officer", "system"})


class AddressLookup(Protocol):
    """Finds the cell of an address, or abstains."""

    def address(self, address: str, *, on: date | None = None) -> LookupAnswer:
        """Status "found" with a cell and a place; anything else = nobody is named."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: at an address or at an entity (its permanent id), by a day (None = as the rules say).

    ``source`` and ``source_id``: where it comes from and its number there; given twice, the same task answers.
    ``jurisdiction``: whose it is while no cell is known ("" = the caller's, or the only bureau).
    """

    kind: str
    title: str
    address: str = ""
    entity: int | None = None
    due: date | None = None
    source: str = ""
    source_id: str = ""
    function: str = ""
    jurisdiction: str = ""


def open_task(
    store: TaskStore,
    lookup: AddressLookup,
    territory: PublishedTerritory,
    wanted: Wanted,
    *,
    caller: Caller,
) -> TaskAnswer:
    """Open a task on the territory's day and give it to the officers of its cell.

    An address that is found in no cell, or in several, is given to nobody: the task waits for a dispatcher.

    Raises:
        BadRequest: something is missing or unknown, all at once. NotFound: no such entity or jurisdiction.
        Conflict: the source's number stands for something else already. NotAllowed: not the caller's to do.
    """
    on = territory.on
    home = wanted.jurisdiction or caller.jurisdiction or store.top()
    rules = store.rules(home, on)
    if wrong := incomplete(wanted, rules, on):
        raise BadRequest("; ".join(wrong))
    task = _placed(store, lookup, wanted, home, rules, on)
    place = task.cell_code or home
    require(
        caller.role,
        caller.jurisdiction,
        allowed=OPENERS,
        ancestors=store.ancestors(place),
        to=f"open a task in {place}",
    )
    roster = Roster(territory, rules)
    with store.change() as work:
        known = work.existing(task.source, [task.source_id]).get(task.source_id)
        if known is not None:
            was, steps = work.history(known)
            _refuse_other(known, was, task)
            return TaskAnswer(roster.view(TaskRow(known, was, steps[-1]), on), steps, repeated=True)
        (task_id,) = work.open([task], caller=caller)
        if task.cell_code and roster.of(task.cell_code, task.function)[0]:
            work.add_steps({task_id: assigned(task, caller)})
        work.event(
            caller=caller,
            verb="task_open",
            subject=f"task:{task_id}",
            reason=task.note,
            payload={"kind": task.kind, "cell": task.cell_code, "source": task.source, "source_id": task.source_id},
        )
        row, steps = work.history(task_id)
    return TaskAnswer(roster.view(TaskRow(task_id, row, steps[-1]), on), steps)


def assigned(task: NewTask, caller: Caller) -> Step:
    """The step that gives a new task to the officers of its cell."""
    return Step(
        2, "assigned", TaskState.ASSIGNED, task.opened_on, task.due_on, cell_code=task.cell_code, note=task.note,
        actor=caller.name, role=caller.role,
    )  # fmt: skip


def incomplete(wanted: Wanted, rules: TaskRules, on: date) -> list[str]:
    """What is missing or unknown."""
    wrong = []
    if wanted.kind not in rules.days:
        wrong.append(f"there is no kind of task {wanted.kind!r}: it is one of {', '.join(rules.days)}")
    if not wanted.title.strip():
        wrong.append("a task needs a title: what is to be done")
    if bool(wanted.address.strip()) == (wanted.entity is not None):
        wrong.append("give the address or the entity, one of the two")
    if wanted.due is not None and wanted.due < on:
        wrong.append(f"it is due on {wanted.due}, before it is opened ({on})")
    if wanted.source_id and not wanted.source:
        wrong.append("source_id is a number of a source: give source too")
    return wrong


def _placed(store: TaskStore, lookup: AddressLookup, wanted: Wanted, home: str, rules: TaskRules, on: date) -> NewTask:
    task = task_of(wanted, home, rules, on)
    if wanted.entity is not None:
        return at_entity(task, store.entity(wanted.entity, on))
    return at_address(task, lookup.address(task.address, on=on))


def task_of(wanted: Wanted, home: str, rules: TaskRules, on: date) -> NewTask:
    """The task, without its place."""
    return NewTask(
        kind=wanted.kind,
        title=wanted.title.strip(),
        jurisdiction_code=home,
        opened_on=on,
        due_on=wanted.due or rules.due_on(wanted.kind, on),
        source=wanted.source.strip(),
        source_id=wanted.source_id.strip(),
        address=wanted.address.strip(),
        function=wanted.function.strip(),
    )


def at_entity(task: NewTask, found: Target) -> NewTask:
    """The task at an entity of the register."""
    return replace(
        task,
        entity_id=found.entity_id,
        address=found.address,
        lon=found.lon,
        lat=found.lat,
        cell_code=found.cell_code,
    )


def at_address(task: NewTask, answer: LookupAnswer) -> NewTask:
    """The task at an address, in no cell where the answer abstains; its note says why."""
    if answer.status == "found" and answer.cell is not None:
        said = f"{answer.matched_address or task.address} ({answer.method or 'point'})"
        return replace(task, lon=answer.lon, lat=answer.lat, cell_code=answer.cell.code, note=said)
    possible = ", ".join(dict.fromkeys(c.cell.code for c in answer.candidates if c.cell is not None))
    return replace(task, note=f"address {answer.status}" + (f": {possible}" if possible else ""))


def differences(was: NewTask, now: NewTask) -> list[str]:
    """In what a task differs from the one that stands under the same number of its source."""
    told = ("kind", "title", "entity_id") if now.entity_id is not None else ("kind", "title", "address", "entity_id")
    return [name for name in told if getattr(was, name) != getattr(now, name)]


def _refuse_other(task_id: int, was: NewTask, now: NewTask) -> None:
    differs = differences(was, now)
    if differs:
        raise Conflict(
            f"{now.source} {now.source_id} stands for task {task_id} already, with another {' and '.join(differs)}: "
            "nothing was opened; close that task, or give this one a number of its own"
        )
