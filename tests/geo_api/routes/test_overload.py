"""A flood over real sockets: every answer is right or a clear refusal, broken callers hold nothing, and it recovers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
import uvicorn

from geo_api.main import create_app
from geo_api.services.answers import PublishedTerritory
from geo_api.settings import Settings
from tests.geo_api.fakes import Clock, FakeStore, PlainFinder
from tests.geo_api.service import draw_plainly

POINT = "/v1/lookup?lon=114.005&lat=30.004&datum=wgs84"
CALLERS, SECONDS = 24, 1.5


@contextmanager
def on_port(app: object) -> Iterator[str]:
    """The application behind a socket on loopback, in a thread; gives host and port."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", ws="none"))  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


class SlowStore(FakeStore):
    """Other days take their time."""

    def __init__(self) -> None:
        super().__init__()
        read = self.published.territory

        def slowly(*asked: Any) -> PublishedTerritory:
            time.sleep(0.05)
            return read(*asked)

        self.published.territory = slowly  # type: ignore[method-assign]


@pytest.fixture
def flooded() -> Iterator[tuple[Any, str]]:
    app = create_app(
        Settings(poll_s=3600.0, batch_concurrency=1, batch_queue=1, work_concurrency=2, work_queue=2, days_cached=1),
        store=SlowStore(),
        make_finder=PlainFinder,
        draw=draw_plainly,
        now=Clock(),
    )
    with on_port(app) as where:
        yield app, where


def lookup(connection: HTTPConnection, number: int) -> tuple[int, Any, Any]:
    connection.request("GET", POINT)
    return said(connection)


def another_day(connection: HTTPConnection, number: int) -> tuple[int, Any, Any]:
    connection.request("GET", f"{POINT}&on=2025-{number % 12 + 1:02d}-{number % 27 + 1:02d}")
    return said(connection)


def batch(connection: HTTPConnection, number: int) -> tuple[int, Any, Any]:
    body = json.dumps({"datum": "wgs84", "lon": [114.005] * 200, "lat": [30.004] * 200})
    connection.request("POST", "/v1/lookup/batch", body, {"content-type": "application/json"})
    return said(connection)


def said(connection: HTTPConnection) -> tuple[int, Any, Any]:
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read()), answer.headers


def break_off(where: str, number: int) -> None:
    """A caller that goes away: in the headers, in the body, before the answer."""
    host, port = where.split(":")
    texts = [
        b"GET /v1/lookup?lon=1",
        b"POST /v1/lookup/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{",
        f"GET {POINT}&on=2025-02-0{number % 9 + 1} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    ]
    with closing(socket.create_connection((host, int(port)), timeout=20)) as line:
        line.sendall(texts[number % 3])


def test_a_flood_gets_right_answers_or_clear_refusals_and_leaves_nothing(flooded: tuple[Any, str]) -> None:
    app, where = flooded
    until = time.monotonic() + SECONDS
    seen: list[tuple[str, int, Any, Any]] = []
    broken: list[str] = []

    def call(ask: Callable[..., tuple[int, Any, Any]], first: int) -> None:
        number = first
        while time.monotonic() < until:
            with closing(HTTPConnection(where, timeout=30)) as connection:
                try:
                    while time.monotonic() < until:
                        number += 1
                        seen.append((ask.__name__, *ask(connection, number)))
                except (OSError, HTTPException) as problem:
                    broken.append(f"{ask.__name__}: {problem!r}")

    def leave(first: int) -> None:
        for number in range(first, first + 30):
            break_off(where, number)

    kinds = [lookup, another_day, batch]
    callers = [threading.Thread(target=call, args=(kinds[n % 3], 100 * n)) for n in range(CALLERS)]
    callers += [threading.Thread(target=leave, args=(n,)) for n in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=60)
    assert broken == []
    answered: dict[str, set[int]] = {}
    for name, status, body, headers in seen:
        answered.setdefault(name, set()).add(status)
        if status == 503:
            assert body["code"] == "too_busy"
            assert int(headers["retry-after"]) > 0
        elif name == "batch":
            assert body["cell_code"] == ["C01001"] * 200
        else:
            assert (status, body["cell"]["code"]) == (200, "C01001")
    assert answered["lookup"] == {200}, "plain questions are never refused"
    assert answered["batch"] <= {200, 503}
    assert answered["another_day"] == {200, 503}
    assert 503 in answered["batch"] | answered["another_day"]
    context = app.state.context
    end = time.monotonic() + 20
    while any(gate.inside for gate in (context.work, context.days, context.batches, context.uploads)):
        assert time.monotonic() < end, "callers that went away hold places"
        time.sleep(0.05)
    with closing(HTTPConnection(where, timeout=30)) as connection:
        for ask in kinds:
            assert ask(connection, 1)[0] == 200, "it recovers"
