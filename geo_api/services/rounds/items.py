"""What is due in some cells, as places to go to: due lists and tasks together, week by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from geo_api.services.rounds.model import DueSource, DueVisit, NotPlanned, OpenTask, Place, RoundStore
from geo_api.supervision.profile import Profile

TASK = ("task", "task", "任务")


@dataclass(frozen=True, slots=True)
class Item:
    """A place to go to, and everything that is due there."""

    place: Place
    rows: tuple[DueVisit, ...]
    task_id: int | None = None
    taken_by: str = ""

    @property
    def key(self) -> tuple[int | None, int | None]:
        """Entity and task."""
        return (self.place.entity_id or None, self.task_id)

    @property
    def due_on(self) -> date:
        """The first day by which something is due."""
        return min(r.due_on for r in self.rows)

    @property
    def why(self) -> tuple[tuple[str, str, str], ...]:
        """Everything that is due, earliest first."""
        ordered = sorted(self.rows, key=lambda r: (r.due_on, r.why))
        return tuple(dict.fromkeys((r.why, r.title, r.title_zh) for r in ordered))

    def not_planned(self, reason: str) -> NotPlanned:
        """The item as one that is in no round."""
        p = self.place
        return NotPlanned(
            p.entity_id or None, p.name, p.address, p.cell_code, self.why, self.due_on, reason, self.task_id
        )


class Stops:
    """What is due week by week; what is planned counts as made."""

    def __init__(self, source: DueSource, places: Sequence[Place], tasks: Sequence[OpenTask], profile: Profile) -> None:
        self._source, self._places, self._profile = source, places, profile
        self._by_id = {p.entity_id: p for p in places}
        self._tasks = {t.task_id: t for t in tasks}
        self.planned: Mapping[int, list[date]] = defaultdict(list)

    def of_week(self, first: date, end: date) -> list[Item]:
        """Items of a week, most urgent first."""
        rows: dict[int, list[DueVisit]] = defaultdict(list)
        for row in self._source.due(self._places, first, end, self._profile, self.planned):
            if row.entity_id in self._by_id:
                rows[row.entity_id].append(row)
        items = []
        for task in self._tasks.values():
            late = max(0, (first - task.due_on).days)
            due = DueVisit(task.entity_id, *TASK, due_on=task.due_on, overdue_days=late, task_id=task.task_id)
            also = rows.pop(task.entity_id, []) if task.entity_id is not None else []
            items.append(Item(self._of_task(task), (due, *also), task.task_id, task.officer_id))
        items += [Item(self._by_id[i], tuple(found)) for i, found in rows.items()]
        return sorted(items, key=lambda i: (i.due_on, i.place.entity_id, i.task_id or 0))

    def take(self, item: Item, day: date) -> None:
        """An item is in a round."""
        entity_id, task_id = item.key
        if entity_id is not None:
            self.planned[entity_id].append(day)
        if task_id is not None:
            self._tasks.pop(task_id, None)

    def _of_task(self, task: OpenTask) -> Place:
        known = self._by_id.get(task.entity_id or 0)
        if known is not None:
            return known
        return Place(
            task.entity_id or 0, task.title, task.address, "", "", licensed=True, lon=task.lon, lat=task.lat,
            cell_code=task.cell_code,
        )  # fmt: skip


def items_due(
    store: RoundStore,
    source: DueSource,
    cells: Sequence[str],
    places: Sequence[Place],
    first: date,
    end: date,
    profile: Profile,
) -> tuple[Stops, tuple[NotPlanned, ...]]:
    """What is due, and the tasks whose place is not known."""
    tasks = [t for t in store.tasks(cells, first) if t.due_on < end + timedelta(days=15)]
    known = {p.entity_id for p in places}
    placed = [t for t in tasks if t.lon is not None or t.entity_id in known]
    waiting = tuple(
        NotPlanned(t.entity_id, t.title, t.address, t.cell_code, (TASK,), t.due_on, "unplaced", t.task_id)
        for t in tasks
        if t not in placed
    )
    return Stops(source, places, placed, profile), waiting
