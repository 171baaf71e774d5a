"""The posted diagram of a station or a bureau, as a page: open to all."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from geo_api.routes.deps import (
    ContextDep,
    OnParameter,
    RecordedAtParameter,
    only_known_parameters,
    parse_day,
    parse_moment,
    tagged,
)
from geo_api.routes.edge import CSP_INLINE
from geo_api.routes.schemas import problems

router = APIRouter(tags=["diagram"], dependencies=[Depends(only_known_parameters)])


@router.get(
    "/diagram/{code}",
    summary="The supervision diagram of a station or bureau",
    operation_id="diagram",
    response_model=None,
    responses={
        200: {"description": "A page that loads nothing from outside", "content": {"text/html": {}}},
        304: {"description": "Unchanged since the ETag that you sent"},
        **problems(404, 422, 503),
    },
)
async def diagram(
    request: Request,
    context: ContextDep,
    code: Annotated[
        str, Path(description="Code of a station or bureau", pattern=r"^[A-Za-z0-9._\-]{1,40}$", examples=["420999001"])
    ],
    lang: Annotated[Literal["zh", "en"] | None, Query(description="Language; default: the deployment's")] = None,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
) -> Response:
    """Drawn once per plan and language, then served from memory.

    With `recorded_at` the cells and officers are those recorded then; streets and markets are drawn as known today.
    """
    day, language = parse_day(on), lang or context.settings.language
    moment = parse_moment(recorded_at, context.settings)
    todays = context.is_todays(day) and moment is None

    def work() -> bytes:
        return context.diagrams.page(context.lookup.snapshot(day, moment), code, language, with_telephones=todays)

    page = await (context.work if todays else context.days).do(work)
    answer = tagged(request, page, "text/html; charset=utf-8")
    answer.headers["content-security-policy"] = CSP_INLINE
    return answer
