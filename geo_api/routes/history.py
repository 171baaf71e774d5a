"""Cells over time, changes for those who keep a copy, entities by their dated codes: open to all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from geo_api.routes.deps import (
    OPTIONAL_KEY,
    ContextDep,
    OnParameter,
    OptionalCaller,
    RecordedAtParameter,
    only_known_parameters,
    parse_day,
    parse_moment,
    tagged,
)
from geo_api.routes.published import NOT_MODIFIED, CodePath
from geo_api.routes.schemas import problems
from geo_api.services.changes import MOST, USUAL, Changes, list_changes, since_of
from geo_api.services.entity_lookup import EntityAnswer
from geo_api.services.lineage import Lineage, lineage

router = APIRouter(tags=["history"], dependencies=[Depends(only_known_parameters)])

CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
Table = Annotated[Literal["json", "csv"], Query(alias="format", description="json or csv")]

LINEAGE_EXAMPLE = {
    "code": "420999001003",
    "on": "2026-06-01",
    "status": "superseded",
    "since": "2026-05-01",
    "successors": [
        {
            "cell": {
                "code": "420999001007",
                "name": "第007网格",
                "station_code": "420999001",
                "station_name": "城关监管所",
            },
            "plan": {"plan_id": 9, "version": 2, "valid_from": "2026-05-01", "valid_to": None},
            "change": "renamed",
            "share_of_area": 1.0,
            "share_of_other_area": 1.0,
            "entities": 81,
            "share_of_entities": 1.0,
        }
    ],
    "versions": [],
}
CHANGES_EXAMPLE = {
    "revision": "58",
    "next": "58.131",
    "more": False,
    "changes": [
        {
            "token": "58.131",
            "recorded_at": "2026-03-10T04:00:00Z",
            "what": "assignment",
            "verb": "recorded",
            "codes": ["420999001003"],
            "valid_from": "2026-03-10",
            "valid_to": None,
            "plan_id": None,
            "plan_version": None,
            "officer_id": "O-017",
            "role": "lead",
            "function": "",
        }
    ],
}
ENTITY_EXAMPLE = {
    "asked": "42099900100300017",
    "entity_id": 1204,
    "on": "2026-06-01",
    "code": "42099900100700021",
    "codes": [
        {"code": "42099900100300017", "plan_id": 3, "valid_from": "2026-01-01", "valid_to": "2026-05-01"},
        {"code": "42099900100700021", "plan_id": 9, "valid_from": "2026-05-01", "valid_to": None},
    ],
    "status": "found",
    "cell": {"code": "420999001007", "name": "第007网格", "station_code": "420999001", "station_name": "城关监管所"},
    "plan": {"plan_id": 9, "version": 2, "valid_from": "2026-05-01", "valid_to": None},
    "officers": [],
    "fallback": None,
}


def _shown(example: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"example": example}}


@router.get(
    "/v1/cells/{code}/lineage",
    summary="All versions of a cell code, what was there before and what came after",
    operation_id="lineage",
    response_model=None,
    responses={
        200: {"model": Lineage, "description": "Oldest version first", "content": {**_shown(LINEAGE_EXAMPLE), **CSV}},
        **NOT_MODIFIED,
        **problems(404, 422, 503),
    },
)
async def cell_lineage(
    request: Request,
    context: ContextDep,
    code: CodePath,
    *,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Table = "json",
) -> Response:
    """Each version with its plan and what came before and after.

    `predecessors` held its ground on the day before it began, `successors` on the day on which it ended: `kept`,
    `renamed`, `split`, `merged`, `transferred` or `replaced`, with shares of ground and entities. `status`, `since` and
    `successors` of the whole say where the code stands on the day `on`.
    """
    day, moment = parse_day(on) or context.keeper.today(), parse_moment(recorded_at, context.settings)

    def work() -> tuple[bytes, str]:
        return context.formats.render(lineage(context.store.history, code=code, on=day, recorded_at=moment), form)

    return tagged(request, *await context.work.do(work))


@router.get(
    "/v1/changes",
    summary="What changed since a token or a moment, for systems that keep a copy",
    operation_id="changes",
    response_model=None,
    responses={
        200: {
            "model": Changes,
            "description": "In the order of commits",
            "content": {**_shown(CHANGES_EXAMPLE), **CSV},
        },
        **NOT_MODIFIED,
        **problems(409, 422, 503),
    },
)
async def changes(
    request: Request,
    context: ContextDep,
    *,
    since: Annotated[
        str | None,
        Query(
            description="`next` of the last answer, or the `revision` of a copy, or a moment; default: from the start",
            examples=["58.131"],
            max_length=50,
        ),
    ] = None,
    limit: Annotated[int, Query(description="Changes a page", ge=1, le=MOST)] = USUAL,
    form: Table = "json",
) -> Response:
    """Every change: a plan's time in force, an officer's post, an officer's name or telephone, an outline.

    `codes` says what to read again, `valid_from` from which day it holds (a plan of next month comes now).

    Take a copy (`/v1/download`), keep its `revision`, ask with `since=<revision>`, then with `next` for ever: changes
    come in the order in which they were committed, each once, none missed, however many write at a time. With a moment
    as `since` a change that was being written at that moment may be left out: use it to begin, tokens to go on.
    """
    begin = since_of(since, context.settings.zone)

    def work() -> tuple[bytes, str]:
        return context.formats.render(list_changes(context.store.history, begin, limit=limit), form)

    return tagged(request, *await context.work.do(work))


@router.get(
    "/v1/entities/{code}",
    summary="An entity by a code of any age: its codes over time, and who answers for it",
    operation_id="entity",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {"model": EntityAnswer, "description": "The entity", "content": _shown(ENTITY_EXAMPLE)},
        **NOT_MODIFIED,
        **problems(401, 404, 422, 503),
    },
)
async def entity(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    code: Annotated[
        str,
        Path(
            description="Entity code (cell code and serial) or permanent id",
            pattern=r"^[A-Za-z0-9._\-]{1,60}$",
            examples=["42099900100300017"],
        ),
    ],
    *,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
) -> Response:
    """A redraw gives an entity a new code; the old one still leads to it.

    Name, address and place of an entity are never told here.
    """
    day, moment = parse_day(on), parse_moment(recorded_at, context.settings)
    shown = caller is not None or (context.is_todays(day) and moment is None)

    def work() -> tuple[bytes, str]:
        answer = context.entities.entity(code, on=day, recorded_at=moment, with_telephones=shown)
        return context.formats.render(answer, "json")

    return tagged(request, *await context.work.do(work))
