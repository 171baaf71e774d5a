"""Officers of nowhere: every jurisdiction and officer is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from geo_api import errors


class FakeStaffing:
    """Refuses like a store without anything in it; ``reach`` fails while the database is away."""

    def __init__(self, reach: Callable[[], None]) -> None:
        self._reach = reach

    def ancestors(self, code: str) -> tuple[str, ...]:
        self._reach()
        raise errors.NotFound(f"there is no jurisdiction or cell {code!r}")

    def station_of_officer(self, officer_id: str) -> str:
        self._reach()
        raise errors.NotFound(f"there is no officer {officer_id!r}")

    def today(self, code: str) -> date:
        self._reach()
        return date(2026, 3, 10)

    @contextmanager
    def change(self) -> Iterator[FakeStaffing]:
        yield self

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody is known here, and {name} was asked for")
