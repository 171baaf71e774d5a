"""Take a step of a claim: claim, wrong, accept, dispute, decide."""

from __future__ import annotations

from datetime import date

from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.claims.store import ClaimAnswer, ClaimStore, ClaimWork, DatedRules
from geo_api.services.claims.views import claim_view, plan_document, rules_on
from geo_api.supervision import claims as life
from geo_api.supervision.acting import acting_officer
from geo_api.supervision.claims import Claim, ClaimStep
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity

OFFICERS = frozenset({"officer", "planner", "approver"})
DECIDERS = frozenset({"approver"})


def step_claim(
    store: ClaimStore,
    entity: str,
    verb: str,
    *,
    caller: Caller,
    officer: str = "",
    to: str = "",
    document: str = "",
    reason: str = "",
    on: date | None = None,
) -> ClaimAnswer:
    """Take a step of an entity's last claim. The very same step once more changes nothing.

    Args:
        store: where claims are kept.
        entity: permanent id, entity code or credit code.
        verb: "claim", "wrong" (it belongs to another cell), "accept" (a transfer), "dispute" (a transfer), "decide".
        caller: who does it.
        officer: who takes it (claim, accept); "" = the officer whose key it is.
        to: code of the cell that it belongs to (wrong, decide).
        document: number of the transfer form (wrong).
        reason: why (wrong, dispute, decide).
        on: the day on which it was done; None = today.

    Raises:
        NotFound: no such entity, or it never fell to anybody. Conflict: the claim is not in a state that allows it.
        BadRequest: something is missing or cannot be. NotAllowed: not the caller's to do.
    """
    with store.change() as work:
        claim, day = take_step(
            work, entity, verb, caller=caller, officer=officer, to=to, document=document, reason=reason, on=on
        )
        row = work.view(claim.entity_id, claim.claim_no, max(day, claim.last.day))
        dated, parents = work.rules(claim.cell_code), work.parents()
    return ClaimAnswer(claim_view(row, day, dated, parents), claim.steps)


def take_step(
    work: ClaimWork,
    entity: str,
    verb: str,
    *,
    caller: Caller,
    officer: str = "",
    to: str = "",
    document: str = "",
    reason: str = "",
    on: date | None = None,
) -> tuple[Claim, date]:
    """The same within a transaction: the claim after the step, and the day."""
    if verb not in life.VERBS:
        raise BadRequest(f"a claim has no step {verb!r}: there are {', '.join(life.VERBS)}")
    what = f"{verb} entity {entity}"
    own = acting_officer(caller.officer_id, officer.strip(), what)
    taken_by = own if verb in ("claim", "accept") else officer.strip()
    claim = _last_claim(work, entity, on or date.max)
    today = work.today(claim.cell_code)
    day = on or today
    stored = claim
    then, now_cell = max(day, claim.last.day), ""
    lies = work.view(claim.entity_id, claim.claim_no, then) if work.may_be_redrawn(claim, then) else None
    if lies is not None:
        now_cell = lies.now_cell
    if lies is not None and lies.now_cell and lies.now_since is not None and claim.open:
        claim = life.redraw(claim, lies.now_cell, plan_document(lies), lies.now_since)
    step = ClaimStep(
        life.VERBS[verb], day, caller.name, caller.role, to.strip(), taken_by, document.strip(), reason.strip()
    )
    if _repeated(claim.last, step):
        return claim, day
    dated = work.rules(claim.cell_code)
    after = life.take(claim, step, today=today, back_days=_back_days(caller, dated, day, today, reason))
    _refuse_others(work, claim, after, verb, caller, now_cell)
    _refuse_strangers(work, after)
    if claim is not stored:
        work.append(claim)
    work.append(after)
    work.event(
        caller=caller,
        verb=f"claim.{after.last.step}",
        subject=f"entity:{claim.entity_id}",
        reason=reason,
        payload={
            "claim_no": claim.claim_no, "cell": claim.cell_code, "to": after.last.to_cell,
            "officer_id": after.last.officer_id, "document": after.last.document, "day": day.isoformat(),
        },
    )  # fmt: skip
    return after, day


def _last_claim(work: ClaimWork, entity: str, on: date) -> Claim:
    entity_id = work.entity(entity, on)
    claim = work.claim(entity_id)
    if claim is None:
        raise NotFound(
            f"entity {entity_id} never waited to be claimed: it was in the register from the first load on, "
            "or lies in no published cell"
        )
    return claim


def _repeated(last: ClaimStep, step: ClaimStep) -> bool:
    """Whether the very same was done already: a handheld sends again what it is not sure about."""
    if last.step != step.step:
        return False
    if step.step in (life.CLAIMED, life.TRANSFERRED):
        return last.officer_id == step.officer_id != ""
    return (last.actor, last.to_cell, last.document) == (step.actor, step.to_cell, step.document)


def _back_days(caller: Caller, dated: tuple[DatedRules, ...], day: date, today: date, reason: str) -> int | None:
    """How late a step may be entered; an admin with a reason may at any time."""
    if caller.role == "admin" and reason.strip():
        return None
    return rules_on(dated, min(day, today)).back_days


def _refuse_others(work: ClaimWork, claim: Claim, after: Claim, verb: str, caller: Caller, now_cell: str) -> None:
    """NotAllowed unless it is the caller's to do: officers in their cells, the level above both cells decides.

    ``now_cell``: in which it lies since a redraw, "" = none.
    """
    what = f"{verb} entity {claim.entity_id}"
    if after.last.step == life.DECIDED:
        asked = claim.steps[-2].to_cell
        above = work.ancestors(asked)
        here = work.ancestors(claim.held_by or _sender(claim))
        common = [code for code in here if code in above and code not in (asked, here[0])]
        require(caller.role, caller.jurisdiction, allowed=DECIDERS, ancestors=common, to=what)
        require(
            caller.role, caller.jurisdiction, allowed=DECIDERS, ancestors=work.ancestors(after.last.to_cell), to=what
        )
        return
    whose = claim.waits_for or now_cell or claim.held_by or claim.cell_code
    codes = work.ancestors(whose)
    require(caller.role, caller.jurisdiction, allowed=OFFICERS, ancestors=codes, to=what)
    own = (
        caller.officer_id if caller.role == "officer" and verb in ("wrong", "dispute") else ""
    )  # others name who takes it
    if own and not work.on_duty(own, codes, after.last.day):
        named = ", ".join(work.officers(codes[0], after.last.day)) or "nobody (its station answers)"
        raise NotAllowed(
            f"officer {caller.officer_id} does not answer for cell {codes[0]} on {after.last.day} and may not {what}; its "
            f"officers are: {named}"
        )


def _sender(claim: Claim) -> str:
    """The cell that a disputed transfer came from."""
    before = claim.steps[-3] if len(claim.steps) > 2 else claim.steps[0]
    cells = (life.held_by, life.waits_for)
    return next((c for f in cells if (c := f(before.step, claim.cell_code, before.to_cell))), claim.cell_code)


def _refuse_strangers(work: ClaimWork, after: Claim) -> None:
    """A cell that is not in force cannot take anything; an officer takes only what their own cells or station hold."""
    last = after.last
    cell = last.to_cell or after.cell_code  # of a claim, the cell that it waited in
    if last.step != life.CLAIMED and last.to_cell and not work.in_force(last.to_cell, last.day):
        none = f"there is no cell {last.to_cell!r} on {last.day}: `gridward cells list` shows those there are"
        raise BadRequest(none, (_told(after, none, f"{last.day} 没有网格 {last.to_cell}"),))
    if last.officer_id and not work.on_duty(last.officer_id, work.ancestors(cell), last.day):
        named = ", ".join(work.officers(cell, last.day)) or "nobody (its station answers)"
        told = f"officer {last.officer_id} does not answer for cell {cell} on {last.day}; its officers are: {named}"
        told_zh = f"人员 {last.officer_id} 在 {last.day} 不负责网格 {cell}；负责人员："
        told_zh += "、".join(work.officers(cell, last.day)) or "无（由所负责）"
        raise Conflict(told, (_told(after, told, told_zh),))


def _told(claim: Claim, message: str, message_zh: str) -> Finding:
    return Finding("claims.step", Severity.ERROR, message, message_zh, where=str(claim.entity_id))
