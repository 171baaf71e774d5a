"""The feed of changes: pages fetched as they are needed, resumed where it was left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

from gridward.answers import Change, Changes


class ChangeFeed:
    """Changes one after the other, each once and in order.

    Keep ``token`` after each change that you have worked on, and begin with it the next time: nothing comes twice,
    nothing is missed. When the loop ends you are up to date; loop again for what came since.

    Attributes:
        token: where the feed stands: ``since`` of the next question. None = at the start.
        revision: of the store, when the last page was read; None before.
    """

    def __init__(self, page: Callable[[str | None], Changes], since: str | None) -> None:
        self._page = page
        self.token = since
        self.revision: str | None = None

    def __iter__(self) -> Iterator[Change]:
        while True:
            page = self._page(self.token)
            self.revision = page.revision
            for change in page.changes:
                self.token = change.token
                yield change
            self.token = page.next
            if not page.more:
                return


class AsyncChangeFeed:
    """:class:`ChangeFeed` for ``async for``."""

    def __init__(self, page: Callable[[str | None], Awaitable[Changes]], since: str | None) -> None:
        self._page = page
        self.token = since
        self.revision: str | None = None

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            page = await self._page(self.token)
            self.revision = page.revision
            for change in page.changes:
                self.token = change.token
                yield change
            self.token = page.next
            if not page.more:
                return
