"""A person confirms a class: from that day on the entity has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from geo_api.errors import BadRequest, Conflict, NotAllowed, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.visits.class_model import (
    ClassProposal,
    ClassStore,
    Decided,
    DecidedList,
    Decision,
    DecisionRow,
    Known,
)
from geo_api.services.visits.classing import from_record
from geo_api.supervision.roles import person, require
from gridding.findings import Finding, Severity

if TYPE_CHECKING:
    from geo_api.services.profiles.store import ProfileStore

PROPOSERS = frozenset({"planner", "officer", "approver"})
CONFIRMERS = frozenset({"approver"})
MOST_DECISIONS = 200_000


def suggest_class(
    store: ClassStore,
    profiles: ProfileStore,
    entity: str,
    *,
    to: str,
    reason: str,
    jurisdiction: str,
    caller: Caller,
) -> ClassProposal:
    """Propose a class by hand; somebody else confirms it.

    Raises:
        BadRequest: no reason, an unknown class. NotFound: no such entity. NotAllowed: not the caller's to do.
    """
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=PROPOSERS, ancestors=ancestors, to=f"propose the class of {entity}"
    )
    today = profiles.today(jurisdiction)
    _class_known(profiles, jurisdiction, today, to)
    if not reason.strip():
        raise BadRequest("a class is proposed with a reason")
    with store.change() as work:
        found = _checked(work.known(store.register_of(jurisdiction), [entity], today), [Decision(entity, to, reason)])[
            0
        ]
        number = work.propose(
            found.entity_id, on=today, was=found.credit_class, proposed=to, reason=reason.strip(), caller=caller
        )
    return ClassProposal(
        found.entity_id, found.name, "", "", found.credit_class, to, "manual", reason.strip(), reason.strip(), (), number,
        caller.name,
    )  # fmt: skip


def confirm_classes(
    store: ClassStore,
    profiles: ProfileStore,
    given: Sequence[Decision],
    *,
    jurisdiction: str,
    caller: Caller,
    on: date | None = None,
) -> DecidedList:
    """Give entities the classes that a person decided on, all of them or none.

    Each becomes a new version of its entity from the day ``on``; a later load of the register keeps it while the source
    goes on saying what it said. With each decision the proposal that it answers is kept, and the visits that it rests on.

    Args:
        store: where classes are.
        profiles: where the rules are.
        given: entity (any of its numbers), class and reason.
        jurisdiction: bureau or station that the entities lie in.
        caller: who confirms: an approver, and not who proposed it.
        on: first day of the class; default: today; a past day only by an admin.

    Raises:
        BadRequest: no decision, an unknown class, no reason. NotAllowed: not the caller's to do.
        Conflict: somebody else decided on another class from that day on; an admin may overrule it.
        RuleViolation: entities that are not known, that lie outside, or whose class the caller proposed; all at once.
    """
    if not given or len(given) > MOST_DECISIONS:
        raise BadRequest(f"1 to {MOST_DECISIONS} decisions were expected, not {len(given)}")
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role,
        caller.jurisdiction,
        allowed=CONFIRMERS,
        ancestors=ancestors,
        to=f"confirm classes in {jurisdiction}",
    )
    today = profiles.today(jurisdiction)
    day = on or today
    if day < today and caller.role != "admin":
        raise NotAllowed(f"classes from {day}, before today ({today}): only an admin may")
    for letter in sorted({d.confirmed for d in given}):
        _class_known(profiles, jurisdiction, day, letter)
    if any(not d.reason.strip() for d in given):
        raise BadRequest("a class is confirmed with a reason")
    with store.change() as work:
        found = _checked(
            work.known(store.register_of(jurisdiction), [d.entity for d in given], day), given, caller.name
        )
        if caller.role != "admin":
            _refuse_overruling(found, given, day, caller.name)
        proposals = from_record(store, profiles, jurisdiction, day, ids=[k.entity_id for k in found])
        proposed = {p.entity_id: p for p in proposals}
        rows = [
            _row(known, decision, proposed.get(known.entity_id)) for known, decision in zip(found, given, strict=True)
        ]
        ids = work.decide(rows, on=day, caller=caller)
    decided = (
        Decided(number, r.known.entity_id, r.known.name, r.known.credit_class, r.confirmed, day)
        for number, r in zip(ids, rows, strict=True)
    )
    return DecidedList(jurisdiction, day, tuple(decided))


def _refuse_overruling(known: Sequence[Known], given: Sequence[Decision], day: date, actor: str) -> None:
    """Of two approvers who decide at the same moment one wins: Conflict where somebody else decided otherwise for that day."""
    late = [
        f"{k.name} ({d.entity}) is {k.decided} since {k.decided_on}, as {k.decided_by} confirmed"
        for k, d in zip(known, given, strict=True)
        if k.decided_on is not None and k.decided_on >= day and k.decided_by != actor and k.decided != d.confirmed
    ]
    if late:
        more = f" (and {len(late) - 1} more)" if len(late) > 1 else ""
        raise Conflict(f"nothing was changed: {late[0]}{more}; an admin may overrule it, with a reason")


def _row(known: Known, decision: Decision, proposal: ClassProposal | None) -> DecisionRow:
    if known.proposal_id is not None:
        return DecisionRow(known, decision.confirmed, decision.reason.strip(), known.proposed, "manual", ())
    if proposal is None:
        return DecisionRow(known, decision.confirmed, decision.reason.strip(), "", "", ())
    return DecisionRow(
        known, decision.confirmed, decision.reason.strip(), proposal.proposed, proposal.rule, proposal.visits
    )


def _class_known(profiles: ProfileStore, jurisdiction: str, day: date, letter: str) -> None:
    order = profiles.row(jurisdiction, day).profile().section("classes").order
    if letter not in order:
        raise BadRequest(f"there is no class {letter!r}: the classes are {', '.join(order)}")


def _checked(known: Mapping[str, Known], given: Sequence[Decision], actor: str | None = None) -> list[Known]:
    """The entities of decisions; RuleViolation with everything that is wrong."""
    found, problems, seen = [], [], set()
    for number, decision in enumerate(given, 1):
        entity = known.get(decision.entity)
        where = f"{decision.entity} ({number})"
        if entity is None:
            problems.append(_wrong(where, "no such entity in the register on that day", "登记簿中当日无此主体"))
            continue
        if not entity.inside:
            problems.append(_wrong(where, "it lies outside the jurisdiction", "不在辖区内"))
        if entity.entity_id in seen:
            problems.append(_wrong(where, "it is given twice", "重复"))
        if actor is not None and person(entity.proposed_by) == person(actor):
            problems.append(_wrong(where, f"{actor} proposed it: somebody else confirms it", "不能确认自己提出的建议"))
        if not entity.licensed:
            problems.append(_wrong(where, "it has no licence: its class follows from that", "无照经营，不单独定级"))
        seen.add(entity.entity_id)
        found.append(entity)
    if problems:
        raise RuleViolation(
            f"{len(problems)} problem(s), nothing was changed; first: {problems[0].message}", tuple(problems)
        )
    return found


def _wrong(where: str, message: str, message_zh: str) -> Finding:
    return Finding("class.decision", Severity.ERROR, f"{where}: {message}", f"{where}:{message_zh}", where=where)
