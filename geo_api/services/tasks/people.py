"""Whose a task is on a day: the officers of its cell, else of the level above."""

from __future__ import annotations

from datetime import date

from geo_api.services.answers import OfficerOnDuty, PublishedTerritory
from geo_api.services.on_duty import answering
from geo_api.services.tasks.model import TaskOfficer, TaskRow, TaskView
from geo_api.supervision.tasks import TaskState, days_late
from geo_api.supervision.tasks_rules import TaskRules


def cells_of_officer(territory: PublishedTerritory, officer_id: str) -> tuple[str, ...]:
    """Cells in force that an officer answers for on the day, by code."""
    return tuple(
        c.code for c in territory.cells if any(o.officer_id == officer_id for o in territory.officers.get(c.code, ()))
    )


class Roster:
    """Who answers for which code on one day; each code worked out once."""

    def __init__(self, territory: PublishedTerritory, rules: TaskRules) -> None:
        self._territory, self._rules = territory, rules
        self._cells = {c.code: c.station_code for c in territory.cells}
        self._known: dict[tuple[str, str], tuple[tuple[TaskOfficer, ...], str | None]] = {}

    def station(self, cell_code: str) -> str:
        """The station of a cell in force; "" for other codes."""
        return self._cells.get(cell_code, "")

    def of(self, code: str, function: str) -> tuple[tuple[TaskOfficer, ...], str | None]:
        """Officers of a code for a function, and the level fallen back to."""
        key = (code, function)
        if key not in self._known:
            found: tuple[OfficerOnDuty, ...] = ()
            fallback = None
            if code:
                found, fallback = answering(self._territory, code, self._cells.get(code, code), function or None)
                if fallback == "station" and self._territory.parents.get(code) not in self._territory.names:
                    fallback = "bureau"  # its own task, while no cell is known
            people = tuple(
                TaskOfficer(o.officer_id, o.name, o.role, o.function, o.answers_for) for o in found if not o.absent
            )
            self._known[key] = (people, fallback)
        return self._known[key]

    def view(self, row: TaskRow, on: date) -> TaskView:
        """A task on the day."""
        task, last = row.task, row.last
        enforcing = last.state == TaskState.HANDED_OVER
        function = self._rules.enforcement_function if enforcing else task.function
        people, fallback = self.of(last.cell_code or task.jurisdiction_code, function)
        return TaskView(
            task_id=row.task_id,
            kind=task.kind,
            title=task.title,
            state=last.state.value,
            on=on,
            source=task.source,
            source_id=task.source_id,
            entity_id=task.entity_id,
            address=task.address,
            lon=task.lon,
            lat=task.lat,
            cell_code=last.cell_code,
            station_code=self.station(last.cell_code),
            function=task.function,
            campaign=task.campaign,
            opened_on=task.opened_on,
            due_on=last.due_on,
            days_late=days_late(last, on),
            officer_id=last.officer_id,
            officers=() if last.state == TaskState.CLOSED else people,
            fallback=fallback,
            to_department=last.to_department,
            escalated_to=last.escalated_to,
            note=last.note,
        )
