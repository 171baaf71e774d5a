"""The edge of the service, as plain ASGI: request ids, security headers, access log, and a last net for faults."""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_api.routes.access_log import AccessLog
from geo_api.routes.problem import problem_bytes

log = logging.getLogger(__name__)

CSP_PAGE = "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
"""What a page of ours may load: only what this server serves."""

CSP_INLINE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
"""For Folium's pages alone, which carry their scripts inline."""

_CSP = b"content-security-policy"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"geolocation=(self), camera=(), microphone=()"),
)
_DEFAULT_CSP = (_CSP, CSP_PAGE.encode())
ALWAYS = (_DEFAULT_CSP, *_HEADERS)
"""Headers of every answer that sets no policy of its own."""
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._\-]{1,64}")


class RequestIds:
    """Names requests: the caller's name for it, if it is 1 to 64 plain characters, else a number of ours."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(5).encode()
        self._numbers = itertools.count(1)

    def of(self, scope: Scope) -> bytes:
        """The id of a request."""
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
                given: bytes = value
                return given
        return b"%s-%x" % (self._prefix, next(self._numbers))


class Edge:
    """Wraps the whole application.

    Every answer carries ``X-Request-ID`` (the caller's, if it is 1 to 64 plain characters, else one of ours) and the
    security headers. The access log has method, path (only of a known route), status, bytes, milliseconds and
    request id: no query, no body, no address of the caller. A request below ``base_path`` is taken as one without it,
    because a proxy may or may not strip its path.
    """

    def __init__(self, app: ASGIApp, *, ids: RequestIds, access_log: AccessLog, base_path: str = "") -> None:
        self._app, self._ids, self._access_log, self._base_path = app, ids, access_log, base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._base_path and scope["path"].startswith(self._base_path):
            scope = _below(scope, self._base_path)
        begun = time.perf_counter()
        request_id = self._ids.of(scope)
        scope["request_id"] = request_id.decode()
        status = sent = 0

        async def send_on(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message["headers"])
                if not any(name == _CSP for name, _ in headers):
                    headers.append(_DEFAULT_CSP)
                headers.append((b"x-request-id", request_id))
                headers.extend(_HEADERS)
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception:
            log.exception("fault in request %s", scope["request_id"])
            if status:  # the answer has begun: all that is left is to break it off
                raise
            await _say_fault(send_on, scope["request_id"])
        finally:
            path = scope["path"] if "route" in scope or "endpoint" in scope else "(unknown path)"
            took_s = time.perf_counter() - begun
            self._access_log.write(scope["method"], path, status, sent, took_s, scope["request_id"])


def _below(scope: Scope, base_path: str) -> Scope:
    rest = scope["path"][len(base_path) :]
    return {**scope, "path": rest} if rest.startswith("/") else scope


async def _say_fault(send: Send, request_id: str) -> None:
    body = problem_bytes("fault", "a fault in the service; the log has the details", (), request_id)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
