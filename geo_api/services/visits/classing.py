"""Credit classes follow from the record: proposed by the conditions of the profile, never set by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.visits.class_model import BadVisit, ClassProposal, ClassStore, ProposalList, Records
from geo_api.services.visits.model import LISTED, MOST_LISTED, READERS
from geo_api.supervision.classing_rules import ClassingRules, ClassStep
from geo_api.supervision.roles import require

if TYPE_CHECKING:
    from geo_api.services.profiles.store import ProfileStore

WORDS = {
    "unlicensed": ("it has no licence", "无照经营"),
    "words": ("a failed visit says {words}", "检查不合格,记录含“{words}”"),
    "fails": ("{n} failed visit(s)", "{n} 次检查不合格"),
    "key_record": ("key industry {industry} with {n} bad visit(s)", "重点行业({industry})有 {n} 次不良记录"),
    "record": ("{n} bad visit(s)", "{n} 次不良记录"),
    "clean": ("{n} visit(s), none of them bad", "巡查 {n} 次,无不良记录"),
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
    records, proposals = from_record(store, profiles, jurisdiction, day, recorded_at, everything=everything)
    register = store.register_of(jurisdiction)
    manual = [p for p in store.manual(register) if register.top or _within(p.cell_code, jurisdiction, records)]
    found = [*manual, *(p for p in proposals if everything or p.proposed != p.was)]
    counts = Counter(f"{p.was} -> {p.proposed}" for p in found)
    return ProposalList(jurisdiction, day, dict(sorted(counts.items())), tuple(found[:limit]), len(found) > limit)


def from_record(
    store: ClassStore,
    profiles: ProfileStore,
    jurisdiction: str,
    on: date,
    recorded_at: datetime | None = None,
    *,
    everything: bool = True,
    ids: Sequence[int] | None = None,
) -> tuple[Records, list[ClassProposal]]:
    """What follows from the record of each entity of a jurisdiction, by entity.

    ``everything``: also where nothing changes; ``ids``: of these entities alone.
    """
    register = store.register_of(jurisdiction)
    profile = profiles.row(jurisdiction, on, recorded_at).profile()
    rules: ClassingRules = profile.section("classing")
    order = profile.section("classes").order
    records = store.records(register, _years_before(on, rules.years), on, recorded_at, ids)
    keys = frozenset(rules.key_industries or records.key_industries)
    wanted = set(np.unique(records.cell).tolist()) if register.top else None
    if wanted is None:
        wanted = {cell for cell in set(records.cell.tolist()) if _within(cell, jurisdiction, records)}
    found = []
    for e in np.flatnonzero(
        np.isin(records.cell, list(wanted)) & _worth_a_look(records, rules, order, everything)
    ).tolist():
        proposal = _proposal(records, e, rules, order, keys)
        if proposal is not None:
            found.append(proposal)
    return records, found


def _worth_a_look(records: Records, rules: ClassingRules, order: tuple[str, ...], everything: bool) -> np.ndarray:
    """(n,) all, or those whose class may change: of entities with a licence and no bad visit only "clean" decides."""
    if everything:
        return np.ones(len(records.entity_id), dtype=bool)
    out = np.isin(records.entity_id, list(records.bad)) | ~records.licensed
    for step in rules.steps:
        if step.when == "clean":
            out |= (records.visits >= step.at_least) & (records.credit_class != step.letter(order))
    return np.asarray(out)


def _proposal(
    records: Records, e: int, rules: ClassingRules, order: tuple[str, ...], keys: frozenset[str]
) -> ClassProposal | None:
    entity = int(records.entity_id[e])
    bad = records.bad.get(entity, ())
    for step in rules.steps:
        held = _holds(step, records, e, bad, keys)
        if held is None:
            continue
        said, said_zh = WORDS[step.when]
        words = "、".join(w for w in step.words if any(w in b.words for b in held))
        count = int(records.visits[e]) if step.when == "clean" else len(held)
        given = {"n": count, "industry": records.industry[e], "words": words}
        return ClassProposal(
            entity_id=entity,
            name=records.name[e],
            cell_code=records.cell[e],
            industry=records.industry[e],
            was=records.credit_class[e],
            proposed=step.letter(order),
            rule=step.when,
            why=said.format(**given),
            why_zh=said_zh.format(**given),
            visits=tuple((b.visit_id, b.made_on, b.result) for b in held),
        )
    return None


def _holds(
    step: ClassStep, records: Records, e: int, bad: tuple[BadVisit, ...], keys: frozenset[str]
) -> tuple[BadVisit, ...] | None:
    """The visits that a condition rests on; None where it does not hold."""
    if step.when == "unlicensed":
        return None if records.licensed[e] else ()
    if step.when == "clean":
        return () if not bad and records.visits[e] >= step.at_least else None
    if step.when == "key_record" and records.industry[e] not in keys:
        return None
    rests = bad
    if step.when in ("fails", "words"):
        rests = tuple(b for b in bad if b.result == "fail")
    if step.when == "words":
        rests = tuple(b for b in rests if any(w in b.words for w in step.words))
    return rests if len(rests) >= step.at_least else None


def _within(cell: str, jurisdiction: str, records: Records) -> bool:
    at = cell
    for _ in range(20):
        if at == jurisdiction:
            return True
        at = records.parents.get(at, "")
        if not at:
            break
    return False


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)
