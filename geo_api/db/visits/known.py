"""Queries as things were recorded at a moment: long SQL with a mark where the rows of a table are chosen."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import LiteralString

from geo_api.db.queries import query

_MARK = re.compile(r"/\*known (\w+)\*/")


def as_known(name: str, recorded_at: datetime | None) -> LiteralString:
    """The query ``sql/<name>.sql`` with its marks filled in: current rows, or those of the moment ``%(known)s``."""
    return _filled(name, recorded_at is not None)


@cache
def _filled(name: str, past: bool) -> LiteralString:
    rows = r"\1.recorded_from <= %(known)s and (\1.recorded_to is null or \1.recorded_to > %(known)s)"
    text: LiteralString = _MARK.sub(rows if past else r"\1.recorded_to is null", query(name))  # type: ignore[assignment]
    return text
