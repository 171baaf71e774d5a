"""What workload needs of the store, as values and a Protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.services.coverage_store import Register, Scope

READERS = frozenset({"planner", "approver", "officer", "system"})
"""Roles that may see workload and staff."""


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity on a day, where it lies and what its bureau has decided.

    ``station``, ``cell``: "" = in none. ``around``: (m, 2) places of the located entities of its station, its own first;
    empty where it has none. ``code``: of its cell, station or bureau, whichever is lowest.
    """

    entity_id: int
    name: str
    credit_class: str
    industry: str
    licensed: bool
    given_hours: float | None
    station: str
    cell: str
    code: str
    rules: Mapping[str, Any]
    around: Any


class WorkloadStore(Protocol):
    """Where workload is counted."""

    @property
    def recorded_at(self) -> datetime | None:
        """As recorded when it answers; None = now."""
        ...

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def today_of_entity(self, named: str) -> date:
        """Today in the time zone of the bureau of an entity."""
        ...

    def scope(self, code: str, on: date) -> Scope:
        """A station or what is above it on a day; NotFound."""
        ...

    def register(self, code: str, on: date) -> Register:
        """The entities of the bureau above a code that exist on a day."""
        ...

    def entity(self, named: str, on: date) -> EntityRow:
        """An entity by permanent id, entity code, credit code or registration number; NotFound, Conflict."""
        ...

    def officers(self, codes: Sequence[str], on: date) -> Mapping[str, int]:
        """Station code ("" = none) -> officers of the datasets of these jurisdictions on a day."""
        ...
