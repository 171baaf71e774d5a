"""Ledgers, assessments and reports in the formats that they can be had in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from geo_api.errors import BadRequest
from geo_api.formats.documents import DOCUMENT_TYPES, render_document
from geo_api.formats.tables import csv_table
from geo_api.services.assessment.answer import Assessment
from geo_api.services.documents.canonical import canonical
from geo_api.services.documents.model import LANGUAGES, Document, Language, from_mapping
from geo_api.services.ledger.answer import Ledger
from geo_api.services.ledger.document import ledger_document
from geo_api.services.reports.answer import CoverageReport, ReportList
from geo_api.services.reports.check import Sheets
from geo_api.services.reports.documents import assessment_document, report_document
from geo_api.services.reports.store import IssuedReport

FORMS = ("json", "csv", "xlsx", "pdf", "html")
LARGEST_FILE = 32 * 2**20
"""Bytes of a workbook that is read to be verified."""


def ledger_bytes(ledger: Ledger, form: str, language: Language, subject: str = "entities") -> tuple[bytes, str]:
    """A ledger and its media type."""
    if form == "csv":
        head = ("entity_id", "code", "name", "credit_code", "registration_no", "address", "industry", "credit_class",
                "licensed", "key_industry", "opened", "cell_code", "last_visit")  # fmt: skip
        chosen = [
            e
            for e in ledger.entities
            if (subject != "key_industries" or e.key_industry) and (subject != "unlicensed" or not e.licensed)
        ]
        return csv_table(head, ([getattr(e, name) for name in head] for e in chosen)), "text/csv; charset=utf-8"
    return _bytes(ledger, form, lambda: ledger_document(ledger, language, subject))


def assessment_bytes(assessment: Assessment, form: str, language: Language) -> tuple[bytes, str]:
    """Scores and their media type."""
    if form == "csv":
        keys = [w.key for w in assessment.weights]
        head = ("subject", "code", "name", "station_code", "formal", "score", "band", *dict.fromkeys(keys), "failures",
                "consequence_zh", "consequence_en", "marked")  # fmt: skip
        return csv_table(head, (_score_line(row, keys) for row in assessment.rows)), "text/csv; charset=utf-8"
    return _bytes(assessment, form, lambda: assessment_document(assessment, language))


def report_bytes(report: CoverageReport, form: str, language: Language) -> tuple[bytes, str]:
    """A report and its media type; as CSV its cells."""
    if form == "csv":
        head = ("key", "name", "entities", "due", "made", "share", "visits", "missed", "overdue",
                "overdue_days_longest", "overdue_days_mean", "first_due", "first_missed")  # fmt: skip
        rows = [*report.by_cell, report.total]
        return csv_table(head, ([getattr(r, name) for name in head] for r in rows)), "text/csv; charset=utf-8"
    return _bytes(report, form, lambda: report_document(report, language))


def issued_bytes(issued: IssuedReport, form: str, language: Language) -> tuple[bytes, str]:
    """An issued report as it was stored; the printed form is that of the day on which it was issued."""
    if form == "json":
        return canonical({"report": issued.row, "figures": issued.figures}).encode(), "application/json"
    return render_document(issued_document(issued, language), form)


def issued_document(issued: IssuedReport, language: Language) -> Document:
    """The printed form of an issued report; BadRequest for a language that it was not issued in."""
    stored = issued.documents.get(language)
    if stored is None:
        raise BadRequest(
            f"report {issued.row.report_id} was issued in {', '.join(issued.documents)}, not in {language}"
        )
    return from_mapping(stored, number=issued.row.report_id, digest=issued.row.digest)


def issued_sheets(issued: IssuedReport) -> list[Sheets]:
    """The sheets of the workbook of an issued report, in each language that it was issued in."""
    return [
        read_sheets(issued_bytes(issued, "xlsx", language)[0])[2]
        for language in LANGUAGES
        if language in issued.documents
    ]


def read_sheets(content: bytes) -> tuple[int, str, Sheets]:
    """Number and digest that a workbook names (0 and "" = none), and its cells; BadRequest for no workbook."""
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    if len(content) > LARGEST_FILE:
        raise BadRequest(f"the file is larger than {LARGEST_FILE >> 20} MB: no report of ours is")
    try:
        book = load_workbook(io.BytesIO(content))
    except (BadZipFile, KeyError, ValueError, OSError, TypeError) as problem:
        raise BadRequest(f"this is no XLSX workbook that can be read ({type(problem).__name__})") from problem
    number, _, digest = str(book.properties.identifier or "").partition(":")
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0), digest, sheets


def list_rows(answer: ReportList) -> tuple[Sequence[str], list[list[Any]]]:
    """Heads and rows of a list of issued reports."""
    head = ("report_id", "kind", "subject", "jurisdiction_code", "period_from", "period_to", "issued_at", "issued_by",
            "recorded_at", "digest")  # fmt: skip
    return head, [[getattr(r, name) for name in head] for r in answer.reports]


def list_bytes(answer: ReportList, form: str) -> tuple[bytes, str]:
    """A list of issued reports and its media type."""
    if form == "csv":
        return csv_table(*list_rows(answer)), "text/csv; charset=utf-8"
    return canonical(answer).encode(), "application/json"


def _bytes(answer: object, form: str, document: Callable[[], Document]) -> tuple[bytes, str]:
    if form == "json":
        return canonical(answer).encode(), "application/json"
    if form not in DOCUMENT_TYPES:
        raise BadRequest(f"no format {form!r} for this; there is {', '.join(FORMS)}")
    return render_document(document(), form)


def _score_line(row: Any, keys: Sequence[str]) -> list[Any]:
    points: Mapping[str, Any] = {p.key: p.points for p in row.points}
    return [
        row.subject, row.code, row.name, row.station_code, row.formal, row.score, row.band,
        *(points.get(key) for key in dict.fromkeys(keys)), row.failures, row.consequence_zh, row.consequence_en, row.marked,
    ]  # fmt: skip
