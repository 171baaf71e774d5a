"""Batches: columns of any library as a question, answers as columns. numpy, pandas and pyarrow are used where they are given."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from gridward.answers import BATCH_COLUMNS, BatchReply
from gridward.asking import Answered, Ask, Day, Moment, said, typed
from gridward.decode import decode

ARROW = "application/vnd.apache.arrow.stream"
PATH = "/v1/lookup/batch"


def points(
    lon: Any, lat: Any, *, datum: str, id: Any, on: Day, recorded_at: Moment, border: bool, form: str | None
) -> Ask[BatchReply]:
    """Points as columns; ``form`` "json" or "arrow", None = Arrow where pyarrow is installed."""
    columns = {"lon": _numbers(lon), "lat": _numbers(lat)}
    return _ask(columns, id, said(datum=datum, on=on, recorded_at=recorded_at, border=border), form)


def addresses(texts: Any, *, id: Any, on: Day, recorded_at: Moment, form: str | None) -> Ask[BatchReply]:
    """Addresses as a column."""
    return _ask({"address": _texts(texts)}, id, said(on=on, recorded_at=recorded_at), form)


def table(given: Any, *, datum: str | None, on: Day, recorded_at: Moment, border: bool | None) -> Ask[Any]:
    """A pyarrow table (or record batch) with lon and lat, or address, and perhaps id; answered with a pyarrow table."""
    params = said(datum=datum, on=on, recorded_at=recorded_at, border=border)
    return Ask("POST", PATH, _arrow_table, params, {"content-type": ARROW, "accept": ARROW}, _stream(given))


def _ask(columns: dict[str, Any], ids: Any, params: dict[str, str], form: str | None) -> Ask[BatchReply]:
    lengths = {name: len(values) for name, values in columns.items()}
    if ids is not None:
        ids = _plain(ids)
        lengths["id"] = len(ids)
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns of different length: {lengths}")
    form = form or ("arrow" if _has_pyarrow() else "json")
    if form == "arrow":
        import pyarrow as pa

        made = pa.table({**({} if ids is None else {"id": ids}), **columns})
        headers = {"content-type": ARROW, "accept": ARROW}
        return Ask("POST", PATH, _reply_of_arrow, params, headers, _stream(made))
    if form != "json":
        raise ValueError(f"form={form!r}: 'json' or 'arrow'")
    body = {name: _no_nan(values) for name, values in columns.items()} | ({} if ids is None else {"id": ids})
    content = json.dumps(body, allow_nan=False, default=str).encode()
    return Ask("POST", PATH, typed(BatchReply), params, {"content-type": "application/json"}, content)


def _has_pyarrow() -> bool:
    return find_spec("pyarrow") is not None


def _numbers(values: Any) -> Any:
    """Numbers as an array or a list; None and what is no number becomes NaN, which is answered with ``invalid``."""
    if hasattr(values, "to_pylist"):  # pyarrow
        values = values.to_numpy(zero_copy_only=False)
    elif hasattr(values, "to_numpy"):  # pandas, polars
        values = values.to_numpy()
    if getattr(getattr(values, "dtype", None), "kind", "") in "fiu" and hasattr(values, "astype"):
        return values.astype("float64")
    return [_number(v) for v in values]


def _number(value: Any) -> float:
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        return math.nan


def _no_nan(values: Any) -> list[Any]:
    return [None if isinstance(v, float) and not math.isfinite(v) else v for v in _plain(values)]


def _texts(values: Iterable[Any]) -> list[str | None]:
    return [v if isinstance(v, str) else None for v in _plain(values)]


def _plain(values: Any) -> list[Any]:
    """A list of plain values of a list, an array, a series."""
    for way in ("to_pylist", "tolist", "to_list"):
        if hasattr(values, way):
            return list(getattr(values, way)())
    return list(values)


def _stream(given: Any) -> bytes:
    import pyarrow as pa

    whole = given if isinstance(given, pa.Table) else pa.table(given)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return sink.getvalue()


def _arrow_table(answered: Answered) -> Any:
    import pyarrow as pa

    try:
        return pa.ipc.open_stream(answered.body).read_all()
    except pa.ArrowInvalid as problem:
        raise ValueError(f"the answer is no Arrow stream: {problem}") from problem


def _listed(column: Any) -> list[Any]:
    """``column.to_pylist()``, several times as fast for codes and numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if find_spec("numpy") is None or not (pa.types.is_dictionary(column.type) or pa.types.is_floating(column.type)):
        return list(column.to_pylist())
    listed: list[Any] = []
    for chunk in column.chunks:
        if pa.types.is_dictionary(column.type):
            words = [*chunk.dictionary.to_pylist(), None]
            at = pc.fill_null(chunk.indices.cast(pa.int32()), len(words) - 1)
            listed += [words[i] for i in at.to_numpy(zero_copy_only=False).tolist()]
        else:
            numbers = chunk.to_numpy(zero_copy_only=False).tolist()  # null becomes nan
            listed += [None if math.isnan(n) else n for n in numbers] if chunk.null_count else numbers
    return listed


def _reply_of_arrow(answered: Answered) -> BatchReply:
    found = _arrow_table(answered)
    about = {k.decode(): v.decode() for k, v in (found.schema.metadata or {}).items()}
    columns = {name: _listed(found.column(name)) for name in BATCH_COLUMNS if name in found.column_names}
    age = json.loads(about.get("snapshot_age_s", "null"))
    return decode(BatchReply, {"on": about["on"], "snapshot_age_s": age, **columns})
