"""The claims of a jurisdiction on a day: open, late, settled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.claims.store import ClaimList, ClaimStore
from geo_api.services.claims.views import STATE, WAITING, claim_view
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
WANTED = ("open", "late", "all", *STATE.values())
"""What a list may be asked for."""


def list_claims(
    store: ClaimStore,
    jurisdiction: str,
    *,
    caller: Caller,
    on: date,
    state: str = "open",
    recorded_at: datetime | None = None,
) -> ClaimList:
    """The claims that concern a bureau, station or cell, as they stood on a day, the most urgent first.

    Args:
        store: where claims are kept.
        jurisdiction: code.
        caller: who asks.
        on: the day.
        state: "open" (somebody must act), "late" (and did not in time), "all", or one state of a claim.
        recorded_at: the moment whose knowledge counts.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see. BadRequest: no such state.
    """
    if state not in WANTED:
        raise BadRequest(f"there is no state {state!r} of claims: it is one of {', '.join(WANTED)}")
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the claims of {jurisdiction}",
    )
    only_open = state in ("open", "late", *WAITING)
    rules, parents = store.rules(jurisdiction, recorded_at), store.parents()
    rows = store.claims(jurisdiction, on, only_open=only_open, recorded_at=recorded_at)
    views = [claim_view(row, on, rules, parents) for row in rows]
    totals = Counter(view.state for view in views)
    totals["late"] = sum(view.late_days > 0 for view in views)
    listed = [
        view
        for view in views
        if state in ("all", view.state)
        or (state == "open" and view.state in WAITING)
        or (state == "late" and view.late_days > 0)
    ]
    asked = {view.waits_for or view.held_by for view in listed} - {None}
    people = store.people(sorted(code for code in asked if code), on, recorded_at)
    listed = [replace(view, officers=people.get(view.waits_for or view.held_by or "", ())) for view in listed]
    listed.sort(key=lambda v: (v.due_on or date.max, v.cell_code, v.entity_id, v.claim_no))
    return ClaimList(jurisdiction, on, dict(sorted(totals.items())), tuple(listed))
