"""What a coverage report says, and what is answered about issued reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from geo_api.services.assessment.answer import Assessment
from geo_api.services.coverage.tables import CoverageRow
from geo_api.services.documents.model import Language
from geo_api.services.ledger.answer import Ledger
from geo_api.services.reports.store import IssuedReport, ReportRow


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """An entity that missed its last calendar period and was not visited since; ``days`` since that period ended."""

    entity_id: int
    name: str
    cell_code: str
    credit_class: str
    industry: str
    since: date
    days: int
    last_visit: date | None


@dataclass(frozen=True, slots=True)
class GapCount:
    """So many coverage gaps of a kind on the last day of the period."""

    kind: str
    count: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class LateFigure:
    """What an earlier report said of a cell ("" = in no cell, "total" = all), and what is recorded now."""

    report_id: int
    period_from: date
    period_to: date
    cell_code: str
    due_issued: float
    due_now: float
    made_issued: float
    made_now: float


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """The report of a month, quarter or year.

    Attributes:
        jurisdiction, name, level: cell, station or bureau.
        period: its label; days [``period_from``, ``period_to``).
        recorded_at: None = from what is recorded now.
        total: visits due and made of all. ``by_class``, ``by_industry``, ``by_station``, ``by_cell``, ``by_officer``: the
            same by part; each adds up to ``total``.
        overdue: the longest overdue first; ``overdue_total``: how many there are in all.
        gaps: by kind, on the last day, from what was recorded at the moment.
        standing: gaps of territory, entities, staff and posters by kind, on the last day (today at the latest), from what
            was recorded at the moment; empty for a cell.
        assessment: scores of the same period.
        corrections: what came in late for the report before this one; empty where nothing did.
        timezone: of the deployment, for moments that are printed.
        standing_as_recorded: ``standing`` can be computed again; reports issued before it could say nothing of it.
    """

    jurisdiction: str
    name: str
    level: str
    period: str
    length: str
    period_from: date
    period_to: date
    recorded_at: datetime | None
    profile_digest: str
    total: CoverageRow
    by_class: tuple[CoverageRow, ...]
    by_industry: tuple[CoverageRow, ...]
    by_station: tuple[CoverageRow, ...]
    by_cell: tuple[CoverageRow, ...]
    by_officer: tuple[CoverageRow, ...]
    overdue: tuple[OverdueRow, ...]
    overdue_total: int
    gaps: tuple[GapCount, ...]
    standing: tuple[GapCount, ...]
    assessment: Assessment
    corrections: tuple[LateFigure, ...]
    timezone: str = "UTC"
    standing_as_recorded: bool = True


@dataclass(frozen=True, slots=True)
class ReportList:
    """Issued reports, newest first. ``more``: there are older ones, which a narrower question (a code, a kind) lists."""

    reports: tuple[ReportRow, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """An issued report computed again from what was recorded then.

    ``same``: the figures are those issued, to the last digit. ``differences``: paths of figures that are not.
    """

    report: ReportRow
    same: bool
    digest_now: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """Whether a workbook is the one that was issued.

    ``verdict``: "issued" (it is), "changed" (it names an issued report, but its content differs: ``differences`` says
    where), "unknown" (it names no report that was issued here).
    """

    verdict: str
    report: ReportRow | None
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """An answer with the language that it is printed in."""

    language: Language


@dataclass(frozen=True, slots=True)
class PrintedLedger(Printed):
    """A ledger; ``subject``: which one."""

    ledger: Ledger
    subject: str


@dataclass(frozen=True, slots=True)
class PrintedAssessment(Printed):
    """Scores of a period."""

    assessment: Assessment


@dataclass(frozen=True, slots=True)
class PrintedReport(Printed):
    """A report that was not issued."""

    report: CoverageReport


@dataclass(frozen=True, slots=True)
class PrintedIssued(Printed):
    """An issued report."""

    issued: IssuedReport
