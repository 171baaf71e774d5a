"""The visit plan: what is due for an officer or a cell in a week or a month, as one round a working day."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

import numpy as np
import shapely

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.rounds.items import Item, items_due
from geo_api.services.rounds.model import (
    READERS,
    DueSource,
    NotPlanned,
    RoundDay,
    RoundStore,
    Stop,
    VisitPlan,
)
from geo_api.services.rounds.notes import plan_findings
from geo_api.services.rounds.routing import DayLimits, plan_rounds
from geo_api.services.rounds.who import Whose, duties, share_out, whose_cell, whose_officer
from geo_api.supervision.profile import Profile
from geo_api.supervision.roles import require
from geo_api.supervision.rounds_rules import RoundRules
from layers.crs import local_metres

LONGEST_DAYS = 62
Key = tuple[int | None, int | None]
"""An entity and a task."""


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
    on = asked.period_from
    profile = store.profile(whose.station, on)
    rules: RoundRules = profile.section("rounds")
    if asked.per_day is not None:
        rules = replace(rules, visits_per_day=asked.per_day)
    start = _start(store, rules, whose.station, on)
    places = store.places(whose.cells, on)
    stops, waiting = items_due(store, source, whose.cells, places, on, asked.period_to, profile)
    working = list(rules.working_days(on, asked.period_to))
    calendar = duties(whose, rules.share, working)
    shares = share_out(whose, rules.share, working, places)
    mine = frozenset().union(*(d.owners for d in calendar)) | shares.of(whose)
    days: list[RoundDay] = []
    left: dict[Key, NotPlanned] = {}
    due: set[Key] = set()
    for first, end in _weeks(on, asked.period_to):
        items = [i for i in stops.of_week(first, end) if shares.owner(i.place, i.taken_by) in mine]
        due |= {i.key for i in items}
        for owners, some in groupby((d for d in calendar if first <= d.day < end), key=attrgetter("owners")):
            there = {d.day: d.there for d in some}
            here = [i for i in items if shares.owner(i.place, i.taken_by) in owners]
            made, _ = _week(here, list(there), start[1:], profile, rules)
            gone = {(s.entity_id, s.task_id): round_ for round_ in made for s in round_.stops}
            for item in here:
                if item.key in gone:
                    stops.take(item, gone[item.key].day)
                    left.pop(item.key, None)
                    if not there[gone[item.key].day]:
                        left[item.key] = item.not_planned("away")
            items = [i for i in items if i.key not in gone]
            days += [d for d in made if there[d.day]]
        for item in items:
            served = any(shares.owner(item.place, item.taken_by) in d.owners for d in calendar)
            left[item.key] = item.not_planned("full" if served else "away")
    plan = VisitPlan(
        jurisdiction=whose.station,
        officer_id=asked.officer,
        officer_name=whose.name,
        cells=whose.cells,
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
        outlines=_outlines(territory, whose.cells),
    )
    away = [d.day for d in calendar if not d.there]
    return replace(plan, digest=_digest(plan), findings=plan_findings(plan, rules, away))


def place_of(store: RoundStore, territory: PublishedTerritory, asked: Asked, caller: Caller) -> Whose:
    """Whose plan is asked for, and whether the caller may see it; raises as :func:`plan_visits`."""
    if bool(asked.officer) == bool(asked.cell):
        raise BadRequest("give the officer or the cell, one of the two")
    days = (asked.period_to - asked.period_from).days
    if not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(
            f"a visit plan is made for 1 to {LONGEST_DAYS} days, not for {days}: ask for a week or a month"
        )
    find, code = (whose_cell, asked.cell) if asked.cell else (whose_officer, asked.officer)
    whose = find(store, territory, code, asked.period_from, asked.period_to)
    for cell in whose.cells:
        what = f"see the visit plan of {code}"
        require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=store.ancestors(cell), to=what)
    return whose


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
