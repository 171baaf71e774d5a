"""Many points in one call: arrays in, arrays of the same length out; a bad row spoils nothing but itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_api.errors import BadRequest
from geo_api.services.snapshot import Snapshot
from gridding.types import FloatArray, Int32Array

STATUS = ("found", "outside", "invalid", "unpublished", "ambiguous", "not_found")
FOUND, OUTSIDE, INVALID, UNPUBLISHED = range(4)
PART = 100_000
"""Points that are located together."""

ToStorage = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(lon, lat) in the caller's datum -> (lon, lat) in the storage datum."""


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """Points, or addresses, to look up, and what the body itself says of them.

    Attributes:
        ids: the caller's names of the rows, a sequence of any values, handed back as they came; None = none given.
        lon, lat: columns of equal length; a value that is no finite number makes its row "invalid".
        border: whether to measure the distance to the border and name the cell beyond; None = nothing was said.
        datum, on, recorded_at: what the body says; None = nothing.
        addresses: instead of points; what is no text makes its row "invalid".
    """

    ids: Any
    lon: Sequence[Any] | FloatArray
    lat: Sequence[Any] | FloatArray
    border: bool | None = None
    datum: str | None = None
    on: date | None = None
    recorded_at: datetime | str | None = None
    addresses: Sequence[Any] | None = None

    def __len__(self) -> int:
        return len(self.lon if self.addresses is None else self.addresses)


@dataclass(frozen=True, slots=True)
class BatchCall:
    """A call as the request's headers and query describe it; its body lies in a file.

    Attributes:
        form: "json", "csv" or "arrow", of the body and of the answer.
        gzipped, gzip_answer: whether the body is compressed, whether the answer shall be.
        datum, on, recorded_at, border: what the query says; None = nothing.
        max_points, max_addresses: rows allowed.
        max_bytes: size allowed of the body, also when taken out of its compression.
    """

    form: str
    gzipped: bool = False
    gzip_answer: bool = False
    datum: str | None = None
    on: date | None = None
    recorded_at: datetime | None = None
    border: bool | None = None
    max_points: int = 1_000_000
    max_addresses: int = 100_000
    max_bytes: int = 96 * 2**20


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """One row per point asked for, in the same order.

    Attributes:
        on: the day that was asked for.
        ids: as asked.
        cell: (n,) position in ``codes``, -1 = none.
        status: (n,) position in :data:`STATUS`.
        border_distance_m: (n,) metres to the border of the cell, rounded to centimetres; nan where there is no cell.
            None where the question did not want it.
        beyond: (n,) position in ``codes`` of the cell beyond that border, -1 = none; None likewise.
        codes: cell codes.
        snapshot_age_s: see :class:`geo_api.services.answers.LookupAnswer`.
        more: further columns, of addresses: name -> a text, a number, a list of texts or None a row.
    """

    on: date
    ids: Any
    cell: Int32Array
    status: NDArray[np.int8]
    border_distance_m: FloatArray | None
    beyond: Int32Array | None
    codes: tuple[str, ...]
    snapshot_age_s: float | None = None
    more: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def look_up_batch(
    snapshot: Snapshot, question: BatchQuestion, to_storage: ToStorage, *, age_s: float | None = None
) -> BatchAnswer:
    """Look all points up. BadRequest where the columns differ in length."""
    _check_lengths(question)
    with_border = question.border is not False
    x, y = as_numbers(question.lon), as_numbers(question.lat)
    lon, lat, good = _stored(x, y, to_storage)
    cell, beyond, border = _located(snapshot, lon, lat, good, with_border=with_border)
    status = np.where(cell >= 0, FOUND, OUTSIDE if snapshot.finder is not None else UNPUBLISHED).astype(np.int8)
    status[~good] = INVALID
    for station in snapshot.bare:
        here = np.flatnonzero(status == OUTSIDE)
        status[here[station.covers(lon[here], lat[here])]] = UNPUBLISHED
    return BatchAnswer(
        on=snapshot.on,
        ids=question.ids,
        cell=cell,
        status=status,
        border_distance_m=np.where(cell >= 0, np.round(border, 2), np.nan) if border is not None else None,
        beyond=np.where(cell >= 0, beyond, -1).astype(np.int32) if beyond is not None else None,
        codes=tuple(ref.code for ref in snapshot.refs),
        snapshot_age_s=age_s,
    )


def _located(
    snapshot: Snapshot, lon: FloatArray, lat: FloatArray, good: NDArray[np.bool_], *, with_border: bool
) -> tuple[Int32Array, Int32Array | None, FloatArray | None]:
    """(cell, cell beyond, metres to the border) of each row; -1, -1, nan where it is not good. In parts: bounded."""
    n = len(lon)
    cell = np.full(n, -1, dtype=np.int32)
    beyond, border = (np.full(n, -1, dtype=np.int32), np.full(n, np.nan)) if with_border else (None, None)
    if snapshot.finder is None:
        return cell, beyond, border
    for first in range(0, n, PART):
        part: Any = slice(first, first + PART)
        if not good[part].all():
            part = first + np.flatnonzero(good[part])
            if not part.size:
                continue
        if beyond is None or border is None:
            cell[part] = snapshot.finder.cells_of(lon[part], lat[part])
        else:
            cell[part], border[part], beyond[part] = snapshot.finder.many(lon[part], lat[part])
    return cell, beyond, border


def as_numbers(column: Sequence[Any] | FloatArray) -> FloatArray:
    """A column of JSON values as float64; whatever is no finite number becomes nan. A true or false is no number."""
    if isinstance(column, np.ndarray):
        finite = np.isfinite(column)
        return column if finite.all() else np.where(finite, column, np.nan)
    kinds = set(map(type, column))
    try:
        if kinds <= {float, int, type(None)}:
            numbers = np.array(column, dtype=np.float64)
        elif kinds == {str} and "_" not in "".join(column):
            numbers = np.fromiter(map(float, column), dtype=np.float64, count=len(column))
        else:
            numbers = np.fromiter(map(_number, column), dtype=np.float64, count=len(column))
    except (OverflowError, ValueError):
        numbers = np.fromiter(map(_number, column), dtype=np.float64, count=len(column))
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    if isinstance(value, str) and "_" in value:
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _stored(x: FloatArray, y: FloatArray, to_storage: ToStorage) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Points in the storage datum, and which of them are places on Earth."""
    given = np.isfinite(x) & np.isfinite(y)
    if given.all():
        lon, lat = to_storage(x, y)
        if len(x) and lon.min() >= -180.0 and lon.max() <= 180.0 and lat.min() >= -90.0 and lat.max() <= 90.0:
            return lon, lat, given
    else:
        lon, lat = np.full(len(x), np.nan), np.full(len(y), np.nan)
        if given.any():
            lon[given], lat[given] = to_storage(x[given], y[given])
    with np.errstate(invalid="ignore"):
        good = given & (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    return lon, lat, good


def _check_lengths(question: BatchQuestion) -> None:
    lengths = {"lon": len(question.lon), "lat": len(question.lat)}
    if question.ids is not None:
        lengths["id"] = len(question.ids)
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise BadRequest(f"the columns must have the same length, one value a point: {listed}")
