"""Tasks and their steps: opened in one go, read as they stood on a day, never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from geo_api.db.engine import Connection
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.published import FOR_EVER
from geo_api.db.queries import query
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller
from geo_api.services.tasks.model import NewTask, Target, TaskFilter, TaskRow
from geo_api.supervision.tasks import Step, TaskState
from geo_api.supervision.tasks_rules import TaskRules, tasks_rules

TASK = (
    "kind, title, jurisdiction_code, opened_on, due_on, source, source_id, entity_id, address, lon, lat, cell_code, "
    "function, campaign"
)
STEP = "n, step, state, day, due_on, cell_code, officer_id, to_department, escalated_to, note, actor, role"
COLUMNS = tuple(f for f in NewTask.__dataclass_fields__ if f != "note")


class TaskTables(JurisdictionTables):
    """Implements :class:`geo_api.services.tasks.model.TaskStore`."""

    def top(self) -> str:
        """The only bureau; BadRequest where there are several, NotFound where there is none."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select distinct j.code from jurisdiction j where j.recorded_to is null and not exists "
                "(select from jurisdiction up where up.code = j.parent_code and up.recorded_to is null) order by 1"
            ).fetchall()
        if not rows:
            raise NotFound("no jurisdiction is stored yet: load a dataset first")
        if len(rows) > 1:
            raise BadRequest(
                f"there are several bureaus ({', '.join(r[0] for r in rows[:20])}): say which jurisdiction"
            )
        return str(rows[0][0])

    def rules(self, code: str, on: date) -> TaskRules:
        """``[rules.tasks]`` of the bureau above a code, on a day."""
        from geo_api.db.station_reader import read_profile

        with self._database.connection() as connection:
            settings = read_profile(connection, code, on)[1]
        return tasks_rules(settings.get("tasks", {}))

    def select(self, wanted: TaskFilter) -> tuple[TaskRow, ...]:
        """Tasks by id, as they stood."""
        with self._database.connection() as connection:
            rows = connection.execute(query("task_select"), _parameters(wanted)).fetchall()
        return tuple(TaskRow(row[0], NewTask(*row[1:15]), _step(row[15:])) for row in rows)

    def history(self, task_id: int) -> tuple[NewTask, tuple[Step, ...]]:
        """A task and its steps, oldest first; NotFound."""
        with self._database.connection() as connection:
            return _history(connection, task_id)

    def histories(self, wanted: TaskFilter) -> dict[int, tuple[Step, ...]]:
        """The steps of every task of a selection up to its day, oldest first."""
        ids = [row.task_id for row in self.select(wanted)]
        with self._database.connection() as connection:
            rows = connection.execute(
                f"select task_id, {STEP} from task_step "  # type: ignore[arg-type]  # noqa: S608
                "where task_id = any(%s) and day <= %s and at <= %s order by task_id, n",
                (ids, wanted.on, wanted.recorded_at or FOR_EVER),
            ).fetchall()
        found: dict[int, list[Step]] = defaultdict(list)
        for row in rows:
            found[row[0]].append(_step(row[1:]))
        return {task_id: tuple(steps) for task_id, steps in found.items()}

    def cells_of(self, lon: Sequence[float], lat: Sequence[float], on: date) -> list[str]:
        """Cell of each place on a day by the border rule; "" = none."""
        with self._database.connection() as connection:
            return located(connection, lon, lat, on)

    def targets(
        self, code: str, on: date, *, industry: str, credit_class: str, ids: Sequence[int] | None
    ) -> tuple[Target, ...]:
        """Entities of a jurisdiction on a day, by id. An unlicensed one counts as of the worst class."""
        with self._database.connection() as connection:
            codes = [row[0] for row in connection.execute(query("ancestors"), {"code": code}).fetchall()]
            rows = connection.execute(
                query("task_targets"),
                {"day": on, "codes": codes, "industry": industry, "ids": None if ids is None else list(ids)},
            ).fetchall()
            cells = located(connection, [r[3] for r in rows], [r[4] for r in rows], on)
            within = {
                row[0]
                for row in connection.execute(
                    "with recursive down (code) as (select %(code)s::text union select j.code from jurisdiction j "
                    "join down on j.parent_code = down.code where j.recorded_to is null) "
                    "select c.code from cell_code c join down on c.station_code = down.code union select code from down",
                    {"code": code},
                ).fetchall()
            }
        top = len(codes) == 1
        return tuple(
            Target(r[0], r[1], r[2], r[3], r[4], cell, r[5], r[6])
            for r, cell in zip(rows, cells, strict=True)
            if (top or cell in within) and credit_class in ("", r[6])
        )

    def by_credit_code(self, codes: Sequence[str], on: date) -> dict[str, tuple[int, ...]]:
        """Permanent ids of the entities that bear each credit code on a day."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select credit_code, array_agg(entity_id order by entity_id) from entity "
                "where credit_code = any(%s) and credit_code <> '' and recorded_to is null and valid @> %s group by 1",
                (list(codes), on),
            ).fetchall()
        return {code: tuple(ids) for code, ids in rows}

    def entity(self, entity_id: int, on: date) -> Target:
        """One entity as it is on a day; NotFound."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select entity_id, name, address, st_x(geom), st_y(geom), industry, credit_class from entity "
                "where entity_id = %s and recorded_to is null and valid @> %s",
                (entity_id, on),
            ).fetchone()
            if row is None:
                raise NotFound(f"there is no entity {entity_id} in the register on {on}")
            cell = located(connection, [row[3]], [row[4]], on)[0]
        return Target(row[0], row[1], row[2], row[3], row[4], cell, row[5], row[6])

    @contextmanager
    def change(self) -> Iterator[TaskChanges]:
        """A transaction that changes something, one at a time."""
        with self._database.writing() as connection:
            yield TaskChanges(connection)


class TaskChanges:
    """Implements :class:`geo_api.services.tasks.model.TaskWork` on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def existing(self, source: str, source_ids: Sequence[str]) -> dict[str, int]:
        """Ids of the tasks that a source has opened already, by its numbers."""
        rows = self._connection.execute(
            "select source_id, task_id from task where source = %s and source_id = any(%s) and source_id <> ''",
            (source, list(source_ids)),
        ).fetchall()
        return dict(rows)

    def known(self, numbers: Sequence[tuple[str, str]]) -> dict[tuple[str, str], TaskRow]:
        """The tasks that stand under numbers of sources: (source, its number) -> task."""
        rows = self._connection.execute(
            query("task_known"), {"sources": [n[0] for n in numbers], "ids": [n[1] for n in numbers]}
        ).fetchall()
        found = (TaskRow(row[0], NewTask(*row[1:15]), _step(row[15:])) for row in rows)
        return {(row.task.source, row.task.source_id): row for row in found}

    def open(self, tasks: Sequence[NewTask], *, caller: Caller) -> tuple[int, ...]:
        """Open tasks, in order; one that another of the same source and number stands for is left out."""
        columns: dict[str, Any] = {name: [getattr(task, name) for task in tasks] for name in COLUMNS}
        rows = self._connection.execute(
            query("task_open"), {**columns, "actor": caller.name, "role": caller.role}
        ).fetchall()
        ids = [row[0] for row in rows]
        self._connection.execute(
            "insert into task_step (task_id, n, step, state, cell_code, due_on, day, actor, role) "
            "select task_id, 1, 'opened', 'opened', cell_code, due_on, opened_on, actor, role from task "
            "where task_id = any(%s)",
            (ids,),
        )
        return tuple(ids)

    def history(self, task_id: int) -> tuple[NewTask, tuple[Step, ...]]:
        """A task and its steps, oldest first; NotFound."""
        return _history(self._connection, task_id)

    def add_steps(self, steps: Mapping[int, Step]) -> None:
        """Record a step of each task, all in one statement."""
        if not steps:
            return
        names = STEP.split(", ")
        columns = [list(steps), *([_plain(getattr(s, name)) for s in steps.values()] for name in names)]
        kinds = ("bigint", "int", "text", "text", "date", "date", *("text",) * 7)
        given = ", ".join(f"%s::{kind}[]" for kind in kinds)
        self._connection.execute(
            f"insert into task_step (task_id, {STEP}) "  # type: ignore[arg-type]  # noqa: S608
            f"select * from unnest({given})",
            columns,
        )

    def event(self, *, caller: Caller, verb: str, subject: str, reason: str, payload: Mapping[str, Any]) -> None:
        """Record who did what, and why."""
        UnitOfWork(self._connection).event(caller=caller, verb=verb, subject=subject, reason=reason, payload=payload)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, TaskState) else value


def _history(connection: Connection, task_id: int) -> tuple[NewTask, tuple[Step, ...]]:
    row = connection.execute(
        f"select {TASK} from task where task_id = %s",  # type: ignore[arg-type]  # noqa: S608
        (task_id,),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no task {task_id}; `gridward tasks list` shows those that there are")
    steps = connection.execute(
        f"select {STEP} from task_step where task_id = %s order by n",  # type: ignore[arg-type]  # noqa: S608
        (task_id,),
    ).fetchall()
    return NewTask(*row), tuple(_step(s) for s in steps)


def _step(row: Sequence[Any]) -> Step:
    return Step(row[0], row[1], TaskState(row[2]), *row[3:])


def located(connection: Connection, lon: Sequence[float | None], lat: Sequence[float | None], on: date) -> list[str]:
    """Cell of each place on a day by the border rule; "" = none, or no place."""
    rows = connection.execute(
        "select n, cell_code from locate_many(%s::float8[], %s::float8[], %s)", (list(lon), list(lat), on)
    ).fetchall()
    found: dict[int, str | None] = dict(rows)
    return [found.get(n) or "" for n in range(1, len(lon) + 1)]


def _parameters(wanted: TaskFilter) -> dict[str, Any]:
    return {
        "day": wanted.on,
        "known": wanted.recorded_at or FOR_EVER,
        "jurisdiction": wanted.jurisdiction,
        "cells": None if wanted.cells is None else list(wanted.cells),
        "officer": wanted.officer_id,
        "states": list(wanted.states),
        "kind": wanted.kind,
        "campaign": wanted.campaign,
        "source": wanted.source,
        "source_id": wanted.source_id,
        "late": wanted.late,
        "after": wanted.after,
        "limit": wanted.limit,
    }
