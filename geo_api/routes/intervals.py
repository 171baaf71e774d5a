"""Days between visits to the same business: never open, a key is needed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from geo_api.routes.deps import (
    AskedJurisdiction,
    ContextDep,
    RecordedAtParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
    parse_moment,
)
from geo_api.routes.replies import XLSX, reply
from geo_api.routes.schemas import problems
from geo_api.services.coverage.intervals import LIMIT_DAYS, IntervalAnswer, visit_intervals

router = APIRouter(tags=["coverage"], dependencies=[Depends(only_known_parameters)])

DAY = r"^\d{4}-\d{2}-\d{2}$"


@router.get(
    "/v1/intervals",
    summary="Days between visits: median, quartiles, share above a limit, for a jurisdiction and its stations",
    operation_id="intervals",
    response_model=None,
    responses={
        200: {
            "model": IntervalAnswer,
            "description": "Figures of the jurisdiction and of each station",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def intervals(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    period_from: Annotated[str | None, Query(description="First day whose visits count", pattern=DAY)] = None,
    period_to: Annotated[str | None, Query(description="First day whose visits count no more", pattern=DAY)] = None,
    kind: Annotated[
        list[Literal["daily", "special", "priority"]] | None, Query(description="Kinds of visits; default: daily")
    ] = None,
    purpose: Annotated[str, Query(description="Only visits with this purpose", max_length=200)] = "",
    limit_days: Annotated[int, Query(description="An interval is too long above it", ge=0, le=36_500)] = LIMIT_DAYS,
    as_given: Annotated[bool, Query(description="Count rows outside the register and repeats too")] = False,
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Visits that follow each other at one business; with ``as_given`` as the files say it, by the business as written."""
    answer = await context.work.do(
        visit_intervals,
        context.store.intervals,
        jurisdiction,
        caller=caller,
        period_from=parse_day(period_from, "period_from"),
        period_to=parse_day(period_to, "period_to"),
        kinds=tuple(kind or ("daily",)),
        purpose=purpose,
        limit_days=limit_days,
        as_given=as_given,
        recorded_at=parse_moment(recorded_at, context.settings),
    )
    return await reply(context, answer, form)
