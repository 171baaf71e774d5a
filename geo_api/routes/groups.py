"""Patrol groups and departments. Never open: a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from geo_api.routes.deps import (
    AskedJurisdiction,
    ContextDep,
    OnParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
)
from geo_api.routes.officers import FROM, From, _answer
from geo_api.routes.replies import CODE, TABLES, Form
from geo_api.routes.schemas import Strict, problems
from geo_api.services.staffing.departments import DepartmentMatrix, department_matrix
from geo_api.services.staffing.groups import PatrolGroups, list_groups, propose_groups, set_groups

router = APIRouter(tags=["officers"], dependencies=[Depends(only_known_parameters)])


class GroupProposalBody(Strict):
    """What is to be grouped."""

    jurisdiction: str = Field(pattern=CODE, description="Code of a station, or of a bureau: station by station")
    plan: int | None = Field(default=None, ge=1, le=2**31 - 1, description="For the cells of this plan, drafts too")
    valid_from: date | None = Field(default=None, description=FROM, examples=["2026-02-01"])


class GroupsBody(From):
    """The patrol groups of a station, or those proposed."""

    jurisdiction: str = Field(pattern=CODE, description="Code of a station; without groups of a bureau too")
    groups: dict[str, list[str]] | None = Field(
        default=None, max_length=10_000, description="Code of a group -> codes of its cells; none = those proposed"
    )


ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "model": PatrolGroups,
        "description": "The groups with their work, and what is wrong with them",
        "content": TABLES,
    }
}


@router.get(
    "/v1/groups",
    summary="The patrol groups of a station or bureau on a day",
    operation_id="groups",
    response_model=None,
    responses={**ANSWER, **problems(401, 403, 404, 422, 503)},
)
async def groups(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    form: Form = "json",
) -> Response:
    """Cells of one station that border on each other and act together."""
    day = parse_day(on) or context.keeper.today()
    return await _answer(context, lambda: list_groups(context.store.staffing, jurisdiction, day, caller=caller), form)


@router.post(
    "/v1/groups/propose",
    summary="Propose patrol groups: every cell in one group of adjacent cells, with about the same work",
    operation_id="propose_groups",
    response_model=None,
    responses={**ANSWER, **problems(401, 403, 404, 422, 503)},
)
async def propose(
    context: ContextDep, caller: RequiredCaller, body: GroupProposalBody, form: Form = "json"
) -> Response:
    """Nothing is written. Groups that are as good stay as they are."""
    named = body.model_dump(exclude={"jurisdiction"})
    return await _answer(
        context, lambda: propose_groups(context.store.staffing, body.jurisdiction, caller=caller, **named), form
    )


@router.post(
    "/v1/groups",
    summary="Make these the patrol groups of a station from a day on",
    operation_id="set_groups",
    response_model=None,
    responses={**ANSWER, **problems(401, 403, 404, 409, 422, 503)},
)
async def set_(context: ContextDep, caller: RequiredCaller, body: GroupsBody, form: Form = "json") -> Response:
    """Refused where a cell would be in two groups, or cells of a group do not border on each other."""
    named = body.model_dump(exclude={"jurisdiction"})
    return await _answer(
        context, lambda: set_groups(context.store.staffing, body.jurisdiction, caller=caller, **named), form
    )


@router.get(
    "/v1/departments",
    summary="Which departments answer where: places against functions, with the holes",
    operation_id="departments",
    response_model=None,
    responses={
        200: {
            "model": DepartmentMatrix,
            "description": "One row a place",
            "content": {**TABLES, "text/html": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def departments(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    level: Annotated[Literal["cell", "station"], Query(description="One row a cell or a station")] = "cell",
    on: OnParameter = None,
    form: Annotated[Literal["json", "csv", "xlsx", "html"], Query(alias="format")] = "json",
) -> Response:
    """A hole is a place where nobody of its own answers for a function: the level above does, or nobody."""
    day = parse_day(on)

    def run() -> DepartmentMatrix:
        snapshot = context.lookup.snapshot(None if context.is_todays(day) else day)
        return department_matrix(context.store.staffing, snapshot, jurisdiction, caller=caller, level=level)

    return await _answer(context, run, form)
