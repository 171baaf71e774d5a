"""The visit plan: what is due for an officer or a cell in a week or a month, as one round a working day."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import shapely

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.rounds.model import (
    READERS,
    DueSource,
    DueVisit,
    NotPlanned,
    OpenTask,
    Place,
    RoundDay,
    RoundStore,
    Stop,
    VisitPlan,
)
from geo_api.services.rounds.routing import DayLimits, plan_rounds
from geo_api.services.tasks.people import cells_of_officer
from geo_api.supervision.profile import Profile
from geo_api.supervision.roles import require
from geo_api.supervision.rounds_rules import RoundRules
from gridding.findings import Finding, Severity
from layers.crs import local_metres

LONGEST_DAYS = 62
TASK = ("task", "task", "任务")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose plan, and for which days [period_from, period_to). ``per_day``: visits a day at most, None = by the rules."""

    period_from: date
    period_to: date
    officer: str = ""
    cell: str = ""
    per_day: int | None = None


def plan_visits(
    store: RoundStore, source: DueSource, territory: PublishedTerritory, asked: Asked, *, caller: Caller
) -> VisitPlan:
    """What is due in a period, most urgent first, cut into days by hours, each day's round in a short order.

    Long periods are planned week by week: what is planned counts as made for the weeks after. ``territory`` is that of
    the first day: cells and officers are its.

    Raises:
        BadRequest: neither officer nor cell, a period too long. NotFound: no such officer or cell on that day.
        NotAllowed: not the caller's to see.
    """
    whose = place_of(store, territory, asked, caller)
    cells, name, station = whose.cells, whose.officer_name, whose.station
    on = asked.period_from
    profile = store.profile(station, on)
    rules: RoundRules = profile.section("rounds")
    if asked.per_day is not None:
        rules = replace(rules, visits_per_day=asked.per_day)
    start = _start(store, rules, station, on)
    stops, waiting = _items(store, source, cells, asked, profile)
    days: list[RoundDay] = []
    left: dict[tuple[int | None, int | None], NotPlanned] = {}
    due: set[tuple[int | None, int | None]] = set()
    for first, end in _weeks(asked.period_from, asked.period_to):
        items = stops.of_week(first, end)
        due |= {i.key for i in items}
        made, over = _week(items, list(rules.working_days(first, end)), start[1:], profile, rules)
        days += made
        for day in made:
            for s in day.stops:
                left.pop((s.entity_id, s.task_id), None)
                stops.take(s, day.day)
        left |= {i.key: i.not_planned("full") for i in over}
    plan = VisitPlan(
        jurisdiction=station,
        officer_id=asked.officer,
        officer_name=name,
        cells=cells,
        period_from=asked.period_from,
        period_to=asked.period_to,
        on=on,
        start_name=start[0],
        start_lon=start[1],
        start_lat=start[2],
        due=len(due) + len(waiting),
        days=tuple(days),
        not_planned=(*sorted(left.values(), key=lambda n: (n.due_on, n.entity_id or 0, n.task_id or 0)), *waiting),
        digest="",
        outlines=_outlines(territory, cells),
    )
    return replace(plan, digest=_digest(plan), findings=_findings(plan, rules))


@dataclass(frozen=True, slots=True)
class Whose:
    """Cells, name of the officer ("" = made for a cell), station."""

    cells: tuple[str, ...]
    officer_name: str
    station: str


def place_of(store: RoundStore, territory: PublishedTerritory, asked: Asked, caller: Caller) -> Whose:
    """Whose plan is asked for, and whether the caller may see it; raises as :func:`plan_visits`."""
    whose = _whose(store, territory, asked)
    for code in whose.cells:
        what = f"see the visit plan of {asked.officer or asked.cell}"
        require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=store.ancestors(code), to=what)
    return whose


# ---------------------------------------------------------------------------------------------------- what is due
@dataclass(frozen=True, slots=True)
class Item:
    """A place to go to, and everything that is due there."""

    place: Place
    rows: tuple[DueVisit, ...]
    task_id: int | None = None

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


class _Stops:
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
            items.append(Item(self._of_task(task), (due, *also), task.task_id))
        items += [Item(self._by_id[i], tuple(found)) for i, found in rows.items()]
        return sorted(items, key=lambda i: (i.due_on, i.place.entity_id, i.task_id or 0))

    def take(self, stop: Stop, day: date) -> None:
        """A stop is in a round."""
        if stop.entity_id is not None:
            self.planned[stop.entity_id].append(day)
        if stop.task_id is not None:
            self._tasks.pop(stop.task_id, None)

    def _of_task(self, task: OpenTask) -> Place:
        known = self._by_id.get(task.entity_id or 0)
        if known is not None:
            return known
        return Place(
            task.entity_id or 0, task.title, task.address, "", "", licensed=True, lon=task.lon, lat=task.lat,
            cell_code=task.cell_code,
        )  # fmt: skip


def _items(
    store: RoundStore, source: DueSource, cells: Sequence[str], asked: Asked, profile: Profile
) -> tuple[_Stops, tuple[NotPlanned, ...]]:
    """What is due, and the tasks whose place is not known."""
    places = store.places(cells, asked.period_from)
    tasks = [t for t in store.tasks(cells, asked.period_from) if t.due_on < asked.period_to + timedelta(days=15)]
    known = {p.entity_id for p in places}
    placed = [t for t in tasks if t.lon is not None or t.entity_id in known]
    waiting = tuple(
        NotPlanned(t.entity_id, t.title, t.address, t.cell_code, (TASK,), t.due_on, "unplaced", t.task_id)
        for t in tasks
        if t not in placed
    )
    return _Stops(source, places, placed, profile), waiting


# ---------------------------------------------------------------------------------------------------- a week
def _week(
    items: Sequence[Item], days: list[date], start: tuple[float, float], profile: Profile, rules: RoundRules
) -> tuple[list[RoundDay], list[Item]]:
    """Rounds of a week on its working days, and the items that did not fit."""
    if not items or not days:
        return [], list(items)
    lon = np.array([i.place.lon for i in items], dtype=np.float64)
    lat = np.array([i.place.lat for i in items], dtype=np.float64)
    to_metres = local_metres((start[0] - 0.1, start[1] - 0.1, start[0] + 0.1, start[1] + 0.1))
    xy = np.column_stack(to_metres(lon, lat))
    origin = np.array(to_metres(np.array([start[0]]), np.array([start[1]]))).ravel()
    order = _by_urgency(items, xy, origin, len(days) * rules.visits_per_day)
    minutes = np.array([profile.rules.minutes(i.place.industry) for i in items])
    per_metre = minutes_per_metre(profile)
    made = plan_rounds(
        xy[order], minutes[order], origin, len(days),
        DayLimits(rules.visits_per_day, rules.hours_per_day * 60), per_metre,
    )  # fmt: skip
    rounds = []
    for day, places in zip(days, made.days, strict=False):
        way = order[places]
        rounds.append(_round(day, [items[k] for k in way], xy[way], origin, minutes[way], per_metre))
    return rounds, [items[k] for k in order[made.left]]


def _by_urgency(items: Sequence[Item], xy: np.ndarray, start: np.ndarray, room: int) -> np.ndarray:
    """Positions of the items, most urgent first; of those due on the day on which the room ends, the nearest to the others."""
    order = list(range(len(items)))
    if len(order) <= room or not room:
        return np.array(order, dtype=np.int64)
    last = items[room - 1].due_on
    chosen = [k for k in order if items[k].due_on < last]
    tied = [k for k in order if items[k].due_on == last]
    rest = [k for k in order if items[k].due_on > last]
    points = xy[tied]
    near = np.hypot(*(points - start).T)
    for k in chosen:
        near = np.minimum(near, np.hypot(*(points - xy[k]).T))
    while tied:
        k = int(near.argmin())
        chosen.append(tied[k])
        near = np.minimum(near, np.hypot(*(points - points[k]).T))
        tied = [t for n, t in enumerate(tied) if n != k]
        near, points = np.delete(near, k), np.delete(points, k, axis=0)
    return np.array([*chosen, *rest], dtype=np.int64)


def minutes_per_metre(profile: Profile) -> float:
    """Minutes of travel per metre as the crow flies; 0 where the minutes of a visit hold the way already."""
    travel = profile.section("travel")
    if travel.method == "included":
        return 0.0
    return float(travel.detour / (travel.speed_kmh * 1000 / 60))


def _round(
    day: date, items: Sequence[Item], xy: np.ndarray, start: np.ndarray, minutes: np.ndarray, per_metre: float
) -> RoundDay:
    way = np.vstack([start, xy, start])
    legs = np.hypot(*np.diff(way, axis=0).T)
    arrive = np.cumsum(legs[:-1]) * per_metre + np.concatenate([[0.0], np.cumsum(minutes[:-1])])
    stops = tuple(
        Stop(
            position=n + 1,
            entity_id=item.place.entity_id or None,
            name=item.place.name,
            address=item.place.address,
            industry=item.place.industry,
            credit_class=item.place.credit_class,
            cell_code=item.place.cell_code,
            why=item.why,
            due_on=item.due_on,
            overdue_days=max(0, (day - item.due_on).days),
            last_visit=item.place.last_visit,
            lon=float(item.place.lon or 0.0),
            lat=float(item.place.lat or 0.0),
            way_m=round(float(legs[n]), 1),
            arrive_min=round(float(arrive[n]), 1),
            minutes=float(minutes[n]),
            task_id=item.task_id,
        )
        for n, item in enumerate(items)
    )
    length = float(legs.sum())
    return RoundDay(day, stops, round(length, 1), float(minutes.sum()), round(length * per_metre, 1))


# ---------------------------------------------------------------------------------------------------- whose, where, when
def _whose(store: RoundStore, territory: PublishedTerritory, asked: Asked) -> Whose:
    if bool(asked.officer) == bool(asked.cell):
        raise BadRequest("give the officer or the cell, one of the two")
    days = (asked.period_to - asked.period_from).days
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(
            f"a visit plan is made for 1 to {LONGEST_DAYS} days, not for {days}: ask for a week or a month"
        )
    stations = {c.code: c.station_code for c in territory.cells}
    if asked.cell:
        if asked.cell not in stations:
            raise BadRequest(f"there is no cell {asked.cell!r} in force on {asked.period_from}")
        return Whose((asked.cell,), "", stations[asked.cell])
    name, station = store.officer(asked.officer, asked.period_from)
    cells = cells_of_officer(territory, asked.officer)
    if not cells:
        raise BadRequest(f"officer {asked.officer} ({name}) answers for no cell on {asked.period_from}")
    return Whose(cells, name, station or stations[cells[0]])


def _start(store: RoundStore, rules: RoundRules, station: str, on: date) -> tuple[str, float, float]:
    name, lon, lat = store.start(station, on)
    lon, lat = rules.starts.get(station, (lon, lat))
    return name, lon, lat


def _weeks(first: date, end: date) -> list[tuple[date, date]]:
    """A period in calendar weeks, Monday to Monday; a period of up to seven days stays whole."""
    if (end - first).days <= 7:
        return [(first, end)]
    cuts = [first]
    while cuts[-1] < end:
        cuts.append(min(cuts[-1] + timedelta(days=7 - cuts[-1].weekday()), end))
    return list(pairwise(cuts))


def _outlines(territory: PublishedTerritory, cells: Sequence[str]) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Outer rings of some cells, for a map."""
    shapes = shapely.get_parts(shapely.from_wkb([c.wkb for c in territory.cells if c.code in cells]))
    rings = shapely.get_exterior_ring(shapes)
    return tuple(tuple((float(x), float(y)) for x, y in shapely.get_coordinates(ring)) for ring in rings)


def _digest(plan: VisitPlan) -> str:
    text = "\n".join(
        f"{d.day} {s.position} {s.entity_id} {s.task_id} {s.cell_code} {' '.join(w[0] for w in s.why)}"
        for d in plan.days
        for s in d.stops
    )
    head = f"{plan.officer_id} {','.join(plan.cells)} {plan.period_from} {plan.period_to}\n"
    return hashlib.sha256((head + text).encode()).hexdigest()


def _findings(plan: VisitPlan, rules: RoundRules) -> tuple[Finding, ...]:
    """What does not fit is told: nothing that is due is left out in silence."""
    full = sum(1 for n in plan.not_planned if n.reason == "full")
    unplaced = len(plan.not_planned) - full
    found = []
    if full:
        found.append(
            Finding(
                "rounds.full",
                Severity.WARNING,
                f"{full} of {plan.due} places where something is due have no room in {len(plan.days)} round(s) of at most "
                f"{rules.visits_per_day} visits and {rules.hours_per_day:g} h: plan more days, or get help",
                f"到期 {plan.due} 户中有 {full} 户排不下（每天至多 {rules.visits_per_day} 户、{rules.hours_per_day:g} 小时）",
                where=plan.officer_id or ",".join(plan.cells),
                value=full,
                limit=0,
                unit="places",
            )
        )
    if unplaced:
        found.append(
            Finding(
                "rounds.unplaced",
                Severity.WARNING,
                f"{unplaced} task(s) have no place: they are in no round; give the entity a place, or call",
                f"{unplaced} 项任务没有坐标，未排入路线",
                where=plan.officer_id or ",".join(plan.cells),
                value=unplaced,
                limit=0,
                unit="tasks",
            )
        )
    return tuple(found)
