"""No visit plan can be made or found, for routes that are asked without a database."""

from __future__ import annotations

from datetime import date
from typing import NoReturn

from geo_api.errors import NotFound


class FakeRounds:
    """Knows no officer, no jurisdiction and no plan."""

    def ancestors(self, code: str) -> NoReturn:
        raise NotFound(f"there is no jurisdiction or cell {code!r}")

    def officer(self, officer_id: str, on: date) -> NoReturn:
        raise NotFound(f"there is no officer {officer_id!r} on {on}")

    def stored(self, round_id: int) -> NoReturn:
        raise NotFound(f"there is no visit plan {round_id}")
