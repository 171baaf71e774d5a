"""Large texts go zipped to callers who accept that: JSON, GeoJSON, CSV, pages. Never the fast lane, never twice."""

from __future__ import annotations

import re
import zlib

import anyio
import anyio.to_thread
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 4_096
"""Bodies below it go as they are, bytes."""

LEVEL = 4
AT_ONCE = 2
TEXTS = re.compile(
    r"(application/(geo\+|vnd\.oai\.openapi\+|schema\+|problem\+)?json|text/(csv|html|css|plain|javascript))\b"
)
_GZIP = re.compile(r"\bgzip\b(?:\s*;\s*q=([\d.]+))?")


def wants_gzip(accepted: str) -> bool:
    """Whether an ``Accept-Encoding`` takes gzip."""
    said = _GZIP.search(accepted)
    return said is not None and (said[1] is None or float(said[1].rstrip(".") or 0) > 0)


class Compress:
    """Zips answers in worker threads, piece by piece as they come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limiter: anyio.CapacityLimiter | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD", "POST"):
            await self._app(scope, receive, send)
            return
        accepted = next((v.decode("latin1") for k, v in scope["headers"] if k == b"accept-encoding"), "")
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(AT_ONCE)
        wanted = wants_gzip(accepted) and scope["method"] != "HEAD"
        await self._app(scope, receive, _Answer(send, self._limiter, wanted=wanted).send)


class _Answer:
    """One answer on its way: its head is held until the first piece of the body shows whether it is worth zipping."""

    def __init__(self, send: Send, limiter: anyio.CapacityLimiter, *, wanted: bool) -> None:
        self._send, self._limiter, self._wanted = send, limiter, wanted
        self._head: Message | None = None
        self._zip: zlib._Compress | None = None

    async def send(self, message: Message) -> None:
        """Pass on a message of the application."""
        if message["type"] == "http.response.start" and self._may_be_zipped(message):
            self._head = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._head is not None:
            head, self._head = self._head, None
            if more or len(body) >= SMALLEST:
                self._zip = zlib.compressobj(LEVEL, wbits=31)
                _say_zipped(MutableHeaders(raw=head["headers"]))
            await self._send(head)
        if self._zip is not None:
            body = await anyio.to_thread.run_sync(_packed, self._zip, body, not more, limiter=self._limiter)
            if more and not body:
                return
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    def _may_be_zipped(self, message: Message) -> bool:
        headers = MutableHeaders(raw=message["headers"])
        if "content-encoding" in headers or not TEXTS.match(headers.get("content-type", "")):
            return False
        if message["status"] == 304 or int(headers.get("content-length", SMALLEST)) < SMALLEST:
            return False
        headers.add_vary_header("Accept-Encoding")
        message["headers"] = headers.raw
        return self._wanted


def _say_zipped(headers: MutableHeaders) -> None:
    headers["content-encoding"] = "gzip"
    del headers["content-length"]
    tag = headers.get("etag", "")
    if tag.startswith('"'):
        headers["etag"] = "W/" + tag  # the same answer, other bytes


def _packed(packer: zlib._Compress, body: bytes, last: bool) -> bytes:
    return packer.compress(body) + (packer.flush() if last else b"")
