"""How cells lie to a shape, to each other, to a point: open to all, from memory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geo_api.errors import BadRequest
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
    read_body,
    tagged,
)
from geo_api.routes.published import CODE_PATTERN, CSV, NOT_MODIFIED
from geo_api.routes.schemas import problems
from geo_api.services import datums
from geo_api.services.relations import (
    FARTHEST_M,
    MOST_NEAR,
    LevelsAnswer,
    NearAnswer,
    RelationAnswer,
    levels,
    near,
    relate,
)
from geo_api.services.shapes import LONGEST_TEXT, shape_from_geojson, shape_from_wkt
from geo_api.services.snapshot import Snapshot

router = APIRouter(tags=["relations"], dependencies=[Depends(only_known_parameters)])

Relation = Annotated[
    Literal["intersects", "touches", "overlaps", "covers", "within"],
    Query(
        description="`intersects`: a point in common; `touches`: only border points (`meets_in` says whether a border or a "
        "point); `overlaps`: more than a border; `covers`: the cell covers the shape; `within`: the cell lies in the shape"
    ),
]
DATUM_TEXT = f"What the coordinates are in: {datums.ACCEPTED_TEXT}. Never guessed."
Datum = Annotated[str, Query(description=DATUM_TEXT, examples=["wgs84"], max_length=40)]
OptionalDatum = Annotated[str | None, Query(description=DATUM_TEXT, examples=["wgs84"], max_length=40)]
Lon = Annotated[float, Query(description="Longitude, degrees (x, east, for a projected EPSG:n)", examples=[113.95])]
Lat = Annotated[float, Query(description="Latitude, degrees (y, north, for a projected EPSG:n)", examples=[30.52])]
Table = Annotated[Literal["json", "csv"], Query(alias="format", description="json or csv")]

CELL = {"code": "420999001003", "name": "第003网格", "station_code": "420999001", "station_name": "城关监管所"}
PLAN = {"plan_id": 3, "version": 1, "valid_from": "2026-01-01", "valid_to": None}
RELATED = {
    "cell": CELL,
    "plan": PLAN,
    "meets_in": "border",
    "border_m": 812.4,
    "share_of_cell": 0.0,
    "share_of_shape": 0.0,
}
RELATION_EXAMPLE = {
    "on": "2026-06-01",
    "revision": "58",
    "relation": "touches",
    "of": "420999001004",
    "cells": [RELATED],
}
NEAR_EXAMPLE = {
    "on": "2026-06-01",
    "revision": "58",
    "metres": 500.0,
    "more": False,
    "cells": [{"cell": CELL, "distance_m": 0.0, "plan": PLAN, "officers": [], "fallback": None}],
}
LEVELS_EXAMPLE = {
    "status": "found",
    "on": "2026-06-01",
    "revision": "58",
    "lon": 113.95,
    "lat": 30.52,
    "levels": [
        {"level": "cell", "code": "420999001003", "name": "第003网格", "officers": []},
        {"level": "station", "code": "420999001", "name": "城关监管所", "officers": []},
        {"level": "bureau", "code": "420999", "name": "云溪县局", "officers": []},
    ],
}


def _responses(model: type, example: dict[str, Any], *statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"example": example}, **CSV}
    return {
        200: {"model": model, "description": "The cells", "content": content},
        **problems(*statuses),
    }


@router.get(
    "/v1/relations",
    summary="The cells that touch, overlap or cover a shape, another cell or a station",
    operation_id="relations",
    response_model=None,
    responses={**_responses(RelationAnswer, RELATION_EXAMPLE, 404, 422, 503), **NOT_MODIFIED},
)
async def relations(
    request: Request,
    context: ContextDep,
    *,
    relation: Relation,
    of: Annotated[
        str | None,
        Query(description="Code of a cell or a station", pattern=CODE_PATTERN, examples=["420999001003"]),
    ] = None,
    wkt: Annotated[
        str | None,
        Query(
            description="Instead of a code: a shape as WKT", examples=["POINT(113.95 30.52)"], max_length=LONGEST_TEXT
        ),
    ] = None,
    datum: OptionalDatum = None,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Table = "json",
) -> Response:
    """Give `of` (a cell is never related to itself), or `wkt` with its `datum`.

    On the exact geometry that the border rule decides by. `border_m` is the length of border in common, `share_of_cell`
    and `share_of_shape` the ground in common.
    """
    if (of is None) == (wkt is None):
        raise BadRequest("give either of=CODE (a cell or a station) or wkt=SHAPE with its datum")
    if wkt is not None and datum is None:
        raise BadRequest(
            f"datum is missing: say what the shape is in; it is never guessed. One of {datums.ACCEPTED_TEXT}"
        )
    shape = None if wkt is None or datum is None else shape_from_wkt(wkt, datum)
    return await _related(request, context, relation, shape, of, on=on, recorded_at=recorded_at, form=form)


@router.post(
    "/v1/relations/shape",
    summary="The cells that touch, overlap or cover a GeoJSON shape",
    operation_id="relations_of_shape",
    response_model=None,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/geo+json": {
                    "schema": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}},
                    "example": {"type": "Point", "coordinates": [113.95, 30.52]},
                }
            },
        }
    },
    responses=_responses(RelationAnswer, RELATION_EXAMPLE, 413, 422, 503),
)
async def relations_of_shape(
    request: Request,
    context: ContextDep,
    *,
    relation: Relation,
    datum: Datum,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Table = "json",
) -> Response:
    """The body is a GeoJSON geometry or feature in `datum`, of at most 10,000 vertices."""
    body = await read_body(request, LONGEST_TEXT)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"the body is no JSON: {problem}; send a GeoJSON geometry or feature") from None
    shape = shape_from_geojson(given, datum)
    return await _related(request, context, relation, shape, None, on=on, recorded_at=recorded_at, form=form)


@router.get(
    "/v1/near",
    summary="The cells within so many metres of a point, nearest first",
    operation_id="near",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={**_responses(NearAnswer, NEAR_EXAMPLE, 401, 422, 503), **NOT_MODIFIED},
)
async def cells_near(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    *,
    lon: Lon,
    lat: Lat,
    datum: Datum,
    metres: Annotated[float, Query(description="How far", ge=0, le=FARTHEST_M, examples=[500])],
    limit: Annotated[int, Query(description="Cells at most", ge=1, le=MOST_NEAR)] = 100,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Table = "json",
) -> Response:
    """Metres in the projection of the territory, to the nearest point of each cell; 0 in it and on its border."""
    x, y = datums.point_to_storage(lon, lat, datum)

    def answer(snapshot: Snapshot, shown: bool) -> NearAnswer:
        ground = context.grounds.of(snapshot)
        return near(ground, lon=x, lat=y, metres=metres, with_telephones=shown, limit=limit)

    return await _answered(
        request, context, answer, shown=caller is not None, on=on, recorded_at=recorded_at, form=form
    )


@router.get(
    "/v1/levels",
    summary="All levels of a point: cell, station, bureau, with the officers of each",
    operation_id="levels",
    response_model=None,
    openapi_extra=OPTIONAL_KEY,
    responses={**_responses(LevelsAnswer, LEVELS_EXAMPLE, 401, 422, 503), **NOT_MODIFIED},
)
async def all_levels(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    *,
    lon: Lon,
    lat: Lat,
    datum: Datum,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Table = "json",
) -> Response:
    """By the border rule, lowest level first; each with its own officers, without fallback."""
    x, y = datums.point_to_storage(lon, lat, datum)

    def answer(snapshot: Snapshot, shown: bool) -> LevelsAnswer:
        return levels(snapshot, lon=x, lat=y, with_telephones=shown)

    return await _answered(
        request, context, answer, shown=caller is not None, on=on, recorded_at=recorded_at, form=form
    )


async def _related(
    request: Request, context: Context, relation: str, shape: Any, of: str | None, **named: Any
) -> Response:
    def answer(snapshot: Snapshot, _: bool) -> RelationAnswer:
        return relate(context.grounds.of(snapshot), relation=relation, shape=shape, of=of)

    return await _answered(request, context, answer, shown=True, **named)


async def _answered(
    request: Request,
    context: Context,
    answer: Any,
    *,
    shown: bool,
    on: str | None,
    recorded_at: str | None,
    form: str,
) -> Response:
    """The answer about a day's snapshot, in a worker thread; today's telephones are open, others need a key."""
    day, moment = parse_day(on), parse_moment(recorded_at, context.settings)
    todays = context.is_todays(day) and moment is None

    def work() -> tuple[bytes, str]:
        snapshot = context.lookup.snapshot(day, moment)
        return context.formats.render(answer(snapshot, shown or todays), form)

    return tagged(request, *await (context.work if todays else context.days).do(work))
