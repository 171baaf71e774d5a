"""Workload of entities and places, and the staff that it takes: never open, a key is needed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from geo_api.routes.deps import (
    AskedJurisdiction,
    ContextDep,
    OnParameter,
    RecordedAtParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
    parse_moment,
)
from geo_api.routes.replies import reply
from geo_api.routes.schemas import problems
from geo_api.services.workload.answers import EntityWorkload, StaffingAnswer, WorkloadAnswer

router = APIRouter(tags=["workload"], dependencies=[Depends(only_known_parameters)])

Form = Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")]
LISTS = {"text/csv": {"schema": {"type": "string"}}}


@router.get(
    "/v1/entities/{code}/workload",
    summary="Why an entity costs so many hours a year",
    operation_id="entity_workload",
    response_model=None,
    responses={
        200: {
            "model": EntityWorkload,
            "description": "Every step with the setting that it comes from",
            "content": LISTS,
        },
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def entity_workload(
    context: ContextDep,
    caller: RequiredCaller,
    code: Annotated[str, Path(description="Permanent id, entity code, credit code or number", max_length=64)],
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Form = "json",
) -> Response:
    """Visits a year by class, industry and kind, minutes of a visit, the way to it; as figures and as a sentence."""
    from geo_api.services.workload.explain_entity import explain_entity

    store = context.store.as_recorded(parse_moment(recorded_at, context.settings))
    answer = await context.work.do(explain_entity, store.workload, code, caller=caller, on=parse_day(on))
    return await reply(context, answer, form)


@router.get(
    "/v1/workload",
    summary="Entities, visits and hours a year of a jurisdiction, by class, industry, cell or station",
    operation_id="workload",
    response_model=None,
    responses={
        200: {"model": WorkloadAnswer, "description": "Totals are the exact sums of the rows", "content": LISTS},
        **problems(401, 403, 404, 422, 503),
    },
)
async def workload(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    group: Annotated[
        str, Query(description="Any of class, industry, cell, station", pattern=r"^[a-z]+(,[a-z]+){0,3}$")
    ] = "class,industry",
    form: Form = "json",
) -> Response:
    """On the day ``on`` (default: today), by the rules of that day."""
    from geo_api.services.workload.explain_place import explain_place

    store = context.store.as_recorded(parse_moment(recorded_at, context.settings))
    keys = tuple(group.split(","))
    answer = await context.work.do(
        explain_place, store.workload, jurisdiction, caller=caller, on=parse_day(on), by=keys
    )
    return await reply(context, answer, form)


@router.get(
    "/v1/staffing",
    summary="The staff that stations need and have, and the cells that it carries",
    operation_id="staffing",
    response_model=None,
    responses={
        200: {"model": StaffingAnswer, "description": "A row a station, and all together", "content": LISTS},
        **problems(401, 403, 404, 422, 503),
    },
)
async def show_staffing(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Form = "json",
) -> Response:
    """Hours needed, officers needed and there, cells by staff and in force, on the day ``on`` (default: today)."""
    from geo_api.services.workload.staffing import staffing

    store = context.store.as_recorded(parse_moment(recorded_at, context.settings))
    answer = await context.work.do(staffing, store.workload, jurisdiction, caller=caller, on=parse_day(on))
    return await reply(context, answer, form)
