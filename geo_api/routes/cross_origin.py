"""Pages of other origins (CORS): off unless origins are set; keys travel in headers, so credentials are never allowed."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

ASKED = ("Authorization", "X-API-Key", "Content-Type", "Content-Encoding", "If-None-Match", "X-Request-ID")
SHOWN = ("ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-ID", "X-Gridward-Revision")
KEPT_S = 600


def cross_origin(origins: tuple[str, ...]) -> list[Middleware]:
    """The middleware for these origins; none where there are none."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=list(ASKED),
            expose_headers=list(SHOWN),
            allow_credentials=False,
            max_age=KEPT_S,
        )
    ]
