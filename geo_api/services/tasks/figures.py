"""Figures of tasks for a period: opened, due, done in time, late, by any key; sums conserve totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo_api.services.answers import PublishedTerritory
from geo_api.services.tasks.escalate import late_findings
from geo_api.services.tasks.model import TaskFilter, TaskRow, TaskStore
from geo_api.supervision.tasks import MAY_BE_LATE, Step, TaskState, finished_on
from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task in a period, for scores: whose it was, and whether it was in time.

    Attributes:
        officer_id: who took it, else the lead of its cell on the last day of the period, "" = nobody.
        opened: whether it was opened in the period.
        due: whether its deadline lay in the period.
        finished_on: the day on which the officers were through with it (None = not yet): done, handed over or referred.
        in_time: due in the period and finished by then.
        late: due in the period and not finished by then.
    """

    task_id: int
    kind: str
    cell_code: str
    station_code: str
    officer_id: str
    opened: bool
    due: bool
    due_on: date
    finished_on: date | None
    in_time: bool
    late: bool


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """Sums over tasks: opened, due, done in time and late in a period."""

    opened: int = 0
    due: int = 0
    in_time: int = 0
    late: int = 0


def task_records(
    store: TaskStore,
    territory: PublishedTerritory,
    jurisdiction: str,
    period_from: date,
    period_to: date,
    *,
    recorded_at: datetime | None = None,
) -> tuple[TaskRecord, ...]:
    """Every task of a jurisdiction that was opened or due in [period_from, period_to), by id.

    Args:
        territory: of the last day of the period: cells, stations and leads are its.
        recorded_at: as recorded at that moment: the same question then gives the same figures for ever.
    """
    last_day = period_to - timedelta(days=1)
    wanted = TaskFilter(last_day, jurisdiction=jurisdiction, limit=None, recorded_at=recorded_at)
    rows, histories = store.select(wanted), store.histories(wanted)
    stations = {c.code: c.station_code for c in territory.cells}
    leads = {
        c.code: next((o.officer_id for o in territory.officers.get(c.code, ()) if o.role == "lead"), "")
        for c in territory.cells
    }
    found = []
    for row in rows:
        steps = histories[row.task_id]
        due_on = _deadline(steps)
        done = finished_on(steps)
        opened, due = row.task.opened_on >= period_from, period_from <= due_on < period_to
        if not opened and not due:
            continue
        in_time = due and done is not None and done <= due_on
        cell = row.last.cell_code
        found.append(
            TaskRecord(
                task_id=row.task_id,
                kind=row.task.kind,
                cell_code=cell,
                station_code=stations.get(cell, ""),
                officer_id=_officer(steps) or leads.get(cell, ""),
                opened=opened,
                due=due,
                due_on=due_on,
                finished_on=done,
                in_time=in_time,
                late=due and not in_time,
            )
        )
    return tuple(found)


def task_figures(records: Sequence[TaskRecord], key: Callable[[TaskRecord], str]) -> dict[str, TaskFigures]:
    """Sums by any key, such as ``lambda r: r.officer_id``; each task counts once under one key."""
    sums: dict[str, list[int]] = {}
    for r in records:
        into = sums.setdefault(key(r), [0, 0, 0, 0])
        for i, counts in enumerate((r.opened, r.due, r.in_time, r.late)):
            into[i] += counts
    return {name: TaskFigures(*into) for name, into in sorted(sums.items())}


def task_findings(
    store: TaskStore, jurisdiction: str, on: date, *, recorded_at: datetime | None = None
) -> tuple[Finding, ...]:
    """Tasks of a jurisdiction that are late on a day: a gap each."""
    states = tuple(s.value for s in MAY_BE_LATE)
    wanted = TaskFilter(on, jurisdiction=jurisdiction, states=states, late=True, limit=None, recorded_at=recorded_at)
    rows: tuple[TaskRow, ...] = store.select(wanted)
    return tuple(late_findings(rows, on))


def _deadline(steps: Sequence[Step]) -> date:
    """The officers' deadline: the last that held before they were through; a referral has one of its own."""
    due = steps[0].due_on
    for past in steps:
        if past.state in (TaskState.DONE, TaskState.HANDED_OVER, TaskState.REFERRED, TaskState.CLOSED):
            break
        due = past.due_on
    return due


def _officer(steps: Sequence[Step]) -> str:
    return next((s.officer_id for s in reversed(steps) if s.officer_id and s.step != "closed"), "")
