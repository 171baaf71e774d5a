"""Steps that many tests take: people, and a plan from draft to published."""

from __future__ import annotations

from datetime import date

from geo_api.db.store import Store
from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.build_plan import build_plan
from geo_api.services.plan_transitions import approve_plan, publish_plan, submit_plan
from tests.geo_api.town import BUREAU, WEST

PLANNER = Caller("planner Li", "planner", WEST)
APPROVER = Caller("approver Wang", "approver", BUREAU)
ADMIN = Caller("admin Zhao", "admin", BUREAU)
OPERATOR = Caller("operator", "admin", "")
SECOND = Caller("second operator", "admin", "")


def published(
    store: Store, station: str, valid_from: date, *, cells: int = 3, rng_seed: int = 0, tolerance: float = 0.2
) -> PlanSummary:
    """Build, submit, approve and publish a plan of a station, by operators who may act anywhere and on past days."""
    plan = build_plan(store.planning, station, caller=OPERATOR, cells=cells, rng_seed=rng_seed, tolerance=tolerance)
    submit_plan(store.planning, plan.plan_id, caller=OPERATOR)
    approve_plan(store.planning, plan.plan_id, caller=SECOND)
    return publish_plan(store.planning, plan.plan_id, caller=OPERATOR, valid_from=valid_from, reason="first plan")
