"""Answers to "who answers here": points, addresses, entities, batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
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
