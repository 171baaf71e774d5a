"""Answers about coverage, gaps, the service itself and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


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
    recorded_at: datetime | None = None


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
