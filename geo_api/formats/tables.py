"""Stations, cells and findings as CSV tables (UTF-8 with a byte order mark, so that spreadsheets read Chinese)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from geo_api.formats.geojson import cell_properties
from geo_api.services.answers import CoverageAnswer, OfficerOnDuty
from geo_api.services.published import CellList, StationList
from geo_api.spreadsheet import safe_field


def stations_csv(answer: StationList) -> bytes:
    """One line a station."""
    head = ("code", "name", "bureau_code", "bureau_name", "cells", "officers")
    rows = ((s.code, s.name, s.bureau_code, s.bureau_name, s.cells, _people(s.officers)) for s in answer.stations)
    return _table(head, rows)


def cells_csv(answer: CellList) -> bytes:
    """One line a cell; its officers in one field."""
    rows = [cell_properties(c) | {"officers": _people(c.officers)} for c in answer.cells]
    head = list(rows[0]) if rows else ["code"]
    return _table(head, ([row[name] for name in head] for row in rows))


def coverage_csv(answer: CoverageAnswer) -> bytes:
    """One line a finding."""
    head = ("rule", "severity", "where", "value", "limit", "unit", "lon", "lat", "message", "message_zh")
    rows = (
        (f.rule, str(f.severity), f.where, f.value, f.limit, f.unit, *(f.at or ("", "")), f.message, f.message_zh)
        for f in answer.findings
    )
    return _table(head, rows)


def _people(officers: Iterable[OfficerOnDuty]) -> str:
    return "; ".join(" ".join(filter(None, (o.role, o.function, o.title, o.name, o.telephone))) for o in officers)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([safe_field(v) for v in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
