"""Visit plans as values, and what they need of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from geo_api.services.answers import Caller
from geo_api.supervision.absences import Absence
from geo_api.supervision.profile import Profile
from gridding.findings import Finding

READERS = frozenset({"planner", "approver", "officer", "system"})


@dataclass(frozen=True, slots=True)
class Place:
    """An entity that may be visited; ``lon`` and ``lat`` in the storage datum, None = not known."""

    entity_id: int
    name: str
    address: str
    industry: str
    credit_class: str
    licensed: bool
    lon: float | None
    lat: float | None
    cell_code: str
    opened: date | None = None
    last_visit: date | None = None


@dataclass(frozen=True, slots=True)
class DueVisit:
    """A visit that is due: whom to, why (a short name), what that is called, and the day by which.

    ``overdue_days`` counts from ``due_on`` to the first day of the plan, 0 = in time. ``task_id``: a task to be done there.
    """

    entity_id: int | None
    why: str
    title: str
    title_zh: str
    due_on: date
    overdue_days: int
    kind: str = "daily"
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task in the hands of the officers of a cell, or of one of them; ``lon`` and ``lat`` None = its place is not known."""

    task_id: int
    title: str
    kind: str
    due_on: date
    entity_id: int | None
    address: str
    lon: float | None
    lat: float | None
    cell_code: str
    officer_id: str = ""


class DueSource(Protocol):
    """Says what is due."""

    def due(
        self, places: Sequence[Place], on: date, until: date, profile: Profile, planned: Mapping[int, Sequence[date]]
    ) -> tuple[DueVisit, ...]:
        """Visits to these places that are due on ``on`` or fall due before ``until``.

        ``planned``: entity -> days for which a visit is planned already, in this plan: they count as made.
        """
        ...


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit in a day's round.

    Attributes:
        position: 1, 2, ... on the way.
        why: everything that is due there, gravest first: (short name, English, Chinese).
        due_on: the first of the days by which it is due; ``overdue_days`` counts from it to the day of the visit.
        lon, lat: WGS 84 and CGCS2000 alike, degrees.
        way_m: from the stop before, as the crow flies, metres.
        arrive_min: minutes after the start of the round.
        minutes: of the visit.
        task_id: a task to be done there.
    """

    position: int
    entity_id: int | None
    name: str
    address: str
    industry: str
    credit_class: str
    cell_code: str
    why: tuple[tuple[str, str, str], ...]
    due_on: date
    overdue_days: int
    last_visit: date | None
    lon: float
    lat: float
    way_m: float
    arrive_min: float
    minutes: float
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class RoundDay:
    """One day's round: from the start through its stops and back; lengths as the crow flies, metres; minutes."""

    day: date
    stops: tuple[Stop, ...]
    length_m: float
    visit_minutes: float
    way_minutes: float


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """A due visit that is in no round, and why.

    ``reason``: "full" (no room in the period), "unplaced" (its place is not known), "away" (the officer is away on its
    day: the others of the cell go, or who stands in).
    """

    entity_id: int | None
    name: str
    address: str
    cell_code: str
    why: tuple[tuple[str, str, str], ...]
    due_on: date
    reason: str
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """What is due for an officer, or in some cells, in a period, as rounds.

    Attributes:
        officer_id, officer_name: whose; "" = made for cells.
        cells: codes, in force on the first day.
        period_from, period_to: days [from, to); on: the day whose register and due lists it was made from.
        start_name, start_lon, start_lat: where each round begins and ends.
        due: number of places where something is due.
        outlines: rings of the cells, for the map of the page: (longitude, latitude) pairs.
        digest: sha256 over days, order and places.
    """

    jurisdiction: str
    officer_id: str
    officer_name: str
    cells: tuple[str, ...]
    period_from: date
    period_to: date
    on: date
    start_name: str
    start_lon: float
    start_lat: float
    due: int
    days: tuple[RoundDay, ...]
    not_planned: tuple[NotPlanned, ...]
    digest: str
    findings: tuple[Finding, ...] = ()
    round_id: int | None = None
    outlines: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class KeptVisit:
    """A planned visit and what became of it: "kept" (that day), "other_day" (in the period), "missed", or "open" (to come)."""

    day: date
    position: int
    entity_id: int | None
    task_id: int | None
    name: str
    cell_code: str
    why: str
    outcome: str
    made_on: date | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A stored plan against the visits made; ``counts`` by outcome."""

    round_id: int
    officer_id: str
    cells: tuple[str, ...]
    period_from: date
    period_to: date
    on: date
    counts: dict[str, int]
    visits: tuple[KeptVisit, ...]


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was kept; ``visits``: (day, position, entity, task, name, cell, why), in order."""

    round_id: int
    jurisdiction: str
    officer_id: str
    cells: tuple[str, ...]
    period_from: date
    period_to: date
    visits: tuple[tuple[date, int, int | None, int | None, str, str, str], ...]


class RoundWork(Protocol):
    """One transaction that stores a plan."""

    def keep(self, plan: VisitPlan, *, caller: Caller, reason: str) -> int:
        """Store a plan; the number it is known by."""
        ...


class RoundStore(Protocol):
    """Where plans are made from, and kept."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def profile(self, code: str, on: date) -> Profile:
        """The rules of the bureau above a code, on a day."""
        ...

    def tasks(self, cells: Sequence[str], on: date) -> tuple[OpenTask, ...]:
        """Tasks in officers' hands in some cells on a day."""
        ...

    def places(self, cells: Sequence[str], on: date) -> tuple[Place, ...]:
        """The entities of some cells on a day, by id, with the last visit made before it."""
        ...

    def visits_since(self, ids: Sequence[int], since: date, before: date) -> dict[int, list[date]]:
        """Days of the visits made to entities in [since, before), ascending."""
        ...

    def officer(self, officer_id: str, on: date) -> tuple[str, str]:
        """Name and station code of an officer on a day; NotFound."""
        ...

    def absences(self, officers: Sequence[str], first: date, end: date) -> tuple[Absence, ...]:
        """Absences in [first, end) of officers, and those in which they stand in."""
        ...

    def start(self, code: str, on: date) -> tuple[str, float, float]:
        """Name of a station and a point inside it (its office is not recorded)."""
        ...

    def change(self) -> AbstractContextManager[RoundWork]:
        """A transaction that stores something."""
        ...

    def stored(self, round_id: int) -> StoredPlan:
        """A stored plan; NotFound."""
        ...

    def tasks_done(self, ids: Sequence[int]) -> dict[int, date]:
        """The day on which the officers were through with each of these tasks."""
        ...


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan as a page in a language: "zh" or "en"."""

    plan: VisitPlan
    language: str
