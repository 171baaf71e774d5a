"""Tasks as they stand, or stood, on a day."""

from __future__ import annotations

from dataclasses import replace

from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.tasks.model import TaskAnswer, TaskFilter, TaskList, TaskRow, TaskStore
from geo_api.services.tasks.people import Roster, cells_of_officer
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})


def list_tasks(
    store: TaskStore, territory: PublishedTerritory, wanted: TaskFilter, *, caller: Caller, officer: str = ""
) -> TaskList:
    """Tasks of a jurisdiction, by id; with ``officer`` those of the officer's cells on the day, and those they took.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see.
    """
    code = wanted.jurisdiction or caller.jurisdiction
    _allowed(store, code, caller)
    if officer:
        wanted = replace(wanted, cells=cells_of_officer(territory, officer), officer_id=officer)
    rows = store.select(replace(wanted, jurisdiction=code, limit=None if wanted.limit is None else wanted.limit + 1))
    shown = rows if wanted.limit is None else rows[: wanted.limit]
    roster = Roster(territory, store.rules(code or store.top(), wanted.on)) if shown else None
    tasks = tuple(roster.view(row, wanted.on) for row in shown) if roster else ()
    return TaskList(wanted.on, tasks, shown[-1].task_id if len(rows) > len(shown) else None)


def show_task(store: TaskStore, territory: PublishedTerritory, task_id: int, *, caller: Caller) -> TaskAnswer:
    """One task with all its steps; NotFound, NotAllowed."""
    task, steps = store.history(task_id)
    place = steps[-1].cell_code or task.jurisdiction_code
    _allowed(store, place, caller)
    roster = Roster(territory, store.rules(place, territory.on))
    return TaskAnswer(roster.view(TaskRow(task_id, task, steps[-1]), territory.on), steps)


def _allowed(store: TaskStore, code: str, caller: Caller) -> None:
    ancestors = store.ancestors(code) if code else ()
    what = f"see the tasks of {code or 'all'}"
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=ancestors, to=what)
