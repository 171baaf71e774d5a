"""Credit classes proposed and confirmed, as values, and what the use cases need of the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np

from geo_api.services.answers import Caller
from geo_api.services.visits.model import Register
from gridding.types import IntArray


@dataclass(frozen=True, slots=True)
class BadVisit:
    """A visit that counts against an entity; ``words``: what was written about it."""

    visit_id: str
    made_on: date
    result: str
    words: str


@dataclass(frozen=True, slots=True)
class Records:
    """The entities of a register on a day, by id, with what was recorded of them since the day ``first``.

    ``visits``: (n,) visits with a result; ``bad``: failed ones and those with something to correct; ``fails``: failed ones;
    ``worded``: failed ones that hold one of some words, by these words. ``cell``: (n,) "" = none. ``key_industries``: of the
    diagram. ``parents``: code -> code of the level above.
    """

    entity_id: IntArray
    name: np.ndarray
    credit_code: np.ndarray
    credit_class: np.ndarray
    industry: np.ndarray
    licensed: np.ndarray
    cell: np.ndarray
    visits: IntArray
    bad: IntArray
    fails: IntArray
    worded: Mapping[tuple[str, ...], IntArray]
    key_industries: tuple[str, ...]
    parents: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClassProposal:
    """A class that follows from the record, or that a person proposed (``proposal_id``, ``proposed_by``).

    Attributes:
        was: the class that the entity has. rule: the condition that decided, "manual" for a person's.
        why, why_zh: in words. visits: (visit_id, day, result) that it rests on.
    """

    entity_id: int
    name: str
    cell_code: str
    industry: str
    was: str
    proposed: str
    rule: str
    why: str
    why_zh: str
    visits: tuple[tuple[str, date, str], ...] = ()
    proposal_id: int | None = None
    proposed_by: str = ""
    credit_code: str = ""


@dataclass(frozen=True, slots=True)
class ProposalList:
    """Proposals of a jurisdiction, by entity; ``counts``: by "was -> proposed" over all."""

    jurisdiction: str
    on: date
    counts: Mapping[str, int]
    proposals: tuple[ClassProposal, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """A class that a person confirms: for whom, which, why."""

    entity: str
    confirmed: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A class confirmed: ``was`` before, from the day ``on``; ``decision_id`` 0 = nothing changed."""

    decision_id: int
    entity_id: int
    name: str
    was: str
    confirmed: str
    on: date


@dataclass(frozen=True, slots=True)
class DecidedList:
    """What was confirmed in one go."""

    jurisdiction: str
    on: date
    decisions: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """An entity as a decision needs it: its class on the day, the class that its source says, its open manual proposal.

    ``decided_by``, ``decided``, ``decided_on``: who decided last, which class, from which day; "" and None = nobody yet.
    """

    entity_id: int
    name: str
    credit_class: str
    licensed: bool
    source_class: str
    inside: bool
    proposal_id: int | None
    proposed: str
    proposed_by: str
    decided_by: str = ""
    decided: str = ""
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as stored."""

    known: Known
    confirmed: str
    reason: str
    proposed: str
    rule: str
    visits: tuple[tuple[str, date, str], ...]


class ClassWork(Protocol):
    """One transaction that changes classes."""

    def known(self, register: Register, named: Collection[str], on: date) -> Mapping[str, Known]:
        """Entities by any of their numbers, locked; those that are not in it are not in the register."""
        ...

    def propose(self, entity_id: int, *, on: date, was: str, proposed: str, reason: str, caller: Caller) -> int:
        """Record what a person proposes; its id."""
        ...

    def decide(self, rows: Sequence[DecisionRow], *, on: date, caller: Caller) -> tuple[int, ...]:
        """Record decisions, and the new versions of their entities from the day on; their ids."""
        ...


class ClassStore(Protocol):
    """Where classes are proposed from and confirmed in."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def register_of(self, code: str) -> Register:
        """The register of a jurisdiction; NotFound."""
        ...

    def records(
        self,
        register: Register,
        first: date,
        on: date,
        recorded_at: datetime | None,
        *,
        words: Collection[tuple[str, ...]] = (),
        ids: Sequence[int] | None = None,
        cells: Callable[[Mapping[str, str]], Collection[str] | None] | None = None,
    ) -> Records:
        """What was recorded of each entity (or of those ``ids``) after ``first`` up to and with ``on``.

        ``cells`` says of which cells, once it is known which code lies in which; None = all entities.
        """
        ...

    def bad_visits(
        self, ids: Sequence[int], first: date, on: date, recorded_at: datetime | None
    ) -> Mapping[int, tuple[BadVisit, ...]]:
        """Of entities: their failed visits and those with something to correct, oldest first."""
        ...

    def manual(self, register: Register) -> tuple[ClassProposal, ...]:
        """Proposals of persons that nobody decided on."""
        ...

    def change(self) -> AbstractContextManager[ClassWork]:
        """A transaction."""
        ...
