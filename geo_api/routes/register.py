"""The register's life: daily changes, duplicates, histories. Never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from geo_api.errors import BadRequest
from geo_api.routes.deps import (
    AskedJurisdiction,
    Context,
    ContextDep,
    OnParameter,
    RecordedAtParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
    parse_moment,
    read_body,
)
from geo_api.routes.replies import CODE, TABLES, Form, reply
from geo_api.routes.schemas import Strict, problems
from geo_api.services.register.duplicates import DuplicateList, find_duplicates
from geo_api.services.register.history import EntityPast, entity_past
from geo_api.services.register.receive import receive_changes
from geo_api.services.register.same import SameAnswer, decide_same
from geo_api.services.register.store import ImportAnswer

router = APIRouter(tags=["register"], dependencies=[Depends(only_known_parameters)])

MOST_BYTES = 32 * 2**20


class ChangedEntity(BaseModel):
    """A row of daily changes; at least one of source_id, credit_code and registration_no."""

    change: Literal["opened", "changed", "moved", "closed", "reopened"]
    source_id: str = Field(default="", description="The register's own number")
    credit_code: str = ""
    registration_no: str = ""
    date: str = Field(default="", description="The day on which it happened; default: the day of the import")
    name: str = ""
    address: str = ""
    industry: str = ""
    credit_class: str = ""
    licensed: bool | str = True
    licence_until: str = Field(default="", description="The day on which its licence ends")
    lon: float | str | None = Field(default=None, description="With lat, in the datum of the query")
    lat: float | str | None = None


class ChangedEntities(BaseModel):
    """Daily changes, at most 100,000 rows."""

    changes: list[ChangedEntity]


class Different(Strict):
    """Two entities that are not one."""

    entity: str = Field(min_length=1, max_length=40, description="Permanent id, entity code or credit code")
    other: str = Field(min_length=1, max_length=40, description="Of the other one")
    reason: str = Field(min_length=1, max_length=2000, description="Why, as recorded")
    on: date | None = Field(default=None, description="The day of the decision; default: today")


class Same(Different):
    """Two entities that are one."""

    keep: str = Field(min_length=1, max_length=40, description="Which of the two goes on")


@router.post(
    "/v1/register/changes",
    summary="Daily changes of the register: opened, changed, moved, closed, opened again",
    operation_id="register_changes",
    response_model=None,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ChangedEntities"}},
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "change,credit_code,name,credit_class,lon,lat\nopened,91350100M000100Y43,福来饭店,B,114.49,30.61\n",
                },
            },
        }
    },
    responses={
        200: {"model": ImportAnswer, "description": "What changed, and the rows that were not stored"},
        **problems(401, 403, 404, 409, 413, 422, 503),
    },
)
async def register_changes(
    request: Request,
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    datum: Annotated[str | None, Query(description="What coordinates are in; never guessed", max_length=40)] = None,
    skip_bad: Annotated[bool, Query(description="Store the good rows and report the others")] = False,
    dry_run: Annotated[bool, Query(description="Say what would happen, store nothing")] = False,
    reason: Annotated[str, Query(description="Why; needed for a past day", max_length=2000)] = "",
) -> Response:
    """All rows are stored or none, unless `skip_bad` is true. The same rows again change nothing."""
    body = await read_body(request, MOST_BYTES)
    day = parse_day(on)

    def work() -> ImportAnswer:
        def find(texts: Any) -> Any:
            return context.lookup.addresses(list(texts), on=day)

        given = _rows(body) if "csv" not in request.headers.get("content-type", "") else body
        return receive_changes(
            context.store.life, given, jurisdiction, datum=datum, caller=caller, on=day, skip_bad=skip_bad,
            dry_run=dry_run, reason=reason, find_places=find,
        )  # fmt: skip

    return await reply(context, await context.work.do(work), "json")


@router.get(
    "/v1/register/duplicates",
    summary="Entities that may be one: same number, or same name and place",
    operation_id="duplicates",
    response_model=None,
    responses={
        200: {"model": DuplicateList, "description": "Groups with the reasons", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def duplicates(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    form: Form = "json",
) -> Response:
    """Pairs of which somebody decided that they are different are left out."""
    day = parse_day(on) or context.keeper.today()
    answer = await context.work.do(find_duplicates, context.store.life, jurisdiction, caller=caller, on=day)
    return await reply(context, answer, form)


DECIDED: dict[int | str, dict[str, Any]] = {
    200: {"model": SameAnswer, "description": "The decision"},
    **problems(401, 403, 404, 409, 422, 503),
}


@router.post(
    "/v1/register/same",
    summary="Decide that two entities are one",
    operation_id="register_same",
    response_model=None,
    responses=DECIDED,
)
async def same(context: ContextDep, caller: RequiredCaller, body: Same) -> Response:
    """The other closes as a duplicate: its history stays, its codes lead to the one that is kept."""
    return await _decide(context, caller, "same", body)


@router.post(
    "/v1/register/different",
    summary="Decide that two entities are not one",
    operation_id="register_different",
    response_model=None,
    responses=DECIDED,
)
async def different(context: ContextDep, caller: RequiredCaller, body: Different) -> Response:
    """They are no longer listed as duplicates."""
    return await _decide(context, caller, "different", body)


@router.get(
    "/v1/entities/{code}/history",
    summary="All that happened to an entity",
    operation_id="entity_history",
    response_model=None,
    responses={
        200: {"model": EntityPast, "description": "What happened, oldest first; its codes by day", "content": TABLES},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def entity_history(
    context: ContextDep,
    caller: RequiredCaller,
    code: Annotated[str, Path(description="Entity code of any age, permanent id or credit code", pattern=CODE)],
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Form = "json",
) -> Response:
    """Opened, changed, moved, licensed, closed, opened again; claims; steps of its unlicensed file."""
    moment = parse_moment(recorded_at, context.settings)
    answer = await context.work.do(
        entity_past, context.store.life, code, caller=caller, on=parse_day(on), recorded_at=moment
    )
    return await reply(context, answer, form)


def _rows(body: bytes) -> list[dict[str, Any]]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"the body is no JSON ({problem}); for a table send it as text/csv") from None
    rows = given.get("changes") if isinstance(given, dict) else given
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadRequest('the body must be {"changes": [{...}, ...]}')
    return rows


async def _decide(context: Context, caller: Any, verdict: str, body: Different) -> Response:
    given = body.model_dump(exclude_none=True)
    answer = await context.work.do(
        decide_same, context.store.life, given.pop("entity"), given.pop("other"), verdict, caller=caller, **given
    )
    return await reply(context, answer, "json")
