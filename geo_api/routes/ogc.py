"""OGC API Features and Tiles under ``/ogc``: an application of its own, made of tipg's routes over what is published.

It stands beside the API: its own description (``/ogc/api``), its own few connections to the database, and no part in
lookups. ``/ogc`` shows today, ``/ogc/on/2026-01-05`` the same API as of another day, for clients that cannot give a day.
JSON only: tipg's pages load from outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, cast

import morecantile
import tipg.collections
import tipg.factory
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from tipg import dependencies, errors, model
from tipg.collections import Collection, CollectionList
from tipg.resources.enums import MediaType
from tipg.resources.response import ORJSONResponse

from geo_api.errors import BadRequest, NotFound
from geo_api.routes import ogc_openapi, ogc_params, problem
from geo_api.routes.deps import Context, get_context, parse_day
from geo_api.routes.ogc_collections import KINDS, LARGEST_PAGE, PAGE, Kind, Published, make_collection
from geo_api.routes.ogc_days import Asked, asked_for
from geo_api.routes.ogc_thread import OwnLoop
from geo_api.routes.ogc_tiles import Tiles
from geo_api.services.tiles import territory_bounds
from geo_api.version import VERSION
from gridding.findings import Finding

PREFIX = "/ogc"
TILE_MATRIX_SETS = ("WebMercatorQuad", "WorldCRS84Quad")
_LIMIT = re.compile(rb"(?:(?<=&)|^)limit=(\d{1,18})(?=&|$)")
_DATED = re.compile(r"/on/([^/]*)(/.*)?")

_CONFORMS_HERE = (
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
)


AskedDep = Annotated[Asked, Depends(asked_for)]


async def one_collection(
    request: Request, asked: AskedDep, collectionId: Annotated[str, Path(description="Collection")]
) -> Published:
    """The collection of a request; NotFound."""
    kind = KINDS.get(collectionId)
    if kind is None:
        raise NotFound(f"there is no collection {collectionId[:60]!r}; there are {', '.join(KINDS)}")
    return _made(request, kind, asked)


async def all_collections(
    request: Request,
    asked: AskedDep,
    box: Annotated[list[float] | None, Depends(dependencies.bbox_query)],
    limit: Annotated[int | None, Query(ge=1, le=1000, description="At most so many")] = None,
    offset: Annotated[int, Query(ge=0, description="Leave out so many")] = 0,
) -> CollectionList:
    """The collections, those that a box touches."""
    found: list[Collection] = [_made(request, kind, asked) for kind in KINDS.values()]
    if box is not None:
        found = [c for c in found if c.bounds is None or dependencies.s_intersects(box, c.bounds)]
    end = len(found) if limit is None else offset + limit
    following = end if end < len(found) else None
    before = max(offset - (limit or 0), 0) if offset else None
    return CollectionList(collections=found[offset:end], matched=len(found), next=following, prev=before)


def _made(request: Request, kind: Kind, asked: Asked) -> Published:
    held = get_context(request).keeper.current
    bounds = territory_bounds(held.snapshot) if held is not None else None
    return make_collection(kind, day=asked.day, interval=asked.interval, bounds=bounds)


@dataclass
class Endpoints(tipg.factory.Endpoints):
    """tipg's endpoints, but for a landing page and a conformance that speak of no HTML."""

    def _landing_route(self) -> None:
        @self.router.get("/", response_class=ORJSONResponse, tags=["OGC Common"], summary="Landing page")
        def landing(request: Request, output: Annotated[Any, Depends(dependencies.OutputType)] = None) -> Response:
            """Links to everything else."""
            links = [
                _link("This page", self.url_for(request, "landing"), MediaType.json, "self"),
                _link("API definition", self.url_for(request, "definition"), MediaType.openapi30_json, "service-desc"),
                _link("Conformance", self.url_for(request, "conformance"), MediaType.json, "conformance"),
                *(link for link in self.links(request) if not link.templated),
            ]
            page = model.Landing(title=self.title, links=links)
            return ORJSONResponse(page.model_dump(exclude_none=True, mode="json"))

        @self.router.get("/api", include_in_schema=False)
        def definition(request: Request) -> Response:
            """The OpenAPI description of this part."""
            servers = [{"url": str(request.base_url).rstrip("/")}]
            return ORJSONResponse(
                {**request.app.openapi(), "servers": servers}, media_type=MediaType.openapi30_json.value
            )

    def _conformance_route(self) -> None:
        @self.router.get("/conformance", response_class=ORJSONResponse, tags=["OGC Common"], summary="Conformance")
        def conformance(output: Annotated[Any, Depends(dependencies.OutputType)] = None) -> Response:
            """The classes of the standards that this API conforms to."""
            classes = [*tipg.factory.COMMON_CONFORMS, *self.conforms_to, *_CONFORMS_HERE]
            return ORJSONResponse({"conformsTo": [c for c in classes if not c.endswith("/html")]})


class Ogc:
    """The OGC API: routes for the application that it is part of, and an end.

    Args:
        context: what all routes work with.
        pool: gives connections that read what is published and nothing else (``acquire``, ``close``).
    """

    def __init__(self, context: Context, pool: Any) -> None:
        app = _application(context, pool)
        self._inside = OwnLoop(app, pool.close)
        self._answer = Dated(app, self._inside, context.settings.base_path)

    def routes(self) -> list[BaseRoute]:
        """Everything at and below ``/ogc``."""
        return [Route(PREFIX, self._answer), Mount(PREFIX, self._answer)]

    async def close(self) -> None:
        """Close the connections and end the thread."""
        await self._inside.close()


def _application(context: Context, pool: Any) -> FastAPI:
    _tell_tipg()
    app = FastAPI(
        title="Gridward · OGC API",
        version=VERSION,
        description="Stations and cells as published, by day. Coordinates are CRS84: longitude, latitude.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.context, app.state.pool = context, pool
    problem.register(app, context.settings.retry_after_s)
    _answer_mistakes(app)
    endpoints = Endpoints(
        title=app.title,
        collection_dependency=cast("Any", one_collection),
        collections_dependency=cast("Any", all_collections),
        supported_tms=_tile_matrix_sets(),
        with_tiles_viewer=False,
    )
    app.router.routes.append(Tiles().route())
    known = [Depends(ogc_params.only_known_names)]
    app.include_router(endpoints.router, dependencies=known)
    app.dependency_overrides = {
        dependencies.OutputType: ogc_params.one_format,
        dependencies.QueryablesOutputType: ogc_params.queryables_format,
        dependencies.ItemsOutputType: ogc_params.items_format,
        dependencies.bbox_query: ogc_params.checked_bbox,
        dependencies.filter_query: ogc_params.checked_filter,
        dependencies.datetime_query: _nothing,
    }
    ogc_openapi.install(app)
    return app


class Dated:
    """Takes ``/ogc`` and ``/ogc/on/<day>`` off a path, so that every link within leads back to where it came from."""

    def __init__(self, app: FastAPI, inside: ASGIApp, base_path: str) -> None:
        self._app, self._inside, self._root = app, inside, base_path + PREFIX

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        rest, root, day = scope["path"].removeprefix(PREFIX) or "/", self._root, None
        if found := _DATED.fullmatch(rest):
            try:
                day = parse_day(found[1])
            except BadRequest:
                rest = "/no-such-day"
            else:
                root, rest = f"{root}/on/{found[1]}", found[2] or "/"
        query = _LIMIT.sub(_at_most, scope["query_string"])
        inner = {k: v for k, v in scope.items() if k not in ("router", "route", "endpoint", "path_params")}
        inner |= {"path": root + rest, "root_path": root, "app_root_path": root, "gridward_on": day}
        inner |= {"query_string": query, "app": self._app}
        known = any(r.matches({**inner, "path_params": {}})[0] == Match.FULL for r in self._app.routes)
        if not known:  # its path is not for the access log
            scope.pop("endpoint", None)
            scope.pop("route", None)
        await self._inside(inner, receive, send)


def _at_most(limit: re.Match[bytes]) -> bytes:
    """A limit above the largest page means the largest page, as the standard has it."""
    return b"limit=%d" % min(int(limit[1]), LARGEST_PAGE)


def _tell_tipg() -> None:
    """The page sizes and the name of a layer; tipg reads such settings once, when it is imported."""
    for settings in (tipg.factory.features_settings, tipg.collections.features_settings):
        settings.default_features_limit, settings.max_features_per_query = PAGE, LARGEST_PAGE
    for mvt in (tipg.factory.mvt_settings, tipg.collections.mvt_settings):
        mvt.set_mvt_layername = True


async def _nothing() -> None:
    """What ``datetime`` asks for is decided with the collection."""


def _tile_matrix_sets() -> Any:
    known = morecantile.tms
    return morecantile.defaults.TileMatrixSets({name: known.get(name) for name in TILE_MATRIX_SETS})


def _answer_mistakes(app: FastAPI) -> None:
    """Errors of tipg in our words and our shape; a parameter that cannot be used is 400 here, as the standard has it."""

    async def mistaken(request: Request, mistake: Exception) -> Response:
        status = 404 if isinstance(mistake, errors.NotFound) else 400
        detail = str(mistake) or "there is no such column"
        return _problem(request, status, "not_found" if status == 404 else "bad_request", detail)

    async def refused(request: Request, mistake: Exception) -> Response:
        return _problem(request, 400, "bad_request", str(mistake), getattr(mistake, "findings", ()))

    invalid: Any = app.exception_handlers[RequestValidationError]

    async def unfit(request: Request, mistake: Exception) -> Response:
        answer: Response = await invalid(request, mistake)
        answer.status_code = 400
        return answer

    app.add_exception_handler(RequestValidationError, unfit)
    app.add_exception_handler(errors.TiPgError, mistaken)
    app.add_exception_handler(BadRequest, refused)


def _problem(request: Request, status: int, code: str, detail: str, findings: tuple[Finding, ...] = ()) -> Response:
    body = problem.problem_bytes(code, detail, findings, request.scope.get("request_id", ""))
    return Response(body, status_code=status, media_type="application/json")


def _link(title: str, href: str, kind: MediaType, rel: str) -> model.Link:
    return model.Link(title=title, href=href, type=kind, rel=rel)
