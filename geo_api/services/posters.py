"""Posters: which diagram hangs where, so that one older than the plan is found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, Poster, PosterList
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
WRITERS = frozenset({"planner", "approver", "officer"})


class PosterStore(Protocol):
    """Where posters are recorded."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code and every level above it, lowest first; NotFound."""
        ...

    def below(self, code: str) -> tuple[str, ...]:
        """The code, the jurisdictions below it, and the cell codes of its stations."""
        ...

    def posters(self, codes: Sequence[str], on: date, recorded_at: datetime | None = None) -> tuple[Poster, ...]:
        """The posters of jurisdictions that hang on a day."""
        ...

    def plan_on(self, code: str, on: date) -> int | None:
        """The plan in force for a station or cell on a day."""
        ...

    def record(self, poster: Poster, *, caller: Caller, reason: str) -> None:
        """Let a poster hang from its first day on, in the place of what hung there."""
        ...

    def remove(self, code: str, place: str, on: date, *, caller: Caller, reason: str) -> None:
        """End what hangs at a place; NotFound where nothing does."""
        ...


def list_posters(
    store: PosterStore, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None = None
) -> PosterList:
    """The posters of a jurisdiction and of all below it that hang on a day, as recorded at a moment (None = now).

    Raises:
        NotFound: no such code. NotAllowed: not the caller's to see.
    """
    above = store.ancestors(jurisdiction)
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=above, to=f"see the posters of {jurisdiction}")
    return PosterList(jurisdiction, on, store.posters(store.below(jurisdiction), on, recorded_at))


def record_poster(
    store: PosterStore,
    jurisdiction: str,
    place: str,
    *,
    caller: Caller,
    posted_on: date,
    drawn_for: date | None = None,
    removed: bool = False,
    reason: str = "",
) -> PosterList:
    """Record that a diagram was put up at a place, in the place of the one before; or, ``removed``, that it was taken down.

    Args:
        store: where posters are recorded.
        jurisdiction: the cell, station or bureau that it shows.
        place: where it hangs, in words that find it again.
        caller: who put it up.
        posted_on: since when it hangs, or no longer does.
        drawn_for: the day whose plan and officers it shows; default: the day it was put up.
        removed: it was taken down.
        reason: why, as recorded.

    Returns:
        What hangs for the jurisdiction on that day.

    Raises:
        BadRequest: no place; a diagram of a later day. NotFound: no such code, nothing to take down. NotAllowed.
    """
    above = store.ancestors(jurisdiction)
    require(caller.role, caller.jurisdiction, allowed=WRITERS, ancestors=above, to=f"record a poster of {jurisdiction}")
    where = " ".join(place.split())
    if not where:
        raise BadRequest("place is empty: say where the poster hangs, such as 'hall of the station, left wall'")
    if removed:
        store.remove(jurisdiction, where, posted_on, caller=caller, reason=reason)
    else:
        shows = drawn_for or posted_on
        if shows > posted_on:
            raise BadRequest(f"drawn_for {shows} is after posted_on {posted_on}: a poster shows a day that has come")
        poster = Poster(jurisdiction, where, shows, store.plan_on(jurisdiction, shows), caller.name, posted_on, None)
        store.record(poster, caller=caller, reason=reason)
    return PosterList(jurisdiction, posted_on, store.posters([jurisdiction], posted_on))
