"""``POST /v1/lookup/batch``: many points in one call, as JSON columns, CSV or Arrow."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from geo_api.errors import BadRequest
from geo_api.routes.compress import wants_gzip
from geo_api.routes.deps import ContextDep, OnParameter, only_known_parameters, parse_day, parse_moment
from geo_api.routes.schemas import BatchReply, problems
from geo_api.routes.spool import FileAnswer, receive_into, spool
from geo_api.services.batch_lookup import BatchCall
from geo_api.services.datums import ACCEPTED_TEXT

router = APIRouter(tags=["lookup"], dependencies=[Depends(only_known_parameters)])

ARROW = "application/vnd.apache.arrow.stream"
FORMS = {"application/json": "json", "text/csv": "csv", ARROW: "arrow"}

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
JSON columns in, JSON columns out; `text/csv` in (with a header: `lon`, `lat`, perhaps `id`), CSV out; an Arrow IPC
stream (`{ARROW}`) in, one out, with codes as dictionaries. Answers have the length and the order of the question. A bad
row has the status `invalid` and spoils nothing else.

With `border` false the distance to the border and the cell beyond are left out, which is several times faster.

`datum` is one of {ACCEPTED_TEXT}; with CSV and Arrow it is given in the query. `datum`, `on` and `recorded_at` may be
given in the query or the JSON. `Content-Encoding: gzip` is understood; JSON and CSV are zipped for callers
who accept that.
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
                ARROW: {"schema": {"type": "string", "format": "binary"}},
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
                ARROW: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def lookup_batch(
    request: Request,
    context: ContextDep,
    datum: Annotated[str | None, Query(description="What lon and lat are in, where the body does not say")] = None,
    on: OnParameter = None,
    recorded_at: Annotated[str | None, Query(description="Answer from what was recorded at this moment")] = None,
    border: Annotated[bool | None, Query(description="false: cells alone, several times faster; default: true")] = None,
) -> Response:
    """Receive the body into a file, let a batch worker answer into another one, send that."""
    settings = context.settings
    form = _form(request)
    call = BatchCall(
        form=form,
        gzipped=_gzipped(request),
        gzip_answer=form != "arrow" and wants_gzip(request.headers.get("accept-encoding", "")),
        datum=datum,
        on=parse_day(on),
        recorded_at=parse_moment(recorded_at, settings),
        border=border,
        max_points=settings.max_batch_points,
        max_bytes=int(settings.max_body_mb * 2**20),
    )
    context.batches.check()
    async with AsyncExitStack() as held:
        await held.enter_async_context(context.uploads.admitted())
        body, answer = held.enter_context(spool())
        await receive_into(request, body, call.max_bytes)
        done = await context.batches.do(context.batch_runner.answer, call, body, answer)
        request.scope.get("charge", int)(done.rows)
        headers = {"cache-control": "no-store", "vary": "Accept-Encoding"}
        if call.gzip_answer:
            headers["content-encoding"] = "gzip"
        return FileAnswer(answer, done.media_type, headers, held.pop_all())


def _form(request: Request) -> str:
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    form = "json" if kind.endswith("+json") else FORMS.get(kind)
    if form is None:
        raise BadRequest(f"Content-Type {kind!r} is not understood here: send {', '.join(FORMS)}")
    return form


def _gzipped(request: Request) -> bool:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("gzip", "x-gzip", "identity", ""):
        raise BadRequest(f"Content-Encoding {encoding!r} is not understood here: send gzip, or no encoding")
    return encoding in ("gzip", "x-gzip")
