"""The daily run: open tasks follow the plan in force, and levels above are told of those that are late. Idempotent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.tasks.model import TaskFilter, TaskRow, TaskStore, TaskView
from geo_api.services.tasks.people import Roster
from geo_api.supervision.roles import require
from geo_api.supervision.tasks import IN_OFFICERS_HANDS, MAY_BE_LATE, Step, days_late
from geo_api.supervision.tasks import step as next_step
from geo_api.supervision.tasks_rules import TaskRules
from gridding.findings import Finding, Severity

RUNNERS = frozenset({"planner", "approver", "system"})
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class DailyAnswer:
    """What a daily run did on a day.

    Attributes:
        moved: tasks that went to the officers of another cell, because cells were redrawn.
        escalated: tasks that a level above was told of.
        told: code of that level -> tasks it was told of.
        late_by_station: code of a station -> its tasks that are late (a task in no cell: the code that it waits at).
        late_by_officer: id of an officer -> tasks that are late and in this officer's hands, alone or with others.
        findings: tasks that are late, and tasks whose cell is gone.
    """

    on: date
    moved: int
    escalated: int
    told: dict[str, int]
    late_by_station: dict[str, int] = field(default_factory=dict)
    late_by_officer: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def escalate_tasks(
    store: TaskStore, territory: PublishedTerritory, jurisdiction: str, *, caller: Caller
) -> DailyAnswer:
    """Run a day for the tasks of a jurisdiction ("" = the caller's, or the only bureau). A second run does nothing.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to do.
    """
    on = territory.on
    code = jurisdiction or caller.jurisdiction or store.top()
    what = f"run the tasks of {code}"
    require(caller.role, caller.jurisdiction, allowed=RUNNERS, ancestors=store.ancestors(code), to=what)
    rules = store.rules(code, on)
    states = tuple(s.value for s in MAY_BE_LATE)
    wanted = TaskFilter(on, jurisdiction=code, states=states, limit=None)
    rows = store.select(wanted)
    roster = Roster(territory, rules)
    places = _places(store, rows, store.histories(wanted), roster, on)
    with store.change() as work:
        # the steps of meanwhile are refused by the database: the run is then simply repeated
        moves = {r.task_id: _moved(r, places[r.task_id], rules, caller, on) for r in rows if r.task_id in places}
        work.add_steps(moves)
        rows = tuple(replace(r, last=moves.get(r.task_id, r.last)) for r in rows)
        told = {r.task_id: s for r in rows if (s := _told(r, territory, rules, caller, on)) is not None}
        work.add_steps(told)
        if moves or told:
            payload = {"on": on.isoformat(), "moved": len(moves), "escalated": len(told)}
            work.event(caller=caller, verb="tasks_daily", subject=f"jurisdiction:{code}", reason="", payload=payload)
    now = tuple(replace(r, last=told.get(r.task_id, r.last)) for r in rows)
    late = [r for r in now if days_late(r.last, on)]
    return DailyAnswer(
        on=on,
        moved=len(moves),
        escalated=len(told),
        told=_counted(made.escalated_to for made in told.values()),
        late_by_station=_counted(roster.station(r.last.cell_code) or r.task.jurisdiction_code for r in late),
        late_by_officer=_counted(who for r in late for who in _in_hands(roster.view(r, on))),
        findings=(*_gone(now, roster), *late_findings(now, on)),
    )


def _counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items()))


def _in_hands(task: TaskView) -> set[str]:
    """Ids of the officers whose task it is: the one who took it, else all of them."""
    return {task.officer_id} if task.officer_id else {o.officer_id for o in task.officers}


def _places(
    store: TaskStore, rows: Sequence[TaskRow], past: Mapping[int, tuple[Step, ...]], roster: Roster, on: date
) -> dict[int, str]:
    """Task id -> the cell that its place lies in now, where that is another one. A dispatcher's choice stays."""
    at = [
        r
        for r in rows
        if r.last.state in IN_OFFICERS_HANDS
        and r.task.lon is not None
        and not (_chosen(past.get(r.task_id, ())) and roster.station(r.last.cell_code))
    ]
    if not at:
        return {}
    cells = store.cells_of([r.task.lon or 0.0 for r in at], [r.task.lat or 0.0 for r in at], on)
    return {r.task_id: cell for r, cell in zip(at, cells, strict=True) if cell and cell != r.last.cell_code}


def _chosen(steps: Sequence[Step]) -> bool:
    """Whether a dispatcher gave the task to another cell than its place says, or to one officer."""
    return any(
        s.step == "assigned" and (s.officer_id or s.cell_code != before.cell_code) for before, s in pairwise(steps)
    )


def _moved(row: TaskRow, cell: str, rules: TaskRules, caller: Caller, on: date) -> Step:
    note = f"cells were redrawn: {row.last.cell_code or 'no cell'} -> {cell}"
    return next_step(
        row.task_id, (row.last,), "move", day=on, actor=caller.name, role=_role(caller), rules=rules, note=note,
        cell_code=cell,
    )  # fmt: skip


def _told(row: TaskRow, territory: PublishedTerritory, rules: TaskRules, caller: Caller, on: date) -> Step | None:
    """The step that tells the level above; None where it knows, or nothing is late enough."""
    wanted = rules.levels_told(days_late(row.last, on))
    if not wanted:
        return None
    above = _levels_above(territory, row.last.cell_code or row.task.jurisdiction_code, bool(row.last.cell_code))
    if not above:
        return None
    level = above[min(wanted, len(above)) - 1]
    known = above.index(row.last.escalated_to) if row.last.escalated_to in above else -1
    if above.index(level) <= known:
        return None
    note = f"{days_late(row.last, on)} days late"
    made = next_step(
        row.task_id, (row.last,), "escalate", day=on, actor=caller.name, role=_role(caller), rules=rules, note=note
    )
    return replace(made, escalated_to=level)


def _levels_above(territory: PublishedTerritory, code: str, is_cell: bool) -> list[str]:
    """Codes of the levels above a cell, lowest first; of a task in no cell: its jurisdiction and what is above."""
    found = [] if is_cell else [code]
    while (code := territory.parents.get(code, "")) and code not in found:
        found.append(code)
    return found


def _role(caller: Caller) -> str:
    return caller.role if caller.role in RUNNERS or caller.role == "admin" else SYSTEM


def _gone(rows: Sequence[TaskRow], roster: Roster) -> list[Finding]:
    """Tasks in officers' hands whose cell is no longer drawn, and which nobody can place."""
    return [
        Finding(
            "tasks.cell_gone",
            Severity.WARNING,
            f"task {r.task_id} belongs to cell {r.last.cell_code}, which is not in force: assign it to another",
            f"任务 {r.task_id} 所属网格 {r.last.cell_code} 已不存在，请重新派发",
            where=str(r.task_id),
            details={"cell_code": r.last.cell_code},
        )
        for r in rows
        if r.last.state in IN_OFFICERS_HANDS and r.last.cell_code and not roster.station(r.last.cell_code)
    ]


def late_findings(rows: Sequence[TaskRow], on: date) -> list[Finding]:
    """A finding for each task that is late, latest first."""
    late = sorted((r for r in rows if days_late(r.last, on)), key=lambda r: (r.last.due_on, r.task_id))
    return [
        Finding(
            "tasks.late",
            Severity.WARNING,
            f"task {r.task_id} ({r.task.title}) is {r.last.state} and {days_late(r.last, on)} days late"
            + (f", {r.last.escalated_to} was told" if r.last.escalated_to else "")
            + (": assign it" if r.last.state in ("opened", "returned") else ": finish it"),
            f"任务 {r.task_id}（{r.task.title}）已逾期 {days_late(r.last, on)} 天",
            where=str(r.task_id),
            value=days_late(r.last, on),
            limit=0,
            unit="days",
            at=(r.task.lon, r.task.lat) if r.task.lon is not None and r.task.lat is not None else None,
            details={
                "cell_code": r.last.cell_code,
                "state": r.last.state.value,
                "due_on": r.last.due_on.isoformat(),
                "since": r.last.due_on.isoformat(),
                "kind": r.task.kind,
            },
        )
        for r in late
    ]
