"""Batches as JSON columns, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import orjson

from geo_api.errors import BadRequest, TooLarge
from geo_api.formats import batch_kernels as kernels
from geo_api.formats.batch_csv import word_list
from geo_api.services.batch_lookup import STATUS, BatchAnswer, BatchQuestion

KEYS = ("datum", "on", "recorded_at", "id", "lon", "lat", "address", "border")
_NUMBER_BYTES = 24


def batch_from_json(body: bytes | memoryview, *, max_points: int = 2**31) -> BatchQuestion:
    """``{"datum", "on", "recorded_at", "id": [], "lon": [], "lat": []}``, or ``address`` instead of lon and lat.

    Raises:
        BadRequest: says all that is wrong with it.
        TooLarge: more values than ``max_points`` in a column.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        told = bytes(body)
        hint = "; JSON knows no NaN and no Infinity: write null" if b"NaN" in told or b"Infinity" in told else ""
        raise BadRequest(f"the body is not JSON: {problem}{hint}") from None
    if not isinstance(data, dict):
        raise BadRequest('the body must be a JSON object: {"datum": "wgs84", "id": [...], "lon": [...], "lat": [...]}')
    columns = ("lon", "lat") if "address" not in data else ("address",)
    wrong = [f"unknown key {k!r} (known: {', '.join(KEYS)})" for k in data if k not in KEYS]
    wrong += [f"{k} must be an array, one value a row" for k in columns if not isinstance(data.get(k), list)]
    if "address" in data:
        beside = [k for k in ("lon", "lat") if k in data]
        wrong += [f"{k} does not go with address: ask for points or for addresses, not both" for k in beside]
    if data.get("id") is not None and not isinstance(data["id"], list):
        wrong.append("id must be an array, one value a row")
    for key in ("datum", "recorded_at"):
        if not isinstance(data.get(key), str | None):
            wrong.append(f"{key} must be a text, not {data[key]!r}")
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
    if (most := max(len(data[k]) for k in columns)) > max_points:
        raise TooLarge(f"{most} rows in one call; at most {max_points} are allowed: send them in several calls")
    return BatchQuestion(
        ids=data.get("id"),
        lon=data.get("lon", ()),
        lat=data.get("lat", ()),
        border=data.get("border"),
        datum=data.get("datum"),
        on=day,
        recorded_at=data.get("recorded_at"),
        addresses=data.get("address"),
    )


def json_pieces(answer: BatchAnswer, rows: int = 100_000) -> Iterator[bytes]:
    """Columns of equal length, so many values at a time; null where a row has no cell, or nothing lies beyond."""
    yield orjson.dumps({"on": answer.on, "snapshot_age_s": answer.snapshot_age_s})[:-1]
    parts = [slice(first, first + rows) for first in range(0, len(answer.cell), rows)]
    if answer.ids is not None:
        ids = answer.ids
        yield from _column("id", (orjson.dumps(list(ids[p]))[1:-1] + b"," for p in parts))
    codes = _code_words(answer.codes)
    yield from _column("cell_code", (_words(answer.cell[p], codes) for p in parts))
    names = word_list([orjson.dumps(s) for s in STATUS])
    yield from _column("status", (_words(answer.status[p], names) for p in parts))
    if answer.border_distance_m is not None and answer.beyond is not None:
        metres, beyond = answer.border_distance_m, answer.beyond
        yield from _column("border_distance_m", (_metres(metres[p]) for p in parts))
        yield from _column("beyond", (_words(beyond[p], codes) for p in parts))
    for name, values in answer.more.items():
        yield from _column(name, (orjson.dumps(values[p])[1:-1] + b"," for p in parts))
    yield b"}"


@lru_cache(maxsize=4)
def _code_words(codes: tuple[str, ...]) -> tuple[kernels.Bytes, kernels.Offsets]:
    return word_list([*map(orjson.dumps, codes), b"null"])


def _column(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A key and its array; every value of a piece is followed by a comma, the last of all must not be."""
    held = b""
    yield b',"%b":[' % name.encode()
    for piece in pieces:
        if held:
            yield held
        held = piece
    yield held[:-1] + b"]"


def _words(at: Any, words: tuple[kernels.Bytes, kernels.Offsets]) -> bytes:
    out = np.empty(len(at) * (int(np.diff(words[1]).max()) + 1) + kernels.SLACK, np.uint8)
    return out[: kernels.write_words(out, at, *words)].tobytes()


def _metres(values: Any) -> bytes:
    out = np.empty(len(values) * _NUMBER_BYTES, np.uint8)
    return out[: kernels.write_metres(out, values)].tobytes()


def batch_json(answer: BatchAnswer) -> bytes:
    """The whole object."""
    return b"".join(json_pieces(answer))
