"""Issue a report: its figures and its printed form are kept, and never change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from geo_api.errors import BadRequest, Conflict
from geo_api.services.answers import Caller
from geo_api.services.documents.canonical import digest_of, plain
from geo_api.services.documents.model import LANGUAGES, Document, Language, to_mapping
from geo_api.services.ledger.answer import Ledger
from geo_api.services.ledger.document import SUBJECTS, ledger_document
from geo_api.services.reports.answer import CoverageReport
from geo_api.services.reports.documents import assessment_document, report_document
from geo_api.services.reports.store import NewReport, ReportRow, ReportStore, issued_before
from geo_api.supervision.roles import require

ISSUERS = frozenset({"approver"})
LEDGER_KEEPERS = frozenset({"approver", "planner"})
KINDS = ("coverage", "assessment", "ledger")


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be issued: the answer in no language, and how it is printed."""

    period_from: date
    period_to: date
    profile_digest: str
    figures: Mapping[str, Any]
    documents: Mapping[str, Any]


Make = Callable[[datetime], Made]
"""Makes it from what was recorded at a moment."""


def issue_report(
    store: ReportStore,
    kind: str,
    jurisdiction: str,
    make: Make,
    *,
    period_to: date,
    caller: Caller,
    period_from: date | None = None,
    subject: str = "",
    reason: str = "",
) -> ReportRow:
    """Issue a report of a period that has ended, or a ledger of a day that has come.

    The moment that it is made from is kept with it: made again from what was recorded then it has the same figures.

    Raises:
        NotAllowed: not the caller's to issue. BadRequest: unknown kind or ledger, the period still runs.
        Conflict: the report of this period was issued before.
    """
    if kind not in KINDS:
        raise BadRequest(f"there is no report {kind!r}: it is one of {', '.join(KINDS)}")
    if kind == "ledger" and subject not in SUBJECTS:
        raise BadRequest(f"there is no ledger {subject!r}: it is one of {', '.join(SUBJECTS)}")
    allowed = LEDGER_KEEPERS if kind == "ledger" else ISSUERS
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=allowed, ancestors=ancestors, to=f"issue the {kind} of {jurisdiction}"
    )
    last, today = period_to - timedelta(days=1), store.today(jurisdiction)
    if kind == "ledger" and last > today:
        raise BadRequest(f"the ledger of {last} cannot be issued on {today}: that day has not come")
    if kind != "ledger" and period_to > today:
        raise BadRequest(f"the period runs until {last}: its report is issued from {period_to} on, today is {today}")
    if kind != "ledger":  # told before anything is computed; the store holds it whatever else goes on
        for row in store.reports(jurisdictions=[jurisdiction], kind=kind):
            if (row.period_from, row.period_to) == (period_from, period_to):
                raise Conflict(issued_before(row.report_id))
    moment = store.moment()
    made = make(moment)
    return store.issue(
        NewReport(
            kind=kind,
            subject=subject,
            jurisdiction_code=jurisdiction,
            period_from=made.period_from,
            period_to=made.period_to,
            recorded_at=moment,
            profile_digest=made.profile_digest,
            figures=made.figures,
            documents=made.documents,
            digest=digest_of(made.figures, made.documents),
        ),
        caller=caller,
        reason=reason,
    )


def made_report(report: CoverageReport, kind: str) -> Made:
    """A coverage report, or its scores alone, as it is issued."""
    if kind == "assessment":
        return _made(report, report.assessment, lambda language: assessment_document(report.assessment, language))
    return _made(report, report, lambda language: report_document(report, language))


def made_ledger(ledger: Ledger, subject: str) -> Made:
    """A ledger as it is issued."""
    days = ledger.on, ledger.on + timedelta(days=1)
    return Made(
        *days,
        ledger.profile_digest,
        plain(ledger),
        _documents(lambda language: ledger_document(ledger, language, subject)),
    )


def _made(report: CoverageReport, figures: Any, draw: Callable[[Language], Document]) -> Made:
    return Made(report.period_from, report.period_to, report.profile_digest, plain(figures), _documents(draw))


def _documents(draw: Callable[[Language], Document]) -> dict[str, Any]:
    return {language: plain(to_mapping(draw(language))) for language in LANGUAGES}
