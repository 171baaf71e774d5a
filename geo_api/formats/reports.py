"""Ledgers, assessments and reports in the formats that they can be had in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from geo_api.errors import BadRequest
from geo_api.formats.tables import csv_table
from geo_api.services.assessment.answer import Assessed
from geo_api.services.coverage.tables import CoverageRow
from geo_api.services.documents.canonical import canonical
from geo_api.services.documents.model import Document, from_mapping
from geo_api.services.ledger.answer import LedgerEntity
from geo_api.services.ledger.document import ledger_document
from geo_api.services.reports.answer import (
    CheckedReport,
    PrintedAssessment,
    PrintedIssued,
    PrintedLedger,
    PrintedReport,
    ReportList,
    VerifiedFile,
)
from geo_api.services.reports.documents import assessment_document, report_document
from geo_api.services.reports.store import ReportRow


def any_json(answer: object) -> bytes:
    """The answer as JSON: days and moments (UTC) in ISO 8601, figures with six decimals at most."""
    return canonical(answer).encode("utf-8", "replace")


def ledger_csv(answer: PrintedLedger) -> bytes:
    """One line an entity, where the ledger lists them."""
    head = [f.name for f in fields(LedgerEntity)]
    chosen = [
        e
        for e in answer.ledger.entities
        if (answer.subject != "key_industries" or e.key_industry) and (answer.subject != "unlicensed" or not e.licensed)
    ]
    return csv_table(head, ([getattr(e, name) for name in head] for e in chosen))


def assessment_csv(answer: PrintedAssessment) -> bytes:
    """One line a score; a column of points an indicator."""
    keys = list(dict.fromkeys(w.key for w in answer.assessment.weights))
    head = [f.name for f in fields(Assessed) if f.name not in ("points", "cells_failing")]

    def line(row: Assessed) -> list[Any]:
        points = {p.key: p.points for p in row.points}
        return [getattr(row, name) for name in head] + [points.get(key) for key in keys]

    return csv_table([*head, *keys], (line(row) for row in answer.assessment.rows))


def report_csv(answer: PrintedReport) -> bytes:
    """One line a cell, and one of all."""
    head = [f.name for f in fields(CoverageRow)]
    return csv_table(head, ([getattr(r, n) for n in head] for r in (*answer.report.by_cell, answer.report.total)))


LIST_HEAD = [f.name for f in fields(ReportRow)]


def list_rows(answer: ReportList) -> list[list[Any]]:
    """One row a report, under LIST_HEAD."""
    return [[getattr(r, name) for name in LIST_HEAD] for r in answer.reports]


def list_csv(answer: ReportList) -> bytes:
    """One line a report."""
    return csv_table(LIST_HEAD, list_rows(answer))


def list_xlsx(answer: ReportList) -> bytes:
    """One row a report."""
    from geo_api.formats.sheets import xlsx_table

    return xlsx_table("reports", LIST_HEAD, list_rows(answer))


def issued_json(answer: PrintedIssued) -> bytes:
    """Who issued it when, and its figures as they were stored."""
    return any_json({"report": answer.issued.row, "figures": answer.issued.figures})


def issued_document(answer: PrintedIssued) -> Document:
    """The printed form as it was stored; BadRequest for a language that it was not issued in."""
    issued = answer.issued
    stored = issued.documents.get(answer.language)
    if stored is None:
        raise BadRequest(
            f"report {issued.row.report_id} was issued in {', '.join(issued.documents)}, not in {answer.language}"
        )
    return from_mapping(stored, number=issued.row.report_id, digest=issued.row.digest)


def _printed(document: Callable[[Any], Document]) -> Mapping[str, Callable[[Any], bytes]]:
    """The formats of a document, drawn when asked for: what draws them is loaded then."""

    def drawn(form: str) -> Callable[[Any], bytes]:
        def draw(answer: Any) -> bytes:
            from geo_api.formats.documents import render_document

            return render_document(document(answer), form)[0]

        return draw

    return {form: drawn(form) for form in ("xlsx", "pdf", "html")}


def _all(
    kind: type, document: Callable[[Any], Document], others: Mapping[str, Callable[[Any], bytes]]
) -> dict[tuple[type, str], Callable[[Any], bytes]]:
    return {(kind, form): made for form, made in {**others, **_printed(document)}.items()}


REPORTS: Mapping[tuple[type, str], Callable[[Any], bytes]] = {
    **_all(
        PrintedLedger,
        lambda a: ledger_document(a.ledger, a.language, a.subject),
        {"json": lambda a: any_json(a.ledger), "csv": ledger_csv},
    ),
    **_all(
        PrintedAssessment,
        lambda a: assessment_document(a.assessment, a.language),
        {"json": lambda a: any_json(a.assessment), "csv": assessment_csv},
    ),
    **_all(
        PrintedReport,
        lambda a: report_document(a.report, a.language),
        {"json": lambda a: any_json(a.report), "csv": report_csv},
    ),
    **_all(PrintedIssued, issued_document, {"json": issued_json}),
    (ReportList, "json"): any_json,
    (ReportList, "csv"): list_csv,
    (ReportList, "xlsx"): list_xlsx,
    (ReportRow, "json"): any_json,
    (CheckedReport, "json"): any_json,
    (VerifiedFile, "json"): any_json,
}
"""(answer, format) -> what renders it."""
