"""Coverage gaps of a jurisdiction: never open, a key is needed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from geo_api.routes.deps import ContextDep, OnParameter, RequiredCaller, only_known_parameters, parse_day
from geo_api.routes.schemas import problems
from geo_api.services.answers import CoverageAnswer

router = APIRouter(tags=["coverage"], dependencies=[Depends(only_known_parameters)])


@router.get(
    "/v1/coverage",
    summary="Coverage gaps: territory, entities, staff and visits that nobody answers for",
    operation_id="coverage",
    response_model=None,
    responses={
        200: {
            "model": CoverageAnswer,
            "description": "Findings with places; visits due and made by credit class",
            "content": {
                "application/geo+json": {"schema": {"$ref": "#/components/schemas/FeatureCollection"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def coverage(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: Annotated[str, Query(description="Code of a station or bureau", pattern=r"^[A-Za-z0-9._\-]{1,40}$")],
    on: OnParameter = None,
    form: Annotated[Literal["json", "geojson", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Asked of the database, for the day ``on`` (default: today)."""
    day = parse_day(on) or context.keeper.today()
    answer = await context.work.do(context.store.supervision.coverage, jurisdiction, day, caller=caller)
    body, media_type = await context.work.do(context.formats.render, answer, form)
    return Response(body, media_type=media_type, headers={"cache-control": "no-store"})
