"""Put a proposal in force from a day on: what stays goes on, what ends ends, what begins begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from geo_api.errors import BadRequest, Conflict
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.staffing.propose import StaffingProposal, propose_officers
from geo_api.services.staffing.store import StaffingStore
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment, Rewrite
from geo_api.supervision.roles import require

APPROVERS = frozenset({"approver"})


def apply_proposal(
    store: StaffingStore,
    jurisdiction: str,
    *,
    caller: Caller,
    reason: str,
    valid_from: date | None = None,
    plan: int | None = None,
) -> StaffingProposal:
    """Propose officers and put the proposal in force from a day on (default: today), all of it in one transaction.

    The same question gives the same proposal, so this is the one that was looked at, unless something changed since.

    Raises:
        NotAllowed: not an approver of that jurisdiction. BadRequest: no reason.
        Conflict: somebody changed the posts meanwhile.
    """
    what = f"put a proposal for {jurisdiction} in force"
    require(caller.role, caller.jurisdiction, allowed=APPROVERS, ancestors=store.ancestors(jurisdiction), to=what)
    if not reason.strip():
        raise BadRequest(f"{what}: give a reason, it is recorded with every change")
    proposal = propose_officers(store, jurisdiction, caller=caller, valid_from=valid_from, plan=plan)
    refuse_backdating(store, jurisdiction, proposal.on, caller=caller, reason=reason, what=what)
    with store.change() as work:
        for station in proposal.stations:
            wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
            ended: dict[str, set[tuple[str, str]]] = defaultdict(set)
            for post in station.posts:
                (ended if post.state == "ends" else wanted)[post.cell_code].add((post.officer_id, post.role))
            cut: list[tuple[Assignment, tuple[Period, ...]]] = []
            new: list[Assignment] = []
            for code in sorted({p.cell_code for p in station.posts}):
                rows = [r for r in work.assignments(code) if r.function == station.function]
                now = {(r.officer_id, r.role) for r in rows if proposal.on in r.period and r.role in ("lead", "deputy")}
                seen = {(p.officer_id, p.role) for p in station.posts if p.cell_code == code and p.state != "begins"}
                if now != seen:
                    raise Conflict(f"the officers of cell {code} changed meanwhile: ask for the proposal again")
                part = posts_from(rows, code, wanted[code], station.function, proposal.on)
                cut += part.cut
                new += part.new
            work.rewrite_assignments(Rewrite(tuple(cut), tuple(new)), source="proposal")
            payload = {
                "function": station.function,
                "valid_from": proposal.on.isoformat(),
                "cost": station.cost,
                "begin": [[p.cell_code, p.officer_id, p.role] for p in station.posts if p.state == "begins"],
                "end": [[p.cell_code, p.officer_id, p.role] for p in station.posts if p.state == "ends"],
            }
            subject = f"jurisdiction:{station.station_code}"
            work.event(caller=caller, verb="staff", subject=subject, reason=reason, payload=payload)
    return replace(proposal, applied=True)


def posts_from(
    rows: Iterable[Assignment], code: str, wanted: set[tuple[str, str]], function: str, valid_from: date
) -> Rewrite[Assignment]:
    """From a day on a cell has just these leads and deputies of a function: (officer, role). What is so already stays."""
    period = Period(valid_from, None)
    cut: list[tuple[Assignment, tuple[Period, ...]]] = []
    open_days = {pair: [period] for pair in wanted}
    for row in rows:
        if row.role not in ("lead", "deputy") or not row.period.overlaps(period):
            continue
        if (row.officer_id, row.role) in wanted:
            pair = (row.officer_id, row.role)
            open_days[pair] = [left for days in open_days[pair] for left in days.minus(row.period)]
        else:
            cut.append((row, row.period.minus(period)))
    new = [
        Assignment(0, who, code, role, function, days)
        for (who, role), free in sorted(open_days.items())
        for days in free
    ]
    return Rewrite(tuple(cut), tuple(new))
