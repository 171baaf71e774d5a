"""The hot path past the router: plain points of today, answered from memory before the framework looks at them.

What it answers is, byte for byte and header for header, what the route behind it would answer; everything that is not
plain and flawless (another day, an address, a mistake, a fault) it leaves to that route.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from geo_api.errors import SupervisionError
from geo_api.routes.access_log import AccessLog
from geo_api.routes.deps import Context
from geo_api.routes.edge import ALWAYS, RequestIds
from geo_api.routes.lookup import hot_answer

PATH = "/v1/lookup"

Admit = Callable[[Scope], tuple[tuple[bytes, bytes], ...] | None]
"""Headers for the answer to a request that may pass at once; None for what may not: that goes to the route, which says why."""


class FastLane:
    """Answers ``GET /v1/lookup`` for plain points; ``admit`` is asked where it is set (limits of callers)."""

    def __init__(self, context: Context, ids: RequestIds, access_log: AccessLog, base_path: str) -> None:
        self._context, self._ids, self._log = context, ids, access_log
        self._paths = frozenset({PATH, base_path + PATH})
        self.admit: Admit | None = None

    def answer(self, scope: Scope) -> tuple[bytes, list[tuple[bytes, bytes]]] | None:
        """Body and headers, None for what is not for the fast lane."""
        if scope["path"] not in self._paths or scope["method"] != "GET":
            return None
        begun = time.perf_counter()
        try:
            body = hot_answer(self._context, scope["query_string"])
        except SupervisionError:
            return None
        if body is None:
            return None
        more = () if self.admit is None else self.admit(scope)
        if more is None:
            return None
        request_id = self._ids.of(scope)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id),
            *ALWAYS,
            *more,
        ]
        self._log.hold("GET", PATH, 200, len(body), time.perf_counter() - begun, request_id.decode())
        return body, headers


class Service(FastAPI):
    """The application with the fast lane in front, and behind it what a proxy on this machine says of the caller."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.lane: FastLane | None = None
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
        behind: Any = super().__call__
        proxied = ProxyHeadersMiddleware(behind, trusted_hosts=trusted)
        self._proxied: Any = proxied
        self.trusted: Any = proxied.trusted_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if self.lane is not None and scope["type"] == "http":
            answer = self.lane.answer(scope)
            if answer is not None:
                body, headers = answer
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
        await self._proxied(scope, receive, send)
