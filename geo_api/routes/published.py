"""Stations and cells, as published on a day: open to all."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from geo_api.routes.deps import (
    OPTIONAL_KEY,
    Context,
    ContextDep,
    OnParameter,
    OptionalCaller,
    RecordedAtParameter,
    only_known_parameters,
    parse_day,
    parse_moment,
)
from geo_api.routes.rendered import Rendered, rendered, reply
from geo_api.routes.schemas import CellReply, CellsReply, StationsReply, problems
from geo_api.services.answers import Caller
from geo_api.services.published import CellList, OneCell, StationList, list_cells, list_stations, one_cell
from geo_api.services.snapshot import Snapshot

router = APIRouter(tags=["published"], dependencies=[Depends(only_known_parameters)])

CODE_PATTERN = r"^[A-Za-z0-9._\-]{1,40}$"
CodePath = Annotated[str, Path(description="Cell code", pattern=CODE_PATTERN, examples=["420999001003"])]
Form = Annotated[
    Literal["json", "geojson", "csv"], Query(alias="format", description="json, geojson (with outlines) or csv")
]
CSV = {"text/csv": {"schema": {"type": "string"}}}
GEOJSON: dict[str, Any] = {"application/geo+json": {"schema": {"$ref": "#/components/schemas/FeatureCollection"}}}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since the ETag that you sent"}}


@router.get(
    "/v1/stations",
    summary="The stations in force on a day, with their responsible persons",
    operation_id="stations",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {"model": StationsReply, "description": "Sorted by code", "content": {**GEOJSON, **CSV}},
        **NOT_MODIFIED,
        **problems(401, 422, 503),
    },
)
async def stations(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    *,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Form = "json",
) -> Response:
    """Telephone numbers for today; for other days, and for what was recorded earlier, only to callers with a key."""
    return await _published(request, context, caller, list_stations, on=on, recorded_at=recorded_at, form=form)


@router.get(
    "/v1/cells",
    summary="The cells in force on a day",
    operation_id="cells",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {
            "model": CellsReply,
            "description": "Sorted by code",
            "content": {**GEOJSON, **CSV},
        },
        **NOT_MODIFIED,
        **problems(401, 404, 422, 503),
    },
)
async def cells(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    *,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    under: Annotated[
        str | None, Query(description="Only the cells of this station or bureau (code)", pattern=CODE_PATTERN)
    ] = None,
    form: Form = "geojson",
) -> Response:
    """GeoJSON by default, with the officers of each cell."""
    return await _published(
        request, context, caller, list_cells, on=on, recorded_at=recorded_at, form=form, under=under
    )


@router.get(
    "/v1/cells/{code}",
    summary="One cell on a day, or the cells that took its place",
    operation_id="cell",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {
            "model": CellReply,
            "description": "The cell; for a code that is not in force: since when, and which cells hold its ground",
            "content": {**GEOJSON, **CSV},
        },
        **NOT_MODIFIED,
        **problems(401, 404, 422, 503),
    },
)
async def cell(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    code: CodePath,
    *,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Form = "geojson",
) -> Response:
    """A collection of the one cell, with `status: "in_force"`.

    A code that is no longer in force is answered too: `status` is `superseded`, `since` says from which day, and
    `successors` which cells hold its ground on the day asked about, with their shares of ground and entities;
    `not_yet` likewise for a code that begins later. Only a code that no published plan ever had is 404.
    """
    moment = parse_moment(recorded_at, context.settings)

    def answer(snapshot: Snapshot, **named: Any) -> OneCell:
        return one_cell(snapshot, context.store.history, recorded_at=moment, **named)

    return await _published(request, context, caller, answer, on=on, recorded_at=recorded_at, form=form, code=code)


async def _published(
    request: Request,
    context: Context,
    caller: Caller | None,
    answer: Callable[..., StationList | CellList | OneCell],
    *,
    on: str | None,
    recorded_at: str | None,
    form: str,
    **named: str | None,
) -> Response:
    """The answer about a day's snapshot, rendered once for each snapshot, in a worker thread."""
    kind = (request.scope["route"].path, *named.values())
    day, moment = parse_day(on), parse_moment(recorded_at, context.settings)
    todays = context.is_todays(day) and moment is None
    shown = todays or caller is not None

    def key(snapshot: Snapshot) -> Hashable:
        return (*kind, form, shown, snapshot.on, moment, snapshot.revision)

    def work() -> Rendered:
        snapshot = context.lookup.snapshot(day, moment)
        if (known := context.bodies.get(key(snapshot))) is not None:
            return known
        body, media_type = context.formats.render(answer(snapshot, with_telephones=shown, **named), form)
        return context.bodies.keep(key(snapshot), rendered(body, media_type))

    held = context.keeper.current
    if todays and held is not None and (known := context.bodies.get(key(held.snapshot))) is not None:
        return reply(request, known)
    return reply(request, await (context.work if todays else context.days).do(work))
