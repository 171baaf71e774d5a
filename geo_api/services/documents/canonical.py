"""Figures as text that is the same for the same figures, and the digest of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

DECIMALS = 6
"""Decimals that figures are kept with: what a database, a spreadsheet and a page give back alike."""


def plain(value: Any) -> Any:
    """A value of JSON: dataclasses as objects, days and moments (UTC) in ISO 8601, floats with six decimals."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float):
        rounded = round(value, DECIMALS)
        return int(rounded) if rounded.is_integer() else rounded  # 1 and 1.0 are one figure
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()  # one moment, one text, whatever the zone of the connection
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value


def canonical(value: Any) -> str:
    """The value as JSON text: keys sorted, no spaces; the same text for the same figures."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(*values: Any) -> str:
    """SHA-256 of values, in hexadecimal."""
    return hashlib.sha256("\n".join(canonical(v) for v in values).encode("utf-8", "surrogatepass")).hexdigest()
