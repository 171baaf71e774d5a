"""Visits: posted by handhelds, listed, corrected, withdrawn. Never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from geo_api.errors import BadRequest
from geo_api.routes.deps import (
    AskedJurisdiction,
    ContextDep,
    RecordedAtParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
    parse_moment,
    read_body,
)
from geo_api.routes.replies import CODE, TABLES, Form, reply
from geo_api.routes.schemas import RequiredReason, problems
from geo_api.services.visits.listing import list_left, list_visits
from geo_api.services.visits.model import LISTED, MOST_LISTED, LeftList, PostAnswer, PostedVisit, VisitList
from geo_api.services.visits.post import one_verdict, post_visits
from geo_api.services.visits.withdraw import withdraw_visit

router = APIRouter(tags=["inspections"], dependencies=[Depends(only_known_parameters)])

MOST_BYTES = 8 * 2**20
Limit = Annotated[int, Query(description="At most so many rows", ge=1, le=MOST_LISTED)]
Day = {"format": "date", "pattern": r"^(19|20|21)\d{2}-\d{2}-\d{2}$"}
STATUS = {"stored": 201, "unmatched": 202}


class ReportedVisit(BaseModel):
    """A visit as an officer reports it."""

    visit_id: str = Field(description="Made by the client, unique for ever", examples=["0f8c1d4e-…"])
    entity: str = Field(
        description="Permanent id, entity code, credit code, registration number, register's own number"
    )
    made_on: date = Field(examples=["2026-03-01"])
    kind: Literal["daily", "special", "priority"] = "daily"
    result: Literal["pass", "minor", "fail", "none"] = "none"
    officers: list[str] = Field(default=[], description="Ids of all who were there, the one who reports first")
    purpose: str = ""
    findings: str = ""
    notice_no: str = Field(default="", description="Number of the rectification notice")
    rectify_by: date | None = Field(default=None, description="Its deadline")
    revisit_of: str | None = Field(default=None, description="The visit_id that this visit follows up")
    minutes: int | None = None
    revision: bool = Field(default=False, description="It corrects the visit stored under this id")
    reason: str = Field(default="", description="Why: of a correction, and of a visit later than officers may report")


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/ReportedVisit"},
                        {"type": "array", "items": {"$ref": "#/components/schemas/ReportedVisit"}, "maxItems": 1000},
                    ]
                }
            }
        },
    }
}


@router.post(
    "/v1/inspections",
    summary="Post visits: one, or up to 1,000; sending again changes nothing",
    operation_id="post_visits",
    response_model=None,
    openapi_extra=BODY,
    responses={
        200: {"model": PostAnswer, "description": "Of several: each with its verdict. Of one: it was stored before"},
        201: {"model": PostAnswer, "description": "One visit, stored"},
        202: {"model": PostAnswer, "description": "One visit, kept until its entity is in the register"},
        **problems(401, 403, 404, 409, 413, 422, 503),
    },
)
async def post(
    request: Request,
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: Annotated[
        str | None,
        Query(description="Bureau or station that the entities lie in; default: that of the key", pattern=CODE),
    ] = None,
) -> Response:
    """A list is answered with 200 and a verdict for each: what is refused keeps nothing else back."""
    code = jurisdiction or caller.jurisdiction
    if not code:
        raise BadRequest("jurisdiction is missing: this key is bound to none")
    body = await read_body(request, MOST_BYTES)
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("the body cannot be read: send a visit or a list of visits as JSON in UTF-8") from None
    alone = not isinstance(said, list)
    store = context.store
    answer = await context.work.do(
        post_visits, store.visits, store.profiles, [said] if alone else said, jurisdiction=code, caller=caller
    )
    status = STATUS.get(one_verdict(answer).visits[0].verdict, 200) if alone else 200
    return await reply(context, answer, "json", status)


@router.get(
    "/v1/inspections",
    summary="Visits of a bureau, station or cell, newest first",
    operation_id="visits",
    response_model=None,
    responses={
        200: {"model": VisitList, "description": "Visits", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def visits(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    entity: Annotated[str | None, Query(description="Only visits to it: any of its numbers", max_length=200)] = None,
    officer: Annotated[str | None, Query(description="Only visits at which this officer was", max_length=100)] = None,
    since: Annotated[str | None, Query(description="First day", json_schema_extra=Day)] = None,
    before: Annotated[str | None, Query(description="First day no longer", json_schema_extra=Day)] = None,
    recorded_at: RecordedAtParameter = None,
    limit: Limit = LISTED,
    form: Form = "json",
) -> Response:
    """An entity counts where it lay on the day of the visit."""
    answer = await context.work.do(
        list_visits,
        context.store.visits,
        jurisdiction,
        caller=caller,
        entity=entity,
        officer=officer,
        since=parse_day(since, "since"),
        before=parse_day(before, "before"),
        recorded_at=parse_moment(recorded_at, context.settings),
        limit=limit,
    )
    return await reply(context, answer, form)


@router.get(
    "/v1/inspections/left",
    summary="Rows of files and reports that are no visits: unmatched, repeats, refused, withdrawn",
    operation_id="visits_left",
    response_model=None,
    responses={
        200: {"model": LeftList, "description": "Rows with file, number and reason", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def left(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    reason: Annotated[
        Literal["unmatched", "repeat", "refused", "withdrawn"] | None, Query(description="Only these")
    ] = None,
    limit: Limit = LISTED,
    form: Form = "json",
) -> Response:
    """Of the whole register that the jurisdiction belongs to."""
    answer = await context.work.do(
        list_left, context.store.visits, jurisdiction, caller=caller, reason=reason, limit=limit
    )
    return await reply(context, answer, form)


@router.post(
    "/v1/inspections/{visit_id}/withdraw",
    summary="Take a visit back: it no longer counts, and what was recorded stays",
    operation_id="withdraw_visit",
    response_model=None,
    responses={
        200: {"model": PostedVisit, "description": "It no longer counts"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def withdraw(
    context: ContextDep,
    caller: RequiredCaller,
    visit_id: Annotated[str, Path(description="Id of the visit", min_length=1, max_length=64)],
    body: RequiredReason,
    jurisdiction: AskedJurisdiction,
    source: Annotated[
        Literal["handheld", "file"] | None, Query(description="Where it came from; default: found out")
    ] = None,
) -> Response:
    """Who posted it may, an approver, an admin."""
    answer = await context.work.do(
        withdraw_visit,
        context.store.visits,
        visit_id,
        jurisdiction=jurisdiction,
        reason=body.reason,
        caller=caller,
        source=source,
    )
    return await reply(context, answer, "json")
