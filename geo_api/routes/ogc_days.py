"""Which day a request of the OGC API asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query, Request

from geo_api.errors import BadRequest
from geo_api.routes.deps import OnParameter, get_context, parse_day
from geo_api.routes.ogc_collections import Interval, parse_datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides which rows are shown."""

    day: date
    interval: Interval | None


async def asked_for(
    request: Request,
    on: OnParameter = None,
    datetime: Annotated[str | None, Query(description="Moment or interval: what is in force then")] = None,
) -> Asked:
    """The day of the address (``/ogc/on/...``), of ``on``, of a ``datetime`` that is one moment; else today."""
    context = get_context(request)
    day, addressed = parse_day(on), request.scope.get("gridward_on")
    if day and addressed and day != addressed:
        raise BadRequest(f"on={on}, but the address asks for {addressed}: give one of them")
    interval = parse_datetime(datetime, context.settings.zone)
    day = day or addressed
    if day is None and interval is not None and interval[0] == interval[1]:
        day = interval[0]
    return Asked(day or context.keeper.today(), interval)
