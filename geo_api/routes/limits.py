"""The door: what a key is for, and how much each caller may ask. In front of every route and of the fast lane."""

from __future__ import annotations

import logging
import math
import os
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_api.errors import NotAuthenticated, StoreUnavailable, SupervisionError, TooBusy, TooManyRequests
from geo_api.routes.callers import Known, KnownKeys, address_of, key_in
from geo_api.routes.gate import Gate
from geo_api.routes.problem import problem_response
from geo_api.routes.scopes import NAMED_PATHS, scope_of
from geo_api.services.keys import require_scope
from geo_api.services.ports import KeyReader
from geo_api.services.rate_limits import WINDOW_S, Buckets, Taken
from geo_api.settings import Settings

log = logging.getLogger(__name__)

Headers = tuple[tuple[bytes, bytes], ...]

SHARED = "GRIDWARD_LIMITS_MEMORY"
"""Where ``gridward serve`` tells its workers the memory that they share."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller may ask for: its buckets and limits a minute (None = no limit)."""

    bucket: int
    points_bucket: int
    requests: int | None
    points: int | None


NO_LIMIT = Allowance(0, 0, None, None)


class Doorman:
    """Decides who may pass. Everything but :meth:`forget` belongs to the event loop's thread."""

    def __init__(self, settings: Settings, keys: KeyReader, work: Gate, buckets: Buckets | None = None) -> None:
        self._keys, self._work = keys, work
        self._buckets = buckets or shared_buckets()
        self._known = KnownKeys(self._buckets, settings.poll_s)
        self._requests, self._points = settings.limit_requests or None, settings.limit_points or None
        self._origins = bool(settings.cors_origins)
        self.retry_after_s = settings.retry_after_s
        self.trusted: Any = ()

    def forget(self) -> None:
        """A key may have been revoked: ask the database again. Safe in any thread."""
        self._known.doubt()

    def admit(self, scope: Scope) -> Headers | None:
        """Headers for an answer of the fast lane; None for callers who have to take the way by the route, which says why."""
        key: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"x-api-key" and key is None:
                key = value
            elif name == b"authorization":
                if key is not None or value[:7] != b"Bearer ":
                    return None
                key = value[7:]
            elif name == b"origin" and self._origins:
                return None
        if key is None:
            if self._requests is None:
                return ()
            bucket, limit = self._buckets.name(b"from:" + address_of(scope, self.trusted)), self._requests
        else:
            known = self._known.fresh(key)
            if known is None or (known.caller.scopes and "lookup" not in known.caller.scopes):
                return None
            if known.caller.requests_per_minute is None:
                return ()
            bucket, limit = known.bucket, known.caller.requests_per_minute
        taken = self._buckets.take(bucket, limit)
        return limit_headers("requests", limit, taken) if taken.given else None

    async def allow(self, scope: Scope, wanted: str) -> tuple[Allowance, Headers]:
        """What the caller may still ask for, one request taken off.

        Raises:
            NotAuthenticated: a key that is unknown or revoked.
            NotAllowed: a key that is not for this.
            TooManyRequests: the limit is reached.
        """
        known = await self._caller(key_in(scope["headers"]))
        if known is not None:
            require_scope(known.caller, wanted)
        allowance = self._allowance(scope, known)
        headers: Headers = ()
        if wanted == "batch" and allowance.points is not None:
            look = self._buckets.look(allowance.points_bucket, allowance.points)
            _refuse("points", allowance.points, look)
        if allowance.requests is not None:
            taken = self._buckets.take(allowance.bucket, allowance.requests)
            _refuse("requests", allowance.requests, taken)
            headers = limit_headers("requests", allowance.requests, taken)
        return allowance, headers

    def charge(self, allowance: Allowance, points: int) -> None:
        """Take points off, more than there are if need be: the next batch then waits longer."""
        if allowance.points is not None and points:
            self._buckets.owe(allowance.points_bucket, allowance.points, points)

    def _allowance(self, scope: Scope, known: Known | None) -> Allowance:
        if known is not None:
            caller = known.caller
            return Allowance(known.bucket, known.points, caller.requests_per_minute, caller.points_per_minute)
        if self._requests is None and self._points is None:
            return NO_LIMIT
        name = b"from:" + address_of(scope, self.trusted)
        return Allowance(self._buckets.name(name), self._buckets.name(name + b":points"), self._requests, self._points)

    async def _caller(self, key: bytes | None) -> Known | None:
        """Who a key stands for; None without one. While the database is away, as it was known, else as without a key."""
        if key is None:
            return None
        if (known := self._known.fresh(key)) is not None or self._known.is_away:
            return known
        asked_at = self._known.now()
        try:
            caller = await self._work.do(self._keys.caller, key.decode("latin1"))
        except NotAuthenticated:
            self._known.drop(key)
            raise
        except (StoreUnavailable, TooBusy) as problem:  # routes that need a caller ask for themselves, and say so
            if isinstance(problem, StoreUnavailable):
                self._known.away()
            return self._known.stale(key)
        return self._known.keep(key, caller, asked_at)


def _refuse(what: str, limit: int, taken: Taken) -> None:
    if not taken.given:
        wait_s = max(1, math.ceil(taken.wait_s))
        raise TooManyRequests(
            f"more than {limit} {what} a minute: ask again in {wait_s} s; a key with a higher limit is made with "
            "'gridward keys create'",
            wait_s,
        )


def limit_headers(what: str, limit: int, taken: Taken) -> Headers:
    """What is left, as the IETF's draft "RateLimit header fields for HTTP" writes it: r tokens left, full in t seconds."""
    return (
        (b"ratelimit-policy", b'"%b";q=%d;w=%d' % (what.encode(), limit, WINDOW_S)),
        (b"ratelimit", b'"%b";r=%d;t=%d' % (what.encode(), taken.left, math.ceil(taken.full_s))),
    )


class Door:
    """The doorman in front of the routes; ``scope["charge"](points)`` is for those who count points."""

    def __init__(self, app: ASGIApp, *, doorman: Doorman) -> None:
        self._app, self._doorman = app, doorman

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        wanted = scope_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if wanted is None:
            await self._app(scope, receive, send)
            return
        doorman = self._doorman
        try:
            allowance, headers = await doorman.allow(scope, wanted)
        except SupervisionError as problem:
            if scope["path"] in NAMED_PATHS:  # the access log names no path that may hold anything
                scope["endpoint"] = self
            answer = problem_response(problem, scope.get("request_id", ""), doorman.retry_after_s)
            await answer(scope, receive, send)
            return
        scope["charge"] = lambda points: doorman.charge(allowance, points)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_on if headers else send)


def shared_buckets() -> Buckets:
    """Buckets in the memory that all workers of ``gridward serve`` share; of this process alone where there is none."""
    path = os.environ.get(SHARED)
    if not path:
        return Buckets()
    try:
        return Buckets(os.open(path, os.O_RDWR))
    except (OSError, ValueError):
        log.warning("limits are counted by each worker for itself: %s cannot be opened", path)
        return Buckets()
