"""A store of visits, due lists and classes that knows no jurisdiction: the routes' own checks are what is tested."""

from __future__ import annotations

from typing import NoReturn

from geo_api.errors import NotFound


class FakeVisits:
    """No jurisdiction has a register."""

    def ancestors(self, code: str) -> NoReturn:
        raise NotFound(f"there is no jurisdiction or cell {code!r}")
