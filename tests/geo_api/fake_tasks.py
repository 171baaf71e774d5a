"""Tasks in memory, for routes that are asked without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.tasks.model import NewTask, Target, TaskFilter, TaskRow
from geo_api.supervision.tasks import Step, days_late, opened
from geo_api.supervision.tasks_rules import TaskRules

PARENTS = {"C01": "C", "C02": "C", "C": ""}


class FakeTasks:
    """Implements ``TaskStore`` and ``TaskWork``."""

    def __init__(self) -> None:
        self.tasks: dict[int, NewTask] = {}
        self.steps: dict[int, list[Step]] = {}

    def ancestors(self, code: str) -> tuple[str, ...]:
        if code not in PARENTS and code[:3] not in PARENTS:
            raise NotFound(f"there is no jurisdiction or cell {code!r}")
        found = [code] if code in PARENTS else [code, code[:3]]
        while PARENTS[found[-1]]:
            found.append(PARENTS[found[-1]])
        return tuple(found)

    def top(self) -> str:
        return "C"

    def rules(self, code: str, on: date) -> TaskRules:
        return TaskRules()

    def select(self, wanted: TaskFilter) -> tuple[TaskRow, ...]:
        found = []
        for task_id, task in self.tasks.items():
            last = self.steps[task_id][-1]
            place = last.cell_code or task.jurisdiction_code
            if (
                task_id > wanted.after
                and (not wanted.jurisdiction or wanted.jurisdiction in self.ancestors(place))
                and (wanted.cells is None or last.cell_code in wanted.cells)
                and (not wanted.states or last.state in wanted.states)
                and wanted.kind in ("", task.kind)
                and wanted.campaign in ("", task.campaign)
                and (not wanted.late or days_late(last, wanted.on))
            ):
                found.append(TaskRow(task_id, task, last))
        return tuple(found[: wanted.limit])

    def history(self, task_id: int) -> tuple[NewTask, tuple[Step, ...]]:
        if task_id not in self.tasks:
            raise NotFound(f"there is no task {task_id}")
        return self.tasks[task_id], tuple(self.steps[task_id])

    def histories(self, wanted: TaskFilter) -> dict[int, tuple[Step, ...]]:
        return {row.task_id: tuple(self.steps[row.task_id]) for row in self.select(wanted)}

    def cells_of(self, lon: Sequence[float], lat: Sequence[float], on: date) -> list[str]:
        return [""] * len(lon)

    def targets(
        self, code: str, on: date, *, industry: str, credit_class: str, ids: Sequence[int] | None
    ) -> tuple[Target, ...]:
        known = [Target(n, f"shop {n}", "", None, None, "C01001", "food", "A") for n in (1, 2)]
        return tuple(t for t in known if industry in ("", "food") and (ids is None or t.entity_id in ids))

    def entity(self, entity_id: int, on: date) -> Target:
        if entity_id > 2:
            raise NotFound(f"there is no entity {entity_id} in the register on {on}")
        return Target(entity_id, "shop", "", None, None, "C01001", "food", "A")

    @contextmanager
    def change(self) -> Iterator[FakeTasks]:
        yield self

    def existing(self, source: str, source_ids: Sequence[str]) -> dict[str, int]:
        return {t.source_id: i for i, t in self.tasks.items() if t.source_id in source_ids and t.source_id}

    def known(self, numbers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], TaskRow]:
        return {
            (t.source, t.source_id): TaskRow(i, t, self.steps[i][-1])
            for i, t in self.tasks.items()
            if (t.source, t.source_id) in numbers
        }

    def by_credit_code(self, codes: Sequence[str], on: date) -> dict[str, tuple[int, ...]]:
        return {}

    def open(self, tasks: Sequence[NewTask], *, caller: Caller) -> tuple[int, ...]:
        ids = []
        for task in tasks:
            task_id = len(self.tasks) + 1
            self.tasks[task_id] = task
            self.steps[task_id] = [
                opened(task.opened_on, task.due_on, cell_code=task.cell_code, actor=caller.name, role=caller.role)
            ]
            ids.append(task_id)
        return tuple(ids)

    def add_steps(self, steps: Mapping[int, Step]) -> None:
        for task_id, made in steps.items():
            self.steps[task_id].append(made)

    def event(self, *, caller: Caller, verb: str, subject: str, reason: str, payload: Mapping[str, Any]) -> None:
        """Nobody reads it."""
