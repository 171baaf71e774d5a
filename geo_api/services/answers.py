"""Typed answers: one frozen dataclass per question. Formats are chosen by (answer type, format) in geo_api.formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from geo_api.services.coverage.figures import CoverageRow
from geo_api.supervision.gaps import Gap
from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class OfficerOnDuty:
    """An officer who answers for a jurisdiction on a day.

    ``telephone`` is None in public answers for past days. ``answers_for`` is the code of the jurisdiction that the
    assignment names: the cell itself, or the station or bureau that the answer fell back to. The assignment holds from
    ``since`` up to and without ``until`` (None = open). ``absent``: on leave that day; ``substitutes_for`` is the id of
    the absent officer whose role this one holds meanwhile, None for everybody else.
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
    """A part of a cell with officers of its own, who answer there beside those of the cell (none = the cell's alone)."""

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
    """A cell and the station that it belongs to."""

    code: str
    name: str
    station_code: str
    station_name: str


@dataclass(frozen=True, slots=True)
class PlanRef:
    """The published plan that an answer comes from, in force from ``valid_from`` up to and without ``valid_to``."""

    plan_id: int
    version: int
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class BorderInfo:
    """How far the nearest border is (metres), whether that is near, and which cell lies beyond (None = no cell)."""

    near: bool
    distance_m: float
    beyond: str | None


@dataclass(frozen=True, slots=True)
class AnswerNote:
    """What was assumed or is doubtful in an answer: a code, and a sentence in English and in Chinese."""

    code: str
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class AddressCandidate:
    """A place that an address may mean.

    Attributes:
        cell: the cell of the place; None = in no cell.
        address: what it matched in the gazetteer.
        method: how it was found (see :class:`LookupAnswer`).
        confidence: calibrated probability, 0 to 1, that the address lies in this cell.
        error_m: radius in metres within which the true place lies, nine times of ten.
    """

    cell: CellRef | None
    address: str
    method: str
    confidence: float
    error_m: float


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """Who answers for a place on a day.

    ``status``: "found"; "outside" (then ``nearest`` and ``nearest_distance_m`` name the nearest cell); "unpublished"
    (no cell is in force there on that day; the officers of its station or bureau are named); "ambiguous" (several cells
    are possible: ``candidates``) or "not_found", for address questions only. ``lon`` and ``lat`` are in the storage
    datum (CGCS2000). ``fallback`` is None where the cell has officers of its own, else "station", "sub-bureau" (a level
    between) or "bureau", whose officers are named instead. ``sub_area`` is the part of the cell that the place lies in,
    where the cell is divided; ``patrol_group`` the group that the cell acts with. ``snapshot_age_s`` is None while the
    database confirms that the answer is current, else the seconds since it last did.

    For addresses: ``matched_address`` is what was matched, ``method`` how ("exact", "number", "interpolated", "lane",
    "crossing", "place", "relative", "street"), ``confidence`` the calibrated probability (0 to 1) that this is the
    cell, ``error_m`` the radius in metres within which the true place lies nine times of ten, ``candidates`` the places
    that come into question where nobody is named, ``notes`` what was assumed. None and empty for points.
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
class StationRow:
    """A station in force on a day; ``outline_wkb`` is its polygon or multipolygon in EPSG:4490."""

    code: str
    name: str
    bureau_code: str
    outline_wkb: bytes


@dataclass(frozen=True, slots=True)
class CellRow:
    """A published cell in force on a day; ``wkb`` in EPSG:4490."""

    code: str
    name: str
    station_code: str
    plan: PlanRef
    wkb: bytes
    workload_hours_per_year: float
    deviation: float
    entities: int
    area_m2: float


@dataclass(frozen=True, slots=True)
class SubAreaRow:
    """A part of a cell in force on a day; ``wkb`` in EPSG:4490."""

    code: str
    name: str
    cell_code: str
    wkb: bytes


@dataclass(frozen=True, slots=True)
class PublishedTerritory:
    """All that is published and in force on one day, as read from the database in one go.

    Attributes:
        on: the day.
        read_at: when it was read (UTC).
        revision: changes whenever a plan, an assignment or a telephone changes.
        stations, cells: sorted by code.
        officers: jurisdiction code (cell, station, bureau) -> officers on duty that day, lead first.
        parents: jurisdiction code -> code of the level above, for cells, stations and bureaus ("" at the top).
        names: jurisdiction code -> name.
        sub_areas: parts of cells, sorted by code.
        groups: cell code -> its patrol group.
        levels: code of a bureau -> ``[rules.levels]`` as set: what its levels are called.
    """

    on: date
    read_at: datetime
    revision: str
    stations: tuple[StationRow, ...]
    cells: tuple[CellRow, ...]
    officers: dict[str, tuple[OfficerOnDuty, ...]]
    parents: dict[str, str]
    names: dict[str, str]
    sub_areas: tuple[SubAreaRow, ...] = ()
    groups: dict[str, PatrolGroupRef] = field(default_factory=dict)
    levels: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan without its geometry."""

    plan_id: int
    station_code: str
    version: int
    state: str
    cells: int
    tolerance: float
    max_abs_deviation: float
    created_at: datetime
    created_by: str
    valid_from: date | None
    valid_to: date | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageAnswer:
    """Visits due and made of a jurisdiction in a period, and who is overdue on its last day.

    ``period``: "2026-10", "2026-Q4", "2026", or "" for other days; [``period_from``, ``period_to``): calendar periods that
    ended in it are judged. ``on``: the first day after it, of which overdue days are. ``recorded_at``: None = now.
    ``due`` and ``made`` are visits by credit class; ``total`` the whole, ``rows`` the figures ``by`` a key. ``totals``
    counts findings by rule: overdue businesses, and first visits not made; the longest overdue are listed first.
    """

    jurisdiction: str
    on: date
    period_from: date
    period_to: date
    totals: dict[str, int]
    due: dict[str, float]
    made: dict[str, float]
    findings: tuple[Gap, ...] = ()
    name: str = ""
    period: str = ""
    recorded_at: datetime | None = None
    by: str = "total"
    total: CoverageRow | None = None
    rows: tuple[CoverageRow, ...] = ()


@dataclass(frozen=True, slots=True)
class GapsAnswer:
    """The coverage gaps of a jurisdiction on a day: what nobody answers for, or not often enough.

    ``totals`` counts gaps by kind; ``due`` and ``made`` are visits by credit class over the calendar periods that ended in
    the year up to the day, the earliest of which began on ``period_from``. ``recorded_at``: as recorded then; None = now.
    """

    jurisdiction: str
    name: str
    on: date
    period_from: date
    period_to: date
    totals: dict[str, int]
    due: dict[str, float]
    made: dict[str, float]
    findings: tuple[Gap, ...] = ()
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Poster:
    """A diagram that hangs at a place.

    Attributes:
        jurisdiction_code: the cell, station or bureau that it shows. place: where it hangs.
        drawn_for: the day whose plan and officers it shows. plan_id: the plan in force that day; None for a bureau.
        posted_by: who put it up. It hangs from ``posted_on`` up to, not including, ``removed_on`` (None = still).
    """

    jurisdiction_code: str
    place: str
    drawn_for: date
    plan_id: int | None
    posted_by: str
    posted_on: date
    removed_on: date | None


@dataclass(frozen=True, slots=True)
class PosterList:
    """The posters of a jurisdiction and all below it that hang on a day."""

    jurisdiction: str
    on: date
    posters: tuple[Poster, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key's name, role and the jurisdiction that it is bound to. ``role`` "public" = no key.

    ``scopes``: what the key is for (:data:`geo_api.services.keys.SCOPES`); empty = all that its role allows.
    ``requests_per_minute`` and ``points_per_minute``: its limits, None = none. ``key_id``: of the key, 0 = no key.
    ``officer_id``: the officer whose key it is and as whom alone it acts; ``name`` is then that id, so that all keys of a
    person are one person. "" = a key of nobody in particular.
    """

    name: str
    role: str
    jurisdiction: str = ""
    scopes: tuple[str, ...] = ()
    requests_per_minute: int | None = None
    points_per_minute: int | None = None
    key_id: int = 0
    officer_id: str = ""
