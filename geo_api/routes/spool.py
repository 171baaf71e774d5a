"""Bodies and answers of batches in files: who sends or reads slowly holds a file, neither a worker nor memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from geo_api.errors import BadRequest, TooLarge

GRACE_S = 10.0
LEAST_BYTES_PER_S = 16_384
"""A body must come at least so fast once the grace is over."""

STALLED_S = 30.0
"""Nothing sent or taken for so long ends the connection."""

PIECE = 2**20


class Stalled(ConnectionError):
    """The reader of an answer takes nothing any more."""


@contextmanager
def spool() -> Iterator[tuple[Path, Path]]:
    """Files for the body and the answer of one call, which only we may read and which go away with it."""
    paths: list[Path] = []
    try:
        for kind in ("body", "answer"):
            number, name = tempfile.mkstemp(prefix=f"gridward-batch-{kind}-")  # 0600
            os.close(number)
            paths.append(Path(name))
        yield paths[0], paths[1]
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


async def receive_into(request: Request, path: Path, limit_bytes: int) -> None:
    """Write the body to a file.

    Raises:
        TooLarge: above the limit, whatever its header said.
        BadRequest: it comes too slowly.
    """
    too_large = TooLarge(f"the body is larger than {limit_bytes} bytes: send it in several calls")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise too_large
    begun, size = time.monotonic(), 0
    pieces = request.stream().__aiter__()
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                async with asyncio.timeout(GRACE_S):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise BadRequest(f"nothing of the body came for {GRACE_S:.0f} s: send it without pauses") from None
            if piece is None:
                return
            size += len(piece)
            if size > limit_bytes:
                raise too_large
            if time.monotonic() - begun > GRACE_S + size / LEAST_BYTES_PER_S:
                raise BadRequest(f"the body comes too slowly: at least {LEAST_BYTES_PER_S} bytes a second are expected")
            file.write(piece)


class FileAnswer(Response):
    """The bytes of a file; a reader who takes nothing for half a minute is let go. What ``held`` holds ends with it."""

    def __init__(self, path: Path, media_type: str, headers: dict[str, str], held: AsyncExitStack) -> None:
        self._path, self._held = path, held
        size = path.stat().st_size
        super().__init__(None, media_type=media_type, headers={**headers, "content-length": str(size)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        async with self._held:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            with self._path.open("rb") as file:
                piece = file.read(PIECE)
                while True:
                    following = file.read(PIECE)
                    try:
                        async with asyncio.timeout(STALLED_S):
                            await send({"type": "http.response.body", "body": piece, "more_body": bool(following)})
                    except TimeoutError:
                        raise Stalled("the reader takes nothing") from None
                    if not following:
                        return
                    piece = following
