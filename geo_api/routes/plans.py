"""Plans: read by all where published, moved through their life by callers with a key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from geo_api.routes.deps import (
    OPTIONAL_KEY,
    Context,
    ContextDep,
    OptionalCaller,
    RequiredCaller,
    only_known_parameters,
    tagged,
)
from geo_api.routes.published import NOT_MODIFIED
from geo_api.routes.schemas import (
    Approval,
    PlansReply,
    Publication,
    Reason,
    RequiredReason,
    problems,
)
from geo_api.services.answers import PlanSummary
from geo_api.services.plan_lists import PublicPlan, list_plans, one_plan, plan_cells

router = APIRouter(tags=["plans"], dependencies=[Depends(only_known_parameters)])

PlanId = Annotated[int, Path(description="Id of a plan", ge=1, le=2**31 - 1, examples=[3])]
State = Literal["draft", "submitted", "returned", "approved", "published", "superseded"]
CHANGED: dict[int | str, dict[str, Any]] = {200: {"model": PlanSummary, "description": "The plan after the step"}}
REFUSED = problems(401, 403, 404, 409, 422, 503)


@router.get(
    "/v1/plans",
    summary="Plans: with a key all, without one those that are or were published",
    operation_id="plans",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={200: {"model": PlansReply, "description": "Newest first"}, **NOT_MODIFIED, **problems(401, 422, 503)},
)
async def plans(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    station: Annotated[str | None, Query(description="Station code", pattern=r"^[A-Za-z0-9._\-]{1,40}$")] = None,
    state: Annotated[State | None, Query(description="Only plans in this state")] = None,
) -> Response:
    """Plans without their geometry."""
    listed = await context.work.do(list_plans, context.store.plans, caller=caller, station=station, state=state)
    return tagged(request, *context.formats.render(listed, "json"))


@router.get(
    "/v1/plans/{plan_id}",
    summary="One plan",
    operation_id="plan",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {"model": PlanSummary | PublicPlan, "description": "The plan; in short without a key"},
        **NOT_MODIFIED,
        **problems(401, 404, 422, 503),
    },
)
async def plan(request: Request, context: ContextDep, caller: OptionalCaller, plan_id: PlanId) -> Response:
    """A plan without its geometry."""
    found = await context.work.do(one_plan, context.store.plans, plan_id, caller=caller)
    return tagged(request, *context.formats.render(found, "json"))


@router.get(
    "/v1/plans/{plan_id}/cells",
    summary="The cells of a plan as GeoJSON",
    operation_id="plan_cells",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {
            "description": "The cells",
            "content": {"application/geo+json": {"schema": {"$ref": "#/components/schemas/FeatureCollection"}}},
        },
        304: {"description": "Unchanged since the ETag that you sent"},
        **problems(401, 404, 422, 503),
    },
)
async def cells_of_plan(request: Request, context: ContextDep, caller: OptionalCaller, plan_id: PlanId) -> Response:
    """Drafts need a key."""
    body = await context.work.do(plan_cells, context.store.plans, plan_id, caller=caller)
    return tagged(request, body, "application/geo+json")


@router.post(
    "/v1/plans/{plan_id}/submit",
    summary="Submit a draft: the integrity gate checks it",
    operation_id="submit_plan",
    response_model=None,
    responses={**CHANGED, **REFUSED},
)
async def submit(context: ContextDep, caller: RequiredCaller, plan_id: PlanId, body: Reason | None = None) -> Response:
    """Refused with findings where tiling, contiguity, balance, entities or staffing break a rule."""
    reason = body.reason if body else ""
    return _json(
        context, await context.work.do(context.store.supervision.submit, plan_id, caller=caller, reason=reason)
    )


@router.post(
    "/v1/plans/{plan_id}/return",
    summary="Return a submitted plan with a reason",
    operation_id="return_plan",
    response_model=None,
    responses={**CHANGED, **REFUSED},
)
async def return_plan(context: ContextDep, caller: RequiredCaller, plan_id: PlanId, body: RequiredReason) -> Response:
    """The station may then change and submit it again."""
    returned = await context.work.do(context.store.supervision.return_plan, plan_id, caller=caller, reason=body.reason)
    return _json(context, returned)


@router.post(
    "/v1/plans/{plan_id}/approve",
    summary="Approve a submitted plan",
    operation_id="approve_plan",
    response_model=None,
    responses={**CHANGED, **REFUSED},
)
async def approve(
    context: ContextDep, caller: RequiredCaller, plan_id: PlanId, body: Approval | None = None
) -> Response:
    """Never by who submitted it. A missed balance may be waived with a reason, broken tiling never."""
    given = body or Approval()
    approved = await context.work.do(
        context.store.supervision.approve,
        plan_id,
        caller=caller,
        reason=given.reason,
        waive_balance=given.waive_balance,
    )
    return _json(context, approved)


@router.post(
    "/v1/plans/{plan_id}/publish",
    summary="Publish an approved plan from a day on",
    operation_id="publish_plan",
    response_model=None,
    responses={**CHANGED, **REFUSED},
)
async def publish(context: ContextDep, caller: RequiredCaller, plan_id: PlanId, body: Publication) -> Response:
    """It supersedes the station's plan of before; nothing that was published is ever changed."""
    published = await context.work.do(
        context.store.supervision.publish, plan_id, caller=caller, valid_from=body.valid_from, reason=body.reason
    )
    return _json(context, published)


def _json(context: Context, answer: object) -> Response:
    body, media_type = context.formats.render(answer, "json")
    return Response(body, media_type=media_type, headers={"cache-control": "no-store"})
