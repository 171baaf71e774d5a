"""The client."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from gridward import answers as a
from gridward import asking, columns
from gridward.asking import Answered, Ask, Day, Moment
from gridward.core import Core, Fetch, error_of, headers_of, unreachable
from gridward.errors import GridwardError
from gridward.feed import ChangeFeed
from gridward.retry import USUAL, Retries

T = TypeVar("T")
AGENT = "gridward-python"


class Client:
    """Asks a Gridward service.

    Connections are kept and used again; share one client between threads, and close it (or use ``with``).

    Args:
        base_url: address of the service, with the path under which a proxy shows it.
        key: API key; without one, what is open to all.
        timeout: seconds that a connection, and each wait for data, may take.
        retries: how reads are asked again (:class:`gridward.Retries`), or how often; changes of plans never are.
        transport: another httpx transport, for tests.

    Errors: :class:`gridward.ServiceError` and its kinds where the service refuses, :class:`gridward.Unreachable` where
    no answer comes. Days are dates or ``"2026-01-31"``, moments datetimes or ISO 8601.

    Example:
        >>> with Client("http://127.0.0.1:8000") as service:
        ...     print(service.ready().database)
        reachable
    """

    def __init__(
        self,
        base_url: str,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: Retries | int = USUAL,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._core = Core(base_url, key, retries, AGENT)
        self._http = httpx.Client(
            base_url=base_url, headers=self._core.headers, timeout=httpx.Timeout(timeout), transport=transport
        )

    def __repr__(self) -> str:
        return f"Client({str(self._http.base_url)!r})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------ who answers
    def point(
        self,
        lon: float,
        lat: float,
        *,
        datum: str,
        on: Day = None,
        recorded_at: Moment = None,
        function: str | None = None,
    ) -> a.LookupAnswer:
        """Who answers for a point; ``datum``: "wgs84", "cgcs2000", "gcj02", "bd09" or "EPSG:n".

        >>> answer = service.point(114.490608, 30.610427, datum="wgs84")
        >>> answer.status, answer.cell.station_code, answer.officers[0].role
        ('found', '990101001', 'lead')
        >>> service.point(114.490608, 30.610427, datum="wgs84", on="2025-12-01").plan.valid_from
        datetime.date(2025, 11, 1)
        """
        return self._ask(
            asking.lookup(
                lon=float(lon), lat=float(lat), datum=datum, on=on, recorded_at=recorded_at, function=function
            )
        )

    def address(
        self, address: str, *, on: Day = None, recorded_at: Moment = None, function: str | None = None
    ) -> a.LookupAnswer:
        """Who answers for an address; nobody is named where that is not sure (``status``, ``candidates``).

        >>> answer = service.address("云溪县城关镇育英街76-2号")
        >>> answer.status, answer.method, answer.confidence > 0.95
        ('found', 'exact', True)
        """
        return self._ask(asking.lookup(address=address, on=on, recorded_at=recorded_at, function=function))

    def find(
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
        return self._ask(asking.lookup(**by, on=on, recorded_at=recorded_at, function=function))

    def entity(self, code: str | int, *, on: Day = None, recorded_at: Moment = None) -> a.EntityAnswer:
        """An entity by a code of any age or its permanent id: its codes over time, and who answers for it."""
        return self._ask(asking.entity(code, on, recorded_at))

    # ------------------------------------------------------------------------------------------------ many at once
    def batch(
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

        >>> answer = service.batch([114.490608, None], [30.610427, 30.6], datum="wgs84", id=["a", "b"])
        >>> answer.id, answer.status, len(answer)
        (['a', 'b'], ['found', 'invalid'], 2)
        """
        ask = columns.points(lon, lat, datum=datum, id=id, on=on, recorded_at=recorded_at, border=border, form=form)
        return self._ask(ask)

    def batch_addresses(
        self, addresses: Any, *, id: Any = None, on: Day = None, recorded_at: Moment = None, form: str | None = None
    ) -> a.BatchReply:
        """The cells of many addresses."""
        return self._ask(columns.addresses(addresses, id=id, on=on, recorded_at=recorded_at, form=form))

    def batch_table(
        self,
        table: Any,
        *,
        datum: str | None = None,
        on: Day = None,
        recorded_at: Moment = None,
        border: bool | None = None,
    ) -> Any:
        """A pyarrow table with ``lon`` and ``lat`` (or ``address``) and perhaps ``id``, answered with one; the fastest."""
        return self._ask(columns.table(table, datum=datum, on=on, recorded_at=recorded_at, border=border))

    # ------------------------------------------------------------------------------------------------ what is published
    def stations(self, *, on: Day = None, recorded_at: Moment = None) -> a.StationsReply:
        """The stations in force on a day, with their responsible persons."""
        return self._ask(asking.stations(on, recorded_at))

    def cells(self, *, under: str | None = None, on: Day = None, recorded_at: Moment = None) -> a.CellsReply:
        """The cells in force on a day, of all or ``under`` a station or bureau (code)."""
        return self._ask(asking.cells(under, on, recorded_at))

    def cell(self, code: str, *, on: Day = None, recorded_at: Moment = None) -> a.CellReply:
        """One cell code on a day, or what took its place."""
        return self._ask(asking.cell(code, on, recorded_at))

    def geojson(
        self, what: str = "cells", *, under: str | None = None, on: Day = None, recorded_at: Moment = None
    ) -> dict[str, Any]:
        """All "cells" or "stations" with their outlines, as a GeoJSON FeatureCollection."""
        return self._ask(asking.geojson(what, under, on, recorded_at))

    def lineage(self, code: str, *, on: Day = None, recorded_at: Moment = None) -> a.Lineage:
        """All versions of a cell code, what was there before and what came after."""
        return self._ask(asking.lineage(code, on, recorded_at))

    def changes(self, since: Moment = None, *, limit: int = 1_000) -> ChangeFeed:
        """What changed since a token, a ``revision`` or a moment: loop over it, keep its ``token``; ``limit``: a page.

        >>> feed = service.changes(since=service.stations().revision)
        >>> [change.codes for change in feed], feed.revision == service.stations().revision
        ([], True)
        """
        begin = since if since is None or isinstance(since, str) else since.isoformat()
        return ChangeFeed(lambda token: self._ask(asking.changes(token, limit)), begin)

    def download(
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
            return self._again(lambda: self._fetch(fetch), again=True)
        finally:
            fetch.drop()

    # ------------------------------------------------------------------------------------------------ how cells lie
    def relations(
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

        >>> found = service.relations("covers", shape="POINT (114.490608 30.610427)", datum="wgs84")
        >>> [related.cell.station_code for related in found.cells]
        ['990101001']
        """
        return self._ask(asking.relations(relation, of, shape, datum, on, recorded_at))

    def near(
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
        return self._ask(ask)

    def levels(
        self, lon: float, lat: float, *, datum: str, on: Day = None, recorded_at: Moment = None
    ) -> a.LevelsAnswer:
        """Cell, station and bureau of a point, with the officers of each.

        >>> [row.level for row in service.levels(114.490608, 30.610427, datum="wgs84").levels]
        ['cell', 'station', 'bureau']
        """
        return self._ask(asking.levels(lon=float(lon), lat=float(lat), datum=datum, on=on, recorded_at=recorded_at))

    # ------------------------------------------------------------------------------------------------ supervision
    def coverage(
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
        return self._ask(ask)

    def gaps(self, jurisdiction: str, *, on: Day = None, recorded_at: Moment = None) -> a.GapsAnswer:
        """The coverage gaps of a station or bureau (needs a key)."""
        return self._ask(asking.gaps(jurisdiction, on, recorded_at))

    def health(self) -> a.Health:
        """Whether the process is alive; asked once."""
        return self._ask(asking.health())

    def ready(self) -> a.Ready:
        """Whether lookups are answered, and from how old a snapshot; asked once."""
        return self._ask(asking.ready())

    # ------------------------------------------------------------------------------------------------
    def _ask(self, ask: Ask[T]) -> T:
        def once() -> T:
            kept = self._core.kept(ask)
            headers = headers_of(ask, kept)
            answer = self._http.request(ask.method, ask.path, params=ask.params, headers=headers, content=ask.content)
            return self._core.take(ask, Answered(answer.status_code, answer.headers, answer.content), kept)

        return self._again(once, again=ask.again)

    def _fetch(self, fetch: Fetch) -> a.Download | None:
        with self._http.stream("GET", fetch.url, params=fetch.params, headers=fetch.headers) as answer:
            if answer.status_code == 304:
                return None
            if answer.status_code != 200:
                raise error_of(answer.status_code, answer.headers, answer.read())
            with fetch.part.open("wb") as file:
                for block in answer.iter_bytes():
                    file.write(block)
            return fetch.done(answer.headers)

    def _again(self, once: Callable[[], T], *, again: bool) -> T:
        begun, tried = time.monotonic(), 0
        while True:
            tried += 1
            try:
                return once()
            except httpx.RequestError as problem:
                failure: GridwardError = unreachable(self._http.base_url, problem)
            except GridwardError as problem:
                failure = problem
            waited_s = time.monotonic() - begun
            time.sleep(self._core.pause(failure, again=again, tried=tried, waited_s=waited_s))
