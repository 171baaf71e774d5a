"""Large texts are zipped for who accepts it; small ones, files and the fast lane are not."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from geo_api.routes.compress import SMALLEST, Compress, wants_gzip
from tests.geo_api.service import Service, running

LARGE = b'{"a":' + b"1" * SMALLEST + b"}"


def through(
    pieces: list[bytes], *, method: str = "GET", accepts: str = "gzip", status: int = 200, **headers: str
) -> Any:
    """(headers, body) of an answer in pieces that went through the middleware."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for piece in pieces[:-1]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": pieces[-1]})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "headers": [(b"accept-encoding", accepts.encode())]}
    asyncio.run(Compress(app)(scope, None, send))  # type: ignore[arg-type]
    starts = [m for m in sent if m["type"] == "http.response.start"]
    assert len(starts) == 1
    assert not sent[-1].get("more_body")
    return dict(starts[0]["headers"]), b"".join(m["body"] for m in sent[1:])


@pytest.mark.parametrize("pieces", [[LARGE], [LARGE, LARGE, b""], [b"", LARGE], [b"x", b"y"]])
def test_large_texts_are_zipped_whole_or_in_pieces(pieces: list[bytes]) -> None:
    headers, body = through(pieces, content_type="application/geo+json", etag='"abc"', vary="X-API-Key")
    assert gzip.decompress(body) == b"".join(pieces)
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"etag"] == b'W/"abc"'
    assert headers[b"vary"] == b"X-API-Key, Accept-Encoding"
    assert b"content-length" not in headers


@pytest.mark.parametrize(
    "named",
    [
        {"content_type": "application/json", "accepts": "br"},
        {"content_type": "application/json", "accepts": "gzip;q=0"},
        {"content_type": "application/json", "method": "HEAD"},
        {"content_type": "application/json", "content_encoding": "gzip"},
        {"content_type": "application/geopackage+sqlite3"},
        {"content_type": "application/json", "content_length": "20"},
    ],
)
def test_all_else_goes_as_it_is(named: dict[str, str]) -> None:
    headers, body = through([LARGE], etag='"abc"', **named)
    assert body == LARGE
    assert headers[b"etag"] == b'"abc"'


def test_small_ones_go_as_they_are() -> None:
    assert through([b"{}"], content_type="application/json")[1] == b"{}"


ACCEPTED = {"gzip": True, "br, gzip;q=0.5": True, "gzip; q=0": False, "": False, "gzip;q=0.": False}


@pytest.mark.parametrize(("accepted", "wants"), ACCEPTED.items())
def test_what_accepts_gzip(accepted: str, wants: bool) -> None:
    assert wants_gzip(accepted) is wants


def test_an_answer_that_is_zipped_is_still_known_by_its_etag() -> None:
    with running() as service:
        _known_by_its_etag(service)


def _known_by_its_etag(service: Service) -> None:
    first = service.get("/docs")
    assert first.headers["content-encoding"] == "gzip"
    plain = service.get("/docs", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    for tag in (first.headers["etag"], plain.headers["etag"]):
        assert service.get("/docs", headers={"If-None-Match": tag}).status_code == 304
