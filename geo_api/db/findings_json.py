"""Findings and figures as they are stored: JSON in, JSON out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg.types.json import Jsonb

from gridding.findings import Finding, Severity


def to_json(findings: Iterable[Finding]) -> Jsonb:
    """Findings as a jsonb parameter."""
    return Jsonb([finite(f.as_dict()) for f in findings])


def from_json(rows: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Findings read back, equal to those that were stored."""
    return tuple(_finding(row) for row in rows)


def finite(value: Any) -> Any:
    """Plain JSON values: what is not finite becomes null, which JSON has no other word for; numpy scalars become plain."""
    if isinstance(value, Mapping):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _finding(row: dict[str, Any]) -> Finding:
    at = row.get("at")
    return Finding(**{**row, "severity": Severity(row["severity"]), "at": (at[0], at[1]) if at else None})
