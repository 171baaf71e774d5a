"""What changes of the register need of the store, and the typed answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from geo_api.services.answers import Caller
from geo_api.services.claims.store import FallCounts
from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class Keys:
    """What a row names its entity by; "" = not given."""

    row: int
    source_id: str
    credit_code: str
    registration_no: str
    day: date


@dataclass(frozen=True, slots=True)
class Known:
    """An entity that a row may mean, as it is on the row's day.

    ``by``: "source_id", "credit_code" or "registration_no". ``lives``: whether it exists that day. ``content``: its
    columns, with ``lon`` and ``lat`` (None = unlocated).
    """

    row: int
    by: str
    entity_id: int
    lives: bool
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes from its day on.

    ``values``: columns that it sets. ``place``: (lon, lat) in EPSG:4490 where ``places`` is set, None = unlocated from then
    on. ``reopens``: it is no longer closed. ``placed_by``: "" = the source gave the place, else who or what found it.
    """

    row: int
    entity_id: int
    day: date
    values: Mapping[str, Any]
    places: bool = False
    place: tuple[float, float] | None = None
    placed_by: str = ""
    reopens: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A field that a row changes only until a day: from then on the register has another value, recorded before.

    ``field``: a column of the entity, or "place".
    """

    row: int
    entity_id: int
    field: str
    until: date


@dataclass(frozen=True, slots=True)
class Addition:
    """A new entity: the id that it has in its source, its columns, its place."""

    row: int
    source_id: str
    values: Mapping[str, Any]
    place: tuple[float, float] | None = None
    placed_by: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not stored: where it stands, why not, and the value that is wrong."""

    row: int
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    """What an import of daily changes did.

    Attributes:
        jurisdiction, on: the bureau, and the day of the import.
        given: rows in the file.
        opened, changed, moved, closed, reopened: rows that changed the register, by kind.
        same: rows that say what the register says already.
        rejected: rows that were not stored.
        fell, lapsed: entities that now wait to be claimed; open claims that ended.
        dry_run: whether nothing was stored in the end.
        findings: what is doubtful.
    """

    jurisdiction: str
    on: date
    given: int
    opened: int = 0
    changed: int = 0
    moved: int = 0
    closed: int = 0
    reopened: int = 0
    same: int = 0
    fell: int = 0
    lapsed: int = 0
    dry_run: bool = False
    rejected: tuple[Rejected, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


class RegisterWork(Protocol):
    """One transaction that changes the register; nobody else writes meanwhile."""

    def known(self, keys: Sequence[Keys]) -> tuple[Known, ...]:
        """The entities that rows may mean, in one query."""
        ...

    def add(self, additions: Sequence[Addition]) -> tuple[int, ...]:
        """Store new entities; their permanent ids, in the order given."""
        ...

    def change(self, changes: Sequence[Change]) -> frozenset[int]:
        """Store new versions, at most one change an entity; the rows that changed something.

        Versions that begin after a change's day take it over as far as they have what it changes as it was before.
        """
        ...

    def held_until(self) -> tuple[Held, ...]:
        """What the changes so far set only until a later version that says something else."""
        ...

    def fall(self, day: date, ids: Sequence[int], *, caller: Caller) -> FallCounts:
        """Entities that appeared or moved wait to be claimed."""
        ...

    def outside(self, ids: Sequence[int], code: str, day: date) -> tuple[int, ...]:
        """Of these entities, the located ones that lie outside a jurisdiction."""
        ...

    def record(self, answer: ImportAnswer, digest: str, *, caller: Caller, reason: str) -> None:
        """Record the import."""
        ...

    def discard(self) -> None:
        """At the end nothing of the transaction stays."""
        ...


@dataclass(frozen=True, slots=True)
class RegisterScope:
    """Where a change of the register goes: the bureau, the dataset of its entities, its rules that day."""

    bureau: str
    source: str
    settings: Mapping[str, Any]


class LifeStore(Protocol):
    """Where the register lives."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def scope(self, code: str, on: date) -> RegisterScope:
        """The bureau above a code and its rules on a day; NotFound."""
        ...

    def register_change(self, scope: RegisterScope) -> AbstractContextManager[RegisterWork]:
        """A transaction that changes the register of a bureau."""
        ...
