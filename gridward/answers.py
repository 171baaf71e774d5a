"""Answers of a service, typed and frozen: named and shaped as its OpenAPI description says (a test holds them to it).

Codes are text. Days are :class:`datetime.date`, ranges of days hold from the first up to and without the last, None is open.
Coordinates of answers are longitude and latitude in CGCS2000 (EPSG:4490), degrees; lengths are metres, areas square metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, doubtful or worth knowing; ``at`` is a place to look at (longitude, latitude)."""

    rule: str
    severity: str
    message: str
    message_zh: str = ""
    where: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    at: tuple[float, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficerOnDuty:
    """An officer who answers for ``answers_for`` on a day; ``telephone`` is None where it is not shown to this caller.

    ``absent``: on leave that day; ``substitutes_for``: the id of the absent officer whose role this one holds.
    """

    officer_id: str
    name: str
    title: str
    role: str
    function: str
    telephone: str | None
    answers_for: str
    since: date | None = None
    until: date | None = None
    absent: bool = False
    substitutes_for: str | None = None


@dataclass(frozen=True, slots=True)
class SubAreaRef:
    """A part of a cell with officers of its own."""

    code: str
    name: str
    officers: tuple[OfficerOnDuty, ...] = ()


@dataclass(frozen=True, slots=True)
class PatrolGroupRef:
    """The patrol group that a cell acts with."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CellRef:
    """A cell and its station."""

    code: str
    name: str
    station_code: str
    station_name: str


@dataclass(frozen=True, slots=True)
class PlanRef:
    """The published plan that an answer comes from."""

    plan_id: int
    version: int
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class BorderInfo:
    """How far the border is, whether that is near, and which cell lies beyond (None = no cell)."""

    near: bool
    distance_m: float
    beyond: str | None


@dataclass(frozen=True, slots=True)
class AnswerNote:
    """What was assumed or is doubtful in an answer."""

    code: str
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class AddressCandidate:
    """A place that an address may mean."""

    cell: CellRef | None
    address: str
    method: str
    confidence: float
    error_m: float


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """Who answers for a place on a day.

    ``status``: "found", "outside" (``nearest``), "unpublished"; for addresses and entities also "ambiguous"
    (``candidates``) and "not_found": then nobody is named. ``fallback``: None where the cell has officers of its own, else
    whose answer: "station", "sub-bureau" (a level between) or "bureau". ``snapshot_age_s`` is None while the answer is known to be
    current, else how old it is, seconds.
    """

    status: str
    on: date
    lon: float | None
    lat: float | None
    cell: CellRef | None = None
    officers: tuple[OfficerOnDuty, ...] = ()
    plan: PlanRef | None = None
    border: BorderInfo | None = None
    fallback: str | None = None
    sub_area: SubAreaRef | None = None
    patrol_group: PatrolGroupRef | None = None
    nearest: CellRef | None = None
    nearest_distance_m: float | None = None
    matched_address: str | None = None
    method: str | None = None
    confidence: float | None = None
    error_m: float | None = None
    candidates: tuple[AddressCandidate, ...] = ()
    notes: tuple[AnswerNote, ...] = ()
    snapshot_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class BatchReply:
    """Columns of the length and order of the question; those that were not asked for are empty.

    ``border_distance_m`` and ``beyond`` are of points with ``border``; ``matched_address``, ``method``, ``confidence``
    and ``candidates`` (codes of cells) of addresses.
    """

    on: date
    snapshot_age_s: float | None
    cell_code: list[str | None]
    status: list[str]
    id: list[Any] | None = None
    border_distance_m: list[float | None] = field(default_factory=list)
    beyond: list[str | None] = field(default_factory=list)
    matched_address: list[str | None] = field(default_factory=list)
    method: list[str | None] = field(default_factory=list)
    confidence: list[float | None] = field(default_factory=list)
    candidates: list[list[str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.status)

    def columns(self) -> dict[str, list[Any]]:
        """The columns that were asked for, by name: what a table of another library is made of."""
        named = {name: getattr(self, name) for name in BATCH_COLUMNS}
        return {name: values for name, values in named.items() if values or name in ("cell_code", "status")}


BATCH_COLUMNS = (
    "id", "cell_code", "status", "border_distance_m", "beyond", "matched_address", "method", "confidence", "candidates"
)  # fmt: skip


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
class DatedCode:
    """A code of an entity, and the days for which it holds."""

    code: str
    plan_id: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class EntityAnswer:
    """An entity by one of its codes: its codes over time, and who answers for it on a day."""

    asked: str
    entity_id: int
    on: date
    code: str | None
    codes: tuple[DatedCode, ...]
    status: str
    cell: CellRef | None = None
    plan: PlanRef | None = None
    officers: tuple[OfficerOnDuty, ...] = ()
    fallback: str | None = None


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


@dataclass(frozen=True, slots=True)
class Gap:
    """A coverage gap: a finding that has been open ``since`` a day (for ``days``), and what would close it.

    ``area`` is its extent as a GeoJSON geometry, where it has one.
    """

    rule: str
    severity: str
    message: str
    message_zh: str = ""
    where: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    at: tuple[float, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    since: date | None = None
    days: int | None = None
    closes: str = ""
    closes_zh: str = ""
    cell_code: str = ""
    area: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Figures of one class, industry, cell, officer, station, or of all; visits ``due`` and ``made``, ``share`` made."""

    key: str
    name: str
    entities: int
    due: float
    made: float
    share: float | None
    visits: float
    missed: int
    overdue: int
    overdue_days_longest: int
    overdue_days_mean: float
    first_due: int
    first_missed: int


@dataclass(frozen=True, slots=True)
class CoverageAnswer:
    """Visits due and made of a jurisdiction in a period, by class, and as ``rows`` by what was asked for; who is overdue."""

    jurisdiction: str
    on: date
    period_from: date
    period_to: date
    totals: Mapping[str, int]
    due: Mapping[str, float]
    made: Mapping[str, float]
    findings: tuple[Gap, ...] = ()
    name: str = ""
    period: str = ""
    recorded_at: datetime | None = None
    by: str = "total"
    total: CoverageRow | None = None
    rows: tuple[CoverageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class GapsAnswer:
    """The coverage gaps of a jurisdiction on a day; ``due`` and ``made`` are visits by credit class over the year before."""

    jurisdiction: str
    name: str
    on: date
    period_from: date
    period_to: date
    totals: Mapping[str, int]
    due: Mapping[str, float]
    made: Mapping[str, float]
    findings: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The process is alive."""

    status: str
    version: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Lookups are answered, and from what."""

    ready: bool
    on: date
    revision: str
    read_at: datetime
    cells: int
    stations: int
    database: str
    snapshot_age_s: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file that was fetched. ``revision``: go on with ``client.changes(since=revision)``; ``etag``: ask again with it."""

    path: str
    size: int
    revision: str
    etag: str
