"""The database as it was recorded at a moment: the same queries, answered by the views of schema ``gridward_then``.

Each table that keeps its history has a view of its own name there (``sql/0017_as_recorded.sql``), with the rows that were
current at the moment ``gridward.moment``; every other table is found behind them. So a question about the past is the
question of today, and cannot differ from it. Nothing is written through such a connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from psycopg import sql

from geo_api.db.engine import SCHEMA, Connection, Database
from geo_api.errors import BadRequest

THEN_SCHEMA = "gridward_then"


class DatabaseThen(Database):
    """A database that reads what was recorded at a moment, on the connections of another."""

    def __init__(self, database: Database, moment: datetime) -> None:
        super().__init__(database.url)
        self._now = database
        self.moment = moment
        self._as_of = moment.isoformat()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection that only reads, inside a transaction; afterwards it is as it was."""
        with self._now.connection() as connection:
            connection.execute(f"set local search_path = {THEN_SCHEMA}, {SCHEMA}, public")
            connection.execute(sql.SQL("set local gridward.moment = {}").format(sql.Literal(self._as_of)))
            connection.execute("set transaction read only")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Refused: what was recorded stays."""
        raise BadRequest(f"nothing can be written as of {self._as_of}: what was recorded then stays")
        yield

    def close(self) -> None:
        """The connections belong to the other database."""
