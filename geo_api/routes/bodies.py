"""Bodies of requests before they reach a route: unzipped, bounded, and a caller who hangs up is no fault.

Batches of lookups take care of their own: they go into files (``spool.py``).
"""

from __future__ import annotations

import zlib

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_api.routes.scopes import BATCH

LARGEST = 32 * 2**20
"""Bytes, unzipped; where a route wants less it says so itself."""
LARGEST_JSON = 8 * 2**20
"""Of bodies whose length and kind show that they are JSON; the framework reads them whole."""
TABLES = ("/v1/register/", "/v1/ledger/", "/v1/inspections")
"""Paths that take files; they have limits of their own below ``LARGEST``."""
ZIPPED = 16 + zlib.MAX_WBITS


class Bodies:
    """Stands before the routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"] == BATCH:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = LARGEST if scope["path"].startswith(TABLES) else LARGEST_JSON
        encoding = headers.get(b"content-encoding", b"identity").decode("latin1").strip().lower()
        body = _Body(receive, limit, headers.get(b"content-length", b""), encoding)
        if encoding != "identity":
            dropped = (b"content-encoding", b"content-length")
            scope = {**scope, "headers": [(n, v) for n, v in scope["headers"] if n not in dropped]}
        try:
            await self._app(scope, body.receive, send)
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing was begun


class _Body:
    """A body on its way in. What is wrong with it is raised where it is read, so that it is answered in the one shape."""

    def __init__(self, receive: Receive, limit: int, declared: bytes, encoding: str) -> None:
        self._receive, self._limit, self._encoding = receive, limit, encoding
        self._declared = int(declared) if declared.isdigit() else 0
        self._size = 0
        self._unzip = zlib.decompressobj(ZIPPED) if encoding in ("gzip", "x-gzip") else None

    async def receive(self) -> Message:
        """The next message, unzipped.

        Raises:
            HTTPException: 413 above the limit; 422 for an encoding that is not known, and for what is no gzip.
        """
        if self._declared > self._limit:
            raise self._too_large()
        if self._unzip is None and self._encoding not in ("identity", ""):
            raise HTTPException(
                422, f"Content-Encoding {self._encoding!r} is not understood here: send gzip, or no encoding"
            )
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        piece: bytes = message.get("body", b"")
        if self._unzip is not None:
            last = not message.get("more_body", False)
            piece = await anyio.to_thread.run_sync(_unzipped, self._unzip, piece, self._limit - self._size, last)
        self._size += len(piece)
        if self._size > self._limit:
            raise self._too_large()
        return {**message, "body": piece}

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"the body is larger than {self._limit} bytes: send it in several calls")


def _unzipped(unzip: zlib._Decompress, piece: bytes, left: int, last: bool) -> bytes:
    """What a piece holds, up to one byte more than is left: a small body may unzip to any size."""
    try:
        plain = unzip.decompress(piece, left + 1) if piece else b""
    except zlib.error:
        raise _no_gzip("it is damaged, or no gzip at all") from None
    if unzip.unused_data:
        raise _no_gzip("something follows after its end")
    if last and not unzip.eof and len(plain) <= left:
        raise _no_gzip("its end is missing")
    return plain


def _no_gzip(why: str) -> HTTPException:
    return HTTPException(422, f"the body cannot be unzipped as gzip: {why}; nothing was stored, send it again")
