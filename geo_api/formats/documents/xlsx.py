"""A document as a workbook: an overview to be signed, then a sheet a table. The same document gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geo_api.formats.documents.texts import number_line, word
from geo_api.services.documents.model import Column, Document, Table, Value
from geo_api.spreadsheet import safe_field

WIDTH = 1.6
"""Characters of a column for each unit of its width."""
MADE = datetime(2000, 1, 1)
FORMATS = {"whole": "#,##0", "number": "#,##0.0", "percent": "0.0%", "day": "yyyy-mm-dd", "text": "@"}
HEAD = PatternFill("solid", fgColor="FFE8EDF3")
LINE = Border(*(Side(style="thin", color="FF8A94A0"),) * 4)


def document_xlsx(document: Document) -> bytes:
    """The workbook. Its properties hold number and digest of an issued document."""
    book = Workbook()
    overview = book.create_sheet(_sheet_name(word("overview", document.language), set()), 0)
    del book[book.sheetnames[1]]
    _overview(overview, document)
    taken = {overview.title}
    for table in document.tables:
        sheet = book.create_sheet(_sheet_name(table.key, taken))
        taken.add(sheet.title)
        _table(sheet, table, document)
    book.properties.title, book.properties.creator = _clean(document.title), "Gridward"
    book.properties.identifier = f"{document.number}:{document.digest}" if document.digest else ""
    book.properties.created = book.properties.modified = MADE
    out = io.BytesIO()
    book.save(out)
    return _same_bytes(out.getvalue())


def _overview(sheet: Worksheet, document: Document) -> None:
    lines: list[tuple[str, ...]] = [(document.title,), (document.subtitle,), *document.particulars, ()]
    for table in document.tables:
        rows = len(table.rows) - bool(table.total and table.rows)
        lines.append((table.title, str(rows)))
    lines += [(), *((note,) for note in document.notes), ()]
    blank = "____________________"
    lines += [
        (label, f"{word('signature', document.language)} {blank}", f"{word('date', document.language)} {blank}")
        for label in document.signatures
    ]
    lines += [(), (number_line(document),)]
    for n, line in enumerate(lines, 1):
        for k, text in enumerate(line, 1):
            sheet.cell(n, k, safe_field(_clean(text)))
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A2"].font = Font(size=11, color="FF555555")
    for column, width in zip("ABC", (34, 44, 34), strict=True):
        sheet.column_dimensions[column].width = width
    _page(sheet, document)


def _table(sheet: Worksheet, table: Table, document: Document) -> None:
    sheet["A1"] = safe_field(_clean(table.title))
    sheet["A1"].font = Font(bold=True, size=13)
    for k, column in enumerate(table.columns, 1):
        head = sheet.cell(2, k, safe_field(_clean(column.title)))
        head.font, head.fill, head.border = Font(bold=True), HEAD, LINE
        head.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(k)].width = max(8.0, column.width * WIDTH)
    for n, row in enumerate(table.rows, 3):
        last = table.total and n == len(table.rows) + 2
        for k, (value, column) in enumerate(zip(row, table.columns, strict=True), 1):
            cell = sheet.cell(n, k, stored(value, column))
            cell.border = LINE
            if not isinstance(cell.value, str):
                cell.number_format = FORMATS[column.kind]
            if column.kind == "text":
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            if last:
                cell.font = Font(bold=True)
    end = len(table.rows) + 3
    if not table.rows:
        sheet.cell(3, 1, safe_field(_clean(table.empty or word("nothing", document.language))))
    if table.note:
        sheet.cell(end + 1, 1, safe_field(_clean(table.note)))
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "1:2"
    if table.rows:
        rows = len(table.rows) - table.total
        sheet.auto_filter.ref = f"A2:{get_column_letter(len(table.columns))}{rows + 2}"
    _page(sheet, document)


def stored(value: Value, column: Column) -> str | int | float | date | None:
    """A value as it stands in a cell: a day as a day, a text that no spreadsheet runs as a formula."""
    if isinstance(value, str):
        if column.kind == "day":
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return str(safe_field(_clean(value)))
    return value


def _page(sheet: Worksheet, document: Document) -> None:
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.orientation = "landscape" if document.wide else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.oddFooter.center.text = "&P / &N"
    sheet.oddFooter.left.text = _clean(number_line(document)).replace("&", "&&")


def _sheet_name(name: str, taken: set[str]) -> str:
    plain = "".join("-" if c in "[]:*?/\\'" else c for c in _clean(name))[:28] or "-"
    chosen, n = plain, 2
    while chosen in taken:
        chosen, n = f"{plain} {n}", n + 1
    return chosen


def _clean(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))


def _same_bytes(book: bytes) -> bytes:
    """The archive with the times of its members fixed, and no time of saving."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _without_times(content)
            member = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, content)
    return out.getvalue()


def _without_times(core: bytes) -> bytes:
    import re

    return re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", lambda m: m.group(1) + b"2000-01-01T00:00:00Z", core)
