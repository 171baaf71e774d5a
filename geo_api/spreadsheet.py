"""Texts that are safe in a spreadsheet."""

from __future__ import annotations

from typing import Any


def safe_field(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "@", "\t", "\r") else value
