"""Bodies with their ETag, rendered once per snapshot and kept within a bound of memory."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

KEPT_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body, its media type, and the ETag that names it."""

    body: bytes
    media_type: str
    tag: str


def rendered(body: bytes, media_type: str) -> Rendered:
    """The body with its ETag."""
    return Rendered(body, media_type, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')


def reply(request: Request, answer: Rendered) -> Response:
    """The body, or 304 where the caller has it already."""
    headers = tag_headers(answer.tag)
    if is_known(request, answer.tag):
        return Response(status_code=304, headers=headers)
    return Response(answer.body, media_type=answer.media_type, headers=headers)


def tag_headers(tag: str) -> dict[str, str]:
    """Headers of a body with an ETag: ask again each time, and never hand one caller's body to another."""
    return {"etag": tag, "cache-control": "no-cache", "vary": "Authorization, X-API-Key"}


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller says that it has the body with this ETag."""
    asked = request.headers.get("if-none-match", "")
    return asked.strip() == "*" or tag in (t.strip().removeprefix("W/") for t in asked.split(","))


class RenderedCache:
    """The bodies used last, up to ``kept_bytes`` of them; safe between threads.

    Keys name the snapshot's day and revision, so that a change makes new entries and the old ones fall out.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes, self._size = kept_bytes, 0
        self._answers: OrderedDict[Hashable, Rendered] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Rendered | None:
        """The answer kept under a key, None if it is not there (any more)."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: Hashable, answer: Rendered) -> Rendered:
        """Keep an answer and return it; the ones used least recently make room."""
        with self._lock:
            if key in self._answers:
                return self._answers[key]
            self._answers[key] = answer
            self._size += len(answer.body)
            while self._size > self._kept_bytes and len(self._answers) > 1:
                _, gone = self._answers.popitem(last=False)
                self._size -= len(gone.body)
        return answer
