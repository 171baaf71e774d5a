"""An application in an event loop of its own, in a thread: what it computes does not hold up the loop of the lookups."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OwnLoop:
    """Passes requests without a body on to ``app`` in another thread, and its answers back when they are whole.

    The thread starts with the first request. ``at_end`` is awaited in its loop when it is closed.
    """

    def __init__(self, app: ASGIApp, at_end: Callable[[], Awaitable[None]]) -> None:
        self._app, self._at_end = app, at_end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        done = asyncio.run_coroutine_threadsafe(self._answer(scope), self._running())
        for message in await asyncio.wrap_future(done):
            await send(message)

    async def _answer(self, scope: Scope) -> list[Message]:
        messages: list[Message] = []
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()  # nobody hears here that the caller has gone
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="gridward-ogc", daemon=True)
                self._thread.start()
            return self._loop

    async def close(self) -> None:
        """End the thread."""
        with self._starting:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        ending: Any = self._at_end()
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ending, loop))
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join, 5)
        if not thread.is_alive():
            loop.close()
