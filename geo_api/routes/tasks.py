"""Tasks: opened, listed, taken step by step. Never open: a key is needed."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from geo_api.routes.deps import (
    DAY_PATTERN,
    Context,
    ContextDep,
    OnParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
)
from geo_api.routes.replies import CODE, CODE_OR_NONE, TABLES, Form, sent
from geo_api.routes.schemas import Strict, problems
from geo_api.services.answers import PublishedTerritory
from geo_api.services.tasks.batch import MOST, Batch, BatchTasks, open_batch
from geo_api.services.tasks.campaign import Campaign, CampaignAnswer, open_campaign
from geo_api.services.tasks.days import refuse_future
from geo_api.services.tasks.escalate import DailyAnswer, escalate_tasks
from geo_api.services.tasks.listing import list_tasks, show_task
from geo_api.services.tasks.model import TaskAnswer, TaskFilter, TaskList
from geo_api.services.tasks.open import Wanted, open_task
from geo_api.services.tasks.rows import case_row
from geo_api.services.tasks.steps import Doing, take_step

router = APIRouter(tags=["tasks"], dependencies=[Depends(only_known_parameters)])

TEXT = 2000
MOST_ENTITIES = 200_000
EntityId = Annotated[int, Field(strict=True, ge=1, le=2**62)]
TaskId = Annotated[int, Path(description="Number of a task", ge=1, le=2**31 - 1, examples=[1])]
Verb = Literal["assign", "accept", "done", "return", "hand_over", "refer", "reply", "close"]
State = Literal["opened", "assigned", "accepted", "done", "returned", "handed_over", "referred", "replied", "closed"]


def _only_text(value: object) -> object:
    """A day is written as text: a number would be taken for seconds since 1970."""
    if value is not None and not (isinstance(value, str | date) and re.fullmatch(DAY_PATTERN, str(value), re.ASCII)):
        raise ValueError("a day such as 2026-01-31 was expected")
    return value


Day = Annotated[date | None, BeforeValidator(_only_text)]
DAY = "The day; default: today in the deployment's time zone. A day that has not come yet is refused."


class NewTaskBody(Strict):
    """A task to be opened: at an address or at an entity."""

    title: str = Field(min_length=1, max_length=TEXT, description="What is to be done", examples=["超市销售过期食品"])
    kind: str = Field(default="case", max_length=40, description="One of the kinds of the rules")
    address: str = Field(default="", max_length=500, description="Where", examples=["人民路12号"])
    entity: int | None = Field(
        default=None, strict=True, ge=1, le=2**62, description="Or at whom: the permanent id of an entity"
    )
    due: Day = Field(default=None, description="Last day in time; default: as the rules say")
    source: str = Field(default="", max_length=40, description="Where it comes from", examples=["12315"])
    source_id: str = Field(default="", max_length=100, description="Its number there: sent twice, it is opened once")
    function: str = Field(default="", max_length=40, description="Whose officers; empty = all functions")
    jurisdiction: str = Field(default="", pattern=CODE_OR_NONE, description="Whose it is while no cell is known")
    on: Day = Field(default=None, description=DAY)


class CaseBody(BaseModel):
    """A case of a batch, as its row says; what is wrong with it is told in its verdict."""

    source_id: str = Field(
        description="Its number at the source: sent twice, it is opened once", examples=["2026-0871"]
    )
    title: str = Field(description="What is to be done", examples=["超市销售过期食品"])
    address: str = Field(default="", description="Where", examples=["人民路12号"])
    entity: str | int | None = Field(default=None, description="Or at whom: permanent id or credit code")
    due: date | None = Field(default=None, description="Last day in time; default: as the rules say")
    kind: str = Field(default="", description="Default: that of the batch")
    function: str = Field(default="", description="Default: that of the batch")


class BatchBody(Strict):
    """Up to 1,000 cases of one source."""

    source: str = Field(min_length=1, max_length=40, description="Where they come from", examples=["12315"])
    rows: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST,
        description="Each with source_id, title, address or entity, fields as of one case; a row that lacks some is refused "
        "by itself; row 1 is the first",
    )
    kind: str = Field(default="case", max_length=40, description="Where a row names none")
    function: str = Field(default="", max_length=40, description="Where a row names none: whose officers")
    jurisdiction: str = Field(default="", pattern=CODE_OR_NONE, description="Whose they are while no cell is known")
    on: Day = Field(default=None, description=DAY)


class CampaignBody(Strict):
    """A campaign: one task for each entity that it is about."""

    name: str = Field(min_length=1, max_length=100, description="Name of the campaign", examples=["节前食品检查"])
    title: str = Field(min_length=1, max_length=TEXT, description="What is to be done at each entity")
    jurisdiction: str = Field(pattern=CODE, description="Code of the station or bureau")
    industry: str = Field(default="", max_length=100, description="Only entities of this industry")
    credit_class: str = Field(default="", max_length=20, description="Only entities of this class")
    entities: list[EntityId] | None = Field(
        default=None, max_length=MOST_ENTITIES, description="Only these permanent ids"
    )
    due: Day = Field(default=None, description="Last day in time; default: as the rules say")
    function: str = Field(default="", max_length=40, description="Whose officers; empty = all functions")
    on: Day = Field(default=None, description=DAY)


class StepBody(Strict):
    """What is done with a task."""

    note: str = Field(default="", max_length=TEXT, description="What was found, or why")
    officer: str = Field(default="", max_length=40, description="Who does it; for assign: who gets it")
    cell: str = Field(default="", pattern=CODE_OR_NONE, description="For assign: the cell whose officers get it")
    department: str = Field(default="", max_length=200, description="For refer and hand_over: to whom")
    due: Day = Field(default=None, description="A new deadline")
    on: Day = Field(default=None, description=DAY)


class DailyBody(Strict):
    """Which tasks, and which day."""

    jurisdiction: str = Field(
        default="", pattern=CODE_OR_NONE, description="Code; default: the key's, or the only bureau"
    )
    on: Day = Field(default=None, description=DAY)


ONE: dict[int | str, dict[str, Any]] = {200: {"model": TaskAnswer, "description": "The task and all its steps"}}


@router.get(
    "/v1/tasks",
    summary="Tasks as they stand, or stood, on a day",
    operation_id="tasks",
    response_model=None,
    responses={
        200: {
            "model": TaskList,
            "description": "By number; `next` goes on",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                    "schema": {"type": "string", "format": "binary"}
                },
            },
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def tasks(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: Annotated[str, Query(description="Code of a cell, station or bureau", pattern=CODE_OR_NONE)] = "",
    officer: Annotated[str, Query(description="Only tasks of this officer's cells", max_length=40)] = "",
    state: Annotated[State | None, Query(description="Only tasks in this state")] = None,
    kind: Annotated[str, Query(description="Only this kind", max_length=40)] = "",
    campaign: Annotated[str, Query(description="Only tasks of this campaign", max_length=100)] = "",
    late: Annotated[bool, Query(description="Only those that are late")] = False,
    on: OnParameter = None,
    after: Annotated[int, Query(description="Go on behind this task", ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(description="Tasks at most", ge=1, le=10_000)] = 1000,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Without a jurisdiction those of the key's; without a key nobody is answered."""
    day = parse_day(on) or context.keeper.today()
    wanted = TaskFilter(
        day, jurisdiction=jurisdiction, states=(state,) if state else (), kind=kind, campaign=campaign, late=late,
        after=after, limit=limit,
    )  # fmt: skip

    def ask() -> tuple[bytes, str]:
        found = list_tasks(context.store.tasks, _territory(context, day), wanted, caller=caller, officer=officer)
        return context.formats.render(found, form)

    body, media_type = await context.work.do(ask)
    return sent(body, media_type)


@router.get(
    "/v1/tasks/{task_id:int}",  # only numbers: /v1/tasks/campaigns and /escalate are paths of their own
    summary="One task with all its steps",
    operation_id="task",
    response_model=None,
    responses={**ONE, **problems(401, 403, 404, 422, 503)},
)
async def task(context: ContextDep, caller: RequiredCaller, task_id: TaskId, on: OnParameter = None) -> Response:
    """Its officers are those of the day."""
    day = parse_day(on) or context.keeper.today()

    def ask() -> TaskAnswer:
        return show_task(context.store.tasks, _territory(context, day), task_id, caller=caller)

    return _json(context, await context.work.do(ask))


@router.post(
    "/v1/tasks",
    summary="Open a task at an address or an entity: it goes to the officers of the cell",
    operation_id="open_task",
    response_model=None,
    responses={**ONE, **problems(401, 403, 404, 409, 422, 503)},
)
async def open_(context: ContextDep, caller: RequiredCaller, body: NewTaskBody) -> Response:
    """Sent twice with the same source and number, the same task answers. An address in doubt is given to nobody."""
    day = _past_or_today(context, body.on)
    wanted = Wanted(**body.model_dump(exclude={"on"}))

    def run() -> TaskAnswer:
        return open_task(context.store.tasks, context.lookup, _territory(context, day), wanted, caller=caller)

    return _json(context, await context.work.do(run))


@router.post(
    "/v1/tasks/batch",
    summary="Open up to 1,000 cases: each gets its verdict; sent again, nothing changes",
    operation_id="open_tasks",
    response_model=None,
    responses={
        200: {"model": BatchTasks, "description": "opened, waiting, repeated, conflict or refused, row by row"},
        **problems(401, 403, 404, 422, 503),
    },
)
async def batch(context: ContextDep, caller: RequiredCaller, body: BatchBody) -> Response:
    """What is wrong with one row keeps no other back. An address in doubt is given to nobody."""
    day = _past_or_today(context, body.on)
    rows = tuple(case_row(n, row) for n, row in enumerate(body.rows, start=1))
    asked = Batch(rows, body.source, body.kind, body.function, body.jurisdiction)

    def run() -> BatchTasks:
        return open_batch(context.store.tasks, context.lookup, _territory(context, day), asked, caller=caller)

    return _json(context, await context.work.do(run))


@router.post(
    "/v1/tasks/campaigns",
    summary="Open one task for each entity that a campaign is about",
    operation_id="open_campaign",
    response_model=None,
    responses={
        200: {"model": CampaignAnswer, "description": "What was opened"},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def campaigns(context: ContextDep, caller: RequiredCaller, body: CampaignBody) -> Response:
    """Sent again under the same name, only entities that are new to it get a task."""
    day = _past_or_today(context, body.on)
    given = body.model_dump(exclude={"on"})
    asked = Campaign(**given | {"entities": None if body.entities is None else tuple(body.entities)})

    def run() -> CampaignAnswer:
        return open_campaign(context.store.tasks, _territory(context, day), asked, caller=caller)

    return _json(context, await context.work.do(run))


@router.post(
    "/v1/tasks/escalate",
    summary="The daily run: open tasks follow the plan in force, levels above are told of late ones",
    operation_id="escalate_tasks",
    response_model=None,
    responses={
        200: {
            "model": DailyAnswer,
            "description": "What the run did; as a table: the tasks that are late",
            "content": TABLES,
        },
        **problems(401, 403, 404, 409, 422, 503),
    },
)
async def escalate(
    context: ContextDep, caller: RequiredCaller, body: DailyBody | None = None, form: Form = "json"
) -> Response:
    """A second run of the same day does nothing."""
    given = body or DailyBody()
    day = _past_or_today(context, given.on)

    def run() -> tuple[bytes, str]:
        territory = _territory(context, day)
        answer = escalate_tasks(context.store.tasks, territory, given.jurisdiction, caller=caller)
        if form == "json":
            return context.formats.render(answer, form)
        wanted = TaskFilter(day, jurisdiction=given.jurisdiction, late=True, limit=None)
        return context.formats.render(list_tasks(context.store.tasks, territory, wanted, caller=caller), form)

    made, media_type = await context.work.do(run)
    return sent(made, media_type)


@router.post(
    "/v1/tasks/{task_id}/{verb}",
    summary="Take a step of a task",
    operation_id="step_task",
    response_model=None,
    responses={**ONE, **problems(401, 403, 404, 409, 422, 503)},
)
async def step(
    context: ContextDep,
    caller: RequiredCaller,
    task_id: TaskId,
    verb: Annotated[Verb, Path(description="What is done")],
    body: StepBody | None = None,
) -> Response:
    """Whoever inspected, reported or handed over does not close."""
    given = body or StepBody()
    day = _past_or_today(context, given.on)
    doing = Doing(**given.model_dump(exclude={"on"}))

    def run() -> TaskAnswer:
        return take_step(context.store.tasks, _territory(context, day), task_id, verb, doing, caller=caller)

    return _json(context, await context.work.do(run))


def _territory(context: Context, day: date) -> PublishedTerritory:
    """What is in force on the day: today's from memory."""
    return context.lookup.snapshot(None if context.is_todays(day) else day).territory


def _past_or_today(context: Context, on: date | None) -> date:
    today = context.keeper.today()
    refuse_future(on or today, today)
    return on or today


def _json(context: Context, answer: TaskAnswer | CampaignAnswer | DailyAnswer | BatchTasks) -> Response:
    body, media_type = context.formats.render(answer, "json")
    return sent(body, media_type)
