"""Long SQL kept as files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import LiteralString

_FOLDER = Path(__file__).parent / "sql"


@cache
def query(name: str) -> LiteralString:
    """The text of ``sql/<name>.sql``."""
    text: LiteralString = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")  # type: ignore[assignment]
    return text
