"""Connections to PostGIS: one pool per store, every connection works as the role ``gw_service``.

The only place that reads ``DATABASE_URL``. Connections are psycopg's, synchronous and pooled; the pool is safe to use
from many threads and opens a connection only when one is needed, so a service starts while the database is away.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from geo_api.errors import BadRequest, Conflict, StoreUnavailable

SERVICE_ROLE = "gw_service"
OGC_ROLE = "gw_ogc"
"""May log in (where the server's rules of authentication let it) and read what is published, nothing else."""
SCHEMA = "gridward"
CONNECT_TIMEOUT_S = 5.0
PROBE_EVERY_S = 1.0
RECONNECT_S = 1.0
"""The pool's own attempts come at ever longer intervals; with few of them a server that is back is used at once."""
PATIENCE_S = 1.0
"""Waiting longer than this for a connection of the pool is cut short where the server does not answer in the open."""
WRITE_LOCK = 0x67777264
FORBIDDEN = "GW001"
"""SQLSTATE of our triggers: what was recorded stays."""

Connection = psycopg.Connection[TupleRow]

_UNMIGRATED = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction, psycopg.errors.InvalidSchemaName)


def database_url() -> str:
    """``DATABASE_URL`` of the environment; BadRequest with what to do when it is not set."""
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url:
        raise BadRequest(
            "DATABASE_URL is not set: give the address of a PostGIS database, for example "
            "postgresql://user@/gridward?host=/var/run/postgresql (./run.sh sets one up by itself)"
        )
    return url


def conninfo(url: str) -> str:
    """A database URL as libpq reads it: SQLAlchemy's driver suffix is dropped."""
    for prefix in ("postgresql+psycopg://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql://" + url[len(prefix) :]
    return url


def become_service(connection: Connection) -> None:
    """Give up every right but those of the service: no DDL, no delete, whoever logged in."""
    connection.execute(f"set role {SERVICE_ROLE}")
    connection.execute(f"set search_path = {SCHEMA}, public")
    connection.execute("set jit = off")
    connection.execute("set lock_timeout = '60s'")
    connection.commit()


class Database:
    """A lazily opened pool. Every failure to reach the server is a StoreUnavailable that says why."""

    def __init__(self, url: str, *, max_connections: int = 8) -> None:
        self.url = url
        self.moment: datetime | None = None
        """As recorded when; None = now."""
        self._conninfo = conninfo(url)
        self._pool: ConnectionPool[Any] | None = None
        self._max = max_connections
        self._answered = float("-inf")
        self._doubtful = False

    def _opened(self) -> ConnectionPool[Any]:
        if self._pool is None:
            logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # what fails is told once, by us
            self._pool = ConnectionPool(
                self._conninfo,
                min_size=0,
                max_size=self._max,
                timeout=CONNECT_TIMEOUT_S,
                reconnect_timeout=RECONNECT_S,
                kwargs={"connect_timeout": int(CONNECT_TIMEOUT_S), "application_name": "gridward"},
                configure=become_service,
                check=ConnectionPool.check_connection,
                open=True,
                name="gridward",
            )
        return self._pool

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection inside a transaction: committed at the end, rolled back on an exception."""
        try:
            pool = self._opened()
            if self._doubtful or not pool.get_stats().get("pool_available"):
                self._probe()
            borrowed = self._borrow(pool)
            try:
                with borrowed as connection:
                    yield connection
            finally:
                pool.putconn(borrowed)
        except PoolTimeout as problem:
            raise StoreUnavailable(f"the database cannot be reached: {self._reason()}") from problem
        except _UNMIGRATED as problem:
            raise StoreUnavailable(
                f"the database has not (all of) Gridward's tables: run `gridward migrate` ({_first_line(problem)})"
            ) from problem
        except psycopg.errors.LockNotAvailable as problem:
            raise StoreUnavailable(
                "another change has been going on for a minute; nothing was changed, try again"
            ) from problem
        except (psycopg.DataError, UnicodeEncodeError) as problem:  # a NUL in a text, half a character, a year 20000
            raise BadRequest(f"the database cannot hold a value that was given: {_first_line(problem)}") from problem
        except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
            self.doubt()
            raise StoreUnavailable(
                f"the database cannot be reached: {_first_line(problem)}; nothing was changed"
            ) from problem

    def _borrow(self, pool: ConnectionPool[Any]) -> Connection:
        """A connection of the pool. The pool goes on waiting when its own attempts are over; asked again, it tries again."""
        end = time.monotonic() + CONNECT_TIMEOUT_S
        while True:
            left_s = end - time.monotonic()
            try:
                connection: Connection = pool.getconn(timeout=max(0.0, min(PATIENCE_S, left_s)))
                return connection
            except PoolTimeout:
                if left_s <= PATIENCE_S:
                    raise
                self.doubt()
                self._probe()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside the one transaction that changes anything: all or nothing, one writer at a time.

        The lock is taken before the transaction begins, so that the times of recording follow the order of changes.

        Raises:
            Conflict: the database itself refused the change, because a rule of the schema forbids it.
            StoreUnavailable: no database, or another change holds the lock for more than a minute.
        """
        with self.connection() as connection:
            connection.commit()
            connection.autocommit = True
            try:
                connection.execute("select pg_advisory_lock(%s)", (WRITE_LOCK,))
                try:
                    with connection.transaction():
                        yield connection
                except psycopg.IntegrityError as problem:
                    raise Conflict(
                        f"the database refused the change: {_first_line(problem)}; nothing was changed"
                    ) from problem
                except psycopg.DatabaseError as problem:
                    if problem.sqlstate != FORBIDDEN:
                        raise
                    raise Conflict(_first_line(problem)) from problem
                finally:
                    if not connection.closed:
                        connection.execute("select pg_advisory_unlock(%s)", (WRITE_LOCK,))
            finally:
                if not connection.closed:
                    connection.autocommit = False

    def dedicated(self) -> Connection:
        """A connection of its own, outside the pool, in autocommit: for LISTEN."""
        try:
            connection = psycopg.connect(self._conninfo, connect_timeout=int(CONNECT_TIMEOUT_S), autocommit=True)
        except psycopg.OperationalError as problem:
            raise StoreUnavailable(f"the database cannot be reached: {_first_line(problem)}") from problem
        return connection

    def doubt(self) -> None:
        """The server broke a connection: it is asked in the open before the pool is used again."""
        self._doubtful = True

    def _probe(self) -> None:
        """Ask in the open before the pool does: a server that is away is known at once, not after the pool's patience."""
        if self._doubtful or time.monotonic() - self._answered > PROBE_EVERY_S:
            with psycopg.connect(self._conninfo, connect_timeout=int(CONNECT_TIMEOUT_S)):
                self._answered, self._doubtful = time.monotonic(), False

    def _reason(self) -> str:
        """Why the pool could not connect, by asking once more in the open."""
        try:
            with psycopg.connect(self._conninfo, connect_timeout=int(CONNECT_TIMEOUT_S)) as connection:
                become_service(connection)
        except (psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue):
            return f"the role {SERVICE_ROLE} does not exist there: run `gridward migrate`"
        except psycopg.Error as problem:
            return _first_line(problem)
        return "all connections are busy; try again"

    def close(self) -> None:
        """Close every connection of the pool."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def _first_line(problem: BaseException) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__
