"""The rules of a bureau: shown as of a day, set from a day on. Never open, a key is needed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from geo_api.routes.deps import (
    YEARS_PATTERN,
    ContextDep,
    OnParameter,
    RecordedAtParameter,
    RequiredCaller,
    only_known_parameters,
    parse_day,
    parse_moment,
)
from geo_api.routes.schemas import RequiredReason, problems
from geo_api.services.profiles.answers import ProfileAnswer, ProfileList
from geo_api.services.profiles.set_profile import set_profile
from geo_api.services.profiles.show_profile import list_profiles, show_profile

router = APIRouter(tags=["rules"], dependencies=[Depends(only_known_parameters)])

Jurisdiction = Annotated[str, Path(description="Code of a bureau", pattern=r"^[A-Za-z0-9._\-]{1,40}$")]
NO_STORE = {"cache-control": "no-store"}


class NewRules(RequiredReason):
    """All settings of ``[rules]``; what is left out has its default, whatever held before."""

    rules: dict[str, Any] = Field(description="As in a manifest", examples=[{"officers_per_cell": 2}])
    valid_from: str | None = Field(
        default=None,
        pattern=YEARS_PATTERN,
        description="First day, such as 2027-01-01; default: today. Earlier days are for admins",
        json_schema_extra={"format": "date"},
    )


@router.get(
    "/v1/profiles/{jurisdiction}",
    summary="The rules that count in a jurisdiction on a day",
    operation_id="profile",
    response_model=None,
    responses={
        200: {
            "model": ProfileAnswer,
            "description": "What is set, and what counts with every default",
            "content": {"application/toml": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def profile(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: Jurisdiction,
    on: OnParameter = None,
    recorded_at: RecordedAtParameter = None,
    form: Annotated[Literal["json", "toml"], Query(alias="format")] = "json",
) -> Response:
    """Of a station or cell: those of its bureau."""
    answer = await context.work.do(
        show_profile,
        context.store.profiles,
        jurisdiction,
        caller=caller,
        on=parse_day(on),
        recorded_at=parse_moment(recorded_at, context.settings),
    )
    body, media_type = context.formats.render(answer, form)
    return Response(body, media_type=media_type, headers=NO_STORE)


@router.get(
    "/v1/profiles/{jurisdiction}/versions",
    summary="All versions of the rules of a bureau",
    operation_id="profile_versions",
    response_model=None,
    responses={
        200: {
            "model": ProfileList,
            "description": "Oldest first: from when to when, who set them, why",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)
async def versions(
    context: ContextDep,
    caller: RequiredCaller,
    jurisdiction: Jurisdiction,
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Of a station or cell: those of its bureau."""
    answer = await context.work.do(list_profiles, context.store.profiles, jurisdiction, caller=caller)
    body, media_type = await context.work.do(context.formats.render, answer, form)
    return Response(body, media_type=media_type, headers=NO_STORE)


@router.put(
    "/v1/profiles/{jurisdiction}",
    summary="Give a bureau other rules from a day on",
    operation_id="set_profile",
    response_model=None,
    responses={
        200: {"model": ProfileAnswer, "description": "Stored; the same again changes nothing"},
        **problems(401, 403, 404, 409, 413, 422, 503),
    },
)
async def set_rules(
    context: ContextDep, caller: RequiredCaller, jurisdiction: Jurisdiction, body: NewRules
) -> Response:
    """For approvers and admins of the bureau. Every mistake in the rules is told at once, with the path of its setting."""
    answer = await context.work.do(
        set_profile,
        context.store.profiles,
        jurisdiction,
        body.rules,
        caller=caller,
        valid_from=parse_day(body.valid_from, "valid_from"),
        reason=body.reason,
    )
    rendered, media_type = context.formats.render(answer, "json")
    return Response(rendered, media_type=media_type, headers=NO_STORE)
