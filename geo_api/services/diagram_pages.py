"""Supervision diagrams as pages: drawn once per plan, language and style, then served from memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date, datetime
from typing import Protocol

from geo_api.errors import NotFound
from geo_api.services.snapshot import Snapshot, cells_under


class DrawDiagram(Protocol):
    """Draws one page."""

    def __call__(self, snapshot: Snapshot, code: str, language: str, *, with_telephones: bool) -> str:
        """The diagram of a jurisdiction as HTML."""
        ...


Key = tuple[str, str, date, datetime | None, str, tuple[int, ...], bool, str]


class DiagramPages:
    """Draws diagrams and keeps the last few.

    Args:
        draw: draws one page.
        style_version: changes whenever the look of diagrams does.
        pages_kept: pages that stay in memory.
    """

    def __init__(self, draw: DrawDiagram, *, style_version: str = "", pages_kept: int = 64) -> None:
        self._draw, self._style_version, self._pages_kept = draw, style_version, pages_kept
        self._pages: OrderedDict[Key, bytes] = OrderedDict()
        self._lock, self._drawing = threading.Lock(), threading.Lock()

    def page(self, snapshot: Snapshot, code: str, language: str, *, with_telephones: bool) -> bytes:
        """The diagram of a station or a bureau as it is on the snapshot's day; NotFound for a code without cells."""
        shown = cells_under(snapshot, code)
        if not shown:
            raise NotFound(f"no station or bureau with published cells has the code {code!r} on {snapshot.on}")
        plans = tuple(sorted({snapshot.plan(i).plan_id for i in shown}))
        moment, revision = snapshot.recorded_at, snapshot.revision
        key = (code, language, snapshot.on, moment, revision, plans, with_telephones, self._style_version)
        if (known := self._known(key)) is not None:
            return known
        with self._drawing:
            if (known := self._known(key)) is not None:
                return known
            page = self._draw(snapshot, code, language, with_telephones=with_telephones).encode()
            with self._lock:
                self._pages[key] = page
                while len(self._pages) > self._pages_kept:
                    self._pages.popitem(last=False)
            return page

    def _known(self, key: Key) -> bytes | None:
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
            return self._pages.get(key)
