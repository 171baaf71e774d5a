"""Scores as they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from geo_api.supervision.assessment import Points


@dataclass(frozen=True, slots=True)
class Assessed:
    """The score of a cell, an officer, a station or a bureau in a period.

    Attributes:
        subject: "cell", "officer", "station" or "bureau". ``code``: of the jurisdiction, or the officer's id.
        station_code: of a cell; "" otherwise.
        formal: whether this length of period is the one after which the subject is assessed: only then failures count.
        score: 0 to 100, one decimal; None = nothing to score by. ``band``: excellent, passing, failing, none.
        points: by indicator.
        failures: periods in a row that failed, this one included; 0 = it did not fail, or not formal.
        consequence_zh, consequence_en: what follows from them, "" = nothing.
        cells_scored, cells_failing: of a station: its cells. ``marked``: so many of them fail that it is itself marked.
    """

    subject: str
    code: str
    name: str
    station_code: str
    formal: bool
    score: float | None
    band: str
    points: tuple[Points, ...]
    failures: int = 0
    consequence_zh: str = ""
    consequence_en: str = ""
    cells_scored: int = 0
    cells_failing: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """What one failing cell orders."""

    cell_code: str
    station_code: str
    officer_id: str
    score: float | None
    order_zh: str
    order_en: str


@dataclass(frozen=True, slots=True)
class Weight:
    """A row of the table of weights that was applied."""

    key: str
    weight: float
    full: float
    zero: float
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record behind an indicator: ``count`` of ``of``.

    ``entity_id``, ``name``: of the business that it is about, None and "" where it is about none. ``note``: what it turns
    on: the class of a visit due, the deadline, since when overdue.
    """

    kind: str
    record_id: str
    entity_id: int | None
    name: str
    cell_code: str
    count: float
    of: float
    note: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The records behind one indicator of one subject; ``count`` and ``of`` are their sums.

    ``records``: those that cost points first; ``left_out``: how many more there are, all of them in ``count`` and ``of``.
    """

    key: str
    count: float
    of: float
    share: float | None
    points: float | None
    weight: float
    records: tuple[Record, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score taken apart: ``score`` = 100 x sum of points / sum of weights of the indicators that have a basis."""

    subject: str
    code: str
    name: str
    score: float | None
    band: str
    indicators: tuple[Explained, ...]
    sentence: str
    sentence_zh: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """Scores of a jurisdiction and its parts in a period.

    Attributes:
        period: its label, such as 2026-10 or 2026-Q4; days [``period_from``, ``period_to``). ``length``: month, quarter, year.
        recorded_at: None = from what is recorded now; printed in ``timezone``.
        profile_digest: of the rules of the last day.
        excellent, passing: where the bands begin. ``weights``: the table applied.
        rows: bureau, stations, cells, officers, each by code.
        corrections: ordered by cells that fail.
        mark_zh, mark_en: what a mark of a station means.
        explanation: of the subject asked for, None = none was.
    """

    jurisdiction: str
    name: str
    period: str
    length: str
    period_from: date
    period_to: date
    recorded_at: datetime | None
    profile_digest: str
    excellent: float
    passing: float
    weights: tuple[Weight, ...]
    rows: tuple[Assessed, ...]
    corrections: tuple[Correction, ...]
    mark_zh: str
    mark_en: str
    explanation: Explanation | None = None
    timezone: str = "UTC"
