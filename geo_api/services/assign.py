"""Put an officer into a post, or take one out, from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.plan_store import PlanStore
from geo_api.supervision.officers import PLACE_ROLES
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment
from geo_api.supervision.publication import assign as assign_rows
from geo_api.supervision.publication import release as release_rows
from geo_api.supervision.roles import require

ASSIGNERS = frozenset({"planner", "approver"})


@dataclass(frozen=True, slots=True)
class Released:
    """An officer out of a code from a day on; ``ended``: how many posts that ended."""

    officer_id: str
    code: str
    valid_from: date
    ended: int


def assign(
    store: PlanStore,
    officer_id: str,
    code: str,
    role: str,
    *,
    caller: Caller,
    valid_from: date,
    valid_to: date | None = None,
    function: str = "",
    reason: str = "",
    waived: tuple[str, ...] = (),
) -> Assignment:
    """Make an officer answer for a jurisdiction code for a period.

    A lead, first or direct responsible person replaces whoever held that post then; deputies are added. ``waived``: rules
    that it breaks with the caller's consent, recorded with the event. The rules of staffing are not looked at here, but
    in :func:`geo_api.services.staffing.assign_checked.assign_checked`.

    Raises:
        NotFound: unknown officer or code. BadRequest: unknown role, empty period, a past day without a reason.
        NotAllowed: not the caller's to do, or a past day by somebody who is no admin.
    """
    _allowed(store, code, f"assign officer {officer_id} to {code}", caller)
    if role not in PLACE_ROLES:
        raise BadRequest(f"there is no role {role!r}: it is one of {', '.join(PLACE_ROLES)}")
    period = Period(valid_from, valid_to)
    if period.empty:
        raise BadRequest(f"the assignment ends on {valid_to}, before it begins on {valid_from}")
    what = f"assign officer {officer_id} to {code}"
    refuse_backdating(store, code, valid_from, caller=caller, reason=reason, what=what)
    wanted = Assignment(0, officer_id, code, role, function, period)
    with store.change() as work:
        if not work.knows_officer(officer_id):
            raise NotFound(f"there is no officer {officer_id!r}: load the register of officers first")
        rewrite = assign_rows(work.assignments(code), wanted)
        work.rewrite_assignments(rewrite, source="assign")
        payload: dict[str, Any] = {
            "officer_id": officer_id,
            "role": role,
            "function": function,
            "valid_from": valid_from.isoformat(),
            "valid_to": valid_to.isoformat() if valid_to else None,
            "replaces": sorted({row.officer_id for row, _left in rewrite.cut}),
        }
        if waived:
            payload["waived"] = list(waived)
        work.event(caller=caller, verb="assign", subject=f"jurisdiction:{code}", reason=reason, payload=payload)
    return wanted


def release(store: PlanStore, officer_id: str, code: str, *, caller: Caller, valid_from: date, reason: str = "") -> int:
    """Take an officer out of every post of a code from a day on; returns how many posts ended.

    Raises:
        NotFound: the officer holds no post there from that day.
    """
    what = f"release officer {officer_id} from {code}"
    _allowed(store, code, what, caller)
    refuse_backdating(store, code, valid_from, caller=caller, reason=reason, what=what)
    with store.change() as work:
        rewrite = release_rows(work.assignments(code), officer_id, code, valid_from)
        if not rewrite.cut:
            raise NotFound(f"officer {officer_id} holds no post of {code} from {valid_from} on")
        work.rewrite_assignments(rewrite, source="release")
        payload = {"officer_id": officer_id, "valid_from": valid_from.isoformat()}
        work.event(caller=caller, verb="release", subject=f"jurisdiction:{code}", reason=reason, payload=payload)
    return len(rewrite.cut)


def _allowed(store: PlanStore, code: str, what: str, caller: Caller) -> None:
    require(caller.role, caller.jurisdiction, allowed=ASSIGNERS, ancestors=store.ancestors(code), to=what)
