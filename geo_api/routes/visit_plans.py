"""Visit plans: what is due in a week or a month, as rounds. Never open: a key is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from geo_api.routes.deps import Context, ContextDep, OnParameter, RequiredCaller, only_known_parameters, parse_day
from geo_api.routes.edge import CSP_INLINE
from geo_api.routes.replies import BINARY, CODE_OR_NONE, XLSX, sent
from geo_api.routes.schemas import Strict, problems
from geo_api.services.answers import Caller
from geo_api.services.rounds.keep import keep_plan, kept_visits
from geo_api.services.rounds.model import KeptAnswer, PlanPage, VisitPlan
from geo_api.services.rounds.period import period_of

router = APIRouter(tags=["visit plans"], dependencies=[Depends(only_known_parameters)])

PERIOD = r"^\d{4}-W?\d{2}$"
PERIOD_TEXT = "A week 2026-W45 or a month 2026-11; default: this week"
RoundId = Annotated[int, Path(description="Number of a plan that was kept", ge=1, le=2**31 - 1, examples=[1])]


class KeepBody(Strict):
    """Which plan is kept: that of an officer or a cell, for a week or a month."""

    officer: str = Field(default="", max_length=40, description="Id of the officer")
    cell: str = Field(default="", pattern=CODE_OR_NONE, description="Or the code of a cell")
    of: str | None = Field(default=None, pattern=PERIOD, description=PERIOD_TEXT, examples=["2026-W45"])
    per_day: int | None = Field(
        default=None, strict=True, ge=1, le=200, description="Visits a day at most; default: by the rules"
    )
    reason: str = Field(default="", max_length=2000, description="Recorded with who and when")


@router.get(
    "/v1/visit-plans",
    summary="What is due for an officer or a cell in a week or a month, as one round a working day",
    operation_id="visit_plan",
    response_model=None,
    responses={
        200: {
            "model": VisitPlan,
            "description": "Rounds in their order, and what did not fit",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "text/html": {"schema": {"type": "string"}},
                "application/gpx+xml": {"schema": {"type": "string"}},
                XLSX: BINARY,
            },
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def visit_plan(
    context: ContextDep,
    caller: RequiredCaller,
    officer: Annotated[str, Query(description="Id of the officer", max_length=40)] = "",
    cell: Annotated[str, Query(description="Or the code of a cell", pattern=CODE_OR_NONE)] = "",
    of: Annotated[str | None, Query(description=PERIOD_TEXT, pattern=PERIOD, examples=["2026-W45"])] = None,
    per_day: Annotated[
        int | None, Query(description="Visits a day at most; default: by the rules", ge=1, le=200)
    ] = None,
    language: Annotated[Literal["zh", "en"], Query(description="Language of the page")] = "zh",
    form: Annotated[Literal["json", "csv", "xlsx", "gpx", "html"], Query(alias="format")] = "json",
) -> Response:
    """Most urgent first; near places on one day; days balanced; the same question gives the same plan."""
    period = period_of(of, context.keeper.today())

    def ask() -> tuple[bytes, str]:
        plan = _plan(context, officer, cell, period, per_day, caller)
        return context.formats.render(PlanPage(plan, language) if form == "html" else plan, form)

    body, media_type = await context.work.do(ask)
    answer = sent(body, media_type)
    if form == "html":
        answer.headers["content-security-policy"] = CSP_INLINE
    return answer


@router.post(
    "/v1/visit-plans",
    summary="Keep a visit plan, to compare it later with the visits made",
    operation_id="keep_visit_plan",
    response_model=None,
    responses={
        200: {"model": VisitPlan, "description": "The plan and its number"},
        **problems(401, 403, 404, 422, 503),
    },
)
async def keep(context: ContextDep, caller: RequiredCaller, body: KeepBody) -> Response:
    """Kept twice, the same plan has the same number."""
    period = period_of(body.of, context.keeper.today())

    def run() -> tuple[bytes, str]:
        plan = _plan(context, body.officer, body.cell, period, body.per_day, caller)
        kept = keep_plan(context.store.rounds, plan, caller=caller, reason=body.reason)
        return context.formats.render(kept, "json")

    made, media_type = await context.work.do(run)
    return sent(made, media_type)


@router.get(
    "/v1/visit-plans/{round_id}",
    summary="A kept plan against the visits made",
    operation_id="kept_visit_plan",
    response_model=None,
    responses={
        200: {
            "model": KeptAnswer,
            "description": "Each planned visit: kept, on another day, missed, to come",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def kept_plan(
    context: ContextDep,
    caller: RequiredCaller,
    round_id: RoundId,
    on: OnParameter = None,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """As known on the day."""
    day = parse_day(on) or context.keeper.today()

    def ask() -> tuple[bytes, str]:
        return context.formats.render(kept_visits(context.store.rounds, round_id, day, caller=caller), form)

    body, media_type = await context.work.do(ask)
    return sent(body, media_type)


def _plan(
    context: Context, officer: str, cell: str, period: tuple[date, date], per_day: int | None, caller: Caller
) -> VisitPlan:
    """The plan; numeric packages are loaded on first use."""
    from geo_api.services.rounds.make import make_plan
    from geo_api.services.rounds.plan import Asked

    territory = context.lookup.snapshot(None if context.is_todays(period[0]) else period[0]).territory
    store = context.store
    asked = Asked(*period, officer, cell, per_day)
    return make_plan(store.rounds, store.due, store.profiles, territory, asked, caller=caller)
