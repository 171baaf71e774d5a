"""Coverage, coverage gaps and posters of a jurisdiction: never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
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
from geo_api.routes.replies import CODE, TABLES, sent
from geo_api.routes.schemas import Strict, problems
from geo_api.services.answers import CoverageAnswer, GapsAnswer, PosterList

router = APIRouter(tags=["coverage"], dependencies=[Depends(only_known_parameters)])

DAY = r"^\d{4}-\d{2}-\d{2}$"
LAYER = {"application/geo+json": {"schema": {"$ref": "#/components/schemas/FeatureCollection"}}}


class PosterBody(Strict):
    """A diagram that was put up, or taken down."""

    jurisdiction: str = Field(pattern=CODE, description="The cell, station or bureau that it shows")
    place: str = Field(min_length=1, max_length=200, description="Where it hangs", examples=["所大厅左侧公示栏"])
    posted_on: date | None = Field(default=None, description="Since when it hangs, or no longer does; default: today")
    drawn_for: date | None = Field(default=None, description="The day that it shows; default: the day it was put up")
    removed: bool = Field(default=False, description="It was taken down")
    reason: str = Field(default="", max_length=500, description="Why, as recorded")


@router.get(
    "/v1/coverage",
    summary="Visits due and made in any period, by class, industry, cell, officer or station; who is overdue",
    operation_id="coverage",
    response_model=None,
    responses={
        200: {
            "model": CoverageAnswer,
            "description": "Figures, and the businesses that are overdue",
            "content": {**LAYER, **TABLES},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def coverage(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    of: Annotated[
        str | None,
        Query(description="A month, quarter or year: 2026-10, 2026-Q4, 2026", pattern=r"^\d{4}(-\d{2}|-?[Qq][1-4])?$"),
    ] = None,
    period_from: Annotated[str | None, Query(description="Or from this day on", pattern=DAY)] = None,
    period_to: Annotated[str | None, Query(description="up to, not including, this day", pattern=DAY)] = None,
    on: Annotated[
        str | None, Query(description="Or the year up to this day; default: the year up to today", pattern=DAY)
    ] = None,
    by: Annotated[
        Literal["total", "class", "industry", "cell", "officer", "visitor", "station"],
        Query(description="Figures by; officer: who leads the cell; visitor: who made the visits"),
    ] = "total",
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "geojson", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Computed from what is recorded; calendar periods that ended in the time are judged."""
    answer = await context.work.do(
        context.store.supervision.coverage,
        jurisdiction,
        caller=caller,
        today=context.keeper.today(),
        on=parse_day(on),
        of=of,
        period_from=parse_day(period_from, "period_from"),
        period_to=parse_day(period_to, "period_to"),
        by=by,
        recorded_at=parse_moment(recorded_at, context.settings),
    )
    body, media_type = await context.work.do(context.formats.render, answer, form)
    return sent(body, media_type)


@router.get(
    "/v1/gaps",
    summary="Coverage gaps: territory, entities, staff and visits that nobody answers for, and what closes them",
    operation_id="gaps",
    response_model=None,
    responses={
        200: {
            "model": GapsAnswer,
            "description": "Gaps with place, measure, since when, and what closes them",
            "content": {**LAYER, **TABLES},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def gaps(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "geojson", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Asked of the database, for the day ``on`` (default: today)."""
    day, moment = parse_day(on) or context.keeper.today(), parse_moment(recorded_at, context.settings)
    answer = await context.work.do(context.store.supervision.gaps, jurisdiction, day, caller=caller, recorded_at=moment)
    body, media_type = await context.work.do(context.formats.render, answer, form)
    return sent(body, media_type)


@router.get(
    "/v1/posters",
    summary="Posters of diagrams that hang on a day",
    operation_id="posters",
    response_model=None,
    responses={
        200: {"model": PosterList, "description": "By jurisdiction and place", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def posters(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Of the jurisdiction and of all below it."""
    day, moment = parse_day(on) or context.keeper.today(), parse_moment(recorded_at, context.settings)
    answer = await context.work.do(
        context.store.supervision.posters, jurisdiction, day, caller=caller, recorded_at=moment
    )
    body, media_type = await context.work.do(context.formats.render, answer, form)
    return sent(body, media_type)


@router.post(
    "/v1/posters",
    summary="Record that a diagram was put up or taken down",
    operation_id="recordPoster",
    response_model=None,
    responses={
        200: {"model": PosterList, "description": "What hangs for the jurisdiction then"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def record_poster(context: ContextDep, caller: RequiredCaller, body: PosterBody) -> Response:
    """A new poster takes the place of the one that hung there; the database keeps both."""
    answer = await context.work.do(
        context.store.supervision.record_poster,
        body.jurisdiction,
        body.place,
        caller=caller,
        posted_on=body.posted_on or context.keeper.today(),
        drawn_for=body.drawn_for,
        removed=body.removed,
        reason=body.reason,
    )
    content, media_type = await context.work.do(context.formats.render, answer, "json")
    return sent(content, media_type)
