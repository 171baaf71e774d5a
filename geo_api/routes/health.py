"""Whether the process is alive, and whether it can answer."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from geo_api.errors import StoreUnavailable
from geo_api.routes.deps import ContextDep
from geo_api.routes.schemas import Health, Ready, problems

router = APIRouter(tags=["service"])

SERVING_FROM_MEMORY = "serving from memory: the database does not answer, the log says why; lookups go on"
NOTHING_PUBLISHED = "nothing is published for today: load a data set, build, submit, approve and publish its plans"


@router.get(
    "/health",
    summary="Is the process alive?",
    operation_id="health",
    response_model=None,
    responses={200: {"model": Health, "description": "Alive"}},
)
async def health() -> Response:
    """Asks nothing of the database."""
    from geo_api.version import VERSION

    return _json({"status": "ok", "version": VERSION})


@router.get(
    "/ready",
    summary="Are lookups answered, and how old is what they are answered from?",
    operation_id="ready",
    response_model=None,
    responses={200: {"model": Ready, "description": "Lookups are answered"}, **problems(503)},
)
async def ready(context: ContextDep) -> Response:
    """Ready also while the database is away: ``snapshot_age_s`` then says how old the snapshot is."""
    held, age_s = context.keeper.current, context.keeper.age_s()
    if held is None:
        raise StoreUnavailable("nothing could be read from the database yet")
    territory = held.snapshot.territory
    if context.rules.findings or context.rules.zones:  # corrected meanwhile?
        await context.work.do(context.rules.check)
    note = context.rules.note() or (NOTHING_PUBLISHED if not territory.cells else "")
    if age_s is not None:
        note = SERVING_FROM_MEMORY
    return _json(
        {
            "ready": True,
            "on": territory.on,
            "revision": territory.revision,
            "read_at": territory.read_at,
            "cells": len(territory.cells),
            "stations": len(territory.stations),
            "database": "reachable" if age_s is None else "away",
            "snapshot_age_s": age_s,
            "note": note,
        }
    )


def _json(answer: object) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json", headers={"cache-control": "no-store"})
