"""The plan's life: submit, return, approve, publish. Each step is one transaction and one event."""

from __future__ import annotations

from datetime import date

from geo_api.errors import BadRequest, RuleViolation
from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.backdating import refuse_backdating
from geo_api.services.gate import BALANCE, check_plan
from geo_api.services.plan_store import ChangeWork, PlanRow, PlanStore
from geo_api.supervision.plans import PlanState, require_other_than_submitter, roles_for, step
from geo_api.supervision.publication import Withdrawn, hand_over, supersede
from geo_api.supervision.roles import require
from gridding.findings import Severity


def submit_plan(store: PlanStore, plan_id: int, *, caller: Caller, reason: str = "") -> PlanSummary:
    """Hand a draft in for approval. The integrity gate comes first and refuses with everything it found.

    A missed balance alone does not refuse when a reason is given: the approver decides.

    Raises:
        RuleViolation: the gate's findings. Conflict, NotAllowed, NotFound.
    """
    _allowed(store, plan_id, "submit", caller)
    step(plan_id, store.summary(plan_id).state, "submit", reason)
    found = check_plan(store, plan_id)
    errors = tuple(f for f in found if f.severity is Severity.ERROR)
    blocking = tuple(f for f in errors if f.rule != BALANCE) if reason.strip() else errors
    if blocking:
        only_balance = all(f.rule == BALANCE for f in errors)
        raise RuleViolation(
            f"plan {plan_id} breaks {len(errors)} rule(s) and was not submitted; first: {errors[0].message}"
            + ("; submit with a reason to ask the approver for it" if only_balance else ""),
            errors,
        )
    with store.change() as work:
        move = step(plan_id, work.plan(plan_id).state, "submit", reason)
        work.move(plan_id, move, caller=caller, reason=reason, gate=found)
    return store.summary(plan_id)


def return_plan(store: PlanStore, plan_id: int, *, caller: Caller, reason: str) -> PlanSummary:
    """Give a submitted or approved plan back with a reason."""
    _allowed(store, plan_id, "return", caller)
    with store.change() as work:
        move = step(plan_id, work.plan(plan_id).state, "return", reason)
        work.move(plan_id, move, caller=caller, reason=reason)
    return store.summary(plan_id)


def approve_plan(
    store: PlanStore, plan_id: int, *, caller: Caller, reason: str = "", waive_balance: bool = False
) -> PlanSummary:
    """Approve a submitted plan; never one's own. A missed balance needs ``waive_balance`` and a reason.

    Raises:
        RuleViolation: a missed balance that is not waived. Conflict, NotAllowed, NotFound, BadRequest.
    """
    _allowed(store, plan_id, "approve", caller)
    with store.change() as work:
        plan = work.plan(plan_id)
        move = step(plan_id, plan.state, "approve", reason)
        require_other_than_submitter(plan_id, plan.submitted_by, caller.name)
        waived = _waiver(plan, reason, waive_balance=waive_balance)
        work.move(plan_id, move, caller=caller, reason=reason, waived=waived)
    return store.summary(plan_id)


def _waiver(plan: PlanRow, reason: str, *, waive_balance: bool) -> str | None:
    missed = tuple(f for f in plan.gate_findings if f.rule == BALANCE)
    if not missed:
        return None
    if not waive_balance:
        raise RuleViolation(
            f"plan {plan.plan_id} misses the balance in {len(missed)} cell(s): return it, or waive it with a reason",
            missed,
        )
    if not reason.strip():
        raise BadRequest(f"plan {plan.plan_id}: a missed balance can only be waived with a reason")
    return reason.strip()


def publish_plan(store: PlanStore, plan_id: int, *, caller: Caller, valid_from: date, reason: str = "") -> PlanSummary:
    """Put an approved plan in force from a day on.

    It supersedes whatever was in force from that day, brings its proposed assignments into force, and ends those of
    codes that are no longer drawn. Earlier days keep their answers.

    Raises:
        NotAllowed: a day in the past, unless an admin gives a reason. Conflict, NotFound.
    """
    plan = _allowed(store, plan_id, "publish", caller)
    refuse_backdating(
        store, plan.station_code, valid_from, caller=caller, reason=reason, what=f"publish plan {plan_id}"
    )
    with store.change() as work:
        locked = work.plan(plan_id)
        move = step(plan_id, locked.state, "publish", reason)
        publications = supersede(work.publications(locked.station_code), plan_id, valid_from)
        handed = hand_over(
            work.cell_assignments(locked.station_code),
            work.cell_codes(plan_id),
            work.proposed(plan_id),
            valid_from,
            [
                Withdrawn(row.plan_id, row.period.start, work.cell_codes(row.plan_id))
                for row, left in publications.cut
                if not left and row.period.start is not None and row.period.start > store.today(locked.station_code)
            ],
        )
        superseded = sorted({row.plan_id for row, _left in publications.cut})
        payload = {"valid_from": valid_from.isoformat(), "supersedes": superseded}
        work.move(plan_id, move, caller=caller, reason=reason, payload=payload)
        for earlier in superseded:
            _supersede(work, earlier, plan_id, caller)
        work.rewrite_publications(locked.station_code, publications)
        work.rewrite_assignments(handed, source=f"plan {plan_id}", plan_id=plan_id)
    return store.summary(plan_id)


def _supersede(work: ChangeWork, earlier: int, plan_id: int, caller: Caller) -> None:
    """Record that a plan in force gave way; one that gave way before already is superseded."""
    state = work.plan(earlier).state
    if state == PlanState.PUBLISHED:
        move = step(earlier, state, "supersede")
        work.move(earlier, move, caller=caller, reason=f"plan {plan_id} published", payload={"by": plan_id})


def _allowed(store: PlanStore, plan_id: int, verb: str, caller: Caller) -> PlanSummary:
    """The plan, when the caller's role and jurisdiction allow the step."""
    plan = store.summary(plan_id)
    require(
        caller.role,
        caller.jurisdiction,
        allowed=roles_for(verb),
        ancestors=store.ancestors(plan.station_code),
        to=f"{verb} plan {plan_id}",
    )
    return plan
