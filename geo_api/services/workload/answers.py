"""Typed answers about workload and staff. Hours are a year's; every total is the exact sum of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class TravelStep:
    """The way to one visit of an entity.

    Attributes:
        method: "included" in the minutes of a visit, "minutes", "distance", or "unlocated" (the fixed minutes count).
        minutes: of the way to one visit.
        leg_m: straight metres from one visit to the next, from the entities around; None where they do not count.
        neighbours, detour, speed_kmh: what the minutes are made of; None where distances do not count.
        setting: path of the setting that decides.
    """

    method: str
    minutes: float
    leg_m: float | None
    neighbours: int | None
    detour: float | None
    speed_kmh: float | None
    setting: str


@dataclass(frozen=True, slots=True)
class VisitStep:
    """Visits of one kind: ``visits_per_year`` x (``minutes`` + ``travel_minutes``) / 60 = ``hours_per_year``.

    ``visits_setting`` and ``minutes_setting`` are the paths of the settings that decide.
    """

    kind: str
    visits_per_year: float
    visits_setting: str
    minutes: float
    minutes_setting: str
    travel_minutes: float
    hours_per_year: float


@dataclass(frozen=True, slots=True)
class EntityWorkload:
    """Why an entity costs so many hours a year.

    Attributes:
        asked: as asked for.
        entity_id, name: of the entity.
        on: the day.
        jurisdiction: its cell, else its station, else the bureau.
        credit_class: as recorded; ``counts_as``: the class that counts (an unlicensed one counts as the worst).
        industry, licensed: as recorded.
        given_hours: hours that the source names; they count instead of the rules. None = by the rules.
        visits: by kind.
        travel: the way to a visit.
        hours_per_year: the workload.
        message, message_zh: the same as a sentence.
        recorded_at: as recorded then; None = now.
    """

    asked: str
    entity_id: int
    name: str
    on: date
    jurisdiction: str
    credit_class: str
    counts_as: str
    industry: str
    licensed: bool
    given_hours: float | None
    visits: tuple[VisitStep, ...]
    travel: TravelStep
    hours_per_year: float
    message: str
    message_zh: str
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkloadRow:
    """A group of entities: the keys asked for ("" for the others), their number, visits and hours a year."""

    station: str
    cell: str
    credit_class: str
    industry: str
    entities: int
    visits_per_year: float
    hours_per_year: float


@dataclass(frozen=True, slots=True)
class WorkloadAnswer:
    """The workload of a jurisdiction on a day, by the keys asked for; the totals are the exact sums of the rows.

    ``recorded_at``: as recorded then; None = now.
    """

    jurisdiction: str
    name: str
    on: date
    by: tuple[str, ...]
    entities: int
    visits_per_year: float
    hours_per_year: float
    rows: tuple[WorkloadRow, ...]
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StaffingRow:
    """The staff of a station, or of all of them (code of the jurisdiction asked for).

    Attributes:
        code, name: of the station.
        entities: that it looks after.
        hours_needed: of visits a year.
        hours_per_officer: that one officer has for visits a year.
        officers_needed: hours_needed / hours_per_officer, rounded up.
        officers_there: officers whose station it is on the day.
        spare: officers_there - officers_needed; below 0 = short.
        cells_by_staff: cells that the officers there can hold, officers_per_cell each, or as the rules fix it.
        cells_in_force: cells of the plan in force; 0 = none.
        hours_per_cell: hours_needed / cells_by_staff.
        load: hours_needed / hours that the officers there have; None where there is nobody.
        message, message_zh: the same as a sentence.
    """

    code: str
    name: str
    entities: int
    hours_needed: float
    hours_per_officer: float
    officers_needed: int
    officers_there: int
    spare: int
    cells_by_staff: int
    cells_in_force: int
    hours_per_cell: float
    load: float | None
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class StaffingAnswer:
    """The staff that a jurisdiction needs and has on a day: a row a station, and all together.

    ``officers_elsewhere``: officers of the bureau who belong to none of these stations. ``recorded_at``: as recorded then; None = now.
    """

    jurisdiction: str
    name: str
    on: date
    stations: tuple[StaffingRow, ...]
    together: StaffingRow
    officers_per_cell: float
    hours_setting: str
    officers_elsewhere: int
    findings: tuple[Finding, ...] = ()
    recorded_at: datetime | None = None
