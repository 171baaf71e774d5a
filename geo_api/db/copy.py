"""Rows go in by COPY: a frame becomes CSV in chunks, never a statement per row."""

from __future__ import annotations

import pandas as pd
from psycopg import sql

from geo_api.db.engine import Connection

CHUNK_ROWS = 50_000
NULL = r"\N"


def copy_frame(connection: Connection, table: str, frame: pd.DataFrame) -> int:
    """Append a frame to a table of the same column names; returns the number of rows.

    Missing values arrive as NULL, empty strings as such. Geometry comes as hex EWKB, ranges and JSON as text.
    """
    target = sql.SQL("copy {} ({}) from stdin (format csv, null {})").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, frame.columns)), sql.Literal(NULL)
    )
    with connection.cursor().copy(target) as copy:
        for start in range(0, len(frame), CHUNK_ROWS):
            text = frame.iloc[start : start + CHUNK_ROWS].to_csv(
                index=False, header=False, na_rep=NULL, lineterminator="\n"
            )
            copy.write(text.encode("utf-8"))
    return len(frame)
