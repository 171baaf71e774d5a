"""What claims need of the store, and the typed answers about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.services.answers import Caller
from geo_api.supervision.claims import Claim, ClaimStep
from geo_api.supervision.claims_rules import ClaimRules
from geo_api.supervision.periods import Period


@dataclass(frozen=True, slots=True)
class DatedRules:
    """The time limits of a bureau for a period."""

    valid: Period
    rules: ClaimRules


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim as it stood on a day, as it is stored.

    Attributes:
        entity_id, name, address, industry, credit_class, licensed: of the entity that day.
        lon, lat: its place (EPSG:4490), None = unknown.
        claim_no: 1, 2, ... of the entity.
        step, day, to_cell, officer_id, document, reason, actor: of the last step.
        cell_code, fell_on: where and when it fell.
        settled_on: the first day on which somebody held it; None = not yet.
        cell_station, to_station: stations of the two cells.
        asked_on: the day on which the time limit of its claim began: that of its fall, or of the last redraw.
        now_cell, now_plan, now_since: the cell in which its place lies since a redraw that no step tells of yet, the plan
            and its first day; "" and None = it lies where the last step says.
    """

    entity_id: int
    name: str
    address: str
    industry: str
    credit_class: str
    licensed: bool
    lon: float | None
    lat: float | None
    claim_no: int
    step: str
    day: date
    to_cell: str
    officer_id: str
    document: str
    reason: str
    actor: str
    cell_code: str
    fell_on: date
    settled_on: date | None
    cell_station: str
    to_station: str
    asked_on: date
    now_cell: str
    now_plan: int | None
    now_since: date | None


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as it is answered.

    Attributes:
        entity_id, name, address, industry, credit_class: of the entity.
        lon, lat: its place in degrees (EPSG:4490); None = unknown.
        claim_no: 1, 2, ... of the entity.
        state: "waiting", "transfer", "disputed", "claimed", "transferred", "decided" or "lapsed".
        cell_code, fell_on: the cell that it fell into, and the day.
        waits_for: whose officers must act: a cell, or the station or bureau that decides; None where it is settled.
        held_by: the one cell that answers for it; None while nobody does.
        officer_id, since, document, reason: of the last step.
        due_on: the last day in time for the next step; None where it is settled.
        late_days: days beyond it on the day asked about, 0 = in time.
        to_cell: the cell named in a transfer, a dispute or a decision, or the one of a redraw.
        days_left: until ``due_on`` on the day asked about, 0 = that day is the last; None = settled or late.
        officers: who has to act or answers for it: "name (id)" of the officers of that cell, station or bureau.
    """

    entity_id: int
    name: str
    address: str
    industry: str
    credit_class: str
    lon: float | None
    lat: float | None
    claim_no: int
    state: str
    cell_code: str
    fell_on: date
    waits_for: str | None
    held_by: str | None
    officer_id: str
    since: date
    document: str
    reason: str
    due_on: date | None
    late_days: int
    to_cell: str = ""
    days_left: int | None = None
    officers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimList:
    """The claims of a jurisdiction on a day; ``totals`` counts them by state, late ones as "late" once more."""

    jurisdiction: str
    on: date
    totals: Mapping[str, int]
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """A claim after a step, with all its steps."""

    claim: ClaimView
    steps: tuple[ClaimStep, ...]


@dataclass(frozen=True, slots=True)
class FallCounts:
    """What a change of the register did to claims: entities that fell into a cell, and open claims that lapsed."""

    fell: int = 0
    lapsed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What one of many steps is about: the entity as it is named, the day (None = today), and the cell that it names."""

    entity: str
    on: date | None = None
    to: str = ""


class ClaimReads(Protocol):
    """What a store and a transaction read alike."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def parents(self) -> dict[str, str]:
        """Code of each jurisdiction -> code of the level above it, "" at the top."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def rules(self, code: str, recorded_at: datetime | None = None) -> tuple[DatedRules, ...]:
        """The time limits of the bureau above a code, by period."""
        ...


class ClaimWork(ClaimReads, Protocol):
    """One transaction about claims; nobody else writes meanwhile."""

    def entity(self, named: str, on: date) -> int:
        """Permanent id of an entity named by id, entity code or credit code; NotFound."""
        ...

    def claim(self, entity_id: int) -> Claim | None:
        """The last claim of an entity with its steps; None where there is none."""
        ...

    def on_duty(self, officer_id: str, codes: Sequence[str], on: date) -> bool:
        """Whether an officer, or who stands in for one, answers for one of the codes on a day."""
        ...

    def officers(self, code: str, on: date) -> tuple[str, ...]:
        """Ids of the officers of a code on a day."""
        ...

    def in_force(self, cell_code: str, on: date) -> bool:
        """Whether a cell is in a published plan of that day."""
        ...

    def may_be_redrawn(self, claim: Claim, on: date) -> bool:
        """Whether a plan in force on a day is younger than the last step of a claim."""
        ...

    def append(self, claim: Claim) -> None:
        """Store the last step of a claim; Conflict where somebody was faster."""
        ...

    def view(self, entity_id: int, claim_no: int, on: date) -> ClaimRow:
        """The claim as it stands on a day."""
        ...

    def event(
        self, *, caller: Caller, verb: str, subject: str, reason: str = "", payload: Mapping[str, Any] | None = None
    ) -> None:
        """Record who did what, and why."""
        ...


class ClaimStore(ClaimReads, Protocol):
    """Where claims are kept."""

    def people(self, codes: Sequence[str], on: date, recorded_at: datetime | None = None) -> dict[str, tuple[str, ...]]:
        """Code -> "name (id)" of those who answer for it on a day, heads first; codes of nobody are left out."""
        ...

    def cells_of(self, ids: Sequence[int], on: date) -> dict[int, str]:
        """Cell of each located entity on a day; those in no cell are left out."""
        ...

    def claims(
        self, code: str, on: date, *, only_open: bool = False, recorded_at: datetime | None = None
    ) -> tuple[ClaimRow, ...]:
        """The claims that concern a jurisdiction, as they stood on a day, by entity and number."""
        ...

    def look(self) -> AbstractContextManager[ClaimWork]:
        """What a transaction reads, without changing anything."""
        ...

    def change(self) -> AbstractContextManager[ClaimWork]:
        """A transaction that changes something."""
        ...

    def change_many(self, asked: Sequence[Asked]) -> AbstractContextManager[ClaimWork]:
        """The same for many steps: what they need is read for all of them at once, and written at the end.

        Conflict there, and nothing stored, where somebody was faster.
        """
        ...
