"""Unlicensed entities: reported by handhelds, stepped, listed. Never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
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
from geo_api.routes.replies import CODE, TABLES, reply
from geo_api.routes.schemas import Reason, Strict, problems
from geo_api.services.register.unlicensed import (
    UnlicensedFile,
    UnlicensedLedger,
    add_unlicensed,
    list_unlicensed,
    step_unlicensed,
)
from geo_api.services.register.unlicensed_many import FilesImport, import_unlicensed

router = APIRouter(tags=["register"], dependencies=[Depends(only_known_parameters)])

FILE: dict[int | str, dict[str, Any]] = {
    200: {"model": UnlicensedFile, "description": "The file as it now stands"},
    **problems(401, 403, 404, 409, 422, 503),
}
ClientId = Annotated[
    str, Field(default="", max_length=100, description="Made by the handheld: the same report counts once")
]


class Found(Strict):
    """An unlicensed entity that somebody found."""

    name: str = Field(default="", max_length=200, description="Its name, or what its sign says")
    address: str = Field(default="", max_length=300)
    industry: str = Field(default="", max_length=100)
    lon: float | None = None
    lat: float | None = None
    datum: str | None = Field(default=None, max_length=40, description="What lon and lat are in; never guessed")
    officer: str = Field(default="", max_length=100, description="Id of the officer who found it")
    note: str = Field(default="", max_length=2000)
    client_id: ClientId
    on: date | None = Field(default=None, description="The day on which it was found; default: today")


class FileStepTaken(Strict):
    """A step of the file."""

    step: Literal["notice", "guided", "referred", "licensed", "removed", "closed"]
    officer: str = Field(default="", max_length=100, description="Id of the officer")
    note: str = Field(default="", max_length=2000)
    credit_code: str = Field(default="", max_length=40, description="Of licensed: its new credit code")
    registration_no: str = Field(default="", max_length=40, description="Of licensed: its new registration number")
    credit_class: str = Field(default="", max_length=10, description="Of licensed: its class from now on")
    client_id: ClientId
    on: date | None = Field(default=None, description="The day on which it was done; default: today")


class FileRowGiven(Strict):
    """A step of one of many files."""

    source_id: str = Field(min_length=1, max_length=100, description="Number of the entity in its source")
    step: Literal["discovered", "notice", "guided", "referred", "licensed", "removed", "closed"]
    on: date | None = Field(default=None, description="The day on which it was done; default: today")
    officer: str = Field(default="", max_length=100, description="Id of the officer")
    note: str = Field(default="", max_length=2000)
    credit_code: str = Field(default="", max_length=40, description="Of licensed: its new credit code")
    registration_no: str = Field(default="", max_length=40, description="Of licensed: its new registration number")
    credit_class: str = Field(default="", max_length=10, description="Of licensed: its class from now on")
    name: str = Field(default="", max_length=200, description="Of discovered: its name, or what its sign says")
    address: str = Field(default="", max_length=300, description="Of discovered")
    industry: str = Field(default="", max_length=100, description="Of discovered")
    lon: float | None = Field(default=None, description="Of discovered: where it is, in `datum`")
    lat: float | None = None


class FileRows(Reason):
    """Steps of many files."""

    jurisdiction: str = Field(pattern=CODE, description="Code of the bureau")
    datum: str | None = Field(default=None, max_length=40, description="What lon and lat are in; never guessed")
    steps: list[FileRowGiven] = Field(max_length=5_000)
    skip_bad: bool = Field(default=False, strict=True, description="Take the good ones and report the others")


@router.get(
    "/v1/unlicensed",
    summary="The unlicensed of a jurisdiction on a day, with their files",
    operation_id="unlicensed",
    response_model=None,
    responses={
        200: {"model": UnlicensedLedger, "description": "The oldest discovery first", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def unlicensed(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    state: Annotated[
        Literal["open", "settled", "all"], Query(description="settled = licensed, removed, closed")
    ] = "open",
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """The electronic ledger; as XLSX one row a step."""
    answer = await context.work.do(
        list_unlicensed,
        context.store.life,
        jurisdiction,
        caller=caller,
        on=parse_day(on) or context.keeper.today(),
        state=state,
        recorded_at=parse_moment(recorded_at, context.settings),
    )
    return await reply(context, answer, form)


@router.post(
    "/v1/unlicensed",
    summary="Report an unlicensed entity",
    operation_id="add_unlicensed",
    response_model=None,
    responses=FILE,
)
async def add(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    body: Found,
) -> Response:
    """It falls into its cell, counts as the worst class, and keeps its permanent id whatever becomes of it."""
    answer = await context.work.do(
        add_unlicensed, context.store.life, jurisdiction, caller=caller, **body.model_dump(exclude_none=True)
    )
    return await reply(context, answer, "json")


@router.post(
    "/v1/unlicensed/steps",
    summary="Steps of many files of the unlicensed at once, discoveries too",
    operation_id="import_unlicensed",
    response_model=None,
    responses={
        200: {"model": FilesImport, "description": "What became of the rows"},
        **problems(401, 403, 404, 409, 413, 422, 503),
    },
)
async def import_steps(context: ContextDep, caller: RequiredCaller, body: FileRows) -> Response:
    """All rows or none, unless `skip_bad`, by day. The very same rows once more change nothing."""
    answer = await context.work.do(
        import_unlicensed,
        context.store.life,
        [row.model_dump(exclude_none=True) for row in body.steps],
        body.jurisdiction,
        caller=caller,
        datum=body.datum,
        reason=body.reason,
        skip_bad=body.skip_bad,
    )
    return await reply(context, answer, "json")


@router.post(
    "/v1/unlicensed/{entity}/steps",
    summary="Take a step in the file of an unlicensed entity",
    operation_id="step_unlicensed",
    response_model=None,
    responses=FILE,
)
async def take_step(
    context: ContextDep,
    caller: RequiredCaller,
    entity: Annotated[str, Path(description="Permanent id or entity code", pattern=CODE)],
    body: FileStepTaken,
) -> Response:
    """With a credit code it becomes licensed, or joins the licensed entity that has it."""
    answer = await context.work.do(
        step_unlicensed, context.store.life, entity, caller=caller, **body.model_dump(exclude_none=True)
    )
    return await reply(context, answer, "json")
