"""Tasks as values, and what the use cases need of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.services.answers import Caller
from geo_api.supervision.tasks import Step
from geo_api.supervision.tasks_rules import TaskRules


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be opened. ``cell_code`` "" = not placed; ``lon`` and ``lat`` in the storage datum, None = unknown."""

    kind: str
    title: str
    jurisdiction_code: str
    opened_on: date
    due_on: date
    source: str = ""
    source_id: str = ""
    entity_id: int | None = None
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    cell_code: str = ""
    function: str = ""
    campaign: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task and its last step."""

    task_id: int
    task: NewTask
    last: Step


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks; empty = all.

    Attributes:
        jurisdiction: code of a cell, station or bureau, "" = everywhere.
        cells: only tasks of these cells; None = all.
        officer_id: with ``cells``: or those that this officer took.
        on, recorded_at: as they stood at the end of that day, as recorded at that moment (None = now).
        after, limit: task ids above this one, so many at most (None = all).
    """

    on: date
    jurisdiction: str = ""
    cells: tuple[str, ...] | None = None
    officer_id: str = ""
    states: tuple[str, ...] = ()
    kind: str = ""
    campaign: str = ""
    source: str = ""
    source_id: str = ""
    late: bool = False
    recorded_at: datetime | None = None
    after: int = 0
    limit: int | None = 1000


@dataclass(frozen=True, slots=True)
class TaskOfficer:
    """Somebody who answers for a task on the day; ``answers_for``: the cell, or the level that it fell back to."""

    officer_id: str
    name: str
    role: str
    function: str
    answers_for: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task on a day.

    Attributes:
        state: see :class:`geo_api.supervision.tasks.TaskState`.
        cell_code: whose it is now, "" = not placed: waits for a dispatcher.
        station_code: of the cell, "" = none.
        due_on: the deadline in force; ``days_late`` counts from it, 0 = in time.
        officer_id: who took it or was chosen, "" = the cell's officers.
        officers: who answers for it on that day, as the cell's assignments say.
        fallback: None = the cell's own officers, else "station", "sub-bureau" or "bureau".
        escalated_to: code of the highest level that was told it is late.
        note: of the last step.
    """

    task_id: int
    kind: str
    title: str
    state: str
    on: date
    source: str
    source_id: str
    entity_id: int | None
    address: str
    lon: float | None
    lat: float | None
    cell_code: str
    station_code: str
    function: str
    campaign: str
    opened_on: date
    due_on: date
    days_late: int
    officer_id: str
    officers: tuple[TaskOfficer, ...]
    fallback: str | None
    to_department: str
    escalated_to: str
    note: str


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """One task with all its steps; ``repeated``: it was there already, nothing was opened."""

    task: TaskView
    steps: tuple[Step, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class TaskList:
    """Tasks on a day, by id; ``next``: ask again with ``after`` set to it, None = these are all."""

    on: date
    tasks: tuple[TaskView, ...]
    next: int | None = None


class TaskWork(Protocol):
    """One transaction that changes tasks."""

    def existing(self, source: str, source_ids: Sequence[str]) -> dict[str, int]:
        """Ids of the tasks that a source has opened already, by its numbers."""
        ...

    def known(self, numbers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], TaskRow]:
        """The tasks that stand under numbers of sources: (source, its number) -> task."""
        ...

    def open(self, tasks: Sequence[NewTask], *, caller: Caller) -> tuple[int, ...]:
        """Open tasks, in order; one that another of the same source and number stands for is left out."""
        ...

    def history(self, task_id: int) -> tuple[NewTask, tuple[Step, ...]]:
        """A task and its steps, oldest first; NotFound."""
        ...

    def add_steps(self, steps: Mapping[int, Step]) -> None:
        """Record a step of each task."""
        ...

    def event(self, *, caller: Caller, verb: str, subject: str, reason: str, payload: Mapping[str, Any]) -> None:
        """Record who did what, and why."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """An entity that a campaign may be about: where it is on the day, "" = in no cell."""

    entity_id: int
    name: str
    address: str
    lon: float | None
    lat: float | None
    cell_code: str
    industry: str
    credit_class: str


class TaskStore(Protocol):
    """Where tasks are."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def top(self) -> str:
        """The only bureau; BadRequest where there are several."""
        ...

    def rules(self, code: str, on: date) -> TaskRules:
        """``[rules.tasks]`` of the bureau above a code, on a day."""
        ...

    def select(self, wanted: TaskFilter) -> tuple[TaskRow, ...]:
        """Tasks by id, as they stood."""
        ...

    def history(self, task_id: int) -> tuple[NewTask, tuple[Step, ...]]:
        """A task and its steps, oldest first; NotFound."""
        ...

    def histories(self, wanted: TaskFilter) -> dict[int, tuple[Step, ...]]:
        """The steps of every task of a selection up to its day, oldest first."""
        ...

    def cells_of(self, lon: Sequence[float], lat: Sequence[float], on: date) -> list[str]:
        """Cell of each place on a day by the border rule; "" = none."""
        ...

    def targets(
        self, code: str, on: date, *, industry: str, credit_class: str, ids: Sequence[int] | None
    ) -> tuple[Target, ...]:
        """Entities of a jurisdiction on a day, by id."""
        ...

    def by_credit_code(self, codes: Sequence[str], on: date) -> dict[str, tuple[int, ...]]:
        """Permanent ids of the entities that bear each credit code on a day."""
        ...

    def entity(self, entity_id: int, on: date) -> Target:
        """One entity; NotFound."""
        ...

    def change(self) -> AbstractContextManager[TaskWork]:
        """A transaction that changes something, one at a time."""
        ...
