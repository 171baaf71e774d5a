"""Ledgers, assessments and reports: never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from geo_api.routes.deps import (
    AskedJurisdiction,
    Context,
    ContextDep,
    OnParameter,
    RecordedAtParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
    parse_moment,
    read_body,
)
from geo_api.routes.replies import BINARY, CODE, XLSX, sent
from geo_api.routes.schemas import Strict, problems
from geo_api.services.answers import Caller
from geo_api.services.assessment.answer import Assessment
from geo_api.services.ledger.answer import Ledger
from geo_api.services.reports.answer import (
    CheckedReport,
    CoverageReport,
    PrintedAssessment,
    PrintedIssued,
    PrintedLedger,
    PrintedReport,
    ReportList,
    VerifiedFile,
)
from geo_api.services.reports.desk import Wanted, checked, issue, listed, shown
from geo_api.services.reports.store import IssuedReport, ReportRow
from geo_api.services.reports.verify import LARGEST_FILE, verify_file
from geo_api.supervision.report_periods import named

router = APIRouter(tags=["reports"], dependencies=[Depends(only_known_parameters)])

PRINTED: dict[str, Any] = {
    "text/csv": {"schema": {"type": "string"}},
    XLSX: BINARY,
    "application/pdf": BINARY,
    "text/html": {"schema": {"type": "string"}},
}
Form = Annotated[Literal["json", "csv", "xlsx", "pdf", "html"], Query(alias="format")]
Lang = Annotated[Literal["zh", "en"], Query(description="Language of what is printed")]
Subject = Literal["entities", "key_industries", "unlicensed"]
Kind = Literal["coverage", "assessment", "ledger"]
PERIOD = "A month 2026-10, a quarter 2026-Q4 or a year 2026"
PeriodParameter = Annotated[str, Query(description=PERIOD, max_length=10, examples=["2026-10"])]
ReportId = Annotated[int, Path(description="Number of an issued report", ge=1, le=2**62, examples=[1])]
FAULTS = problems(401, 403, 404, 422, 503)


class NewReport(Strict):
    """What is to be issued: a report of a period that has ended, or a ledger of a day."""

    jurisdiction: str = Field(pattern=CODE, description="Code of a cell, station or bureau")
    kind: Kind = "coverage"
    of: str | None = Field(
        default=None, max_length=10, examples=["2026-10"], description=f"{PERIOD}; a ledger has a day"
    )
    on: date | None = Field(default=None, description="The day of a ledger; default today")
    subject: Subject = Field(default="entities", description="Which ledger")
    reason: str = Field(default="", max_length=2000)


def _answer(of: Any, text: str, *, printed: bool = True) -> dict[int | str, dict[str, Any]]:
    content: dict[str, Any] = {"model": of, "description": text}
    if printed:
        content["content"] = PRINTED
    return {200: content, **FAULTS}


@router.get(
    "/v1/ledger",
    summary="The ledger of a cell, station or bureau on a day",
    operation_id="ledger",
    response_model=None,
    responses=_answer(Ledger, "Entities by class and industry, officers with every change; to be printed and signed"),
)
async def ledger(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    subject: Annotated[Subject, Query(description="Which ledger")] = "entities",
    entities: Annotated[bool | None, Query(description="List every entity; default: for a cell alone")] = None,
    language: Lang = "zh",
    form: Form = "json",
) -> Response:
    """Totals of a station are the sums of its cells, those of a bureau the sums of its stations and of what lies in none."""
    from geo_api.services.ledger.read import read_ledger

    day, moment = parse_day(on), parse_moment(recorded_at, context.settings)

    def ask() -> tuple[bytes, str]:
        store = context.store
        chosen_day = day or store.reports.today(jurisdiction)
        found = read_ledger(
            store.ledgers,
            store.published,
            jurisdiction,
            on=chosen_day,
            caller=caller,
            recorded_at=moment,
            entities=entities,
        )
        return context.formats.render(PrintedLedger(language, found, subject), form)

    return sent(*await context.work.do(ask))


@router.get(
    "/v1/assessment",
    summary="Scores of a bureau, station or cell, its parts and its officers",
    operation_id="assessment",
    response_model=None,
    responses=_answer(Assessment, "Scores, bands, failures in a row and what follows; with `explain` the records"),
)
async def assessment(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    of: PeriodParameter,
    officer: Annotated[str | None, Query(description="Only this officer", max_length=40)] = None,
    explain: Annotated[bool, Query(description="Take the score apart to its records")] = False,
    recorded_at: RecordedAtParameter = None,
    language: Lang = "zh",
    form: Form = "json",
) -> Response:
    """A month is what officers and cells are held to, a quarter stations, a year bureaus (settings)."""
    from geo_api.services.assessment.assess import assess

    period, moment = named(of), parse_moment(recorded_at, context.settings)

    def ask() -> tuple[bytes, str]:
        found = assess(
            context.store,
            jurisdiction,
            period,
            caller=caller,
            recorded_at=moment,
            officer=officer,
            explained=explain,
        )
        return context.formats.render(PrintedAssessment(language, found), form)

    return sent(*await context.work.do(ask))


@router.get(
    "/v1/reports/preview",
    summary="The report of a month, quarter or year, not issued",
    operation_id="preview_report",
    response_model=None,
    responses=_answer(CoverageReport, "Coverage, arrears, gaps and scores"),
)
async def preview(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    of: PeriodParameter,
    recorded_at: RecordedAtParameter = None,
    language: Lang = "zh",
    form: Form = "json",
) -> Response:
    """What would be issued of the period, from what is recorded now."""
    from geo_api.services.reports.coverage_report import coverage_report

    period, moment = named(of), parse_moment(recorded_at, context.settings)

    def ask() -> tuple[bytes, str]:
        found = coverage_report(context.store, jurisdiction, period, caller=caller, recorded_at=moment)
        return context.formats.render(PrintedReport(language, found), form)

    return sent(*await context.work.do(ask))


@router.get(
    "/v1/reports",
    summary="Issued reports and ledgers, newest first",
    operation_id="reports",
    response_model=None,
    responses={
        200: {
            "model": ReportList,
            "description": "Without their content",
            "content": {"text/csv": {"schema": {"type": "string"}}, XLSX: BINARY},
        },
        **FAULTS,
    },
)
async def reports(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: Annotated[
        str | None, Query(description="Only of this code and all below it; default: the key's", pattern=CODE)
    ] = None,
    kind: Annotated[Kind | None, Query(description="Only this kind")] = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """What was issued is never changed or deleted."""

    def ask() -> tuple[bytes, str]:
        return context.formats.render(listed(context.store, caller=caller, jurisdiction=jurisdiction, kind=kind), form)

    return sent(*await context.work.do(ask))


@router.post(
    "/v1/reports",
    summary="Issue a report of a period that has ended, or a ledger of a day",
    operation_id="issue_report",
    response_model=None,
    responses={200: {"model": ReportRow, "description": "The issued report"}, **problems(401, 403, 404, 409, 422, 503)},
)
async def issue_one(context: ContextDep, caller: RequiredCaller, body: NewReport) -> Response:
    """It is kept with its digest and the moment that it was made from. A report of a period is issued once."""
    wanted = Wanted(body.kind, body.jurisdiction, named(body.of) if body.of else None, body.on, body.subject)

    def run() -> tuple[bytes, str]:
        return context.formats.render(issue(context.store, wanted, caller=caller, reason=body.reason), "json")

    return sent(*await context.work.do(run))


@router.post(
    "/v1/ledger/verify",
    summary="Whether a workbook is the one that was issued",
    operation_id="verify_report",
    response_model=None,
    openapi_extra={"requestBody": {"required": True, "content": {XLSX: BINARY, "application/octet-stream": BINARY}}},
    responses={
        200: {"model": VerifiedFile, "description": "issued, changed (and where), or unknown"},
        **problems(401, 403, 413, 422, 503),
    },
)
async def verify(request: Request, context: ContextDep, caller: RequiredCaller) -> Response:
    """The body is the XLSX file."""
    content = await read_body(request, LARGEST_FILE)

    def run() -> tuple[bytes, str]:
        found = verify_file(context.store.reports, content, context.formats.render, caller=caller)
        return context.formats.render(found, "json")

    return sent(*await context.work.do(run))


@router.get(
    "/v1/reports/{report_id}",
    summary="An issued report or ledger, as it was issued",
    operation_id="report",
    response_model=None,
    responses=_answer(IssuedReport, "Its row and its figures; or its printed form"),
)
async def report(
    context: ContextDep,
    caller: RequiredCaller,
    report_id: ReportId,
    language: Lang = "zh",
    form: Annotated[Literal["json", "xlsx", "pdf", "html"], Query(alias="format")] = "json",
) -> Response:
    """The same bytes at any time."""

    def ask() -> tuple[bytes, str]:
        return context.formats.render(PrintedIssued(language, shown(context.store, report_id, caller=caller)), form)

    return sent(*await context.work.do(ask))


@router.get(
    "/v1/reports/{report_id}/check",
    summary="Compute an issued report again from what was recorded then",
    operation_id="check_report",
    response_model=None,
    responses=_answer(CheckedReport, "Whether every figure is the same", printed=False),
)
async def check(context: ContextDep, caller: RequiredCaller, report_id: ReportId) -> Response:
    """Visits that came in later do not count: the figures are those issued."""
    return sent(*await context.work.do(_checked, context, report_id, caller))


def _checked(context: Context, report_id: int, caller: Caller) -> tuple[bytes, str]:
    return context.formats.render(checked(context.store, report_id, caller=caller), "json")
