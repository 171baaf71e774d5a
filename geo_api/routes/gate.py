"""Bounded work: so many at a time, so many waiting, the rest refused at once instead of piling up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from geo_api.errors import TooBusy

T = TypeVar("T")


class Gate:
    """Runs functions in worker threads, ``concurrency`` at a time, with at most ``queue`` more admitted.

    Raises TooBusy (503, Retry-After) at the door when both are full.
    """

    def __init__(self, name: str, concurrency: int, queue: int) -> None:
        self._name, self._room = name, concurrency + queue
        self._concurrency = concurrency
        self._limiter: anyio.CapacityLimiter | None = None  # made in the event loop that uses it
        self.inside = 0

    def check(self) -> None:
        """TooBusy where there is no place now: better said before a body is received than after."""
        if self.inside >= self._room:
            raise TooBusy(f"too many requests for {self._name} are being worked on; try again after a moment")

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Hold a place."""
        self.check()
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    async def run(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run ``work`` in a thread; for callers who hold a place."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._concurrency)
        return await anyio.to_thread.run_sync(partial(work, *args, **named), limiter=self._limiter)

    async def do(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Hold a place and run ``work`` in a thread."""
        async with self.admitted():
            return await self.run(work, *args, **named)


async def within(seconds: float, waiting: Any) -> Any:
    """Await, but not longer than so many seconds (TimeoutError)."""
    async with asyncio.timeout(seconds):
        return await waiting
