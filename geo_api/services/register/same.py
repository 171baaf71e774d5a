"""Decide whether two entities are one: the other closes as a duplicate, its history stays, its codes lead to the kept one."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from geo_api.errors import BadRequest, Conflict
from geo_api.services.answers import Caller
from geo_api.services.register.store import Change, LifeStore, RegisterScope, RegisterWork
from geo_api.supervision.roles import require

DECIDERS = frozenset({"planner", "approver"})


@dataclass(frozen=True, slots=True)
class SameAnswer:
    """A decision: ``verdict`` "same" or "different"; ``kept`` goes on, ``closed`` closes as its duplicate on ``on``.

    ``reopened``: of "different" after "same", the one that the earlier decision had closed and that lives on now.
    """

    entity_id: int
    other_id: int
    verdict: str
    on: date
    kept: int | None = None
    closed: int | None = None
    repeated: bool = False
    reopened: int | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """What a decision "same" did: whom it closed as a duplicate, from which day on, and whether a licence was the reason."""

    entity_id: int
    day: date
    by_licence: bool


class SameWork(RegisterWork, Protocol):
    """A transaction that decides about duplicates."""

    def entity(self, named: str, on: date) -> int:
        """Permanent id by id, entity code or number; a duplicate stays itself. NotFound."""
        ...

    def verdict(self, entity_id: int, other_id: int) -> tuple[str, int | None] | None:
        """The last decision about a pair: verdict and who was kept; None = nobody decided."""
        ...

    def kept_of(self, entity_id: int) -> int:
        """The entity that stands for a duplicate: itself where it is none."""
        ...

    def closing(self, entity_id: int, other_id: int) -> Closing | None:
        """Whom the last decision about a pair closed, where that closing still holds; None = nobody."""
        ...

    def lives(self, entity_id: int, on: date) -> bool:
        """Whether an entity exists on a day."""
        ...

    def decide(self, answer: SameAnswer, *, caller: Caller, reason: str) -> None:
        """Record the decision."""
        ...


class SameStore(LifeStore, Protocol):
    """Where decisions about duplicates go."""

    def bureau_of(self, entity: str, on: date) -> str:
        """Code of the bureau whose register an entity is in; NotFound."""
        ...

    def same_change(self, scope: RegisterScope) -> AbstractContextManager[SameWork]:
        """A transaction that decides."""
        ...


def decide_same(
    store: SameStore,
    entity: str,
    other: str,
    verdict: str,
    *,
    caller: Caller,
    keep: str = "",
    reason: str,
    on: date | None = None,
) -> SameAnswer:
    """Record that two entities are the same, or that they are different. The same decision again changes nothing.

    "different" after "same" takes that back: the entity that it closed opens again and waits to be claimed.

    Args:
        store: where the register lives.
        entity, other: permanent id, entity code, credit code.
        verdict: "same" or "different".
        caller: who decides.
        keep: of the same: which of the two goes on.
        reason: why.
        on: the day from which the other is closed; None = today.

    Raises:
        NotFound: no such entity. BadRequest: one entity twice, or none to keep. NotAllowed: not the caller's to do.
        Conflict: one of them is a duplicate of another already.
    """
    if verdict not in ("same", "different"):
        raise BadRequest(f"there is no verdict {verdict!r}: same or different")
    if not reason.strip():
        raise BadRequest("a decision about duplicates needs a reason")
    bureau = store.bureau_of(entity, on or date.max)
    what = f"decide whether {entity} and {other} are the same"
    require(caller.role, caller.jurisdiction, allowed=DECIDERS, ancestors=store.ancestors(bureau), to=what)
    day = on or store.today(bureau)
    with store.same_change(store.scope(bureau, day)) as work:
        one, two = work.entity(entity, day), work.entity(other, day)
        if one == two:
            raise BadRequest(f"{entity} and {other} are one entity ({one}) already")
        kept = work.entity(keep, day) if keep else None
        if verdict == "same" and kept not in (one, two):
            raise BadRequest(f"which of the two goes on? keep {one} or {two}")
        low, high = min(one, two), max(one, two)
        closed = None if verdict == "different" else low if kept == high else high
        answer = SameAnswer(low, high, verdict, day, kept if verdict == "same" else None, closed)
        if work.verdict(low, high) == (verdict, answer.kept):
            return SameAnswer(low, high, verdict, day, answer.kept, closed, repeated=True)
        if closed is not None:
            _refuse_chains(work, closed, kept or 0)
            if work.lives(closed, day):
                work.change([Change(0, closed, day, {"closed": day})])
            work.fall(day, [closed], caller=caller)
        else:
            answer = _taken_back(work, answer, caller)
        work.decide(answer, caller=caller, reason=reason.strip())
    return answer


def _refuse_chains(work: SameWork, closed: int, kept: int) -> None:
    for one in (closed, kept):
        stands = work.kept_of(one)
        if stands != one:
            back = f", or take that back first (different {one} {stands})" if stands in (closed, kept) else ""
            raise Conflict(f"entity {one} is a duplicate of entity {stands} already: decide about {stands}{back}")


def _taken_back(work: SameWork, answer: SameAnswer, caller: Caller) -> SameAnswer:
    """Open again what the last decision about the pair closed; what was closed before it stays closed."""
    was = work.closing(answer.entity_id, answer.other_id)
    if was is None:
        return answer
    if was.by_licence:
        kept = answer.entity_id + answer.other_id - was.entity_id
        raise Conflict(
            f"entity {was.entity_id} got its licence as entity {kept} on {was.day}: if that is wrong, report it as reopened "
            f"(gridward register import) and begin a file for it again"
        )
    day = max(answer.on, was.day)
    work.change([Change(0, was.entity_id, day, {}, reopens=True)])
    work.fall(day, [was.entity_id], caller=caller)
    return replace(answer, reopened=was.entity_id)
