"""Answers about what is published: stations, cells, what became of them, what lies near, all levels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridward.answers_lookup import CellRef, OfficerOnDuty, PlanRef


@dataclass(frozen=True, slots=True)
class StationDetail:
    """A station, and its own responsible persons."""

    code: str
    name: str
    bureau_code: str
    bureau_name: str
    cells: int
    officers: tuple[OfficerOnDuty, ...]


@dataclass(frozen=True, slots=True)
class StationsReply:
    """The stations in force on a day, sorted by code."""

    on: date
    revision: str
    stations: tuple[StationDetail, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A published cell; ``deviation`` is the signed fraction from its plan's ideal workload."""

    code: str
    name: str
    station_code: str
    station_name: str
    plan_id: int
    plan_version: int
    valid_from: date
    valid_to: date | None
    entities: int
    workload_hours_per_year: float
    deviation: float
    area_m2: float
    officers: tuple[OfficerOnDuty, ...]
    fallback: str | None


@dataclass(frozen=True, slots=True)
class CellsReply:
    """The cells in force on a day, sorted by code."""

    on: date
    revision: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class CellLink:
    """A cell of another day that has ground in common with the cell asked about; shares are fractions."""

    cell: CellRef
    plan: PlanRef
    change: str
    share_of_area: float
    share_of_other_area: float
    entities: int
    share_of_entities: float | None


@dataclass(frozen=True, slots=True)
class CellReply:
    """One cell code on a day: ``status`` is "in_force" (``cells`` has it), "superseded" or "not_yet" (``successors``)."""

    on: date
    revision: str
    status: str
    since: date
    cells: tuple[Cell, ...]
    successors: tuple[CellLink, ...]


@dataclass(frozen=True, slots=True)
class CellVersion:
    """A cell as one plan draws it, with the cells of the day before it began and of the day on which it ended."""

    cell: CellRef
    plan: PlanRef
    entities: int
    workload_hours_per_year: float
    area_m2: float
    predecessors: tuple[CellLink, ...] = ()
    successors: tuple[CellLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """All versions of a cell code, oldest first, and where the code stands on a day."""

    code: str
    on: date
    status: str
    since: date
    successors: tuple[CellLink, ...]
    versions: tuple[CellVersion, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was recorded or withdrawn; ``codes`` says what a copy has to read again."""

    token: str
    recorded_at: datetime
    what: str
    verb: str
    codes: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    plan_id: int | None = None
    plan_version: int | None = None
    officer_id: str | None = None
    role: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes, in the order in which they were committed; ``next`` leads to the page after it."""

    revision: str
    next: str
    more: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RelatedCell:
    """A cell that has the relation asked for; ``meets_in`` is "area", "inside", "border" or "point"."""

    cell: CellRef
    plan: PlanRef
    meets_in: str
    border_m: float
    share_of_cell: float
    share_of_shape: float | None


@dataclass(frozen=True, slots=True)
class RelationAnswer:
    """The cells in a relation to a shape or to ``of``, sorted by code."""

    on: date
    revision: str
    relation: str
    of: str | None
    cells: tuple[RelatedCell, ...]


@dataclass(frozen=True, slots=True)
class NearCell:
    """A cell near a point; 0 metres: the point lies in it."""

    cell: CellRef
    distance_m: float
    plan: PlanRef
    officers: tuple[OfficerOnDuty, ...]
    fallback: str | None


@dataclass(frozen=True, slots=True)
class NearAnswer:
    """The cells within so many metres, nearest first; ``more``: there are others."""

    on: date
    revision: str
    metres: float
    more: bool
    cells: tuple[NearCell, ...]


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A jurisdiction that a place belongs to, and its own officers.

    ``level``: "cell", "station", "sub-bureau" (between) or "bureau"; ``title``: what the place calls that level.
    """

    level: str
    code: str
    name: str
    officers: tuple[OfficerOnDuty, ...]
    number: int = 0
    title: str = ""
    title_zh: str = ""


@dataclass(frozen=True, slots=True)
class LevelsAnswer:
    """All levels of a place, lowest first."""

    status: str
    on: date
    revision: str
    lon: float
    lat: float
    levels: tuple[LevelRow, ...]
