"""Connections for OGC requests: few, their own, and as the role ``gw_ogc``, which reads what is published and nothing else.

Opened when the first request comes, so that a service starts and goes on while the database is away. Connections log in
as ``gw_ogc`` where a database address for it is set, or where the server knows users by their operating system (the
private cluster); elsewhere they log in as the service does and give up every other right.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import orjson

from geo_api.db.engine import OGC_ROLE, conninfo
from geo_api.errors import BadRequest, StoreUnavailable, TooBusy

log = logging.getLogger(__name__)

CONNECTIONS = 2
WAITING = 32
STATEMENT_TIMEOUT_S = 5
CONNECT_TIMEOUT_S = 5.0
IDLE_S = 60.0

_MISTAKES = (  # of the question, not of ours
    asyncpg.DataError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.AmbiguousFunctionError,
    asyncpg.DatatypeMismatchError,
    asyncpg.WrongObjectTypeError,
    asyncpg.CannotCoerceError,
    asyncpg.GroupingError,
    asyncpg.IndeterminateDatatypeError,
    asyncpg.PostgresSyntaxError,
    asyncpg.InvalidTextRepresentationError,
    asyncpg.StatementTooComplexError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.InternalServerError,  # what PostGIS says of geometries that it cannot use
)


class OgcPool:
    """What tipg takes for its pool: :meth:`acquire`, and nothing more is asked of it.

    Args:
        url: the service's database address; None = there is none, every request is answered with StoreUnavailable.
        own_url: an address whose login is ``gw_ogc`` itself; None = see the module.
        connections: at most so many at a time; ``WAITING`` more requests wait, the rest are refused.
    """

    def __init__(self, url: str | None, own_url: str | None = None, *, connections: int = CONNECTIONS) -> None:
        self._url, self._own_url, self._connections = url, own_url, connections
        self._pool: Any = None
        self._opening: asyncio.Lock | None = None
        self._inside = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """A connection in a transaction that only reads; every failure, of the body too, becomes an error of ours."""
        if self._inside >= self._connections + WAITING:
            raise TooBusy("too many OGC requests are being worked on; try again after a moment")
        self._inside += 1
        try:
            pool = await self._opened()
            async with pool.acquire(timeout=CONNECT_TIMEOUT_S * 2) as connection, connection.transaction(readonly=True):
                yield connection
        except asyncpg.QueryCanceledError as problem:
            raise StoreUnavailable(f"an OGC request took longer than {STATEMENT_TIMEOUT_S} s") from problem
        except _MISTAKES as problem:
            raise BadRequest(f"the filter or a parameter cannot be used: {str(problem).splitlines()[0]}") from problem
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            raise StoreUnavailable(f"OGC requests: {type(problem).__name__}: {problem}") from problem
        finally:
            self._inside -= 1

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _opened(self) -> Any:
        if self._pool is None:
            if self._opening is None:  # made in the event loop that uses it
                self._opening = asyncio.Lock()
            async with self._opening:
                if self._pool is None:
                    self._pool = await self._open()
        return self._pool

    async def _open(self) -> Any:
        if self._url is None and self._own_url is None:
            raise StoreUnavailable("no database is configured for OGC requests")
        for address in self._addresses():
            try:
                trial = await asyncpg.connect(**address)
            except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError):
                continue
            try:
                await _as_reader(trial)
            finally:
                await trial.close()
            return await asyncpg.create_pool(
                **address,
                min_size=0,
                max_size=self._connections,
                max_inactive_connection_lifetime=IDLE_S,
                init=_as_reader,
            )
        raise StoreUnavailable(f"the database lets nobody in for OGC requests: see the role {OGC_ROLE}")

    def _addresses(self) -> list[dict[str, Any]]:
        """How to connect, best first: a login that can do nothing else, then the service's own."""
        if self._own_url is not None:
            return [_address(self._own_url)]
        own = _address(self._url or "")
        return [own] if own["password"] else [{**own, "user": OGC_ROLE}, own]


def _address(url: str) -> dict[str, Any]:
    """The arguments of asyncpg for a database URL; without a password the driver looks for none elsewhere."""
    parts = urlsplit(conninfo(url))
    plain = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return {
        "dsn": plain,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "timeout": CONNECT_TIMEOUT_S,
        "statement_cache_size": 16,
        "server_settings": {
            "application_name": "gridward-ogc",
            "default_transaction_read_only": "on",
            "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
            "idle_in_transaction_session_timeout": "30s",
            "jit": "off",
            "role": OGC_ROLE,
        },
    }


async def _as_reader(connection: Any) -> None:
    """Refuse to work with any other rights; JSON as tipg expects it."""
    if await connection.fetchval("select current_user") != OGC_ROLE:
        raise StoreUnavailable(f"OGC requests must work as the role {OGC_ROLE}")
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")
