"""All that is published as one file: open to all, streamed from disk, the same bytes for the same revision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response, StreamingResponse

from geo_api.routes.deps import (
    OPTIONAL_KEY,
    ContextDep,
    OnParameter,
    OptionalCaller,
    RecordedAtParameter,
    only_known_parameters,
    parse_day,
    parse_moment,
)
from geo_api.routes.published import GEOJSON, NOT_MODIFIED
from geo_api.routes.rendered import is_known, tag_headers
from geo_api.routes.schemas import problems
from geo_api.services.bulk import CHUNK, BulkFile

router = APIRouter(tags=["published"], dependencies=[Depends(only_known_parameters)])

BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/v1/download/{form}",
    summary="All that is published on a day as one file: GeoPackage, GeoJSON or GeoParquet",
    operation_id="download",
    response_model=None,
    response_class=Response,
    openapi_extra=OPTIONAL_KEY,
    responses={
        200: {
            "description": "The file, in EPSG:4490",
            "content": {
                "application/geopackage+sqlite3": BINARY,
                "application/vnd.apache.parquet": BINARY,
                **GEOJSON,
            },
            "headers": {
                "X-Gridward-Revision": {
                    "description": "The revision of the file: go on with `/v1/changes?since=`",
                    "schema": {"type": "string"},
                }
            },
        },
        **NOT_MODIFIED,
        **problems(401, 422, 503),
    },
)
async def download(
    request: Request,
    context: ContextDep,
    caller: OptionalCaller,
    form: Annotated[Literal["gpkg", "geojson", "parquet"], Path(description="File format")],
    *,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
) -> Response:
    """Stations and cells with outlines, plans and officers, and the levels above; telephones as in `/v1/cells`.

    The same bytes for the same day and revision, with an `ETag`: ask with `If-None-Match` and get 304 while nothing
    changed. GeoJSON and GeoParquet have one row a jurisdiction (`level`: bureau, station, cell); GeoPackage the layers
    `cells` and `stations` and the tables `officers`, `upper_levels` and `about`.
    """
    day, moment = parse_day(on), parse_moment(recorded_at, context.settings)
    shown = caller is not None or (context.is_todays(day) and moment is None)

    def work() -> tuple[BulkFile, BinaryIO, str]:
        snapshot = context.lookup.snapshot(day, moment)
        return (*context.downloads.open(snapshot, form, with_telephones=shown), snapshot.revision)

    file, handle, revision = await context.files.do(work)
    headers = tag_headers(file.tag) | {"x-gridward-revision": revision}
    if is_known(request, file.tag):
        handle.close()
        return Response(status_code=304, headers=headers)
    headers |= {"content-length": str(file.size), "content-disposition": f'attachment; filename="{file.name}"'}
    return StreamingResponse(_blocks(handle), media_type=file.media_type, headers=headers)


def _blocks(handle: BinaryIO) -> Iterator[bytes]:
    with handle:
        while block := handle.read(CHUNK):
            yield block
