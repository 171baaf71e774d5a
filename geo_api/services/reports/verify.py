"""Whether a workbook is the one that was issued: its cells are compared with those that are printed of the report."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller
from geo_api.services.documents.canonical import digest_of
from geo_api.services.documents.model import LANGUAGES
from geo_api.services.reports.answer import PrintedIssued, VerifiedFile
from geo_api.services.reports.check import MOST, short
from geo_api.services.reports.coverage_report import READERS
from geo_api.services.reports.store import ReportStore
from geo_api.supervision.roles import require

LARGEST_FILE, LARGEST_CONTENT = 32 * 2**20, 512 * 2**20
"""Bytes of a workbook that is read, and of what it unpacks to."""

Sheets = Mapping[str, Sequence[Sequence[Any]]]
"""Name of a sheet -> the values of its cells, row by row."""


class Render(Protocol):
    """(answer, format) -> bytes and media type."""

    def __call__(self, answer: object, form: str, /) -> tuple[bytes, str]: ...  # noqa: D102


def verify_file(store: ReportStore, content: bytes, render: Render, *, caller: Caller) -> VerifiedFile:
    """Whether a workbook is an issued one, word for word.

    Raises:
        BadRequest: it is no workbook. NotAllowed: its report is not the caller's to read.
    """
    number, digest, sheets = read_sheets(content)
    try:
        issued = store.report(number) if number else None
    except NotFound:
        issued = None
    if issued is None or issued.row.digest != digest:
        return VerifiedFile("unknown", None, ())
    code = issued.row.jurisdiction_code
    require(
        caller.role, caller.jurisdiction, allowed=READERS, ancestors=store.ancestors(code), to=f"verify report {number}"
    )
    if digest_of(issued.figures, issued.documents) != digest:
        return VerifiedFile("changed", issued.row, ("the stored report does not have its digest",))
    fewest: list[str] | None = None
    for language in (spoken for spoken in LANGUAGES if spoken in issued.documents):
        printed = read_sheets(render(PrintedIssued(language, issued), "xlsx")[0])[2]
        differences = _differences(printed, sheets)
        if fewest is None or len(differences) < len(fewest):
            fewest = differences
    return VerifiedFile("changed" if fewest else "issued", issued.row, tuple((fewest or [])[:MOST]))


def read_sheets(content: bytes) -> tuple[int, str, Sheets]:
    """Number and digest that a workbook names (0 and "" = none), and its cells; BadRequest for no workbook."""
    from zipfile import BadZipFile, ZipFile

    from openpyxl import load_workbook

    if len(content) > LARGEST_FILE:
        raise BadRequest(f"the file is larger than {LARGEST_FILE >> 20} MB: no report of ours is")
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_CONTENT:
                raise BadRequest(
                    f"the workbook unpacks to more than {LARGEST_CONTENT >> 20} MB: no report of ours does"
                )
        book = load_workbook(io.BytesIO(content))
    except (BadZipFile, KeyError, ValueError, OSError, TypeError, AttributeError, IndexError, SyntaxError) as problem:
        if isinstance(problem, BadRequest):
            raise
        raise BadRequest(f"this is no XLSX workbook that can be read ({type(problem).__name__})") from problem
    number, _, digest = str(book.properties.identifier or "").partition(":")
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0), digest, sheets


def _differences(printed: Sheets, given: Sheets) -> list[str]:
    found = [f"sheet {name} is missing" for name in printed if name not in given]
    found += [f"sheet {name} was added" for name in given if name not in printed]
    for name in printed:
        rows, others = printed[name], given.get(name)
        if others is None:
            continue
        for n in range(max(len(rows), len(others))):
            row, other = _at(rows, n), _at(others, n)
            for k in range(max(len(row), len(other))):
                a, b = _at(row, k, None), _at(other, k, None)
                if a != b and (a not in (None, "") or b not in (None, "")):
                    found.append(f"{name}!{_letter(k)}{n + 1}: {short(b)}, issued {short(a)}")
    return found


def _at(values: Sequence[Any], n: int, otherwise: Any = ()) -> Any:
    return values[n] if n < len(values) else otherwise


def _letter(n: int) -> str:
    letters = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
