"""What a ledger is read from, as values and a Protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.services.ledger.answer import LedgerPost

Frame = tuple[float, float, float, float]
"""West, south, east, north, degrees."""


@dataclass(frozen=True, slots=True)
class EntityLine:
    """An entity of the register on a day.

    ``lon``, ``lat``: None = unlocated. ``plan_cell``, ``serial``, ``serial_digits``: of its entity code in the plan, "" = none.
    """

    entity_id: int
    name: str
    credit_code: str
    registration_no: str
    address: str
    industry: str
    credit_class: str
    licensed: bool
    opened: date | None
    lon: float | None
    lat: float | None
    last_visit: date | None
    plan_cell: str
    serial: int
    serial_digits: int


@dataclass(frozen=True, slots=True)
class UnlicensedStep:
    """A step in the life of an unlicensed business, and the business as it was last known."""

    entity_id: int
    name: str
    address: str
    industry: str
    lon: float | None
    lat: float | None
    step: str
    day: date
    officer_id: str
    note: str


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """What the ledger is made of.

    Attributes:
        settings: ``[rules]`` of the day. ``diagram``: what the dataset says of the printed diagram (key industries).
        profile_digest: of that profile.
        entities: of the bureau's register within the frame.
        markets: code, name, exclusive, longitude, latitude of a point inside.
        posts: of the codes asked for.
        unlicensed: steps up to the day, by business.
    """

    settings: Mapping[str, Any]
    diagram: Mapping[str, Any]
    profile_digest: str
    entities: tuple[EntityLine, ...]
    markets: tuple[tuple[str, str, bool, float, float], ...]
    posts: tuple[LedgerPost, ...]
    unlicensed: tuple[UnlicensedStep, ...]
    timezone: str = "UTC"


class LedgerReader(Protocol):
    """Where ledgers are read."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def rows(
        self,
        code: str,
        on: date,
        recorded_at: datetime | None,
        *,
        frame: Frame | None,
        codes: Sequence[str],
        plans: Sequence[int],
        visits: bool,
    ) -> LedgerRows:
        """What a ledger of ``code`` needs, in one snapshot of the database.

        ``frame``: only entities within it; None = all of the bureau. ``codes``: whose posts. ``plans``: in force.
        ``visits``: whether the last visit of each entity is asked for.
        """
        ...
