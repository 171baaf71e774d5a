"""Credit classes follow from the record: proposed by the conditions of the profile, never set by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.visits.class_model import BadVisit, ClassProposal, ClassStore, ProposalList, Records
from geo_api.services.visits.model import LISTED, MOST_LISTED, READERS
from geo_api.services.visits.within import cells_below
from geo_api.supervision.classing_rules import ClassingRules, ClassStep
from geo_api.supervision.roles import require
from gridding.types import IntArray

if TYPE_CHECKING:
    from geo_api.services.profiles.store import ProfileStore

WORDS = {
    "unlicensed": ("it has no licence", "无照经营"),
    "words": ("a failed visit says {words}", "检查不合格，记录含“{words}”"),
    "fails": ("{n} failed visit(s)", "{n} 次检查不合格"),
    "key_record": ("key industry {industry} with {n} bad visit(s)", "重点行业（{industry}）有 {n} 次不良记录"),
    "record": ("{n} bad visit(s)", "{n} 次不良记录"),
    "clean": ("{n} visit(s), none of them bad", "巡查 {n} 次，无不良记录"),
}


def propose_classes(
    store: ClassStore,
    profiles: ProfileStore,
    jurisdiction: str,
    *,
    caller: Caller,
    on: date | None = None,
    everything: bool = False,
    recorded_at: datetime | None = None,
    limit: int = LISTED,
) -> ProposalList:
    """The classes that follow from the record of each entity, where they differ from those that it has.

    The conditions of ``[rules.classing]`` are asked in order, the first that holds decides; where none holds (nothing is
    recorded) nothing is proposed. Proposals of persons come first.

    Args:
        store: where records are.
        profiles: where the rules are.
        jurisdiction: bureau, station or cell.
        caller: who asks.
        on: the day up to which the record counts; default: today.
        everything: also where the class stays.
        recorded_at: as it was recorded then.
        limit: at most so many; the counts are over all.

    Raises:
        BadRequest: a limit out of range. NotFound: no such jurisdiction. NotAllowed: not the caller's to see.
    """
    if not 1 <= limit <= MOST_LISTED:
        raise BadRequest(f"limit = {limit}: 1 to {MOST_LISTED} was expected")
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the classes of {jurisdiction}",
    )
    day = on or profiles.today(jurisdiction)
    verdict = _judged(store, profiles, jurisdiction, day, recorded_at)
    records, chosen = verdict.records, verdict.inside & (verdict.step >= 0)
    if not everything:
        chosen &= verdict.proposed != records.credit_class
    register = store.register_of(jurisdiction)
    below = cells_below(records.parents, jurisdiction)
    manual = [p for p in store.manual(register) if register.top or p.cell_code in below]
    counts = Counter(f"{p.was} -> {p.proposed}" for p in manual)
    counts.update(Counter((records.credit_class[chosen] + " -> " + verdict.proposed[chosen]).tolist()))
    at = np.flatnonzero(chosen)
    listed = _proposals(store, verdict, at[: max(limit - len(manual), 0)], recorded_at)
    return ProposalList(
        jurisdiction, day, dict(sorted(counts.items())), (*manual[:limit], *listed), len(manual) + len(at) > limit
    )


def from_record(
    store: ClassStore, profiles: ProfileStore, jurisdiction: str, on: date, *, ids: Sequence[int]
) -> tuple[ClassProposal, ...]:
    """What follows from the record of some entities of a jurisdiction, by entity; also where nothing changes."""
    verdict = _judged(store, profiles, jurisdiction, on, None, ids=ids)
    return _proposals(store, verdict, np.flatnonzero(verdict.inside & (verdict.step >= 0)), None)


@dataclass(frozen=True)
class _Verdict:
    """The step that decides about each entity: (n,) its number (-1 = none), the class it leads to, the visits it counted.

    ``inside``: (n,) whether the entity lies in the jurisdiction.
    """

    on: date
    records: Records
    rules: ClassingRules
    inside: np.ndarray
    step: IntArray
    proposed: np.ndarray
    count: IntArray


def _judged(
    store: ClassStore,
    profiles: ProfileStore,
    jurisdiction: str,
    on: date,
    recorded_at: datetime | None,
    *,
    ids: Sequence[int] | None = None,
) -> _Verdict:
    register = store.register_of(jurisdiction)
    profile = profiles.row(jurisdiction, on, recorded_at).profile()
    rules: ClassingRules = profile.section("classing")
    order = profile.section("classes").order
    words = {step.words for step in rules.steps if step.when == "words"}
    first = _years_before(on, rules.years)

    def cells(parents: Mapping[str, str]) -> set[str] | None:
        return None if register.top else cells_below(parents, jurisdiction)

    records = store.records(register, first, on, recorded_at, words=words, ids=ids, cells=cells)
    keys = frozenset(rules.key_industries or records.key_industries)
    inside = np.ones(len(records.entity_id), dtype=bool)
    if not register.top:
        inside = np.isin(records.cell, list(cells_below(records.parents, jurisdiction)))
    decided = np.full(len(inside), -1, dtype=np.int64)
    proposed, count = np.full(len(inside), "", dtype=object), np.zeros(len(inside), dtype=np.int64)
    for number, step in enumerate(rules.steps):
        holds, counted = _holds(step, records, keys)
        holds = holds & (decided < 0)
        decided[holds], proposed[holds], count[holds] = number, step.letter(order), counted[holds]
    return _Verdict(on, records, rules, inside, decided, proposed, count)


def _holds(step: ClassStep, records: Records, keys: frozenset[str]) -> tuple[np.ndarray, IntArray]:
    """(n,) where a condition holds; (n,) the visits that it counts."""
    if step.when == "unlicensed":
        return ~records.licensed, records.visits * 0
    if step.when == "clean":
        return (records.bad == 0) & (records.visits >= step.at_least), records.visits
    counted = {"fails": records.fails, "words": records.worded.get(step.words)}.get(step.when)
    counted = records.bad if counted is None else counted
    holds = counted >= step.at_least
    if step.when == "key_record":
        holds = holds & np.isin(records.industry, list(keys))
    return holds, counted


def _proposals(
    store: ClassStore, verdict: _Verdict, at: IntArray, recorded_at: datetime | None
) -> tuple[ClassProposal, ...]:
    """Proposals for entities (indices), with the visits that they rest on."""
    records, first = verdict.records, _years_before(verdict.on, verdict.rules.years)
    resting = [e for e in at.tolist() if verdict.rules.steps[int(verdict.step[e])].when not in ("unlicensed", "clean")]
    visits = store.bad_visits(records.entity_id[resting].tolist(), first, verdict.on, recorded_at) if resting else {}
    out = []
    for e in at.tolist():
        entity, step = int(records.entity_id[e]), verdict.rules.steps[int(verdict.step[e])]
        held = _held(step, visits.get(entity, ()))
        said, said_zh = WORDS[step.when]
        words = "、".join(w for w in step.words if any(w in b.words for b in held))
        given = {"n": int(verdict.count[e]), "industry": records.industry[e], "words": words}
        out.append(
            ClassProposal(
                entity_id=entity,
                name=records.name[e],
                cell_code=records.cell[e],
                industry=records.industry[e],
                was=records.credit_class[e],
                proposed=verdict.proposed[e],
                rule=step.when,
                why=said.format(**given),
                why_zh=said_zh.format(**given),
                visits=tuple((b.visit_id, b.made_on, b.result) for b in held),
                credit_code=records.credit_code[e],
            )
        )
    return tuple(out)


def _held(step: ClassStep, bad: tuple[BadVisit, ...]) -> tuple[BadVisit, ...]:
    """The visits that a condition rests on."""
    if step.when in ("unlicensed", "clean"):
        return ()
    if step.when in ("fails", "words"):
        bad = tuple(b for b in bad if b.result == "fail")
    return bad if step.when != "words" else tuple(b for b in bad if any(w in b.words for w in step.words))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)
