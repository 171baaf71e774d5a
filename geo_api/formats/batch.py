"""Batches: JSON columns and CSV, both ways."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

import numpy as np
import orjson

from geo_api.errors import BadRequest
from geo_api.services.batch_lookup import STATUS, BatchAnswer, BatchQuestion
from gridding.types import FloatArray

_PLAIN = re.compile(r"[^,\"\r\n]*")
KEYS = ("datum", "on", "id", "lon", "lat", "border")


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
        hint = "; JSON knows no NaN and no Infinity: write null" if b"NaN" in body or b"Infinity" in body else ""
        raise BadRequest(f"the body is not JSON: {problem}{hint}") from None
    if not isinstance(data, dict):
        raise BadRequest('the body must be a JSON object: {"datum": "wgs84", "id": [...], "lon": [...], "lat": [...]}')
    wrong = [f"unknown key {k!r} (known: {', '.join(KEYS)})" for k in data if k not in KEYS]
    wrong += [f"{k} must be an array, one value a point" for k in ("lon", "lat") if not isinstance(data.get(k), list)]
    if data.get("id") is not None and not isinstance(data["id"], list):
        wrong.append("id must be an array, one value a point")
    if not isinstance(data.get("datum"), str):
        wrong.append("datum is required: cgcs2000, wgs84, gcj02, bd09 or EPSG:n")
    if not isinstance(data.get("border", True), bool):
        wrong.append("border must be true or false")
    on = data.get("on")
    day: date | None = None
    if on is not None:
        try:
            day = date.fromisoformat(on)
        except (TypeError, ValueError):
            wrong.append(f"on must be a day such as 2026-01-31, not {on!r}")
    if wrong:
        raise BadRequest("; ".join(wrong))
    question = BatchQuestion(data.get("id"), data["lon"], data["lat"], data.get("border", True))
    return BatchRequest(question, data["datum"], day)


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
    twice = [name for name in ("id", "lon", "lat") if header.count(name) > 1]
    if twice:
        raise BadRequest(f"the CSV has the column {' and the column '.join(twice)} more than once: leave one")
    ids = _column(table, header.index("id")) if "id" in header else None
    return BatchRequest(BatchQuestion(ids, _column(table, header.index("lon")), _column(table, header.index("lat"))))


def _column(table: list[list[str]], at: int) -> list[Any]:
    try:
        return list(map(itemgetter(at), table))
    except IndexError:  # rows that are too short: their missing values make them invalid
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
    }
    if answer.border_distance_m is not None:
        columns["border_distance_m"] = answer.border_distance_m
        columns["beyond"] = _codes(answer.codes, answer.beyond)
    return orjson.dumps(columns, option=orjson.OPT_SERIALIZE_NUMPY)


def batch_csv(answer: BatchAnswer) -> bytes:
    """One line a row, in the order asked; ``id`` is the row's number, from 1, where none was given."""
    ids: Sequence[Any] = answer.ids if answer.ids is not None else range(1, len(answer.cell) + 1)
    quoted = tuple(map(_field, answer.codes))
    columns: dict[str, Any] = {
        "id": map(_field, ids),
        "cell_code": _codes(quoted, answer.cell, none=""),
        "status": _named(STATUS, answer.status),
    }
    if answer.border_distance_m is not None:
        columns["border_distance_m"] = _metres(answer.border_distance_m)
        columns["beyond"] = _codes(quoted, answer.beyond, none="")
    lines = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *map(",".join, lines), ""]).encode()


def _field(value: Any) -> str:
    """A CSV field; quoted only where it must be."""
    text = "" if value is None else str(value)
    return text if _PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def _codes(codes: tuple[str, ...], at: Any, none: str | None = None) -> list[Any]:
    table = np.empty(len(codes) + 1, dtype=object)
    table[:-1] = codes
    table[-1] = none  # position -1
    taken: list[Any] = table[at].tolist()
    return taken


def _named(names: tuple[str, ...], at: Any) -> list[str]:
    named: list[str] = np.array(names, dtype=object)[at].tolist()
    return named


def _metres(values: FloatArray) -> list[str]:
    written = [str(v) for v in values.tolist()]
    for i in np.flatnonzero(np.isnan(values)).tolist():
        written[i] = ""
    return written
