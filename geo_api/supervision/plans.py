"""The life of a plan: one table of transitions, and who may take each step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.supervision.roles import person


class PlanState(StrEnum):
    """Where a plan is in its life. A published plan is never changed, only superseded."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Transition:
    """One permitted step.

    Attributes:
        verb: what is done.
        before, after: states.
        roles: who may do it, beside ``admin``; empty = it follows from another step, nobody asks for it.
        needs_reason: whether a reason must be given.
    """

    verb: str
    before: PlanState
    after: PlanState
    roles: frozenset[str]
    needs_reason: bool = False


_PLANNER, _APPROVER, _NOBODY = frozenset({"planner"}), frozenset({"approver"}), frozenset[str]()

TRANSITIONS = (
    Transition("submit", PlanState.DRAFT, PlanState.SUBMITTED, _PLANNER),
    Transition("submit", PlanState.RETURNED, PlanState.SUBMITTED, _PLANNER),
    Transition("return", PlanState.SUBMITTED, PlanState.RETURNED, _APPROVER, needs_reason=True),
    Transition("return", PlanState.APPROVED, PlanState.RETURNED, _APPROVER, needs_reason=True),
    Transition("approve", PlanState.SUBMITTED, PlanState.APPROVED, _APPROVER),
    Transition("publish", PlanState.APPROVED, PlanState.PUBLISHED, _APPROVER),
    Transition("supersede", PlanState.PUBLISHED, PlanState.SUPERSEDED, _NOBODY),
)
"""The whole life of a plan. The database holds the same table and refuses every other step."""


def roles_for(verb: str) -> frozenset[str]:
    """Roles that may take a step, beside ``admin``."""
    return frozenset().union(*(t.roles for t in TRANSITIONS if t.verb == verb))


def step(plan_id: int, state: str, verb: str, reason: str = "") -> Transition:
    """The transition that a verb means for a plan in a state.

    Raises:
        Conflict: the plan is not in a state that allows it.
        BadRequest: the step needs a reason and none is given.
    """
    known = [t for t in TRANSITIONS if t.verb == verb]
    if not known:
        raise BadRequest(f"a plan has no step {verb!r}: there are {', '.join(sorted({t.verb for t in TRANSITIONS}))}")
    found = next((t for t in known if t.before == state), None)
    if found is None:
        expected = " or ".join(t.before for t in known)
        raise Conflict(f"plan {plan_id} is {state}: only a plan that is {expected} can be {_PARTICIPLE[verb]}")
    if found.needs_reason and not reason.strip():
        raise BadRequest(f"plan {plan_id} can only be {_PARTICIPLE[verb]} with a reason")
    return found


_PARTICIPLE = {
    "submit": "submitted",
    "return": "returned",
    "approve": "approved",
    "publish": "published",
    "supersede": "superseded",
}


def require_other_than_submitter(plan_id: int, submitted_by: str | None, approver: str) -> None:
    """Raise NotAllowed when somebody would approve what they submitted."""
    if submitted_by is not None and person(submitted_by) == person(approver):
        raise NotAllowed(f"plan {plan_id} was submitted by {approver}: nobody approves what they submitted")
