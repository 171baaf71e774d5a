"""Compute an issued report again."""

from __future__ import annotations

import re
from typing import Any

from geo_api.services.documents.canonical import digest_of, plain
from geo_api.services.reports.answer import CheckedReport
from geo_api.services.reports.issue import Made
from geo_api.services.reports.store import IssuedReport

MOST = 50
"""Differences that are listed."""
FIELD = re.compile(r"[a-z][a-z0-9_]*")
"""What fields of answers are called."""


def check_report(issued: IssuedReport, again: Made) -> CheckedReport:
    """Whether a report that was computed again has the figures that were issued."""
    differences: list[str] = []
    figures = dict(again.figures)
    if "standing_as_recorded" not in issued.figures and "standing" in issued.figures:
        # reports of earlier versions told it as known on the day of issue: nothing to compare it with
        figures["standing"] = issued.figures["standing"]
    was = plain(issued.figures)
    figures = _as_told(was, plain(figures))
    _compare(was, figures, "figures", differences)
    now = digest_of(figures, issued.documents)
    return CheckedReport(issued.row, not differences, now, tuple(differences[:MOST]))


def _as_told(was: Any, now: Any) -> Any:
    """Without the fields that a later version adds: a report answers for those that were issued.

    Keys that are data (codes, classes, industries, kinds) stay, and differ where they are new.
    """
    if isinstance(was, dict) and isinstance(now, dict):
        kept = {key: value for key, value in now.items() if key in was or not FIELD.fullmatch(key)}
        return {key: _as_told(was.get(key), value) for key, value in kept.items()}
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return [_as_told(a, b) for a, b in zip(was, now, strict=True)]
    return now


def _compare(was: Any, now: Any, path: str, out: list[str]) -> None:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            _compare(was.get(key), now.get(key), f"{path}.{key}", out)
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for n, (a, b) in enumerate(zip(was, now, strict=True)):
            _compare(a, b, f"{path}[{n}]", out)
    elif was != now:
        out.append(f"{path}: issued {short(was)}, now {short(now)}")


def short(value: Any) -> str:
    """A value in at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
