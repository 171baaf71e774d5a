"""Claims: who takes new and moved entities. Never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

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
)
from geo_api.routes.replies import CODE, XLSX, reply
from geo_api.routes.schemas import Strict, problems
from geo_api.services.claims.form import transfer_form
from geo_api.services.claims.lists import list_claims
from geo_api.services.claims.step import step_claim
from geo_api.services.claims.step_many import StepsAnswer, step_claims
from geo_api.services.claims.store import ClaimAnswer, ClaimList

router = APIRouter(tags=["register"], dependencies=[Depends(only_known_parameters)])

Entity = Annotated[str, Path(description="Permanent id, entity code or credit code", pattern=CODE, examples=["12"])]
State = Literal[
    "open", "late", "all", "waiting", "transfer", "disputed", "claimed", "transferred", "decided", "lapsed"
]  # fmt: skip
STEPPED: dict[int | str, dict[str, Any]] = {200: {"model": ClaimAnswer, "description": "The claim after the step"}}
REFUSED = problems(401, 403, 404, 409, 422, 503)


class StepOfClaim(Strict):
    """One of many steps."""

    entity: str = Field(min_length=1, max_length=40)
    verb: Literal["claim", "wrong", "accept", "dispute", "decide"]
    officer: str = Field(default="", max_length=100)
    to: str = Field(default="", max_length=40)
    document: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=2000)
    on: date | None = None


class StepsOfClaims(Strict):
    """Steps in the order in which they were taken."""

    steps: list[StepOfClaim] = Field(max_length=5_000)
    skip_bad: bool = Field(default=False, strict=True, description="Take the good ones and report the others")


class Done(Strict):
    """The day on which it was done, for what a handheld sends later."""

    reason: str = Field(default="", max_length=2000, description="Why, as recorded")
    on: date | None = Field(default=None, description="The day on which it was done; default: today")


class Taken(Done):
    """Who takes it."""

    officer: str = Field(
        default="",
        max_length=100,
        description="Id of the officer who takes it; default: the officer whose key it is",
        examples=["11"],
    )


class Because(Strict):
    """Why; required."""

    reason: str = Field(min_length=1, max_length=2000, description="Why, as recorded")
    on: date | None = Field(default=None, description="The day on which it was done; default: today")


class Decision(Because):
    """Whose it is."""

    to: str = Field(pattern=CODE, description="Code of the cell that it belongs to")


class Transfer(Decision):
    """Where it belongs, with the number of the form."""

    document: str = Field(min_length=1, max_length=200, description="Number of the transfer form (移交单)")


@router.get(
    "/v1/claims",
    summary="Entities that wait to be claimed, are late, or were claimed",
    operation_id="claims",
    response_model=None,
    responses={
        200: {
            "model": ClaimList,
            "description": "Claims as they stood on the day, the most urgent first",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def claims(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    state: Annotated[State, Query(description="open = somebody must act; late = and did not in time")] = "open",
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """For the day ``on`` (default: today), as it was recorded at ``recorded_at`` (default: now)."""
    answer = await context.work.do(
        list_claims,
        context.store.claims,
        jurisdiction,
        caller=caller,
        on=parse_day(on) or context.keeper.today(),
        state=state,
        recorded_at=parse_moment(recorded_at, context.settings),
    )
    return await reply(context, answer, form)


@router.post(
    "/v1/claims",
    summary="Many steps at once, as a handheld that was offline sends them",
    operation_id="claim_steps",
    response_model=None,
    responses={200: {"model": StepsAnswer, "description": "What was taken and what was not"}, **REFUSED},
)
async def claim_steps(context: ContextDep, caller: RequiredCaller, body: StepsOfClaims) -> Response:
    """All of them or none, unless `skip_bad`. The very same steps once more change nothing and count as `same`."""
    rows = [step.model_dump(exclude_none=True) for step in body.steps]
    answer = await context.work.do(step_claims, context.store.claims, rows, caller=caller, skip_bad=body.skip_bad)
    return await reply(context, answer, "json")


@router.post(
    "/v1/claims/{entity}/claim",
    summary="Claim an entity for the cell that it fell into",
    operation_id="claim_entity",
    response_model=None,
    responses={**STEPPED, **REFUSED},
)
async def claim(context: ContextDep, caller: RequiredCaller, entity: Entity, body: Taken) -> Response:
    """Sent again by the same officer it changes nothing; of two officers the second is refused (409)."""
    return await _step(context, caller, entity, "claim", body)


@router.post(
    "/v1/claims/{entity}/wrong",
    summary="Send an entity to the cell that it belongs to",
    operation_id="transfer_entity",
    response_model=None,
    responses={**STEPPED, **REFUSED},
)
async def wrong(context: ContextDep, caller: RequiredCaller, entity: Entity, body: Transfer) -> Response:
    """With the number of the transfer form; the other cell accepts or disputes it."""
    return await _step(context, caller, entity, "wrong", body)


@router.post(
    "/v1/claims/{entity}/accept",
    summary="Accept an entity that another cell sent",
    operation_id="accept_entity",
    response_model=None,
    responses={**STEPPED, **REFUSED},
)
async def accept(context: ContextDep, caller: RequiredCaller, entity: Entity, body: Taken) -> Response:
    """Nobody accepts what they sent themselves."""
    return await _step(context, caller, entity, "accept", body)


@router.post(
    "/v1/claims/{entity}/dispute",
    summary="Refuse an entity that another cell sent",
    operation_id="dispute_entity",
    response_model=None,
    responses={**STEPPED, **REFUSED},
)
async def dispute(context: ContextDep, caller: RequiredCaller, entity: Entity, body: Because) -> Response:
    """The level above both cells decides."""
    return await _step(context, caller, entity, "dispute", body)


@router.post(
    "/v1/claims/{entity}/decide",
    summary="Decide which cell a disputed entity belongs to",
    operation_id="decide_entity",
    response_model=None,
    responses={**STEPPED, **REFUSED},
)
async def decide(context: ContextDep, caller: RequiredCaller, entity: Entity, body: Decision) -> Response:
    """By an approver of the level above both cells, who raised nothing of it."""
    return await _step(context, caller, entity, "decide", body)


@router.get(
    "/v1/claims/{entity}/form",
    summary="The transfer form (移交单) of an entity, to print and sign",
    operation_id="transfer_form",
    response_model=None,
    responses={
        200: {
            "description": "The form",
            "content": {
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
                XLSX: {"schema": {"type": "string", "format": "binary"}},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        **REFUSED,
    },
)
async def form_of_transfer(
    context: ContextDep,
    caller: RequiredCaller,
    entity: Entity,
    language: Annotated[Literal["zh", "en"], Query(description="Language of the form")] = "zh",
    form: Annotated[Literal["pdf", "xlsx", "html"], Query(alias="format")] = "pdf",
) -> Response:
    """Of its last transfer."""
    document = await context.work.do(transfer_form, context.store.claims, entity, caller=caller, language=language)
    return await reply(context, document, form)


async def _step(context: Context, caller: Any, entity: str, verb: str, body: Strict) -> Response:
    answer = await context.work.do(
        step_claim, context.store.claims, entity, verb, caller=caller, **body.model_dump(exclude_none=True)
    )
    return await reply(context, answer, "json")
