"""Officers: assigned, released, on leave, checked, proposed; parts of cells. Never open: a key is needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import Field
from starlette.responses import Response

from geo_api.errors import BadRequest
from geo_api.routes.deps import (
    AskedJurisdiction,
    Context,
    ContextDep,
    OnParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
)
from geo_api.routes.replies import CODE, CODE_OR_NONE, TABLES, Form, sent
from geo_api.routes.schemas import Reason, Strict, problems
from geo_api.services.assign import Released
from geo_api.services.assign import release as release_officer
from geo_api.services.shapes import shape_from_geojson
from geo_api.services.staffing.apply_proposal import apply_proposal
from geo_api.services.staffing.assign_checked import Assigned, assign_checked
from geo_api.services.staffing.check import StaffingCheck, check_staffing
from geo_api.services.staffing.leave import come_back_on
from geo_api.services.staffing.leave import leave as go_on_leave
from geo_api.services.staffing.leave_many import LeaveImport, record_leave
from geo_api.services.staffing.propose import StaffingProposal, propose_officers
from geo_api.services.staffing.set_sub_area import SubAreaSet, end_sub_area, set_sub_area

router = APIRouter(tags=["officers"], dependencies=[Depends(only_known_parameters)])

OfficerPath = Annotated[
    str, Path(description="Id of an officer", min_length=1, max_length=60, pattern=r"^[^/\x00]+$", examples=["O-017"])
]
FROM = "First day; default: today"


class From(Reason):
    """From which day."""

    valid_from: date | None = Field(default=None, description=FROM, examples=["2026-02-01"])


class AssignmentBody(From):
    """A post: where, as what, for how long."""

    code: str = Field(pattern=CODE, description="Code of a cell, a part of one, a station or bureau")
    post: Literal["lead", "deputy", "first", "direct"] = Field(default="deputy", description="As what")
    valid_to: date | None = Field(default=None, description="First day no longer")
    function: str = Field(
        default="", max_length=60, description="What it is for; empty = everything", examples=["food"]
    )
    waive: bool = Field(default=False, strict=True, description="Go on where a rule forbids it; needs a reason")


class ReleaseBody(From):
    """A code whose posts end."""

    code: str = Field(pattern=CODE, description="Code of a cell, a part of one, a station or bureau")


class LeaveBody(From):
    """Days on which an officer is away."""

    valid_to: date | None = Field(default=None, description="First day back; none = open")
    substitute: str = Field(default="", max_length=60, description="Id of the officer who stands in; empty = nobody")
    kind: Literal["leave", "sick", "training", "secondment", "other"] = Field(default="leave")


class LeaveRow(Strict):
    """An absence, one of many."""

    officer: str = Field(min_length=1, max_length=60, description="Id of the officer who is away")
    valid_from: date = Field(description="First day")
    valid_to: date | None = Field(default=None, description="First day back; none = open")
    substitute: str = Field(default="", max_length=60, description="Id of the officer who stands in; empty = nobody")
    kind: Literal["leave", "sick", "training", "secondment", "other"] = Field(default="leave")
    reason: str = Field(default="", max_length=2000, description="Why; none = that of all")


class LeaveRows(Reason):
    """Many absences."""

    leave: list[LeaveRow] = Field(min_length=1, max_length=5_000, description="One row an absence, at least one")
    skip_bad: bool = Field(default=False, strict=True, description="Store the good ones and report the others")


class ProposalBody(From):
    """What is to be staffed."""

    jurisdiction: str = Field(pattern=CODE, description="Code of a station, or of a bureau: station by station")
    plan: int | None = Field(default=None, ge=1, le=2**31 - 1, description="For the cells of this plan, drafts too")
    apply: bool = Field(default=False, strict=True, description="Put it in force: approvers, with a reason")


class SubAreaBody(From):
    """A part of a cell, or its end."""

    cell: str = Field(default="", pattern=CODE_OR_NONE, description="Code of its cell")
    name: str = Field(default="", max_length=200)
    shape: dict[str, Any] | None = Field(default=None, description="GeoJSON polygon or feature")
    datum: str = Field(default="", max_length=40, description="What the shape is in; never guessed", examples=["wgs84"])
    end: bool = Field(default=False, strict=True, description="Give the sub-area up from that day")


@router.get(
    "/v1/officers/check",
    summary="Which rules of staffing the officers of a station or bureau break on a day",
    operation_id="check_officers",
    response_model=None,
    responses={
        200: {"model": StaffingCheck, "description": "Findings, gravest first", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def check(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    form: Form = "json",
) -> Response:
    """One lead and enough officers in each cell, nobody beyond the tenure limit, experienced with new, and more."""
    day = parse_day(on) or context.keeper.today()
    return await _answer(
        context, lambda: check_staffing(context.store.staffing, jurisdiction, day, caller=caller), form
    )


@router.post(
    "/v1/officers/propose",
    summary="Propose officers for the cells of a station, or of every station of a bureau",
    operation_id="propose_officers",
    response_model=None,
    responses={
        200: {
            "model": StaffingProposal,
            "description": "Beside the present, with its cost by parts",
            "content": TABLES,
        },
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def propose(context: ContextDep, caller: RequiredCaller, body: ProposalBody, form: Form = "json") -> Response:
    """Nothing is written unless `apply` says so. The same question gives the same proposal."""
    store = context.store.staffing
    asked: dict[str, Any] = {"valid_from": body.valid_from, "plan": body.plan}

    def run() -> StaffingProposal:
        if body.apply:
            return apply_proposal(store, body.jurisdiction, caller=caller, reason=body.reason, **asked)
        return propose_officers(store, body.jurisdiction, caller=caller, **asked)

    return await _answer(context, run, form)


@router.post(
    "/v1/officers/subareas/{code}",
    summary="Divide a cell: draw a part with officers of its own, or give one up",
    operation_id="set_sub_area",
    response_model=None,
    responses={
        200: {"model": SubAreaSet, "description": "The part"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def subarea(
    context: ContextDep,
    caller: RequiredCaller,
    code: Annotated[str, Path(description="Code of the sub-area", pattern=CODE)],
    body: SubAreaBody,
) -> Response:
    """It lies in its cell and overlaps no other part; its officers are assigned to its code."""
    store = context.store.staffing
    named: dict[str, Any] = {"valid_from": body.valid_from, "reason": body.reason}

    def run() -> SubAreaSet:
        if body.end:
            return end_sub_area(store, code, caller=caller, **named)
        if not (body.cell and body.shape and body.datum):
            raise BadRequest("give cell, shape and datum (it is never guessed), or end to give the sub-area up")
        shape = shape_from_geojson(body.shape, body.datum)
        return set_sub_area(store, code, cell=body.cell, name=body.name, shape=shape, caller=caller, **named)

    return await _answer(context, run)


@router.post(
    "/v1/officers/{officer}/assign",
    summary="Make an officer answer for a code from a day on",
    operation_id="assign_officer",
    response_model=None,
    responses={
        200: {"model": Assigned, "description": "The post, and what it breaks"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def assign(context: ContextDep, caller: RequiredCaller, officer: OfficerPath, body: AssignmentBody) -> Response:
    """A lead takes the place of the one before. Rules of `[rules.staffing] refuse` forbid it unless waived."""
    named = body.model_dump(exclude={"code", "post"})

    def run() -> Assigned:
        store = context.store
        return assign_checked(store.planning, store.staffing, officer, body.code, body.post, caller=caller, **named)

    return await _answer(context, run)


@router.post(
    "/v1/officers/{officer}/release",
    summary="Take an officer out of every post of a code from a day on",
    operation_id="release_officer",
    response_model=None,
    responses={
        200: {"model": Released, "description": "How many posts ended"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def release(context: ContextDep, caller: RequiredCaller, officer: OfficerPath, body: ReleaseBody) -> Response:
    """Earlier days keep their answers."""

    def run() -> Released:
        planning = context.store.planning
        first = body.valid_from or planning.today(body.code)
        ended = release_officer(planning, officer, body.code, caller=caller, valid_from=first, reason=body.reason)
        return Released(officer, body.code, first, ended)

    return await _answer(context, run)


@router.post(
    "/v1/officers/leave",
    summary="Record the leave of many officers at once",
    operation_id="officers_leave",
    response_model=None,
    responses={
        200: {"model": LeaveImport, "description": "What became of the rows"},
        **problems(401, 403, 404, 409, 413, 422, 503),
    },
)
async def leave_of_many(context: ContextDep, caller: RequiredCaller, body: LeaveRows) -> Response:
    """All rows or none, unless `skip_bad`. The very same rows once more change nothing."""
    store, rows = context.store.staffing, [row.model_dump(exclude_none=True) for row in body.leave]
    return await _answer(
        context, lambda: record_leave(store, rows, caller=caller, reason=body.reason, skip_bad=body.skip_bad)
    )


@router.post(
    "/v1/officers/{officer}/leave",
    summary="Record that an officer is away, and who stands in",
    operation_id="officer_leave",
    response_model=None,
    responses={200: {"description": "The absence"}, **problems(401, 403, 404, 409, 422, 503)},
)
async def leave(context: ContextDep, caller: RequiredCaller, officer: OfficerPath, body: LeaveBody) -> Response:
    """Lookups of those days name the substitute; where nobody is there, the level above answers."""
    store, named = context.store.staffing, body.model_dump(exclude={"valid_from"})

    def run() -> object:
        first = body.valid_from or store.today(store.station_of_officer(officer))
        return go_on_leave(store, officer, caller=caller, valid_from=first, **named)

    return await _answer(context, run)


@router.post(
    "/v1/officers/{officer}/return",
    summary="Record that an officer is there again from a day on",
    operation_id="officer_return",
    response_model=None,
    responses={200: {"description": "The absence that this ends"}, **problems(401, 403, 404, 409, 422, 503)},
)
async def come_back(
    context: ContextDep, caller: RequiredCaller, officer: OfficerPath, body: From | None = None
) -> Response:
    """Leave that has not begun by then stays recorded."""
    store, given = context.store.staffing, body or From()

    def run() -> object:
        first = given.valid_from or store.today(store.station_of_officer(officer))
        return come_back_on(store, officer, caller=caller, valid_from=first, reason=given.reason)[0]

    return await _answer(context, run)


async def _answer(context: Context, run: Callable[[], object], form: str = "json") -> Response:
    """What a service says, rendered in a worker thread."""
    return sent(*await context.work.do(lambda: context.formats.render(run(), form)))
