"""Draws as values, and what they need of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from geo_api.services.answers import Caller
from geo_api.services.workload.store import WorkloadStore


@dataclass(frozen=True, slots=True)
class NewDraw:
    """A draw to be stored; ``members`` in the order in which they were drawn."""

    jurisdiction: str
    year: int
    industry: str
    share: float
    seed: int
    register_on: date
    population: int
    digest: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredDraw:
    """A draw as stored; ``at``: when, ``actor``: by whom."""

    draw_id: int
    jurisdiction: str
    year: int
    industry: str
    share: float
    seed: int
    register_on: date
    population: int
    chosen: int
    digest: str
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SampledEntity:
    """An entity that was drawn; ``visited_on``: its first visit in the year, None = none yet. ``cell``: of today's plan."""

    industry: str
    number: int
    entity_id: int
    name: str
    address: str
    station: str
    cell: str
    visited_on: date | None


@dataclass(frozen=True, slots=True)
class SamplingGroup:
    """A hot industry in a year.

    Attributes:
        industry, share: of the rules.
        entities: of the industry in the jurisdiction on the day.
        quota: entities to be visited at least once in the year, every station for itself.
        visited: entities visited at least once in the year up to the day, drawn or not; ``counted``: of each station at
            most its quota, which is what counts as made.
        drawn, drawn_visited: of the draw in force; 0 = nothing drawn.
        seed: of the draw in force.
    """

    industry: str
    share: float
    entities: int
    quota: int
    visited: int
    counted: int
    drawn: int
    drawn_visited: int
    seed: int | None


@dataclass(frozen=True, slots=True)
class SamplingAnswer:
    """The samples of a jurisdiction in a year, as of a day."""

    jurisdiction: str
    year: int
    on: date
    groups: tuple[SamplingGroup, ...]
    draws: tuple[StoredDraw, ...]
    members: tuple[SampledEntity, ...]


class SamplingStore(WorkloadStore, Protocol):
    """Where draws are kept."""

    def draws(self, jurisdiction: str, year: int) -> tuple[StoredDraw, ...]:
        """The latest draw of each industry."""
        ...

    def keep_draws(self, draws: Sequence[NewDraw], *, caller: Caller, reason: str) -> None:
        """Store draws with their members, in one transaction."""
        ...

    def drawn(self, draw_ids: Collection[int], on: date) -> tuple[tuple[int, int, int, str, str], ...]:
        """(draw, number, entity, name, address) of the members of some draws, in their order."""
        ...

    def first_visits(self, ids: Sequence[int], first: date, last: date) -> Mapping[int, date]:
        """Entity -> its first visit of the days [first, last); those without one are left out."""
        ...
