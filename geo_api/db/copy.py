"""Rows go in by COPY, in chunks, never a statement per row: binary where every column has an encoder, else as text."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
from psycopg import sql

from geo_api.db.copy_columns import Encoder, encoder, hexadecimal
from geo_api.db.copy_kernels import Bytes, rows_of
from geo_api.db.engine import Connection

CHUNK_ROWS = 16_384
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""Signature, no flags, no extension of the header."""
END = b"\xff\xff"
TYPES = """
    select attname, format_type(atttypid, null), postgis_typmod_srid(atttypmod) from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""


def copy_frame(connection: Connection, table: str, frame: pd.DataFrame) -> int:
    """Append a frame to a table of the same column names; returns the number of rows.

    Missing values (NaN among them) arrive as NULL, empty strings as such. Geometry comes as shapely's geometries (they
    get the SRID of the column), as EWKB or as EWKB in hexadecimal; ranges and JSON as text.
    """
    if frame.empty:
        return 0
    target = sql.Identifier(*table.split("."))
    named = sql.SQL("copy {} ({}) from stdin").format(target, sql.SQL(", ").join(map(sql.Identifier, frame.columns)))
    kinds = _kinds(connection, target)
    encoders = [encoder(*kinds.get(str(name), ("", 0))) for name in frame.columns]
    if None not in encoders:
        try:
            with connection.transaction():
                _as_binary(connection, named + sql.SQL(" (format binary)"), frame, encoders)
            return len(frame)
        except (pa.ArrowException, ValueError, TypeError):
            pass  # as text the database tells which row it does not take, and why
    shapes = {
        name: hexadecimal(frame[name], srid)
        for name, (kind, srid) in kinds.items()
        if kind == "geometry" and name in frame
    }
    null = f"null {secrets.token_hex(8)}"  # no text is taken for it
    text = named + sql.SQL(" (format csv, null {})").format(sql.Literal(null))
    _as_text(connection, text, frame.assign(**shapes), null)
    return len(frame)


def _kinds(connection: Connection, target: sql.Identifier) -> dict[str, tuple[str, int]]:
    """Column -> its type, and the SRID that a geometry must have."""
    rows = connection.execute(TYPES, (target.as_string(connection),)).fetchall()
    return {name: (kind, srid) for name, kind, srid in rows}


def _as_binary(
    connection: Connection, statement: sql.Composed, frame: pd.DataFrame, encoders: Sequence[Encoder | None]
) -> None:
    """Raises what an encoder raises when a value does not fit its column; then nothing is stored."""
    with connection.cursor().copy(statement) as copy:
        copy.write(HEAD)
        for chunk in _laid_out(frame, encoders):
            copy.write(chunk.data)
        copy.write(END)


def _laid_out(frame: pd.DataFrame, encoders: Sequence[Encoder | None]) -> Iterator[Bytes]:
    """The rows, chunk by chunk; the next one is encoded and laid out while the last one is sent."""
    columns = [(frame.iloc[:, k], encode) for k, encode in enumerate(encoders) if encode is not None]

    def chunk(start: int) -> Bytes:
        return rows_of([encode(values.iloc[start : start + CHUNK_ROWS]) for values, encode in columns])

    with ThreadPoolExecutor(1) as ahead:
        following = ahead.submit(chunk, 0)
        for start in range(CHUNK_ROWS, len(frame) + CHUNK_ROWS, CHUNK_ROWS):
            ready = following.result()
            if start < len(frame):
                following = ahead.submit(chunk, start)
            yield ready


def _as_text(connection: Connection, statement: sql.Composed, frame: pd.DataFrame, null: str) -> None:
    with connection.cursor().copy(statement) as copy:
        for start in range(0, len(frame), CHUNK_ROWS):
            # lines end in CR LF, so that a text with either of them is quoted
            text = frame.iloc[start : start + CHUNK_ROWS].to_csv(
                index=False, header=False, na_rep=null, lineterminator="\r\n"
            )
            copy.write(text.encode("utf-8"))
