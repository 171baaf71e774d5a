"""CSV and XLSX files as text: nothing is guessed to be a number, so codes keep their zeros and their 18 digits."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.errors import SourceError

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_FIELD_LIMIT = 16_000_000  # a polygon as text is longer than the 131,072 characters that csv allows by default
_EXCEL_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as text.

    Attributes:
        frame: one object column of str per column of the file, trimmed, "" where the cell is empty.
        rows: (n,) row numbers as a spreadsheet shows them: the header is row 1.
        rejected: [row, reason, value] of rows that could not be taken apart into the header's columns.
        findings: what was assumed (encoding, sheet) or doubtful.
    """

    frame: pd.DataFrame
    rows: NDArray[np.int64]
    rejected: pd.DataFrame
    findings: tuple[Finding, ...]


def read_csv(path: Path, encoding: str | None = None) -> TextTable:
    """A delimited text file (comma, semicolon or tab, found by itself).

    Args:
        path: the file.
        encoding: as declared; without one UTF-8 (with or without BOM) is expected and GB18030 tried next, which a
            finding then says. A declared "utf-8" that does not fit is treated in the same way.

    Raises:
        SourceError: missing, empty, not text, in another encoding, or cut off within a quoted field.
    """
    data = path.read_bytes()
    clean = _clean(path, data, encoding)
    if clean is not None:
        return clean
    text, findings = _decode(path, data, encoding)
    delimiter = _sniff(text)
    del data
    records, more = _records(path, text, delimiter)
    return _table(path.name, records, (*findings, *more))


def read_xlsx(path: Path, sheet: str | None = None) -> TextTable:
    """One sheet of a workbook; without a name the first sheet that holds anything.

    Numbers come back as written in a code column (110105001, never 110105001.0), dates as 2024-01-05.

    Raises:
        SourceError: missing, empty, not a workbook, or no such sheet (names those there are).
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as problem:  # openpyxl raises whatever zipfile and the XML parser do
        raise SourceError(
            f"{path}: cannot be read as a workbook ({_first_line(problem)}); expected an .xlsx file. A file that was "
            "cut off must be copied again, an .xls file saved as .xlsx."
        ) from problem
    try:
        names = [s.title for s in book.worksheets]
        if sheet is not None and sheet not in names:
            raise SourceError(f"{path}: no sheet {sheet!r}; the workbook has: {', '.join(names)}")
        filled: dict[str, list[tuple[Any, ...]]] = {}
        for name in [sheet] if sheet is not None else names:
            cells = list(book[name].iter_rows(values_only=True))
            if any(v not in (None, "") for row in cells for v in row):
                filled[name] = cells
    except SourceError:
        raise
    except Exception as problem:
        raise SourceError(f"{path}: damaged workbook ({_first_line(problem)}); copy or save it again.") from problem
    finally:
        book.close()
    if not filled:
        raise SourceError(f"{path}: empty: no sheet holds anything; expected a header row and rows below it")
    chosen = next(iter(filled))
    findings = []
    if len(filled) > 1:
        rest = ", ".join(n for n in filled if n != chosen)
        findings.append(
            Finding(
                "source.sheet_chosen",
                Severity.INFO,
                f"{path.name}: the first sheet {chosen!r} was read; others ({rest}) can be named as {path.name}:SHEET.",
                f"{path.name}：读取了第一个工作表“{chosen}”。",
                where=path.name,
            )
        )
    records = [[_cell_text(v) for v in row] for row in filled[chosen]]
    lost = sum(
        isinstance(v, int | float) and not isinstance(v, bool) and abs(v) >= _EXCEL_DIGITS
        for row in filled[chosen]
        for v in row
    )
    if lost:
        findings.append(
            Finding(
                "source.digits_lost",
                Severity.WARNING,
                f"{path.name}: {lost} cells hold numbers of 16 digits or more; a spreadsheet keeps only 15, so the "
                "last digits of codes are wrong. Format the column as text before typing codes.",
                f"{path.name}：{lost} 个单元格为 16 位以上的数字，末位已丢失，请将代码列设为文本。",
                where=path.name,
                value=float(lost),
                unit="cells",
            )
        )
    return _table(path.name, records, tuple(findings))


def read_table(path: Path) -> pd.DataFrame:
    """A CSV or XLSX table as text, every row of it.

    Raises:
        SourceError: missing, empty, of another kind, or with rows that do not fit the header (names the first).
    """
    from layers.raw import TABLE_KINDS, check_file, read_source

    check_file(path)
    if path.suffix.lower() not in TABLE_KINDS:
        raise SourceError(f"{path}: expected a table (CSV or XLSX)")
    raw = read_source(path)
    if len(raw.rejected):
        first = raw.rejected.iloc[0]
        raise SourceError(
            f"{path}: {len(raw.rejected)} rows cannot be read, the first is row {first.row}: {first.reason}"
        )
    return raw.frame


def _clean(path: Path, data: bytes, encoding: str | None) -> TextTable | None:
    """The table of a file in UTF-8 in which nothing is doubtful; None = it must be looked at more closely."""
    plain = (encoding or "utf-8").lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}
    if not plain or data[:2] in _BOMS or b"\0" in data[:4096]:
        return None
    from layers.clean_csv import read_clean

    table = read_clean(data, _sniff(data[:400_000].decode("utf-8", "ignore").removeprefix("\ufeff")))
    if table is None:
        return None
    names, findings = _column_names(path.name, [c.strip() for c in table.header])
    rows = np.arange(2, 2 + len(table.blank), dtype=np.int64)
    columns = table.columns
    if table.blank.any():
        keep = ~table.blank
        rows, columns = rows[keep], [column[keep] for column in columns]
    named = {n: pd.Series(c, dtype=object, copy=False) for n, c in zip(names, columns, strict=True)}
    frame = pd.DataFrame(named, copy=False)
    return TextTable(frame, rows, _no_row(), findings)


def _no_row() -> pd.DataFrame:
    return pd.DataFrame({"row": np.zeros(0, np.int64), "reason": pd.Series([], dtype=object), "value": []})


def _decode(path: Path, data: bytes, encoding: str | None) -> tuple[str, tuple[Finding, ...]]:
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise SourceError(f"{path}: empty file; expected a header line and rows below it")
    bom = _BOMS.get(data[:2])
    if bom is None and b"\0" in data[:4096]:
        kind = {b"PK\x03\x04": "a workbook or zip archive", b"SQLi": "a GeoPackage or SQLite database"}.get(data[:4])
        raise SourceError(f"{path}: not a text file{f' but {kind}' if kind else ''}; expected CSV")
    declared = (encoding or "utf-8").lower().replace("_", "-")
    declared = "utf-8-sig" if declared in {"utf-8", "utf8"} else declared
    try:
        if bom is not None:
            return data.decode(bom), ()
        return data.decode(declared), ()
    except LookupError as problem:
        raise SourceError(
            f"{path}: unknown encoding {encoding!r}; expected utf-8, gb18030, gbk, big5, ..."
        ) from problem
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        if declared != "utf-8-sig":
            raise SourceError(
                f"{path}: not in the declared encoding {encoding}: line {line} cannot be read; declare another one, or "
                "none, to have UTF-8 and GB18030 tried."
            ) from problem
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as problem:
        raise SourceError(
            f"{path}: neither UTF-8 (line {line}) nor GB18030; declare its encoding in the manifest (encoding = ...)"
        ) from problem
    return text, (
        Finding(
            "source.encoding_assumed",
            Severity.WARNING,
            f"{path.name}: not UTF-8 (line {line}), read as GB18030; if names look wrong, declare encoding = in "
            "the manifest.",
            f"{path.name}：不是 UTF-8，已按 GB18030 读取。",
            where=path.name,
            details={"encoding": "gb18030"},
        ),
    )


def _sniff(text: str) -> str:
    """The delimiter that cuts the header into most columns; a comma when none does."""
    lines = io.StringIO(text[:100_000], newline=None)  # also those that end with a carriage return alone
    head = next((line for line in lines if line.strip()), "")
    return max(_DELIMITERS, key=lambda d: len(next(csv.reader(io.StringIO(head, newline=""), delimiter=d), [])))


def _records(path: Path, text: str, delimiter: str) -> tuple[list[list[str]], tuple[Finding, ...]]:
    before = csv.field_size_limit(_FIELD_LIMIT)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return list(reader), ()
    except csv.Error as problem:
        if "unexpected end" in str(problem):
            raise SourceError(
                f"{path}: ends within a quoted field: the file was cut off, or a quotation mark is missing; copy it"
                " again"
            ) from problem
        line = reader.line_num
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        return records, (
            Finding(
                "source.quotes",
                Severity.WARNING,
                f"{path.name}: stray quotation marks from line {line} on ({problem}); check that the columns fit.",
                f"{path.name}：第 {line} 行起引号不规范，请核对各列。",
                where=f"{path.name}:{line}",
            ),
        )
    finally:
        csv.field_size_limit(before)


def _table(name: str, records: list[list[str]], findings: tuple[Finding, ...]) -> TextTable:
    start = next((i for i, r in enumerate(records) if any(c.strip() for c in r)), len(records))
    if start == len(records):
        raise SourceError(f"{name}: no text in any cell; expected a header line and rows below it")
    header = [c.strip() for c in records[start]]
    body = records[start + 1 :]
    while header and not header[-1] and all(len(r) < len(header) or not r[len(header) - 1] for r in body):
        header.pop()
    width = len(header)
    rows = np.arange(start + 2, start + 2 + len(body), dtype=np.int64)
    lengths = np.fromiter(map(len, body), dtype=np.int64, count=len(body))
    odd = np.flatnonzero(lengths != width)
    torn: list[int] = []
    for i in odd.tolist():  # only the rows that do not fit the header
        record = body[i]
        if any(c.strip() for c in record[width:]):
            torn.append(i)
        body[i] = [*record[:width], *[""] * (width - len(record))]
    names, more = _column_names(name, header)
    columns = list(zip(*body, strict=True)) if body else [()] * width
    frame = pd.DataFrame({n: pd.Series(c, dtype=object) for n, c in zip(names, columns, strict=True)})
    frame = frame.apply(lambda c: c.str.strip().astype(object)) if len(frame) else frame
    blank = frame.eq("").all(axis=1).to_numpy() if len(frame) else np.zeros(0, bool)
    broken = np.zeros(len(frame), bool)
    broken[torn] = True
    rejected = pd.DataFrame(
        {
            "row": rows[broken],
            "reason": f"more cells than the {width} columns of the header",
            "value": [" | ".join(records[start + 1 + i]) for i in torn],
        }
    )
    keep = ~blank & ~broken
    return TextTable(frame[keep].reset_index(drop=True), rows[keep], rejected, (*findings, *more))


def _column_names(name: str, header: list[str]) -> tuple[list[str], tuple[Finding, ...]]:
    counts = itertools.count(1)
    filled = [h or f"column_{n}" for h, n in zip(header, counts, strict=False)]
    names: list[str] = []
    twice: list[str] = []
    for h in filled:
        unique = h
        while unique in names:
            unique += "_2"
        if unique != h:
            twice.append(h)
        names.append(unique)
    if not twice:
        return names, ()
    return names, (
        Finding(
            "source.column_twice",
            Severity.WARNING,
            f"{name}: the header names {', '.join(twice)} more than once; the later ones were read with _2 added.",
            f"{name}：表头有重复列名：{'、'.join(twice)}。",
            where=name,
        ),
    )


def _cell_text(value: Any) -> str:
    """A cell as text, the way it was meant: whole numbers without ".0", midnight without a time."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]
