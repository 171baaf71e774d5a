"""Columns of a frame as the fields of a binary COPY: what PostgreSQL's types look like on the wire.

Every encoder gives (content, offsets, missing) for :func:`geo_api.db.copy_kernels.rows_of`. Where a value does not fit
its column it raises (an ``ArrowException``, ValueError or TypeError), and the rows are sent as text instead: then the
database says what is wrong with which row.
"""

from __future__ import annotations

from binascii import unhexlify
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo_api.db.copy_kernels import Bytes, Mask, Places

Field = tuple[Bytes, Places | None, Mask]
Encoder = Callable[[pd.Series], Field]
EPOCH_DAYS = 10_957
"""2000-01-01, from which PostgreSQL counts days, after 1970-01-01."""
POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")])
"""A point as little-endian EWKB: 25 bytes."""
WITH_SRID = 0x20000000


def encoder(kind: str, srid: int) -> Encoder | None:
    """How a column of this type (``format_type`` of the database) is encoded; None = only as text."""
    if kind == "geometry":
        return lambda values: _geometry(values, srid)
    return _ENCODERS.get(kind)


def _number(arrow: pa.DataType, wire: str) -> Encoder:
    def encode(values: pd.Series) -> Field:
        if values.dtype == np.float32:
            raise TypeError("as text 0.1 stays 0.1")
        array = _array(values, arrow)
        missing = _missing(array)
        plain = array.fill_null(0).to_numpy(zero_copy_only=False)
        return _fixed(plain.astype(wire)), None, missing

    return encode


def _boolean(values: pd.Series) -> Field:
    array = _array(values, pa.bool_())
    return _fixed(array.fill_null(False).to_numpy(zero_copy_only=False).astype("u1")), None, _missing(array)


def _day(values: pd.Series) -> Field:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        raise TypeError("an instant is no day")
    if values.dtype.kind == "M":
        values = values.astype("datetime64[s]")
    array = _array(values, pa.date32())
    days = array.cast(pa.int32()).fill_null(EPOCH_DAYS).to_numpy(zero_copy_only=False)
    return _fixed((days - EPOCH_DAYS).astype(">i4")), None, _missing(array)


def _text(values: pd.Series) -> Field:
    try:
        array = _array(values, pa.large_string())
    except pa.ArrowException:  # numbers among the texts
        array = _array(values.map(str, na_action="ignore"), pa.large_string())
    return _bytes(array)


def _json(values: pd.Series) -> Field:
    return _text(values.map("\x01{}".format, na_action="ignore"))  # a version comes before the text


def _geometry(values: pd.Series, srid: int) -> Field:
    """From shapely's geometries, from EWKB, or from EWKB in hexadecimal."""
    shapes = values.to_numpy(dtype=object)
    first = next((shape for shape in shapes if not pd.isna(shape)), "")
    if isinstance(first, str):
        content, offsets, missing = _bytes(_array(values, pa.large_string()))
        if ((offsets - offsets[0]) & 1).any():
            raise ValueError("an odd number of hexadecimal digits")
        used = content[offsets[0] : offsets[-1]].tobytes()
        return np.frombuffer(unhexlify(used), np.uint8), (offsets - offsets[0]) // 2, missing
    if isinstance(first, bytes):
        return _bytes(_array(values, pa.large_binary()))
    kind = shapely.get_type_id(shapes)
    present = kind >= 0
    given = shapes if present.all() else shapes[present]
    srids = shapely.get_srid(given)
    if (kind <= 0).all() and (srids == srids[0]).all() and not shapely.has_z(given).any():
        places = shapely.get_coordinates(given)
        if len(places) == len(given):  # none of them is empty
            points = np.zeros(len(shapes), POINT)
            points["order"], points["kind"], points["srid"] = 1, WITH_SRID | 1, srids[0] or srid
            points["x"][present], points["y"][present] = places.T
            return _fixed(points), None, ~present
    return _bytes(pa.array(_ewkb(shapes, present, srid, as_hex=False), pa.large_binary()))


def hexadecimal(values: pd.Series, srid: int) -> pd.Series:
    """The same column for a COPY as text: geometries as EWKB in hexadecimal, what is text already as it is."""
    shapes = values.to_numpy(dtype=object)
    present = ~pd.isna(shapes)
    if not present.any() or isinstance(shapes[present][0], str):
        return values
    if isinstance(shapes[present][0], bytes):
        return values.map(bytes.hex, na_action="ignore")
    return pd.Series(_ewkb(shapes, present, srid, as_hex=True), index=values.index)


def _ewkb(shapes: np.ndarray, present: Mask, srid: int, *, as_hex: bool) -> np.ndarray:
    """(n,) EWKB, None where there is no geometry; geometries without an SRID get that of the column."""
    srids = shapely.get_srid(shapes[present])
    with_srid = shapely.set_srid(shapes[present], np.where(srids == 0, srid, srids))
    out = np.full(len(shapes), None, dtype=object)
    out[present] = shapely.to_wkb(with_srid, hex=as_hex, include_srid=True)
    return out


def _array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    given = values.array if isinstance(values.dtype, pd.StringDtype) else values.to_numpy()
    array = pa.array(given, kind, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _missing(array: pa.Array) -> Mask:
    if not array.null_count:
        return np.zeros(len(array), np.bool_)
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False))


def _bytes(array: pa.Array) -> tuple[Bytes, Places, Mask]:
    """Bytes, where each row's begin, and which are missing, of a large string or binary array."""
    _, offsets, content = array.buffers()
    places = np.frombuffer(offsets, np.int64, len(array) + 1, array.offset * 8)
    return np.frombuffer(content or b"", np.uint8), places, _missing(array)


def _fixed(values: np.ndarray) -> Bytes:
    """(n, width) bytes of an array of n values."""
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.dtype.itemsize)


_ENCODERS: dict[str, Encoder] = {
    "smallint": _number(pa.int16(), ">i2"),
    "integer": _number(pa.int32(), ">i4"),
    "bigint": _number(pa.int64(), ">i8"),
    "double precision": _number(pa.float64(), ">f8"),
    "boolean": _boolean,
    "date": _day,
    "text": _text,
    "jsonb": _json,
}
