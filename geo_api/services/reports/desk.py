"""Ledgers, assessments and reports as they are asked for, issued, shown and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.assessment.collect import AssessmentStore
from geo_api.services.ledger.read import read_ledger
from geo_api.services.ledger.store import LedgerReader
from geo_api.services.reports.answer import CheckedReport, ReportList
from geo_api.services.reports.check import check_report
from geo_api.services.reports.coverage_report import READERS, coverage_report
from geo_api.services.reports.issue import KINDS, Made, issue_report, made_ledger, made_report
from geo_api.services.reports.store import IssuedReport, ReportRow
from geo_api.supervision.report_periods import ReportPeriod, named
from geo_api.supervision.roles import EVERYWHERE, require

MOST_LISTED = 1000
"""Reports that a list holds; that there are more is said."""


class DeskStore(AssessmentStore, Protocol):
    """Everything that reports and ledgers are made from."""

    @property
    def ledgers(self) -> LedgerReader: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be issued.

    Attributes:
        kind: "coverage", "assessment" or "ledger".
        jurisdiction: code of a cell, station or bureau.
        period: of a coverage report or an assessment.
        on: the day of a ledger, None = today. ``subject``: which ledger.
    """

    kind: str
    jurisdiction: str
    period: ReportPeriod | None = None
    on: date | None = None
    subject: str = "entities"


def issue(store: DeskStore, wanted: Wanted, *, caller: Caller, reason: str = "") -> ReportRow:
    """Issue a report or a ledger; see :func:`geo_api.services.reports.issue.issue_report`."""
    if wanted.kind == "ledger":
        day = wanted.on or store.reports.today(wanted.jurisdiction)
        end, subject = day + timedelta(days=1), wanted.subject
    elif wanted.kind in KINDS:
        if wanted.period is None:
            raise BadRequest("a period is needed, as of: a month 2026-10, a quarter 2026-Q4 or a year 2026")
        day, end, subject = wanted.period.start, wanted.period.end, ""
    else:
        raise BadRequest(f"there is no report {wanted.kind!r}: it is one of {', '.join(KINDS)}")

    def make(moment: datetime) -> Made:
        return _made(store, wanted.kind, wanted.jurisdiction, wanted.period, day, subject, moment, caller)

    return issue_report(
        store.reports,
        wanted.kind,
        wanted.jurisdiction,
        make,
        period_from=day,
        period_to=end,
        caller=caller,
        subject=subject,
        reason=reason,
    )


def listed(store: DeskStore, *, caller: Caller, jurisdiction: str | None = None, kind: str | None = None) -> ReportList:
    """The newest :data:`MOST_LISTED` reports of a jurisdiction and all below it; of the caller's own without a code."""
    if kind is not None and kind not in KINDS:
        raise BadRequest(f"there is no report {kind!r}: it is one of {', '.join(KINDS)}")
    reports, code = store.reports, jurisdiction or caller.jurisdiction
    codes = None
    if code != EVERYWHERE:
        _may_read(store, code, caller, f"read the reports of {code}")
        codes = reports.below(code)
    found = reports.reports(jurisdictions=codes, kind=kind or "", limit=MOST_LISTED + 1)
    return ReportList(found[:MOST_LISTED], len(found) > MOST_LISTED)


def shown(store: DeskStore, report_id: int, *, caller: Caller) -> IssuedReport:
    """One issued report; NotFound, NotAllowed."""
    found = store.reports.report(report_id)
    _may_read(store, found.row.jurisdiction_code, caller, f"read report {report_id}")
    return found


def checked(store: DeskStore, report_id: int, *, caller: Caller) -> CheckedReport:
    """Compute an issued report again from what was recorded then, and compare every figure."""
    found = shown(store, report_id, caller=caller)
    row = found.row
    period = None if row.kind == "ledger" else named(_label(found))
    again = _made(store, row.kind, row.jurisdiction_code, period, row.period_from, row.subject, row.recorded_at, caller)
    return check_report(found, again)


def _label(found: IssuedReport) -> str:
    return str(found.figures["period"])


def _made(
    store: DeskStore,
    kind: str,
    jurisdiction: str,
    period: ReportPeriod | None,
    day: date,
    subject: str,
    moment: datetime,
    caller: Caller,
) -> Made:
    if kind == "ledger" or period is None:
        ledger = read_ledger(store.ledgers, store.published, jurisdiction, on=day, caller=caller, recorded_at=moment)
        return made_ledger(ledger, subject)
    told = kind == "coverage"
    report = coverage_report(store, jurisdiction, period, caller=caller, recorded_at=moment, standing=told)
    return made_report(report, kind)


def _may_read(store: DeskStore, code: str, caller: Caller, what: str) -> None:
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=store.reports.ancestors(code), to=what)
