"""The service in this process, asked over ASGI: no socket, no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from geo_api.main import create_app
from geo_api.services.snapshot import Snapshot
from geo_api.settings import Settings
from tests.geo_api.fakes import Clock, FakeStore, PlainFinder


def draw_plainly(snapshot: Snapshot, code: str, language: str, *, with_telephones: bool) -> str:
    """A page that shows what the drawing was asked for."""
    return f"<html><body>{code} {language} {snapshot.on} telephones={with_telephones}</body></html>"


class Service:
    """A running application, its store and its clock."""

    def __init__(self, app: FastAPI, store: FakeStore, clock: Clock, portal: BlockingPortal) -> None:
        self.app, self.store, self.clock, self.portal = app, store, clock, portal
        transport = httpx.ASGITransport(app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://gridward.test")

    @property
    def keeper(self) -> Any:
        return self.app.state.context.keeper

    def request(self, method: str, path: str, **named: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            return await self._client.request(method, path, **named)

        return self.portal.call(ask)

    def get(self, path: str, **named: Any) -> httpx.Response:
        return self.request("GET", path, **named)

    def post(self, path: str, **named: Any) -> httpx.Response:
        return self.request("POST", path, **named)


@contextmanager
def running(
    *, store: Any = None, clock: Clock | None = None, settings: dict[str, Any] | None = None, **parts: Any
) -> Iterator[Service]:
    """The application from start to end; the keeper's thread sleeps, tests call ``keeper.refresh()`` themselves."""
    store, clock = store or FakeStore(), clock or Clock()
    app = create_app(
        Settings(**{"poll_s": 3600.0, **(settings or {})}),
        store=store,
        **{"make_finder": PlainFinder, "draw": draw_plainly, "now": clock, **parts},
    )
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        yield Service(app, store, clock, portal)
