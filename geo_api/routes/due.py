"""Due lists and credit classes. Never open, a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

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
from geo_api.routes.inspections import Day, Limit
from geo_api.routes.replies import TABLES, Form, reply
from geo_api.routes.schemas import Strict, problems
from geo_api.services.visits.class_model import ClassProposal, DecidedList, Decision, ProposalList
from geo_api.services.visits.classes_confirm import confirm_classes, suggest_class
from geo_api.services.visits.classing import propose_classes
from geo_api.services.visits.due import find_due
from geo_api.services.visits.due_model import DueAnswer
from geo_api.services.visits.model import LISTED

router = APIRouter(tags=["inspections"], dependencies=[Depends(only_known_parameters)])

Letter = Annotated[str, Field(min_length=1, max_length=20, description="A class of the place", examples=["B"])]
Because = Annotated[str, Field(min_length=1, max_length=2000, description="Why, as recorded")]
Entity = Annotated[str, Field(min_length=1, max_length=200, description="Any number of the entity", examples=["12"])]


class Suggestion(Strict):
    """A class that a person proposes."""

    entity: Entity
    to: Letter
    reason: Because


class OneDecision(Strict):
    """A class that a person confirms."""

    entity: Entity
    to: Letter
    reason: Because


class Decisions(Strict):
    """Classes that a person confirms, all of them or none."""

    decisions: list[OneDecision] = Field(min_length=1, max_length=10_000)
    on: date | None = Field(default=None, description="First day of the classes; default: today")


@router.get(
    "/v1/due",
    summary="What is due: licences, rectifications, revisits, annual checks, first visits, periods, the unlicensed",
    operation_id="due",
    response_model=None,
    responses={
        200: {"model": DueAnswer, "description": "By day due, with who is in charge", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def due(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    list_name: Annotated[str | None, Query(description="Only this list of the profile", max_length=40)] = None,
    officer: Annotated[str | None, Query(description="Only what this officer is in charge of", max_length=100)] = None,
    on: OnParameter = None,
    until: Annotated[
        str | None,
        Query(description="What each list warns of up to this day; default: the day itself", json_schema_extra=Day),
    ] = None,
    recorded_at: RecordedAtParameter = None,
    limit: Limit = LISTED,
    form: Form = "json",
) -> Response:
    """For the day ``on`` (default: today); counts are over all rows."""
    store = context.store
    answer = await context.work.do(
        find_due,
        store.due,
        store.profiles,
        jurisdiction,
        caller=caller,
        on=parse_day(on),
        until=parse_day(until, "until"),
        list_name=list_name,
        officer=officer,
        recorded_at=parse_moment(recorded_at, context.settings),
        limit=limit,
    )
    return await reply(context, answer, form)


@router.get(
    "/v1/classes/proposals",
    summary="Classes that follow from the record, and those that persons propose",
    operation_id="class_proposals",
    response_model=None,
    responses={
        200: {"model": ProposalList, "description": "With the visits that each rests on", "content": TABLES},
        **problems(401, 403, 404, 422, 503),
    },
)
async def proposals(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: AskedJurisdiction,
    on: OnParameter = None,
    everything: Annotated[bool, Query(description="Also where the class stays")] = False,
    recorded_at: RecordedAtParameter = None,
    limit: Limit = LISTED,
    form: Form = "json",
) -> Response:
    """By the conditions of the profile, up to the day ``on`` (default: today)."""
    store = context.store
    answer = await context.work.do(
        propose_classes,
        store.classing,
        store.profiles,
        jurisdiction,
        caller=caller,
        on=parse_day(on),
        everything=everything,
        recorded_at=parse_moment(recorded_at, context.settings),
        limit=limit,
    )
    return await reply(context, answer, form)


@router.post(
    "/v1/classes/proposals",
    summary="Propose a class by hand; somebody else confirms it",
    operation_id="suggest_class",
    response_model=None,
    responses={
        200: {"model": ClassProposal, "description": "The proposal"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def suggest(
    context: ContextDep, caller: RequiredCaller, body: Suggestion, jurisdiction: AskedJurisdiction
) -> Response:
    """It is listed first among the proposals until somebody decides."""
    store = context.store
    answer = await context.work.do(
        suggest_class,
        store.classing,
        store.profiles,
        body.entity,
        to=body.to,
        reason=body.reason,
        jurisdiction=jurisdiction,
        caller=caller,
    )
    return await reply(context, answer, "json")


@router.post(
    "/v1/classes/decisions",
    summary="Confirm classes, all of them or none",
    operation_id="confirm_classes",
    response_model=None,
    responses={
        200: {"model": DecidedList, "description": "What was decided"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def confirm(
    context: ContextDep, caller: RequiredCaller, body: Decisions, jurisdiction: AskedJurisdiction
) -> Response:
    """By an approver, and not by who proposed it."""
    store = context.store
    answer = await context.work.do(
        confirm_classes,
        store.classing,
        store.profiles,
        [Decision(d.entity, d.to, d.reason) for d in body.decisions],
        jurisdiction=jurisdiction,
        caller=caller,
        on=body.on,
    )
    return await reply(context, answer, "json")
