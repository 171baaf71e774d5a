"""``POST /v1/lookup/batch``: many points in one call, as JSON columns or CSV."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geo_api.errors import BadRequest, TooLarge
from geo_api.routes.deps import (
    BatchBody,
    Context,
    ContextDep,
    OnParameter,
    only_known_parameters,
    parse_day,
    read_body,
)
from geo_api.routes.schemas import BatchReply, problems
from geo_api.services.datums import ACCEPTED_TEXT

router = APIRouter(tags=["lookup"], dependencies=[Depends(only_known_parameters)])

EXAMPLE = {"datum": "wgs84", "id": ["a", "b"], "lon": [113.95, 113.96], "lat": [30.52, None]}
EXAMPLE_REPLY = {
    "on": "2026-01-31",
    "snapshot_age_s": None,
    "id": ["a", "b"],
    "cell_code": ["420999001003", None],
    "status": ["found", "invalid"],
    "border_distance_m": [6.4, None],
    "beyond": ["420999001004", None],
}
DESCRIPTION = f"""
JSON columns in, JSON columns out; `text/csv` in (with a header: `lon`, `lat`, perhaps `id`), CSV out. Answers have the
length and the order of the question. A bad row has the status `invalid` and spoils nothing else.

With `border` false the distance to the border and the cell beyond are left out, which is several times faster.

`datum` is one of {ACCEPTED_TEXT}; with CSV it is given in the query. `on` may be given in the query or the JSON.
"""


@router.post(
    "/v1/lookup/batch",
    summary="The cells of many points",
    description=DESCRIPTION,
    operation_id="lookup_batch",
    response_model=None,
    responses={
        200: {
            "model": BatchReply,
            "description": "One row a point, in the same order",
            "content": {
                "application/json": {"example": EXAMPLE_REPLY},
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "id,cell_code,status,border_distance_m,beyond\na,420999001003,found,6.4,420999001004\n",
                },
            },
        },
        **problems(413, 422, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/BatchColumns"}, "example": EXAMPLE},
                "text/csv": {"schema": {"type": "string"}, "example": "id,lon,lat\na,113.95,30.52\n"},
            },
        }
    },
)
async def lookup_batch(
    request: Request,
    context: ContextDep,
    datum: Annotated[str | None, Query(description="What lon and lat are in, where the body does not say")] = None,
    on: OnParameter = None,
    border: Annotated[bool | None, Query(description="false: cells alone, several times faster; default: true")] = None,
) -> Response:
    """Read the body, answer in a worker thread."""
    limit = int(context.settings.max_body_mb * 2**20)
    in_query: dict[str, Any] = {"datum": datum, "on": parse_day(on), "border": border}
    async with context.batches.admitted():
        body = await read_body(request, limit)
        form = _form(request)
        answer, media_type = await context.batches.run(_answer, context, body, form, in_query)
    return Response(answer, media_type=media_type, headers={"cache-control": "no-store"})


def _form(request: Request) -> str:
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind == "text/csv":
        return "csv"
    if kind == "application/json" or kind.endswith("+json"):
        return "json"
    raise BadRequest(f"Content-Type {kind!r} is not understood here: send application/json or text/csv")


def _answer(context: Context, body: bytes, form: str, in_query: dict[str, Any]) -> tuple[bytes, str]:
    """Parse, look up, render: all of it in one worker thread."""
    formats = context.formats
    asked: BatchBody = formats.batch_from_csv(body) if form == "csv" else formats.batch_from_json(body)
    count = len(asked.question.lon)
    if count > context.settings.max_batch_points:
        most = context.settings.max_batch_points
        raise TooLarge(f"{count} points in one call; at most {most} are allowed: send them in several calls")
    for name in ("datum", "on"):
        said, value = getattr(asked, name), in_query[name]
        if said is not None and value is not None and said != value:
            raise BadRequest(f"{name} is {said} in the body and {value} in the query: say it once")
    datum, on = asked.datum or in_query["datum"], asked.on or in_query["on"]
    if datum is None:
        raise BadRequest(f"datum is missing: add ?datum= to the address. One of {ACCEPTED_TEXT}")
    question = asked.question if in_query["border"] is None else replace(asked.question, border=in_query["border"])
    return formats.render(context.lookup.batch(question, datum=datum, on=on), form)
