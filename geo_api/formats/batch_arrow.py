"""Batches as Arrow IPC streams, both ways: columns of float64 in, dictionaries of codes out, hardly a copy between."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from geo_api.errors import BadRequest, TooLarge
from geo_api.services.batch_lookup import STATUS, BatchAnswer, BatchQuestion, as_numbers
from gridding.types import FloatArray

NAMES = ("lon", "lat", "id", "address")


def batch_from_arrow(body: bytes | memoryview, *, max_points: int = 2**31) -> BatchQuestion:
    """A stream with the columns lon and lat (any kind of number), or address, and id of any type; others are ignored.

    Raises:
        BadRequest: no Arrow stream, or no such column.
        TooLarge: more rows than ``max_points``.
    """
    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
            names = _columns(stream.schema.names)
            batches, rows = [], 0
            for batch in stream:
                rows += batch.num_rows
                if rows > max_points:
                    raise TooLarge(
                        f"more than {max_points} rows in one call, which is the most: send them in several calls"
                    )
                batches.append(batch)
            table = pa.Table.from_batches(batches, schema=stream.schema).select(names)
            table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as problem:
        if isinstance(problem, (BadRequest, TooLarge)):
            raise
        said = str(problem).splitlines()[0]
        raise BadRequest(f"the body is no Arrow IPC stream that can be read: {said}") from None
    ids = table["id"] if "id" in names else None
    if "address" in names:
        return BatchQuestion(ids, (), (), addresses=[_text(v) for v in table["address"].to_pylist()])
    return BatchQuestion(ids, _numbers(table["lon"]), _numbers(table["lat"]))


def _columns(present: list[str]) -> list[str]:
    twice = [n for n in NAMES if present.count(n) > 1]
    if twice:
        raise BadRequest(f"the stream has the column {' and the column '.join(twice)} more than once: leave one")
    if "address" in present and not {"lon", "lat"}.isdisjoint(present):
        raise BadRequest("the stream has lon or lat beside address: ask for points or for addresses, not both")
    missing = [] if "address" in present else [n for n in ("lon", "lat") if n not in present]
    if missing:
        raise BadRequest(
            f"the stream has no column {' and no column '.join(missing)}; its columns: {', '.join(present)}"
        )
    return [n for n in NAMES if n in present]


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        numbers: FloatArray = pc.cast(column, pa.float64(), safe=False).to_numpy()  # null becomes nan
        return numbers
    return as_numbers(column.to_pylist())


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def arrow_pieces(answer: BatchAnswer, rows: int = 100_000) -> Iterator[bytes]:
    """The stream in pieces of so many rows; day and age of the answer are metadata of its schema."""
    ids = answer.ids if answer.ids is None or isinstance(answer.ids, pa.ChunkedArray) else pa.array(list(answer.ids))
    codes, names = _texts(answer.codes), _texts(STATUS)
    coded, named = pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.string())
    fields = [] if ids is None else [pa.field("id", ids.type)]
    fields += [pa.field("cell_code", coded), pa.field("status", named)]
    if answer.border_distance_m is not None:
        fields += [pa.field("border_distance_m", pa.float64()), pa.field("beyond", coded)]
    more = {name: _wide(name, values) for name, values in answer.more.items()}
    fields += [pa.field(name, column.type) for name, column in more.items()]
    about = {"on": answer.on.isoformat(), "snapshot_age_s": orjson.dumps(answer.snapshot_age_s)}
    sink = _Pieces()
    schema = pa.schema(fields, metadata=about)
    with pa.ipc.new_stream(sink, schema) as writer:
        for first in range(0, len(answer.cell), rows):
            part = slice(first, first + rows)
            columns = [] if ids is None else [_piece(ids, part)]
            columns += [
                _coded(answer.cell[part], codes),
                pa.DictionaryArray.from_arrays(pa.array(answer.status[part]), names),
            ]
            if answer.border_distance_m is not None and answer.beyond is not None:
                columns.append(pa.array(answer.border_distance_m[part], from_pandas=True))
                columns.append(_coded(answer.beyond[part], codes))
            columns += [_piece(column, part) for column in more.values()]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            yield sink.take()
    yield sink.take()


@lru_cache(maxsize=8)
def _texts(values: tuple[str, ...]) -> pa.Array:
    return pa.array(values, pa.string())


def _wide(name: str, values: Any) -> pa.Array:
    """A column of addresses: texts, but for what has another type."""
    kinds = {"confidence": pa.float64(), "candidates": pa.list_(pa.string())}
    return pa.array(values, kinds.get(name, pa.string()))


def _piece(column: Any, part: slice) -> pa.Array:
    piece = column[part.start : part.stop]
    return piece.combine_chunks() if isinstance(piece, pa.ChunkedArray) else piece


def _coded(at: Any, codes: pa.Array) -> pa.DictionaryArray:
    none = at < 0
    indices = pa.array(at, mask=none) if none.any() else pa.array(at)
    return pa.DictionaryArray.from_arrays(indices, codes)


class _Pieces:
    """A file to write to, emptied piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        return

    def take(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def batch_arrow(answer: BatchAnswer) -> bytes:
    """The whole stream."""
    return b"".join(arrow_pieces(answer))
