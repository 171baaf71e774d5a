"""An assignment with the rules of staffing looked at first: some refuse it unless they are waived, the others warn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from geo_api.errors import BadRequest, NotFound, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.assign import ASSIGNERS, assign
from geo_api.services.plan_store import PlanStore
from geo_api.services.staffing.facts import facts_of, rules_of
from geo_api.services.staffing.store import StaffingStore, StationStaff
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment
from geo_api.supervision.roles import require
from geo_api.supervision.staffing_checks import refusing, staffing_check, tenure_ahead
from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class Assigned:
    """An assignment made, and what it breaks; ``waived``: those findings that would have refused it."""

    officer_id: str
    code: str
    role: str
    function: str
    valid_from: date
    valid_to: date | None
    findings: tuple[Finding, ...]
    waived: tuple[str, ...]


def assign_checked(
    store: PlanStore,
    staffing: StaffingStore,
    officer: str,
    code: str,
    post: str,
    *,
    caller: Caller,
    valid_from: date | None = None,
    valid_to: date | None = None,
    function: str = "",
    reason: str = "",
    waive: bool = False,
) -> Assigned:
    """Make an officer answer for a code from a day on (default: today), if the rules of the place allow it.

    ``waive``: go on where a rule of ``[rules.staffing] refuse`` forbids it; needs a reason.

    Raises:
        RuleViolation: a rule forbids it and is not waived. BadRequest: waived without a reason.
        Everything that :func:`geo_api.services.assign.assign` raises.
    """
    what = f"assign officer {officer} to {code}"  # before anything is told of the station's people
    require(caller.role, caller.jurisdiction, allowed=ASSIGNERS, ancestors=store.ancestors(code), to=what)
    on = valid_from or staffing.today(code)
    wanted = Assignment(0, officer, code, post, function, Period(on, valid_to))
    staff = _station(staffing, code, on)
    findings: tuple[Finding, ...] = ()
    refused: tuple[Finding, ...] = ()
    if staff is not None:
        known = staffing.officer(officer, on)
        if known is not None and known not in staff.officers:
            staff = replace(staff, officers=(*staff.officers, known))
        findings = consequences(staff, wanted)
        refused = refusing(findings, rules_of(staff)[1], officer)
    if refused and not waive:
        raise RuleViolation(
            f"officer {officer} was not assigned to {code}: {refused[0].message}; to do it all the same, waive it with a "
            "reason",
            refused,
        )
    if refused and not reason.strip():
        raise BadRequest(f"a rule is waived for officer {officer} in {code}: give a reason")
    waived = tuple(dict.fromkeys(f.rule for f in refused))
    assign(
        store, officer, code, post, caller=caller, valid_from=on, valid_to=valid_to, function=function, reason=reason,
        waived=waived,
    )  # fmt: skip
    return Assigned(officer, code, post, function, on, valid_to, findings, waived)


def consequences(staff: StationStaff, wanted: Assignment) -> tuple[Finding, ...]:
    """What a station breaks on the first day of an assignment, in the cell or about the officer; and tenure, later."""
    _, rules = rules_of(staff)
    facts = facts_of(staff)
    added = ((wanted.officer_id, wanted.code, wanted.period),)
    held = [p for p in staff.posts if not p.competes(wanted)]
    gone = {(p.officer_id, p.code) for p in staff.posts} - {(p.officer_id, p.code) for p in held}
    then = replace(facts, history=_without(facts.history, gone, wanted) + added)
    found = staffing_check(then, [*held, wanted], rules)
    return (*(f for f in found if f.where in (wanted.code, wanted.officer_id)), *tenure_ahead(then, wanted))


def _without(
    history: Iterable[tuple[str, str, Period]], gone: set[tuple[str, str]], wanted: Assignment
) -> tuple[tuple[str, str, Period], ...]:
    """The history without the days from which others give way; the officer's own days in the cell go on."""
    kept = []
    for who, code, days in history:
        if who != wanted.officer_id and (who, code) in gone and days.overlaps(wanted.period):
            kept += [(who, code, left) for left in days.minus(wanted.period)]
        else:
            kept.append((who, code, days))
    return tuple(kept)


def _station(staffing: StaffingStore, code: str, on: date) -> StationStaff | None:
    """The station that a cell of a plan in force belongs to; None for anything else."""
    for above in staffing.ancestors(code)[:2]:
        try:
            stations = staffing.staff(above, on)
        except NotFound:
            continue
        return next((s for s in stations if any(c.code == code for c in s.cells)), None)
    return None
