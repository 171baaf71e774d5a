"""Visits made, and rows that are none, as lists."""

from __future__ import annotations

from datetime import date, datetime

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.visits.model import LISTED, MOST_LISTED, READERS, LeftList, VisitList, VisitStore
from geo_api.supervision.roles import require

REASONS = ("unmatched", "repeat", "refused", "withdrawn")


def list_visits(
    store: VisitStore,
    jurisdiction: str,
    *,
    caller: Caller,
    entity: str | None = None,
    officer: str | None = None,
    since: date | None = None,
    before: date | None = None,
    recorded_at: datetime | None = None,
    limit: int = LISTED,
) -> VisitList:
    """Visits to the entities of a bureau, station or cell, newest first.

    Args:
        store: where visits are kept.
        jurisdiction: bureau, station or cell; an entity counts where it lay on the day of the visit.
        caller: who asks.
        entity: only visits to it: permanent id, entity code, credit code, registration number, the register's own number.
        officer: only visits at which the officer was.
        since, before: the first day, and the first day no longer.
        recorded_at: as it was recorded then.
        limit: at most so many.

    Raises:
        BadRequest: a limit out of range. NotFound: no such jurisdiction or entity. NotAllowed: not the caller's to see.
    """
    _allowed(store, jurisdiction, caller, limit)
    register = store.register_of(jurisdiction)
    rows = store.visits(
        register,
        entity=entity,
        officer=officer,
        since=since,
        before=before,
        recorded_at=recorded_at,
        limit=limit + 1,
    )
    return VisitList(jurisdiction, rows[:limit], len(rows) > limit)


def list_left(
    store: VisitStore, jurisdiction: str, *, caller: Caller, reason: str | None = None, limit: int = LISTED
) -> LeftList:
    """Rows of files and reports that are no visits, and how many there are by reason.

    Raises:
        BadRequest: an unknown reason, a limit out of range. NotFound: no such jurisdiction. NotAllowed: not the caller's.
    """
    if reason is not None and reason not in REASONS:
        raise BadRequest(f"reason {reason!r}: one of {', '.join(REASONS)} was expected")
    _allowed(store, jurisdiction, caller, limit)
    rows, counts, stored = store.left(store.register_of(jurisdiction), reason=reason, limit=limit + 1)
    return LeftList(jurisdiction, counts, stored, rows[:limit], len(rows) > limit)


def _allowed(store: VisitStore, jurisdiction: str, caller: Caller, limit: int) -> None:
    if not 1 <= limit <= MOST_LISTED:
        raise BadRequest(f"limit = {limit}: 1 to {MOST_LISTED} was expected")
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the visits of {jurisdiction}",
    )
