"""Use case: every station without a published plan gets one, through the whole life of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.ports import PlanReader

if TYPE_CHECKING:
    from geo_api.services.plan_store import PlanStore

UNFINISHED = ("draft", "submitted", "approved")
"""States from which a plan is carried on, so that an interrupted run continues where it stopped."""


class PlanningStore(Protocol):
    """The parts of the store that are used here."""

    @property
    def planning(self) -> PlanStore: ...  # noqa: D102
    @property
    def plans(self) -> PlanReader: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class People:
    """Who plays which part; nobody approves what they submitted."""

    planner: Caller
    approver: Caller
    publisher: Caller


def first_plans(
    store: PlanningStore,
    stations: Sequence[str],
    people: People,
    *,
    valid_from: date,
    reason: str,
    rng_seed: int = 0,
    workers: int = 1,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[PlanSummary, ...]:
    """Build, submit, approve and publish a plan for every station that has none in force.

    Args:
        store: plans and the register that they are built from.
        stations: station codes.
        people: who builds and submits, who approves, who publishes (an admin, if ``valid_from`` is past).
        valid_from: the first day of the plans.
        reason: written into the events; also the reason of a waiver where a station cannot be balanced.
        rng_seed: seed of all randomness.
        workers: processes that draw stations side by side.
        tell: told each step.

    Returns:
        the published plan of each station, in the order given.
    """
    if workers > 1:
        from geo_api.services.draw_stations import draw_stations

        begun = {p.station_code for p in store.plans.plans() if p.state in (*UNFINISHED, "published")}
        new = [s for s in stations if s not in begun]
        for drawn in draw_stations(
            store.planning, new, caller=people.planner, on=valid_from, rng_seed=rng_seed, workers=workers
        ):
            _carry_through(store, drawn.station_code, people, valid_from, reason, rng_seed, tell)
        quiet: Callable[[str], None] = lambda line: None  # noqa: E731
        tell = tell if len(new) < len(stations) else quiet
    return tuple(_carry_through(store, s, people, valid_from, reason, rng_seed, tell) for s in stations)


def _carry_through(
    store: PlanningStore,
    station: str,
    people: People,
    valid_from: date,
    reason: str,
    rng_seed: int,
    tell: Callable[[str], None],
) -> PlanSummary:
    plans = store.plans.plans(station_code=station)
    if published := [p for p in plans if p.state == "published"]:
        tell(f"{station}: plan {published[0].plan_id} is in force")
        return published[0]
    # loaded when something is to be done, so that a second start takes no time
    from geo_api.services.build_plan import build_plan
    from geo_api.services.plan_transitions import approve_plan, publish_plan, submit_plan

    plan = next((p for p in plans if p.state in UNFINISHED), None)
    if plan is None:
        tell(f"{station}: drawing cells")
        plan = build_plan(
            store.planning, station, caller=people.planner, rng_seed=rng_seed, on=valid_from, on_progress=None
        )
    missed = plan.max_abs_deviation > plan.tolerance
    if plan.state == "draft":
        plan = submit_plan(store.planning, plan.plan_id, caller=people.planner, reason=reason if missed else "")
    if plan.state == "submitted":
        plan = approve_plan(store.planning, plan.plan_id, caller=people.approver, reason=reason, waive_balance=missed)
    if plan.state == "approved":
        plan = publish_plan(store.planning, plan.plan_id, caller=people.publisher, valid_from=valid_from, reason=reason)
    tell(
        f"{station}: plan {plan.plan_id} published from {valid_from}: {plan.cells} cells, "
        f"largest deviation {plan.max_abs_deviation:.2%}{' (waived)' if missed else ''}"
    )
    return plan
