"""Visits from a handheld: idempotent, tolerant of late arrival, each with its own verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from geo_api.errors import BadRequest, Conflict, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.profiles.store import ProfileStore
from geo_api.services.visits.model import (
    DECIDERS,
    MOST_VISITS,
    POSTERS,
    Held,
    Meant,
    PostAnswer,
    PostedVisit,
    Register,
    VisitStore,
)
from geo_api.supervision.roles import require
from geo_api.supervision.visits import Visit, too_late, visit_from, visit_problems, wrong
from geo_api.supervision.visits_rules import VisitRules
from gridding.findings import Finding

EXTRA = ("revision", "reason")
"""What a report may say besides the visit: that it corrects the one stored, and why."""


def post_visits(
    store: VisitStore, profiles: ProfileStore, given: Sequence[Any], *, jurisdiction: str, caller: Caller
) -> PostAnswer:
    """Store visits; each gets a verdict, and one that is refused keeps none of the others back.

    A visit is the same when its id and all that it says are the same: sent again it is "known". An id with other content
    is a "conflict", unless the report says ``revision: true`` and a ``reason``: then it is corrected, and what it said
    before stays recorded. A visit whose entity is not in the register is kept and becomes a visit when it is.

    Args:
        store: where visits are kept.
        profiles: where the rules are.
        given: reports as mappings, of the fields of :class:`geo_api.supervision.visits.Visit`.
        jurisdiction: bureau or station that the entities lie in.
        caller: who posts.

    Raises:
        BadRequest: no list of reports, or too many. NotFound: no such jurisdiction. NotAllowed: not the caller's to do.
    """
    if not given or len(given) > MOST_VISITS:
        raise BadRequest(f"1 to {MOST_VISITS} visits in one call were expected, not {len(given)}")
    ancestors = store.ancestors(jurisdiction)
    require(caller.role, caller.jurisdiction, allowed=POSTERS, ancestors=ancestors, to=f"post visits to {jurisdiction}")
    register = store.register_of(jurisdiction)
    today = profiles.today(jurisdiction)
    rules: VisitRules = profiles.row(jurisdiction, today).profile().section("visits")
    post = _Post(register, rules, today, caller)
    read = [post.read(one) for one in given]
    visits = [visit for visit, _ in read if visit is not None]
    with store.change() as work:
        now = work.now()
        known = work.officers({o for v in visits for o in v.officers})
        meant = work.meant(register, {(v.entity, v.made_on) for v in visits})
        held = dict(work.held(register.source, {v.visit_id for v in visits}))
        verdicts: list[PostedVisit] = []
        stored: dict[str, tuple[Visit, int | None, datetime | None]] = {}
        replaced: list[Held] = []
        corrections: list[tuple[Visit, str]] = []
        for one, (visit, answer) in zip(given, read, strict=True):
            if visit is not None:
                problems = visit_problems(visit, rules, today=today, known_officers=known)
                before = held.get(visit.visit_id)
                answer = post.judge(visit, problems, before, meant.get((visit.entity, visit.made_on)), one)  # noqa: PLW2901
                if answer.verdict in ("stored", "corrected", "unmatched"):
                    if before is not None:
                        replaced.append(before)
                        corrections.append((visit, one["reason"].strip()))
                    stored[visit.visit_id] = (visit, answer.entity_id, before.received_at if before else None)
                    held[visit.visit_id] = Held(
                        "twice", 0, visit.digest, visit.made_on, caller.name, now, answer.entity_id
                    )
            verdicts.append(answer)
        work.close(replaced)
        work.store(register, list(stored.values()), caller=caller)
        for visit, reason in corrections:
            work.event(
                caller=caller,
                verb="correct_visit",
                subject=f"visit:{register.source}/{visit.visit_id}",
                reason=reason,
                payload={},
            )
        counts = dict(sorted(Counter(v.verdict for v in verdicts).items()))
        if stored:
            work.event(
                caller=caller, verb="post_visits", subject=f"jurisdiction:{jurisdiction}", reason="", payload=counts
            )
    return PostAnswer(jurisdiction, now, counts, tuple(verdicts))


def one_verdict(answer: PostAnswer) -> PostAnswer:
    """The answer for a visit that was posted alone.

    Raises:
        Conflict: its id is taken by another report. RuleViolation: it was refused, with all findings.
    """
    only = answer.visits[0]
    if only.verdict == "conflict":
        raise Conflict(only.message, only.findings)
    if only.verdict == "refused":
        raise RuleViolation(only.message, only.findings)
    return answer


class _Post:
    """Judges the reports of one call."""

    def __init__(self, register: Register, rules: VisitRules, today: date, caller: Caller) -> None:
        self.register, self.rules, self.today, self.caller = register, rules, today, caller

    def read(self, one: Any) -> tuple[Visit | None, PostedVisit]:
        """The report as a visit, or its refusal."""
        if not isinstance(one, Mapping):
            return None, _refused("", [wrong("visit", "an object was expected", "应为对象")])
        visit, problems = visit_from({k: v for k, v in one.items() if k not in EXTRA})
        found = list(problems)
        if not isinstance(one.get("revision", False), bool):
            found.append(wrong("revision", "true or false was expected", "应为 true 或 false"))
        if not isinstance(one.get("reason", ""), str) or len(one.get("reason", "")) > 2000:
            found.append(wrong("reason", "a text of at most 2000 characters was expected", "应为文字"))
        if found:
            return None, _refused(str(one.get("visit_id", ""))[:64], found)
        if visit is not None and not visit.officers and self.caller.officer_id:
            visit = replace(visit, officers=(self.caller.officer_id,))
        return visit, PostedVisit(visit.visit_id if visit else "", "stored")

    def judge(
        self, visit: Visit, problems: list[Any], before: Held | None, meant: Meant | None, one: Mapping[str, Any]
    ) -> PostedVisit:
        """The verdict on a report that could be read."""
        if before is not None and before.state != "withdrawn" and before.digest == visit.digest:
            return PostedVisit(visit.visit_id, "known", before.entity_id, "it is stored already", "已在库中")
        reason = one.get("reason", "").strip()
        decides = self.caller.role == "admin" or self.caller.role in DECIDERS
        late = too_late(visit, self.rules, self.today) or (
            before is not None and too_late(replace(visit, made_on=before.made_on), self.rules, self.today)
        )
        if late and not (decides and reason):
            problems = [
                *problems,
                wrong(
                    "made_on",
                    f"made on {visit.made_on}, more than {self.rules.late_days} days ago: an approver may report it, with a reason",
                    f"超过 {self.rules.late_days} 天，须由审批人说明原因后补录",
                ),
            ]
        own = self.caller.officer_id
        if own and own not in visit.officers:
            problems = [
                *problems,
                wrong(
                    "officers",
                    f"this key is of officer {own}, who is not among {', '.join(visit.officers)}: name {own} too, or let one of "
                    "them report it with a key of their own",
                    f"本密钥属于人员 {own}，巡查人员中没有本人；请补上本人，或由其中一人用自己的密钥上报",
                ),
            ]
        if meant is not None and meant.other is not None:
            problems = [*problems, _two_of_them(visit.entity)]
        elif meant is not None and not meant.inside:
            problems = [*problems, _not_here(visit.made_on, meant, self.register.code)]
        if problems:
            return _refused(visit.visit_id, problems)
        if before is None:
            return _stored(visit, meant, "stored")
        if before.state == "withdrawn":
            return _conflict(visit, "it was withdrawn: report it under another id", "该记录已撤回，请用新编号上报")
        if before.state == "twice":
            return _conflict(
                visit, "its id comes twice in this call, with different content", "同一批中编号重复而内容不同"
            )
        if not one.get("revision", False):
            return _conflict(
                visit,
                "its id is taken by another report; to correct that one send revision: true and a reason",
                "编号已被另一份内容占用；如需更正，请加 revision: true 与原因",
            )
        if not reason:
            return _refused(visit.visit_id, [wrong("reason", "a correction needs a reason", "更正须说明原因")])
        return _stored(visit, meant, "corrected")


def _two_of_them(named: str) -> Finding:
    """A number that one business has in its register, and another as permanent id."""
    return wrong(
        "entity",
        f"{named} is the register's own number of one business and the permanent id of another: write id:{named} for the "
        f"permanent id, no:{named} for the register's number, or name it by its code",
        f"{named} 既是某户在登记簿中的编号，又是另一户的永久编号；请写 id:{named}（永久编号）、no:{named}（登记簿编号）或主体代码",
    )


def _not_here(day: date, meant: Meant, code: str) -> Finding:
    """What is wrong with a visit to a business that a jurisdiction does not have on a day."""
    if not meant.absent:
        return wrong("entity", f"it lies outside {code}", f"不在 {code} 辖区内")
    if meant.opened is None:
        return wrong("entity", f"it was not in the register on {day}", f"{day} 该主体不在登记簿中")
    return wrong(
        "entity",
        f"it was not in the register on {day} (opened {meant.opened}): check made_on",
        f"{day} 该主体尚未登记（{meant.opened} 设立），请核对 made_on",
    )


def _stored(visit: Visit, meant: Meant | None, verdict: str) -> PostedVisit:
    if meant is None:
        return PostedVisit(
            visit.visit_id,
            "unmatched",
            None,
            f"kept: {visit.entity!r} is not in the register; it becomes a visit when it is",
            "已保留：登记簿中暂无该主体，入库后自动匹配",
        )
    return PostedVisit(visit.visit_id, verdict, meant.entity_id)


def _refused(visit_id: str, problems: Sequence[Any]) -> PostedVisit:
    return PostedVisit(
        visit_id,
        "refused",
        None,
        "not stored: " + "; ".join(p.message for p in problems),
        "未入库：" + "；".join(p.message_zh for p in problems),
        tuple(problems),
    )


def _conflict(visit: Visit, message: str, message_zh: str) -> PostedVisit:
    finding = replace(wrong("visit_id", message, message_zh), rule="visit.conflict")
    text = f"visit {visit.visit_id}: {message}"
    return PostedVisit(visit.visit_id, "conflict", None, text, f"{visit.visit_id}:{message_zh}", (finding,))
