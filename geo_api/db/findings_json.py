"""Findings as they are stored: JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg.types.json import Jsonb

from gridding.findings import Finding, Severity


def to_json(findings: Iterable[Finding]) -> Jsonb:
    """Findings as a jsonb parameter."""
    return Jsonb([f.as_dict() for f in findings])


def from_json(rows: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Findings read back, equal to those that were stored."""
    return tuple(_finding(row) for row in rows)


def _finding(row: dict[str, Any]) -> Finding:
    at = row.get("at")
    return Finding(**{**row, "severity": Severity(row["severity"]), "at": (at[0], at[1]) if at else None})
