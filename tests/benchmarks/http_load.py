"""A closed loop of requests over keep-alive connections: each sends its next request when the answer is complete."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import uvloop


@dataclass
class Load:
    """What the connections saw.

    Attributes:
        latencies_s: of every answer that came within the time.
        failed: answers with a status other than 200, and connections that broke.
        took_s: how long it went on.
    """

    latencies_s: list[float] = field(default_factory=list)
    failed: int = 0
    took_s: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies_s) / self.took_s

    def percentile_s(self, percent: float) -> float:
        """Latency that so many per cent of the answers stayed within."""
        return float(np.percentile(self.latencies_s, percent))


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Sequence[bytes], first: int, load: Load, until: float) -> None:
        self._requests, self._next, self._load, self._until = requests, first, load, until
        self._buffer = b""
        self._begun = 0.0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._next = (self._next + 1) % len(self._requests)
        self._begun = time.perf_counter()
        self._transport.write(self._requests[self._next])  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._buffer.find(b"content-length: ", 0, head)
        length = int(self._buffer[at + 16 : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) < head + 4 + length:
            return
        now = time.perf_counter()
        self._load.latencies_s.append(now - self._begun)
        self._load.failed += not self._buffer.startswith(b"HTTP/1.1 200")
        self._buffer = b""
        if now < self._until:
            self._send()
        else:
            self._until = 0.0
            self._transport.close()

    def connection_lost(self, _problem: Exception | None) -> None:
        self._load.failed += self._until > 0
        if not self.closed.done():
            self.closed.set_result(None)


def hammer(port: int, paths: Sequence[str], *, connections: int, seconds: float) -> Load:
    """Ask the paths in turn for so many seconds."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths]

    async def run() -> Load:
        load, begun = Load(), time.perf_counter()
        loop = asyncio.get_running_loop()
        step = max(1, len(requests) // connections)
        opened = [
            await loop.create_connection(
                partial(_Connection, requests, n * step, load, begun + seconds), "127.0.0.1", port
            )
            for n in range(connections)
        ]
        async with asyncio.timeout(seconds + 30):
            await asyncio.gather(*(connection.closed for _, connection in opened))
        load.took_s = time.perf_counter() - begun
        return load

    return uvloop.run(run())
