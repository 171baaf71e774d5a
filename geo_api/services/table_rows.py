"""Rows of a small table that somebody sends: a file or what a request holds, with numbers, under our names of the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest, TooLarge

Columns = Mapping[str, tuple[str, ...]]
"""Our name of a column -> heads that it also goes by."""


def numbered_rows(
    given: Path | Sequence[Mapping[str, Any]], columns: Columns, *, needed: Sequence[str], most: int
) -> list[tuple[int, dict[str, str]]]:
    """The rows with their numbers as the user sees them; every value a text, "" where there is none.

    Raises:
        BadRequest: a file that cannot be read, a needed column that is not there, a column that there is none of.
        TooLarge: more than ``most`` rows.
    """
    rows = _of_file(given, columns, needed) if isinstance(given, Path) else _of_request(given, columns)
    if len(rows) > most:
        raise TooLarge(f"{len(rows)} rows: at most {most} at once, split the file")
    return rows


def day_of(text: str, column: str) -> date | None:
    """A day, None where there is none. BadRequest for what is no day.

    >>> day_of("2026/3/9", "on")
    datetime.date(2026, 3, 9)
    """
    if not text:
        return None
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(text.removesuffix(" 00:00:00"), form).date()
        except ValueError:
            continue
    raise BadRequest(f"{column} {text!r} is no day: write it as 2026-01-31")


def _of_request(given: Sequence[Mapping[str, Any]], columns: Columns) -> list[tuple[int, dict[str, str]]]:
    odd = sorted({str(name) for row in given for name in row if name not in columns})
    if odd:
        raise BadRequest(f"a row has no {', '.join(odd)}: it has {', '.join(columns)}")
    return [(n, {name: _text(row.get(name)) for name in columns}) for n, row in enumerate(given, start=1)]


def _of_file(path: Path, columns: Columns, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    from layers.errors import LayersError  # pandas: loaded when somebody reads a file
    from layers.raw import read_source

    try:
        raw = read_source(path)
    except LayersError as problem:
        raise BadRequest(str(problem)) from problem
    heads = {head: name for name, others in columns.items() for head in (name, *others)}
    named: dict[str, str] = {}
    for head in map(str, raw.frame.columns):
        name = heads.get(head.strip().lower())
        if name and name not in named:
            named[name] = head
    if missing := [name for name in needed if name not in named]:
        raise BadRequest(f"{path}: there is no column {', '.join(missing)}; the columns are {', '.join(columns)}")
    if len(raw.rejected):
        row, reason = raw.rejected.iloc[0][["row", "reason"]]
        raise BadRequest(f"{path}: {len(raw.rejected)} rows cannot be read; the first is row {row}: {reason}")
    frame = raw.frame[list(named.values())].set_axis(list(named), axis=1)
    empty = dict.fromkeys(columns, "")
    return [
        (int(number), empty | {name: _text(value) for name, value in row.items()})
        for number, row in zip(raw.rows, frame.to_dict("records"), strict=True)
    ]


def _text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 (NaN of a table)
        return ""
    return str(value).replace("\x00", "").strip()
