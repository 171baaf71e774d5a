"""A small county behind a real server in a process of its own; and the application in this process for sync clients."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from geo_api.main import create_app
from geo_api.settings import Settings
from tests.geo_api.fakes import Clock, FakeStore, PlainFinder
from tests.geo_api.service import Service, draw_plainly

PATIENCE_S = 60.0


def app() -> FastAPI:
    """What the server process serves."""
    return create_app(
        Settings(poll_s=3600.0), store=FakeStore(), make_finder=PlainFinder, draw=draw_plainly, now=Clock()
    )


@contextmanager
def server() -> Iterator[str]:
    """The address of a server on a free port of the loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.gridward.serving:app", "--port", str(port)]
    process = subprocess.Popen([*command, "--log-level", "warning"])
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{url}/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


class ThroughService(httpx.BaseTransport):
    """Sends what a sync client asks to an application in this process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        got = self._service.request(
            request.method, str(request.url), content=request.read(), headers=dict(request.headers)
        )
        headers: Any = {k: v for k, v in got.headers.items() if k not in ("content-encoding", "content-length")}
        return httpx.Response(got.status_code, headers=headers, content=got.content)
