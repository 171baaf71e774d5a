"""Rows go in by COPY, in chunks, never a statement per row: binary where every column has an encoder, else as text."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
from psycopg import sql

from geo_api.db.copy_columns import Field, encoder, hexadecimal
from geo_api.db.copy_kernels import Bytes, rows_of
from geo_api.db.engine import Connection

CHUNK_ROWS = 8_192
NULL = r"\N"
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
    fields = _fields(kinds, frame)
    if fields is None:
        shapes = {
            name: hexadecimal(frame[name], srid)
            for name, (kind, srid) in kinds.items()
            if kind == "geometry" and name in frame
        }
        text = named + sql.SQL(" (format csv, null {})").format(sql.Literal(NULL))
        _as_text(connection, text, frame.assign(**shapes))
    else:
        _as_binary(connection, named + sql.SQL(" (format binary)"), fields, len(frame))
    return len(frame)


def _kinds(connection: Connection, target: sql.Identifier) -> dict[str, tuple[str, int]]:
    """Column -> its type, and the SRID that a geometry must have."""
    rows = connection.execute(TYPES, (target.as_string(connection),)).fetchall()
    return {name: (kind, srid) for name, kind, srid in rows}


def _fields(kinds: dict[str, tuple[str, int]], frame: pd.DataFrame) -> list[Field] | None:
    """The columns encoded for a binary COPY; None where one cannot be."""
    fields = []
    for name, values in frame.items():
        encode = encoder(*kinds.get(str(name), ("", 0)))
        if encode is None:
            return None
        try:
            fields.append(encode(values))
        except (pa.ArrowException, ValueError, TypeError):
            return None  # as text the database tells which row it does not take, and why
    return fields or None


def _as_binary(connection: Connection, statement: sql.Composed, fields: list[Field], count: int) -> None:
    with connection.cursor().copy(statement) as copy:
        copy.write(HEAD)
        for chunk in _laid_out(fields, count):
            copy.write(chunk.data)
        copy.write(END)


def _laid_out(fields: list[Field], count: int) -> Iterator[Bytes]:
    """The rows, chunk by chunk; the next one is laid out while the last one is sent."""

    def chunk(start: int) -> Bytes:
        part = slice(start, start + CHUNK_ROWS)
        return rows_of(
            [
                (content[part], None, missing[part])
                if offsets is None
                else (content, offsets[start : start + CHUNK_ROWS + 1], missing[part])
                for content, offsets, missing in fields
            ]
        )

    if count <= CHUNK_ROWS:
        yield chunk(0)
        return
    with ThreadPoolExecutor(1) as ahead:
        following = ahead.submit(chunk, 0)
        for start in range(CHUNK_ROWS, count + CHUNK_ROWS, CHUNK_ROWS):
            ready = following.result()
            if start < count:
                following = ahead.submit(chunk, start)
            yield ready


def _as_text(connection: Connection, statement: sql.Composed, frame: pd.DataFrame) -> None:
    with connection.cursor().copy(statement) as copy:
        for start in range(0, len(frame), CHUNK_ROWS):
            text = frame.iloc[start : start + CHUNK_ROWS].to_csv(
                index=False, header=False, na_rep=NULL, lineterminator="\n"
            )
            copy.write(text.encode("utf-8"))
