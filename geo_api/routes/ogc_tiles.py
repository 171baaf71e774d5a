"""Our own vector tiles, before tipg's: from memory, simplified for their zoom, kept until something changes.

A tile that is asked for with a filter is left to tipg, which asks the database.
"""

from __future__ import annotations

from collections.abc import Hashable
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from geo_api.errors import NotFound
from geo_api.routes.deps import get_context
from geo_api.routes.gate import Gate
from geo_api.routes.ogc_days import asked_for
from geo_api.routes.rendered import Rendered, RenderedCache, rendered, reply
from geo_api.services.snapshot import Snapshot
from geo_api.services.tiles import LAYERS, MATRIX_WIDTH, TileMaker, in_matrix

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
KEPT_BYTES = 64 * 2**20
PATH = "/collections/{collectionId}/tiles/{tileMatrixSetId}/{z:int}/{x:int}/{y:int}"
OURS = frozenset({"on", "datetime", "f"})


class PlainTile(Route):
    """Matches tiles of our own layers that are asked for without a filter."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but for what is tipg's."""
        match, child = super().matches(scope)
        if match == Match.NONE:
            return match, child
        named = child["path_params"]
        ours = named["collectionId"] in LAYERS and named["tileMatrixSetId"] in MATRIX_WIDTH
        query = scope.get("query_string", b"")
        if ours and query:
            ours = {name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)} <= OURS
        return (match, child) if ours else (Match.NONE, {})


class Tiles:
    """Answers tiles from the snapshots, a few at a time, in worker threads."""

    def __init__(self) -> None:
        self._maker, self._bodies = TileMaker(), RenderedCache(KEPT_BYTES)
        self._gate = Gate("tiles", 2, 128)

    def route(self) -> BaseRoute:
        """The route."""
        return PlainTile(PATH, self._answer, methods=["GET"])

    async def _answer(self, request: Request) -> Response:
        context, named = get_context(request), request.path_params
        layer, matrix_set = named["collectionId"], named["tileMatrixSetId"]
        z, x, y = named["z"], named["x"], named["y"]
        if not in_matrix(matrix_set, z, x, y):
            raise NotFound(f"{matrix_set} has no tile {z}/{x}/{y}")
        query = request.query_params
        asked = await asked_for(request, query.get("on"), query.get("datetime"))
        day = None if context.is_todays(asked.day) else asked.day

        def key(snapshot: Snapshot) -> Hashable:
            return (layer, matrix_set, z, x, y, snapshot.on, snapshot.revision)

        def work() -> Rendered:
            snapshot = context.lookup.snapshot(day)
            if (known := self._bodies.get(key(snapshot))) is not None:
                return known
            made = self._maker.tile(snapshot, layer, matrix_set, z, x, y)
            return self._bodies.keep(key(snapshot), rendered(made, MEDIA_TYPE))

        held = context.keeper.current
        if day is None and held is not None and (known := self._bodies.get(key(held.snapshot))) is not None:
            return _reply(request, known)
        return _reply(request, await self._gate.do(work))


def _reply(request: Request, answer: Rendered) -> Response:
    if answer.body:
        return reply(request, answer)
    return Response(status_code=204, headers={"etag": answer.tag, "cache-control": "no-cache"})
