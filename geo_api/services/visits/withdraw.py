"""Take a visit back: it no longer counts, and what was recorded stays."""

from __future__ import annotations

from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.visits.model import DECIDERS, POSTERS, PostedVisit, VisitStore
from geo_api.supervision.roles import require


def withdraw_visit(
    store: VisitStore, visit_id: str, *, jurisdiction: str, reason: str, caller: Caller, source: str | None = None
) -> PostedVisit:
    """Withdraw a visit. Who posted it may, an approver may, an admin may; a file that still has it does not bring it back.

    Args:
        store: where visits are kept.
        visit_id: of the visit.
        jurisdiction: bureau or station in whose register it is.
        reason: why, recorded.
        caller: who withdraws.
        source: "file" for a visit that came in a file; default: a posted one, else one of a file.

    Raises:
        BadRequest: no reason. NotFound: no such visit. Conflict: it was withdrawn before. NotAllowed: not the caller's.
    """
    if not reason.strip():
        raise BadRequest("a visit is withdrawn with a reason")
    what = f"withdraw visit {visit_id}"
    require(caller.role, caller.jurisdiction, allowed=POSTERS, ancestors=store.ancestors(jurisdiction), to=what)
    register = store.register_of(jurisdiction)
    sources = {"handheld": register.source, "file": register.dataset}
    if source is not None and source not in sources:
        raise BadRequest(f"source {source!r}: handheld or file was expected")
    with store.change() as work:
        named, held = "", None
        for name in [sources[source]] if source else sources.values():
            found = work.held(name, [visit_id]).get(visit_id)
            if found is not None and (held is None or held.state == "withdrawn"):
                named, held = name, found
        if held is None:
            raise NotFound(f"there is no visit {visit_id!r} in the register of {jurisdiction}")
        if held.state == "withdrawn":
            raise Conflict(f"visit {visit_id} was withdrawn before")
        if caller.role != "admin" and caller.role not in DECIDERS and held.actor != caller.name:
            raise NotAllowed(f"the role {caller.role} may withdraw what it posted itself; ask an approver to {what}")
        if held.entity_id is not None and not work.inside(register, held.entity_id, held.made_on):
            raise NotAllowed(f"the entity of visit {visit_id} lies outside {jurisdiction}")
        work.withdraw(held)
        work.event(
            caller=caller,
            verb="withdraw_visit",
            subject=f"visit:{named}/{visit_id}",
            reason=reason.strip(),
            payload={"jurisdiction": jurisdiction},
        )
    return PostedVisit(visit_id, "withdrawn", held.entity_id, "it no longer counts", "已撤回，不再计入")
