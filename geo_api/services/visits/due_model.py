"""What is due, as values, and what finding it needs of the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Protocol

import numpy as np

from geo_api.services.answers import PublishedTerritory
from geo_api.services.visits.model import Register
from geo_api.supervision.due_rules import DueList
from gridding.types import IntArray

Days = np.ndarray
"""datetime64[D]; NaT = none."""


@dataclass(frozen=True, slots=True)
class DueInputs:
    """The entities of a register on a day, one element each, by id; and their open notices.

    Attributes:
        entity_id, name, credit_code, address, credit_class, industry, licensed, cell: (n,); cell "" = none.
        opened, licence_until, since: (n,) days; ``since`` = from when this version of the entity holds.
        counted, last, fail, minor: (n,) last visit of a kind that counts, last visit, last failed, last with faults.
        followed: (n,) last visit, or last step in the ledger of the unlicensed.
        notices: (entity_id, visit_id, deadline) of notices that nobody followed up, by entity.
        territory: who answers for which code that day; without shapes.
    """

    entity_id: IntArray
    name: np.ndarray
    credit_code: np.ndarray
    address: np.ndarray
    credit_class: np.ndarray
    industry: np.ndarray
    licensed: np.ndarray
    cell: np.ndarray
    opened: Days
    licence_until: Days
    since: Days
    counted: Days
    last: Days
    fail: Days
    minor: Days
    followed: Days
    notices: tuple[tuple[int, str, date], ...]
    territory: PublishedTerritory


@dataclass(frozen=True)
class DueTable:
    """What is due, one element each, by day due, then list, then entity.

    Attributes:
        on: the day. lists: those looked at.
        entity: (r,) index into ``inputs``; ``list_no``: (r,) index into ``lists``; ``due_on``, ``from_day``: (r,) days, the
            day due and the day that it was counted from.
        subject: (r,) what it is about besides the entity: the visit_id of a notice, "" otherwise.
    """

    on: date
    lists: tuple[DueList, ...]
    inputs: DueInputs
    entity: IntArray
    list_no: IntArray
    due_on: Days
    from_day: Days
    subject: np.ndarray

    @cached_property
    def late_days(self) -> IntArray:
        """(r,) days since the day due; 0 = not late."""
        late = (np.datetime64(self.on, "D") - self.due_on).astype(np.int64)
        return np.maximum(late, 0)

    @cached_property
    def entity_ids(self) -> IntArray:
        """(r,) permanent ids."""
        return np.asarray(self.inputs.entity_id[self.entity])


@dataclass(frozen=True, slots=True)
class DueRow:
    """Something that is due at an entity.

    ``list``: name of the list; ``due_on``: the last day in time; ``late_days``: days since, 0 = not late; ``why``: what it
    is counted from; ``officers``: ids of who is in charge, ``answers_for`` the code whose officers they are ("" = nobody).
    ``subject``: the visit_id of the notice.
    """

    entity_id: int
    name: str
    address: str
    credit_class: str
    industry: str
    cell_code: str
    list: str
    title_zh: str
    title_en: str
    due_on: date
    late_days: int
    why: str
    why_zh: str
    officers: tuple[str, ...]
    officer_names: tuple[str, ...]
    answers_for: str
    subject: str = ""
    credit_code: str = ""


@dataclass(frozen=True, slots=True)
class DueAnswer:
    """What is due in a jurisdiction on a day, by day due; ``counts`` by list over all, ``more``: there are more rows."""

    jurisdiction: str
    on: date
    until: date
    counts: dict[str, int]
    late: dict[str, int]
    rows: tuple[DueRow, ...]
    more: bool


class DueReader(Protocol):
    """Where what is due is found in."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def register_of(self, code: str) -> Register:
        """The register of a jurisdiction; NotFound."""
        ...

    def due_inputs(
        self,
        register: Register,
        on: date,
        kinds: tuple[str, ...],
        recorded_at: datetime | None,
        *,
        entities: Sequence[int] | None = None,
        cells: Callable[[PublishedTerritory], Collection[str] | None] | None = None,
    ) -> DueInputs:
        """Entities (None = the whole register's), last visits, open notices and officers on a day.

        ``cells`` says of which cells, once it is known who answers where; None = all entities.
        """
        ...

    def counts_since(
        self, ids: IntArray, starts: Days, on: date, kinds: tuple[str, ...], recorded_at: datetime | None
    ) -> dict[int, int]:
        """Visits of entities since a day each."""
        ...
