"""A document as values: title, particulars, tables, lines to sign on. Formats turn it into XLSX, PDF or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Value = str | int | float | None
Kind = Literal["text", "whole", "number", "percent", "day"]
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: what stands above it.
        kind: "whole" and "number" are set to the right, "number" with one decimal; "percent" is a fraction; "day" an ISO day.
        width: its share of the page's width, compared with the other columns.
    """

    title: str
    kind: Kind = "text"
    width: float = 10.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their heads.

    Attributes:
        key: short name, the sheet of a workbook.
        title: heading above it.
        columns, rows: one value a column in each row.
        total: the last row is the sum of the others.
        note: a sentence below it.
        empty: what is said where there is no row.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: bool = False
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What is printed.

    Attributes:
        title, subtitle: at the top of the first page.
        language: "zh" or "en".
        particulars: label and value, two a line, below the title.
        tables: in their order.
        signatures: labels of the lines to sign on, each with a date.
        notes: sentences at the end.
        wide: lying page.
        number: number of the issued report, 0 for a draft; ``digest``: its digest, "" for a draft.
    """

    title: str
    subtitle: str
    language: Language
    particulars: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    signatures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    wide: bool = False
    number: int = 0
    digest: str = ""


def days_text(first: date, end: date, language: Language) -> str:
    """Days [first, end) as they are printed: the first and the last.

    >>> days_text(date(2026, 10, 1), date(2026, 11, 1), "en")
    '2026-10-01 to 2026-10-31'
    """
    return f"{first} {choose(language, '至', 'to')} {end - timedelta(days=1)}"


def moment_text(moment: datetime, timezone: str) -> str:
    """A moment as it is printed: to the second, in the zone of the deployment, with its offset.

    >>> moment_text(datetime.fromisoformat("2026-11-01T00:30:00+00:00"), "Asia/Shanghai")
    '2026-11-01 08:30:00 +08:00'
    """
    there = moment.astimezone(ZoneInfo(timezone))
    offset = there.isoformat(timespec="seconds")[19:]
    return f"{there:%Y-%m-%d %H:%M:%S} {offset}"


def to_mapping(document: Document) -> dict[str, Any]:
    """The document for storing; its number and digest are those of the row that it is stored in."""
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "language": document.language,
        "particulars": [list(pair) for pair in document.particulars],
        "tables": [
            {
                "key": t.key,
                "title": t.title,
                "columns": [[c.title, c.kind, c.width] for c in t.columns],
                "rows": [list(row) for row in t.rows],
                "total": t.total,
                "note": t.note,
                "empty": t.empty,
            }
            for t in document.tables
        ],
        "signatures": list(document.signatures),
        "notes": list(document.notes),
        "wide": document.wide,
    }


def from_mapping(stored: Mapping[str, Any], *, number: int = 0, digest: str = "") -> Document:
    """The document that was stored."""
    return Document(
        title=stored["title"],
        subtitle=stored["subtitle"],
        language=stored["language"],
        particulars=tuple((label, value) for label, value in stored["particulars"]),
        tables=tuple(
            Table(
                t["key"],
                t["title"],
                tuple(Column(*column) for column in t["columns"]),
                tuple(tuple(row) for row in t["rows"]),
                t["total"],
                t["note"],
                t["empty"],
            )
            for t in stored["tables"]
        ),
        signatures=tuple(stored["signatures"]),
        notes=tuple(stored["notes"]),
        wide=stored["wide"],
        number=number,
        digest=digest,
    )


def choose(language: Language, zh: str, en: str) -> str:
    """The text in the language of the document."""
    return en if language == "en" else zh


def totals(rows: Sequence[Sequence[Value]], label: str, *, summed: Sequence[int]) -> tuple[Value, ...]:
    """The last row of a table: the label, and the sums of the columns ``summed``."""
    if not rows:
        return ()
    row: list[Value] = [None] * len(rows[0])
    row[0] = label
    for i in summed:
        row[i] = sum(v for r in rows if isinstance(v := r[i], int | float))
    return tuple(row)
