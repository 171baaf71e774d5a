"""Samples of hot industries: drawn, listed. Never open, a key is needed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from geo_api.routes.deps import (
    YEARS_PATTERN,
    AskedJurisdiction,
    ContextDep,
    OnParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
)
from geo_api.routes.replies import CODE, reply
from geo_api.routes.schemas import Strict, problems
from geo_api.services.sampling.model import SamplingAnswer

router = APIRouter(tags=["inspections"], dependencies=[Depends(only_known_parameters)])

LARGEST_SEED = 2**63 - 1


class Draw(Strict):
    """What to draw."""

    jurisdiction: str = Field(pattern=CODE, description="Code of a bureau or station", examples=["420999"])
    seed: int = Field(strict=True, ge=0, le=LARGEST_SEED, description="The same seed draws the same entities")
    year: int | None = Field(default=None, strict=True, ge=1900, le=2199, description="Default: that of the day")
    on: str | None = Field(
        default=None,
        pattern=YEARS_PATTERN,
        description="Day whose register counts",
        json_schema_extra={"format": "date"},
    )
    reason: str = Field(default="", max_length=2000, description="Why a draw is replaced (admins only)")


@router.get(
    "/v1/sampling",
    summary="The samples of hot industries in a year: quota, draw, visits",
    operation_id="sampling",
    response_model=None,
    responses={
        200: {
            "model": SamplingAnswer,
            "description": "By industry; CSV and XLSX list those who were drawn",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def sampling(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    year: Annotated[int | None, Query(ge=1900, le=2199, description="Default: that of the day")] = None,
    on: OnParameter = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """As of the day ``on`` (default: today)."""
    from geo_api.services.sampling.figures import sampling_figures

    answer = await context.work.do(
        sampling_figures, context.store.workload, jurisdiction, caller=caller, year=year, on=parse_day(on)
    )
    return await reply(context, answer, form)


@router.post(
    "/v1/sampling",
    summary="Draw the samples of a year",
    operation_id="draw_sample",
    response_model=None,
    responses={
        200: {"model": SamplingAnswer, "description": "Drawn and kept; the same again changes nothing"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def draw(context: ContextDep, caller: RequiredCaller, body: Draw) -> Response:
    """Station by station, the share that the rules of the day ask for."""
    from geo_api.services.sampling.draw_samples import draw_samples

    answer = await context.work.do(
        draw_samples,
        context.store.workload,
        body.jurisdiction,
        caller=caller,
        seed=body.seed,
        year=body.year,
        on=parse_day(body.on),
        reason=body.reason,
    )
    return await reply(context, answer)
