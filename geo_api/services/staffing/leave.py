"""An officer goes on leave and somebody stands in; an officer is back."""

from __future__ import annotations

from datetime import date

from geo_api.errors import BadRequest, NotFound, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.staffing.store import StaffingStore, StaffingWork
from geo_api.supervision.absences import KINDS, Absence, clashes, come_back, go_away
from geo_api.supervision.periods import Period
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity

SENDERS = frozenset({"planner", "approver"})


def leave(
    store: StaffingStore,
    officer: str,
    *,
    caller: Caller,
    valid_from: date,
    valid_to: date | None = None,
    substitute: str = "",
    kind: str = "leave",
    reason: str = "",
) -> Absence:
    """Record that an officer is away for a period, and who stands in ("" = nobody: the level above answers).

    What was recorded for the same days gives way.

    Raises:
        NotFound: an unknown officer. BadRequest: an unknown kind, an empty period, a past day without a reason.
        RuleViolation: the substitute is away, or the officer stands in for somebody, in that period.
        NotAllowed: not the caller's to do.
    """
    station = allowed(store, officer, f"record the leave of {officer}", caller)
    if kind not in KINDS:
        raise BadRequest(f"there is no kind of absence {kind!r}: it is one of {', '.join(KINDS)}")
    period = Period(valid_from, valid_to)
    if period.empty:
        raise BadRequest(f"the leave ends on {valid_to}, before it begins on {valid_from}")
    if substitute == officer:
        raise BadRequest(f"officer {officer} cannot stand in for themselves")
    refuse_backdating(store, station, valid_from, caller=caller, reason=reason, what=f"record the leave of {officer}")
    wanted = Absence(0, officer, substitute, kind, period)
    with store.change() as work:
        for who in filter(None, (officer, substitute)):
            if not work.knows_officer(who):
                raise NotFound(f"there is no officer {who!r}: load the register of officers first")
        rows = work.absences(tuple(filter(None, (officer, substitute))))
        refuse_clashes(clashes(rows, wanted), wanted)
        work.rewrite_absences(go_away(rows, wanted))
        event_of(work, wanted, caller=caller, reason=reason)
    return wanted


def come_back_on(
    store: StaffingStore, officer: str, *, caller: Caller, valid_from: date, reason: str = ""
) -> tuple[Absence, ...]:
    """Record that an officer is there again from a day on; returns the absences that this shortens.

    Raises:
        NotFound: the officer is not away on that day. NotAllowed: not the caller's to do.
    """
    station = allowed(store, officer, f"record the return of {officer}", caller)
    refuse_backdating(store, station, valid_from, caller=caller, reason=reason, what=f"record the return of {officer}")
    with store.change() as work:
        rewrite = come_back(work.absences((officer,)), officer, valid_from)
        if not rewrite.cut:
            raise NotFound(f"officer {officer} is not away on {valid_from}")
        work.rewrite_absences(rewrite)
        payload = {"valid_from": valid_from.isoformat()}
        work.event(caller=caller, verb="return", subject=f"officer:{officer}", reason=reason, payload=payload)
    return tuple(row for row, _left in rewrite.cut)


def event_of(work: StaffingWork, absence: Absence, *, caller: Caller, reason: str) -> None:
    """Record who entered an absence, and why."""
    first, end = absence.period.start, absence.period.end
    payload = {
        "substitute_id": absence.substitute_id,
        "kind": absence.kind,
        "valid_from": first.isoformat() if first else None,
        "valid_to": end.isoformat() if end else None,
    }
    subject = f"officer:{absence.officer_id}"
    work.event(caller=caller, verb="leave", subject=subject, reason=reason, payload=payload)


def allowed(store: StaffingStore, officer: str, what: str, caller: Caller) -> str:
    """The station of an officer, where the caller may record who of it is away; NotAllowed."""
    station = store.station_of_officer(officer)
    require(
        caller.role,
        caller.jurisdiction,
        allowed=SENDERS,
        ancestors=store.ancestors(station) if station else (),
        to=what,
    )
    return station


def refuse_clashes(rows: tuple[Absence, ...], wanted: Absence) -> None:
    """Raise RuleViolation where an absence would leave nobody there."""
    findings = tuple(
        Finding(
            "staffing.substitute_away",
            Severity.ERROR,
            f"officer {r.officer_id} is away from {r.period.start} to {r.period.end or 'open'}"
            + (f", and {r.substitute_id} stands in" if r.substitute_id else "")
            + ": name another substitute, or end that absence first",
            f"监管员 {r.officer_id} 自 {r.period.start} 起缺勤，请另选代班人员",
            where=r.officer_id,
        )
        for r in rows
    )
    if findings:
        raise RuleViolation(f"nobody would be there for officer {wanted.officer_id}: {findings[0].message}", findings)
