"""Compute an issued report again, and tell whether a workbook is the one that was issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo_api.errors import NotFound
from geo_api.services.documents.canonical import digest_of, plain
from geo_api.services.reports.answer import CheckedReport, VerifiedFile
from geo_api.services.reports.issue import Made
from geo_api.services.reports.store import IssuedReport, ReportStore

MOST = 50
"""Differences that are listed."""

Sheets = Mapping[str, Sequence[Sequence[Any]]]
"""Name of a sheet -> the values of its cells, row by row."""


def check_report(issued: IssuedReport, again: Made) -> CheckedReport:
    """Whether a report that was computed again has the figures that were issued."""
    differences: list[str] = []
    _compare(plain(issued.figures), plain(again.figures), "figures", differences)
    now = digest_of(again.figures, issued.documents)
    return CheckedReport(issued.row, not differences, now, tuple(differences[:MOST]))


def _compare(was: Any, now: Any, path: str, out: list[str]) -> None:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            _compare(was.get(key), now.get(key), f"{path}.{key}", out)
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for n, (a, b) in enumerate(zip(was, now, strict=True)):
            _compare(a, b, f"{path}[{n}]", out)
    elif was != now:
        out.append(f"{path}: issued {_short(was)}, now {_short(now)}")


def verify_sheets(store: ReportStore, number: int, digest: str, sheets: Sheets, issued_sheets: Any) -> VerifiedFile:
    """Whether a workbook's cells are those of the issued report that it names.

    Args:
        store: where reports are kept.
        number, digest: that the workbook names; 0 and "" = none.
        sheets: what it holds.
        issued_sheets: (issued report) -> the sheets of each workbook that can be printed of it.
    """
    try:
        issued = store.report(number) if number else None
    except NotFound:
        issued = None
    if issued is None or issued.row.digest != digest:
        return VerifiedFile("unknown", None, ())
    if digest_of(issued.figures, issued.documents) != digest:
        return VerifiedFile("changed", issued.row, ("the stored report does not have its digest",))
    best: list[str] | None = None
    for printed in issued_sheets(issued):
        differences = _sheet_differences(printed, sheets)
        if best is None or len(differences) < len(best):
            best = differences
    if not best:
        return VerifiedFile("issued", issued.row, ())
    return VerifiedFile("changed", issued.row, tuple(best[:MOST]))


def _sheet_differences(printed: Sheets, given: Sheets) -> list[str]:
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
                    found.append(f"{name}!{_letter(k)}{n + 1}: {_short(b)}, issued {_short(a)}")
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


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
