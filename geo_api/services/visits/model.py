"""Visits as answers, and what the use cases need of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from geo_api.services.answers import Caller
from geo_api.supervision.visits import Visit
from gridding.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

READERS = frozenset({"planner", "approver", "officer", "system"})
POSTERS = frozenset({"planner", "approver", "officer", "system"})
DECIDERS = frozenset({"approver"})
"""Who may report a visit later than officers may, and withdraw what others reported (besides admin)."""
MOST_VISITS = 1000
"""So many visits may come in one call."""
LISTED = 1000
MOST_LISTED = 100_000


@dataclass(frozen=True, slots=True)
class Register:
    """The register that a jurisdiction belongs to.

    Attributes:
        dataset: its name; source: of the visits that are posted to it.
        code: the jurisdiction; top: whether it is the bureau, which holds all entities, unlocated ones too.
    """

    dataset: str
    code: str
    top: bool

    @property
    def source(self) -> str:
        """Of visits that are posted, apart from those of files."""
        return f"handheld:{self.dataset}"


@dataclass(frozen=True, slots=True)
class Meant:
    """The entity that a text means, and whether it lies in the jurisdiction.

    Attributes:
        absent: it is not in the register on the day that was asked for. ``opened``: because it opened later, on that day.
        other: the business whose permanent id the text is as well; None = nobody else.
    """

    entity_id: int
    inside: bool
    absent: bool = False
    opened: date | None = None
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What is stored under an id: a visit (``row_id``), one that waits for its entity, or one that was withdrawn."""

    state: str
    row_id: int
    digest: str
    made_on: date
    actor: str
    received_at: datetime | None
    entity_id: int | None


@dataclass(frozen=True, slots=True)
class PostedVisit:
    """What became of one visit that was posted.

    ``verdict``: "stored"; "known" (the same is there already); "corrected"; "unmatched" (kept until its entity is in the
    register); "conflict" (its id is taken by another report); "refused" (not stored: ``findings`` says why).
    """

    visit_id: str
    verdict: str
    entity_id: int | None = None
    message: str = ""
    message_zh: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class PostAnswer:
    """What became of each visit, in the order in which they were sent; ``counts`` by verdict."""

    jurisdiction: str
    received_at: datetime
    counts: Mapping[str, int]
    visits: tuple[PostedVisit, ...]


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as listed; ``source`` and ``visit_id`` name it. ``received_at`` and ``actor``: where it was posted."""

    source: str
    visit_id: str
    entity_id: int
    name: str
    made_on: date
    kind: str
    result: str
    officers: tuple[str, ...]
    purpose: str
    findings: str
    notice_no: str
    rectify_by: date | None
    revisit_of: str | None
    minutes: int | None
    received_at: datetime | None
    recorded_at: datetime
    actor: str
    credit_code: str = ""


@dataclass(frozen=True, slots=True)
class VisitList:
    """Visits, newest first; ``more``: there are more than were asked for."""

    jurisdiction: str
    visits: tuple[VisitRow, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A row that is no visit: unmatched, repeat, refused or withdrawn."""

    source: str
    file: str
    row_no: int
    visit_id: str
    entity: str
    made_on: date | None
    kind: str
    result: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class LeftList:
    """Rows that are no visits, by file and row; ``counts`` by reason over all, and ``stored`` visits of the same register."""

    jurisdiction: str
    counts: Mapping[str, int]
    stored: int
    rows: tuple[LeftRow, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    """What became of the rows of a file: ``given`` is the sum of the others.

    ``new``, ``changed``, ``same``: visits; ``left``: rows that are none, by reason. ``same_day``: new visits on a day on which
    their entity had another one already.
    """

    file: str
    given: int
    new: int
    changed: int
    same: int
    left: Mapping[str, int]
    same_day: int = 0
    findings: tuple[Finding, ...] = ()


class VisitWork(Protocol):
    """One transaction that changes visits."""

    def meant(self, register: Register, named: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Meant]:
        """The entities that texts mean on a day; those that are not in it are not in the register."""
        ...

    def held(self, source: str, visit_ids: Collection[str]) -> Mapping[str, Held]:
        """What is stored under these ids."""
        ...

    def officers(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the ids that the register of officers has."""
        ...

    def now(self) -> datetime:
        """The time of recording."""
        ...

    def inside(self, register: Register, entity_id: int, day: date) -> bool:
        """Whether an entity lay in the jurisdiction on a day; an unlocated one counts as inside."""
        ...

    def close(self, held: Collection[Held]) -> None:
        """Close what is replaced."""
        ...

    def withdraw(self, held: Held) -> None:
        """Close what is withdrawn, so that it does not come back."""
        ...

    def store(
        self, register: Register, visits: Sequence[tuple[Visit, int | None, datetime | None]], *, caller: Caller
    ) -> None:
        """Store visits with their entities and the time at which they first came (None = now); without an entity they wait."""
        ...

    def event(self, *, caller: Caller, verb: str, subject: str, reason: str, payload: Mapping[str, object]) -> None:
        """Record who did what, and why."""
        ...


class VisitStore(Protocol):
    """Where visits are kept."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def register_of(self, code: str) -> Register:
        """The register of a jurisdiction; NotFound."""
        ...

    def change(self) -> AbstractContextManager[VisitWork]:
        """A transaction."""
        ...

    def visits(
        self,
        register: Register,
        *,
        entity: str | None,
        officer: str | None,
        since: date | None,
        before: date | None,
        recorded_at: datetime | None,
        limit: int,
    ) -> tuple[VisitRow, ...]:
        """Visits in the jurisdiction, newest first."""
        ...

    def left(
        self, register: Register, *, reason: str | None, limit: int
    ) -> tuple[tuple[LeftRow, ...], dict[str, int], int]:
        """Rows that are no visits, their counts by reason, and the number of visits stored."""
        ...

    def officers(self, code: str) -> frozenset[str]:
        """Ids of all officers of the register that a jurisdiction belongs to."""
        ...

    def take(
        self, register: Register, frame: pd.DataFrame, *, caller: Caller, file: str, refuse_same_day: bool = False
    ) -> ImportAnswer:
        """Store the rows of a file; BadRequest, and nothing stored, for new visits on days that have one already."""
        ...

    def rematch(self, register: Register, *, caller: Caller) -> int:
        """Store the kept visits whose entity is in the register by now; how many."""
        ...
