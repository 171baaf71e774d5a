"""What the routes of supervision share: codes in a request, lists as tables, replies that nobody keeps."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from geo_api.routes.deps import Context

CODE = r"^[A-Za-z0-9._\-]{1,40}$"
"""Of a jurisdiction or cell."""
CODE_OR_NONE = r"^[A-Za-z0-9._\-]{0,40}$"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
TABLES: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}, XLSX: BINARY}
"""What a list can be had as beside JSON, for OpenAPI."""
Form = Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")]
NOT_KEPT = {"cache-control": "no-store"}


def sent(body: bytes, media_type: str, status: int = 200) -> Response:
    """A reply that neither browsers nor proxies keep: it is for this caller alone."""
    return Response(body, status_code=status, media_type=media_type, headers=NOT_KEPT)


async def reply(context: Context, answer: object, form: str = "json", status: int = 200) -> Response:
    """An answer in a format, rendered beside the event loop."""
    return sent(*await context.work.do(context.formats.render, answer, form), status)
