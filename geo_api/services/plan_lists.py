"""Plans as lists: what a caller with a key sees, and what everybody may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo_api.errors import NotFound
from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.ports import PlanReader

PUBLIC_STATES = ("published", "superseded")
"""States in which a plan is, or once was, public."""


@dataclass(frozen=True, slots=True)
class PublicPlan:
    """A plan that is or was in force, without who made it and what was found in it."""

    plan_id: int
    station_code: str
    version: int
    state: str
    cells: int
    tolerance: float
    max_abs_deviation: float
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PlanList:
    """Plans, newest first."""

    plans: tuple[PlanSummary | PublicPlan, ...]


def list_plans(
    reader: PlanReader, *, caller: Caller | None, station: str | None = None, state: str | None = None
) -> PlanList:
    """Plans of a station, or of all; without a key only those that are or were published."""
    plans = reader.plans(station, state)
    if caller is not None:
        return PlanList(plans)
    return PlanList(tuple(public_plan(p) for p in plans if p.state in PUBLIC_STATES))


def one_plan(reader: PlanReader, plan_id: int, *, caller: Caller | None) -> PlanSummary | PublicPlan:
    """One plan; NotFound also where the caller may not see it."""
    plan = reader.plan(plan_id)
    if caller is not None:
        return plan
    if plan.state not in PUBLIC_STATES:
        raise NotFound(f"no published plan has the id {plan_id}; drafts need an API key")
    return public_plan(plan)


def plan_cells(reader: PlanReader, plan_id: int, *, caller: Caller | None) -> bytes:
    """The cells of a plan as GeoJSON; NotFound also where the caller may not see it."""
    one_plan(reader, plan_id, caller=caller)
    return reader.plan_cells_geojson(plan_id)


def public_plan(plan: PlanSummary) -> PublicPlan:
    """The plan as everybody may see it."""
    return PublicPlan(
        plan_id=plan.plan_id,
        station_code=plan.station_code,
        version=plan.version,
        state=plan.state,
        cells=plan.cells,
        tolerance=plan.tolerance,
        max_abs_deviation=plan.max_abs_deviation,
        valid_from=plan.valid_from,
        valid_to=plan.valid_to,
    )
