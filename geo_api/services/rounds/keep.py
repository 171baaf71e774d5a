"""Keep a visit plan, and compare it with the visits made: kept, on another day, missed, still to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from geo_api.services.answers import Caller
from geo_api.services.rounds.model import READERS, KeptAnswer, KeptVisit, RoundStore, StoredPlan, VisitPlan
from geo_api.supervision.roles import require

KEEPERS = frozenset({"planner", "approver", "officer"})
OUTCOMES = ("kept", "other_day", "missed", "open")


def keep_plan(store: RoundStore, plan: VisitPlan, *, caller: Caller, reason: str = "") -> VisitPlan:
    """Store a plan; the same plan again is the same number. NotAllowed: not the caller's to keep."""
    what = f"keep the visit plan of {plan.officer_id or ','.join(plan.cells)}"
    for code in plan.cells:
        require(caller.role, caller.jurisdiction, allowed=KEEPERS, ancestors=store.ancestors(code), to=what)
    with store.change() as work:
        round_id = work.keep(plan, caller=caller, reason=reason)
    return replace(plan, round_id=round_id)


def kept_visits(store: RoundStore, round_id: int, on: date, *, caller: Caller) -> KeptAnswer:
    """A stored plan against the visits recorded up to and with the day ``on``; NotFound, NotAllowed."""
    plan = store.stored(round_id)
    for code in plan.cells:
        require(
            caller.role,
            caller.jurisdiction,
            allowed=READERS,
            ancestors=store.ancestors(code),
            to=f"see plan {round_id}",
        )
    until = min(on + timedelta(days=1), plan.period_to)
    entities = sorted({v[2] for v in plan.visits if v[2] is not None})
    tasks = sorted({v[3] for v in plan.visits if v[3] is not None})
    made = store.visits_since(entities, plan.period_from, until) if until > plan.period_from else {}
    done = {task_id: day for task_id, day in store.tasks_done(tasks).items() if day <= on}
    visits = compare(plan, made, done, on)
    counts = Counter(v.outcome for v in visits)
    return KeptAnswer(
        round_id=round_id,
        officer_id=plan.officer_id,
        cells=plan.cells,
        period_from=plan.period_from,
        period_to=plan.period_to,
        on=on,
        counts={name: counts[name] for name in OUTCOMES},
        visits=visits,
    )


def compare(
    plan: StoredPlan, made: Mapping[int, Sequence[date]], done: Mapping[int, date], on: date
) -> tuple[KeptVisit, ...]:
    """What became of each planned visit; a visit made counts for one planned visit, that of its day before all others."""
    free = {entity_id: list(days) for entity_id, days in made.items()}
    found: dict[int, date] = {}
    for n, (day, _, entity_id, _, _, _, _) in enumerate(plan.visits):
        if entity_id is not None and day in free.get(entity_id, ()):
            free[entity_id].remove(day)
            found[n] = day
    for n, (_, _, entity_id, task_id, _, _, _) in enumerate(plan.visits):
        if n in found:
            continue
        if entity_id is not None and free.get(entity_id):
            found[n] = free[entity_id].pop(0)
        elif entity_id is None and task_id is not None and task_id in done:
            found[n] = done[task_id]
    return tuple(
        KeptVisit(day, position, entity_id, task_id, name, cell, why, _outcome(day, found.get(n), on), found.get(n))
        for n, (day, position, entity_id, task_id, name, cell, why) in enumerate(plan.visits)
    )


def _outcome(planned: date, made: date | None, on: date) -> str:
    if made is not None:
        return "kept" if made == planned else "other_day"
    return "missed" if planned < on else "open"
