"""Batches: JSON columns and CSV, both ways."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import orjson

from geo_api.errors import BadRequest
from geo_api.services.batch_lookup import STATUS, BatchAnswer, BatchQuestion
from gridding.types import FloatArray

COLUMNS = ("id", "cell_code", "status", "border_distance_m", "beyond")
KEYS = ("datum", "on", "id", "lon", "lat")


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """A batch body as read: the points, and datum and day where the body names them."""

    question: BatchQuestion
    datum: str | None = None
    on: date | None = None


# ---------------------------------------------------------------------------------------------------- in
def batch_from_json(body: bytes) -> BatchRequest:
    """``{"datum", "on", "id": [], "lon": [], "lat": []}`` -> request; BadRequest says all that is wrong with it."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"the body is not JSON: {problem}") from None
    if not isinstance(data, dict):
        raise BadRequest('the body must be a JSON object: {"datum": "wgs84", "id": [...], "lon": [...], "lat": [...]}')
    wrong = [f"unknown key {k!r} (known: {', '.join(KEYS)})" for k in data if k not in KEYS]
    wrong += [f"{k} must be an array, one value a point" for k in ("lon", "lat") if not isinstance(data.get(k), list)]
    if data.get("id") is not None and not isinstance(data["id"], list):
        wrong.append("id must be an array, one value a point")
    if not isinstance(data.get("datum"), str):
        wrong.append("datum is required: cgcs2000, wgs84, gcj02, bd09 or EPSG:n")
    on = data.get("on")
    day: date | None = None
    if on is not None:
        try:
            day = date.fromisoformat(on)
        except (TypeError, ValueError):
            wrong.append(f"on must be a day such as 2026-01-31, not {on!r}")
    if wrong:
        raise BadRequest("; ".join(wrong))
    return BatchRequest(BatchQuestion(data.get("id"), data["lon"], data["lat"]), data["datum"], day)


def batch_from_csv(body: bytes) -> BatchRequest:
    """CSV (UTF-8) with the columns lon and lat, and id if the rows have names; other columns are ignored."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadRequest(f"the CSV is not UTF-8 (byte {problem.start}): save it as UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        table = [row for row in rows if row]
    except csv.Error as problem:
        raise BadRequest(f"the CSV cannot be read at line {rows.line_num}: {problem}") from None
    missing = [name for name in ("lon", "lat") if name not in header]
    if missing:
        raise BadRequest(f"the CSV has no column {' and no column '.join(missing)}; its columns: {', '.join(header)}")
    ids = _column(table, header.index("id")) if "id" in header else None
    question = BatchQuestion(ids, _column(table, header.index("lon")), _column(table, header.index("lat")))
    return BatchRequest(question)


def _column(table: list[list[str]], at: int) -> list[str | None]:
    try:
        return [row[at] for row in table]
    except IndexError:
        return [row[at] if at < len(row) else None for row in table]


# ---------------------------------------------------------------------------------------------------- out
def batch_json(answer: BatchAnswer) -> bytes:
    """Columns of equal length; null where a row has no cell, or nothing lies beyond."""
    columns: dict[str, Any] = {"on": answer.on, "snapshot_age_s": answer.snapshot_age_s}
    if answer.ids is not None:
        columns["id"] = answer.ids
    columns |= {
        "cell_code": _codes(answer.codes, answer.cell),
        "status": _named(STATUS, answer.status),
        "border_distance_m": answer.border_distance_m,
        "beyond": _codes(answer.codes, answer.beyond),
    }
    return orjson.dumps(columns, option=orjson.OPT_SERIALIZE_NUMPY)


def batch_csv(answer: BatchAnswer) -> bytes:
    """One line a row, in the order asked; ``id`` is the row's number, from 1, where none was given."""
    ids: Sequence[Any] = answer.ids if answer.ids is not None else range(1, len(answer.cell) + 1)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(
        zip(
            ids,
            _codes(answer.codes, answer.cell),
            _named(STATUS, answer.status),
            _metres(answer.border_distance_m),
            _codes(answer.codes, answer.beyond),
            strict=True,
        )
    )
    return out.getvalue().encode()


def _codes(codes: tuple[str, ...], at: Any) -> list[str | None]:
    table = np.empty(len(codes) + 1, dtype=object)
    table[:-1] = codes
    table[-1] = None  # position -1
    taken: list[str | None] = table[at].tolist()
    return taken


def _named(names: tuple[str, ...], at: Any) -> list[str]:
    named: list[str] = np.array(names, dtype=object)[at].tolist()
    return named


def _metres(values: FloatArray) -> list[float | None]:
    return [None if math.isnan(v) else v for v in values.tolist()]
