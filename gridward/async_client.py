"""The client for asyncio: :class:`gridward.Client` with ``await``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from gridward import answers as a
from gridward import asking, columns
from gridward.asking import Answered, Ask, Day, Moment
from gridward.client import AGENT
from gridward.core import Core, Fetch, error_of, headers_of, unreachable
from gridward.errors import GridwardError
from gridward.feed import AsyncChangeFeed
from gridward.retry import USUAL, Retries

T = TypeVar("T")


class AsyncClient:
    """:class:`gridward.Client` for asyncio: the same questions and answers, with ``await``; close it with ``async with``.

    Example:
        >>> from gridward import AsyncClient
        >>> async def main() -> None:                               # doctest: +SKIP
        ...     async with AsyncClient("http://127.0.0.1:8000") as service:
        ...         answer = await service.address("人民路12号")
        ...         async for change in service.changes(since="58"):
        ...             print(change.codes)
    """

    def __init__(
        self,
        base_url: str,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: Retries | int = USUAL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._core = Core(base_url, key, retries, AGENT)
        self._http = httpx.AsyncClient(
            base_url=base_url, headers=self._core.headers, timeout=httpx.Timeout(timeout), transport=transport
        )

    def __repr__(self) -> str:
        return f"AsyncClient({str(self._http.base_url)!r})"

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # ------------------------------------------------------------------------------------------------ who answers
    async def point(
        self,
        lon: float,
        lat: float,
        *,
        datum: str,
        on: Day = None,
        recorded_at: Moment = None,
        function: str | None = None,
    ) -> a.LookupAnswer:
        """Who answers for a point; ``datum``: "wgs84", "cgcs2000", "gcj02", "bd09" or "EPSG:n"."""
        return await self._ask(
            asking.lookup(
                lon=float(lon), lat=float(lat), datum=datum, on=on, recorded_at=recorded_at, function=function
            )
        )

    async def address(
        self, address: str, *, on: Day = None, recorded_at: Moment = None, function: str | None = None
    ) -> a.LookupAnswer:
        """Who answers for an address; nobody is named where that is not sure (``status``, ``candidates``)."""
        return await self._ask(asking.lookup(address=address, on=on, recorded_at=recorded_at, function=function))

    async def find(
        self,
        *,
        credit_code: str | None = None,
        registration_no: str | None = None,
        name: str | None = None,
        entity: str | None = None,
        cell: str | None = None,
        on: Day = None,
        recorded_at: Moment = None,
        function: str | None = None,
    ) -> a.LookupAnswer:
        """Who answers for an entity, by one of its numbers or its name, or for a cell code of any age."""
        by = {
            "credit_code": credit_code,
            "registration_no": registration_no,
            "name": name,
            "entity": entity,
            "cell": cell,
        }
        return await self._ask(asking.lookup(**by, on=on, recorded_at=recorded_at, function=function))

    async def entity(self, code: str | int, *, on: Day = None, recorded_at: Moment = None) -> a.EntityAnswer:
        """An entity by a code of any age or its permanent id: its codes over time, and who answers for it."""
        return await self._ask(asking.entity(code, on, recorded_at))

    # ------------------------------------------------------------------------------------------------ many at once
    async def batch(
        self,
        lon: Any,
        lat: Any,
        *,
        datum: str,
        id: Any = None,
        on: Day = None,
        recorded_at: Moment = None,
        border: bool = True,
        form: str | None = None,
    ) -> a.BatchReply:
        """The cells of many points: lists, numpy arrays, columns of pandas, polars or pyarrow, all of one length.

        ``border`` False leaves out distance and cell beyond, several times faster. ``form``: "arrow" or "json" on the
        wire; None = Arrow where pyarrow is installed. A row that cannot be used has the status "invalid".
        """
        ask = columns.points(lon, lat, datum=datum, id=id, on=on, recorded_at=recorded_at, border=border, form=form)
        return await self._ask(ask)

    async def batch_addresses(
        self, addresses: Any, *, id: Any = None, on: Day = None, recorded_at: Moment = None, form: str | None = None
    ) -> a.BatchReply:
        """The cells of many addresses."""
        return await self._ask(columns.addresses(addresses, id=id, on=on, recorded_at=recorded_at, form=form))

    async def batch_table(
        self,
        table: Any,
        *,
        datum: str | None = None,
        on: Day = None,
        recorded_at: Moment = None,
        border: bool | None = None,
    ) -> Any:
        """A pyarrow table with ``lon`` and ``lat`` (or ``address``) and perhaps ``id``, answered with one; the fastest."""
        return await self._ask(columns.table(table, datum=datum, on=on, recorded_at=recorded_at, border=border))

    # ------------------------------------------------------------------------------------------------ what is published
    async def stations(self, *, on: Day = None, recorded_at: Moment = None) -> a.StationsReply:
        """The stations in force on a day, with their responsible persons."""
        return await self._ask(asking.stations(on, recorded_at))

    async def cells(self, *, under: str | None = None, on: Day = None, recorded_at: Moment = None) -> a.CellsReply:
        """The cells in force on a day, of all or ``under`` a station or bureau (code)."""
        return await self._ask(asking.cells(under, on, recorded_at))

    async def cell(self, code: str, *, on: Day = None, recorded_at: Moment = None) -> a.CellReply:
        """One cell code on a day, or what took its place."""
        return await self._ask(asking.cell(code, on, recorded_at))

    async def geojson(
        self, what: str = "cells", *, under: str | None = None, on: Day = None, recorded_at: Moment = None
    ) -> dict[str, Any]:
        """All "cells" or "stations" with their outlines, as a GeoJSON FeatureCollection."""
        return await self._ask(asking.geojson(what, under, on, recorded_at))

    async def lineage(self, code: str, *, on: Day = None, recorded_at: Moment = None) -> a.Lineage:
        """All versions of a cell code, what was there before and what came after."""
        return await self._ask(asking.lineage(code, on, recorded_at))

    def changes(self, since: Moment = None, *, limit: int = 1_000) -> AsyncChangeFeed:
        """What changed since a token, a ``revision`` or a moment: loop over it, keep its ``token``; ``limit``: a page."""
        begin = since if since is None or isinstance(since, str) else since.isoformat()
        return AsyncChangeFeed(lambda token: self._ask(asking.changes(token, limit)), begin)

    async def download(
        self,
        path: str | Path,
        *,
        form: str | None = None,
        on: Day = None,
        recorded_at: Moment = None,
        etag: str | None = None,
    ) -> a.Download | None:
        """All that is published as a file: ``form`` "gpkg", "geojson" or "parquet", None = by the path's ending.

        The file is there whole or not at all. None where it is still the one with this ``etag``.
        """
        fetch = Fetch(path, form, on, recorded_at, etag)
        try:
            return await self._again(lambda: self._fetch(fetch), again=True)
        finally:
            fetch.drop()

    # ------------------------------------------------------------------------------------------------ how cells lie
    async def relations(
        self,
        relation: str,
        *,
        of: str | None = None,
        shape: Any = None,
        datum: str | None = None,
        on: Day = None,
        recorded_at: Moment = None,
    ) -> a.RelationAnswer:
        """Cells that "intersects", "touches", "overlaps", "covers" or lie "within" a cell or station, or a shape.

        ``shape``: WKT, a GeoJSON mapping, or a shapely geometry, in ``datum``.
        """
        return await self._ask(asking.relations(relation, of, shape, datum, on, recorded_at))

    async def near(
        self,
        lon: float,
        lat: float,
        *,
        datum: str,
        metres: float,
        limit: int = 100,
        on: Day = None,
        recorded_at: Moment = None,
    ) -> a.NearAnswer:
        """The cells within so many metres of a point, nearest first."""
        ask = asking.near(
            lon=float(lon), lat=float(lat), datum=datum, metres=metres, limit=limit, on=on, recorded_at=recorded_at
        )
        return await self._ask(ask)

    async def levels(
        self, lon: float, lat: float, *, datum: str, on: Day = None, recorded_at: Moment = None
    ) -> a.LevelsAnswer:
        """Cell, station and bureau of a point, with the officers of each."""
        return await self._ask(
            asking.levels(lon=float(lon), lat=float(lat), datum=datum, on=on, recorded_at=recorded_at)
        )

    # ------------------------------------------------------------------------------------------------ supervision
    async def coverage(
        self,
        jurisdiction: str,
        *,
        of: str | None = None,
        period_from: Day = None,
        period_to: Day = None,
        on: Day = None,
        by: str | None = None,
        recorded_at: Moment = None,
    ) -> a.CoverageAnswer:
        """Visits due and made of a bureau, station or cell, and who is overdue (needs a key).

        ``of``: 2026-10, 2026-Q4 or 2026; or from and to; or the year up to ``on`` (default: today). ``by``: "class",
        "industry", "cell", "officer", "visitor" or "station".
        """
        ask = asking.coverage(
            jurisdiction, of=of, period_from=period_from, period_to=period_to, on=on, by=by, recorded_at=recorded_at
        )
        return await self._ask(ask)

    async def gaps(self, jurisdiction: str, *, on: Day = None, recorded_at: Moment = None) -> a.GapsAnswer:
        """The coverage gaps of a station or bureau (needs a key)."""
        return await self._ask(asking.gaps(jurisdiction, on, recorded_at))

    async def health(self) -> a.Health:
        """Whether the process is alive; asked once."""
        return await self._ask(asking.health())

    async def ready(self) -> a.Ready:
        """Whether lookups are answered, and from how old a snapshot; asked once."""
        return await self._ask(asking.ready())

    # ------------------------------------------------------------------------------------------------
    async def _ask(self, ask: Ask[T]) -> T:
        async def once() -> T:
            kept = self._core.kept(ask)
            headers = headers_of(ask, kept)
            answer = await self._http.request(
                ask.method, ask.path, params=ask.params, headers=headers, content=ask.content
            )
            return self._core.take(ask, Answered(answer.status_code, answer.headers, answer.content), kept)

        return await self._again(once, again=ask.again)

    async def _fetch(self, fetch: Fetch) -> a.Download | None:
        async with self._http.stream("GET", fetch.url, params=fetch.params, headers=fetch.headers) as answer:
            if answer.status_code == 304:
                return None
            if answer.status_code != 200:
                raise error_of(answer.status_code, answer.headers, await answer.aread())
            with fetch.part.open("wb") as file:
                async for block in answer.aiter_bytes():
                    file.write(block)
            return fetch.done(answer.headers)

    async def _again(self, once: Callable[[], Awaitable[T]], *, again: bool) -> T:
        begun, tried = time.monotonic(), 0
        while True:
            tried += 1
            try:
                return await once()
            except httpx.RequestError as problem:
                failure: GridwardError = unreachable(self._http.base_url, problem)
            except GridwardError as problem:
                failure = problem
            waited_s = time.monotonic() - begun
            await asyncio.sleep(self._core.pause(failure, again=again, tried=tried, waited_s=waited_s))
