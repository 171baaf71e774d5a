"""The composition root of the service: settings, store, snapshot, formats and routes put together."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

import layers
from geo_api import clock
from geo_api.formats.batch_call import answer_call
from geo_api.formats.bulk import BULK_FORMATS
from geo_api.formats.lookup_json import HotLookup
from geo_api.formats.registry import render
from geo_api.routes import (
    batch,
    claims,
    coverage,
    diagrams,
    downloads,
    due,
    groups,
    health,
    history,
    inspections,
    intervals,
    lookup,
    officers,
    openapi,
    pages,
    plans,
    problem,
    profiles,
    published,
    register,
    relations,
    reports,
    sampling,
    tasks,
    unlicensed,
    visit_plans,
    workload,
)
from geo_api.routes.access_log import AccessLog
from geo_api.routes.batch_pool import AddressSetup, BatchPool, BatchRunner, BatchThreads, Picture
from geo_api.routes.bodies import Bodies
from geo_api.routes.compress import Compress
from geo_api.routes.cross_origin import cross_origin
from geo_api.routes.deps import Context, Formats, StorePort, parse_moment
from geo_api.routes.edge import Edge, RequestIds
from geo_api.routes.fast_lane import FastLane, Service
from geo_api.routes.gate import Gate
from geo_api.routes.head import Head
from geo_api.routes.limits import Door, Doorman
from geo_api.routes.rendered import RenderedCache
from geo_api.services.addresses.keeper import GazetteerKeeper
from geo_api.services.ask import LookupService
from geo_api.services.batch_addresses import matcher
from geo_api.services.bulk import Downloads
from geo_api.services.diagram_draw import BackgroundReader, DiagramDrawer
from geo_api.services.diagram_pages import DiagramPages, DrawDiagram
from geo_api.services.entity_lookup import EntityLookup
from geo_api.services.finder import FinderFactory, territory_finder
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.kept_snapshot import KeptSnapshot
from geo_api.services.profiles.watch import RulesWatch
from geo_api.services.relations import Grounds
from geo_api.services.snapshot import Snapshot
from geo_api.settings import Settings, load_settings
from geo_api.version import VERSION

if TYPE_CHECKING:
    from geo_api.routes.ogc import Ogc

VENDOR = Path(layers.__file__).parent / "static" / "vendor"
"""Scripts and styles of diagrams, vendored by ``layers``."""

SWITCH_S = 0.0005
"""Longest time that a thread which renews the snapshot keeps the event loop waiting."""

DAYS_AT_ONCE = 2
"""Snapshots of other days that are read at the same time."""

UPLOADS = 64
"""Batches whose bodies or answers are under way at the same time; each holds a file."""

DESCRIPTION = """
Grid supervision (网格化监管): which cell and which officers answer for a place, on a day; what is published; where
nobody answers. Reading what is published is open to all; everything else needs an API key.

Errors have one shape: `code`, `detail`, `findings`, `request_id`.
"""


class ServiceStore(StorePort, Protocol):
    """What the service needs of the store: the routes' part, notices of changes, and an end."""

    def listen(self, on_change: Callable[[], None]) -> Any:
        """Call back after every change of what is published, until ``close()`` of what it returns."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def create_app(
    settings: Settings | None = None,
    *,
    store: ServiceStore | None = None,
    make_finder: FinderFactory = territory_finder,
    draw: DrawDiagram | None = None,
    now: Callable[[], datetime] | None = None,
) -> FastAPI:
    """The service as an ASGI application.

    Without ``settings`` they are read from the environment, without ``store`` the database of the settings is used;
    both are closed over, nothing is global. The rest is there for tests: the point index, the diagrams, the clock.
    """
    settings = settings or load_settings()
    context, held_store = _context(settings, store, make_finder, draw, now)
    doorman = Doorman(settings, context.store.keys, context.work)
    ids, access_log = RequestIds(), AccessLog(wanted=settings.access_log)
    ogc = _ogc(context) if settings.ogc else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keeper, book = context.keeper, context.book
        sys.setswitchinterval(SWITCH_S)

        def changed() -> None:
            keeper.notify()
            book.notify()
            doorman.forget()

        listener = held_store.listen(changed)
        await anyio.to_thread.run_sync(keeper.refresh)
        await anyio.to_thread.run_sync(context.rules.check)
        await anyio.to_thread.run_sync(context.batch_runner.start)
        keeper.on_renewal = context.batch_runner.warm
        keeper.start()
        book.start()
        try:
            yield
        finally:
            access_log.flush()
            keeper.close()
            await anyio.to_thread.run_sync(context.batch_runner.close)
            book.close()
            listener.close()
            if ogc is not None:
                await ogc.close()
            if store is None:
                held_store.close()

    app = Service(
        title="Gridward",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Edge, ids=ids, access_log=access_log, base_path=settings.base_path),
            *cross_origin(settings.cors_origins),
            Middleware(Compress),
            Middleware(Door, doorman=doorman),
            Middleware(Head),
            Middleware(Bodies),
        ],
    )
    app.lane = FastLane(context, ids, access_log, settings.base_path)
    app.lane.admit, doorman.trusted = doorman.admit, app.trusted
    app.state.context = context
    problem.register(app, settings.retry_after_s)
    openapi.install(app, settings.base_path)
    for part in (
        lookup, batch, published, history, relations, downloads, plans, coverage, intervals, tasks, visit_plans, profiles,
        workload, sampling, claims, register, unlicensed, reports, inspections, due, diagrams, officers, groups, health, pages,
    ):  # fmt: skip
        app.include_router(part.router)
    if ogc is not None:
        app.router.routes += ogc.routes()
    app.mount("/static/vendor", StaticFiles(directory=VENDOR), name="vendor")
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    return app


def _ogc(context: Context) -> Ogc:
    """The OGC API, with connections of its own."""
    from geo_api.db.ogc_pool import OgcPool
    from geo_api.routes.ogc import Ogc

    return Ogc(context, OgcPool(context.settings.database_url, context.settings.ogc_database_url))


def _batch_runner(
    settings: Settings, keeper: SnapshotKeeper[Any], book: GazetteerKeeper, *, in_processes: bool
) -> BatchRunner:
    """Batches in processes of their own; in threads where the point index is a test's."""

    def moment(said: datetime | str | None) -> datetime | None:
        return parse_moment(said, settings) if isinstance(said, str) else said

    def picture(on: date | None, recorded_at: datetime | str | None) -> Picture:
        return Picture(*keeper.territory(on, moment(recorded_at)), keeper.age_s())

    def snapshot(on: date | None, recorded_at: datetime | str | None) -> tuple[Snapshot, float | None]:
        return keeper.snapshot(on, moment(recorded_at)), keeper.age_s()

    near_m, confidence = settings.near_border_m, settings.address_confidence
    if in_processes:
        setup = AddressSetup(settings.database_url, settings.address_region, confidence, near_m)
        return BatchPool(settings.batch_concurrency, picture, setup)
    return BatchThreads(answer_call, snapshot, matcher(book, threshold=confidence, near_border_m=near_m))


def _context(
    settings: Settings,
    store: ServiceStore | None,
    make_finder: FinderFactory,
    draw: DrawDiagram | None,
    now: Callable[[], datetime] | None,
) -> tuple[Context, ServiceStore]:
    background: BackgroundReader | None = None
    if store is None:
        from geo_api.db import open_store
        from geo_api.db.diagram_views import DiagramViews

        opened = open_store(settings.require_database())
        store, background = cast("ServiceStore", opened), DiagramViews(opened.database)
    prefix = f"{settings.base_path}/static/vendor"

    def prepare(snapshot: Snapshot) -> HotLookup:
        hot = HotLookup(snapshot, settings.near_border_m)
        gc.freeze()  # the collector need not look through a territory again and again: that is a pause of milliseconds
        return hot

    def local_now() -> datetime:
        return clock.now(settings.zone)

    keeper: SnapshotKeeper[HotLookup] = SnapshotKeeper(
        store.published,
        make_finder,
        prepare,
        now=now or local_now,
        poll_s=settings.poll_s,
        days_cached=settings.days_cached,
        kept=KeptSnapshot(Path(settings.state), settings.database_url or "") if settings.state else None,
    )
    book = GazetteerKeeper(store.gazetteer, region=settings.address_region, poll_s=settings.poll_s)
    lookups = LookupService(
        keeper, book, near_border_m=settings.near_border_m, address_confidence=settings.address_confidence
    )
    runner = _batch_runner(settings, keeper, book, in_processes=make_finder is territory_finder)
    context = Context(
        settings=settings,
        store=store,
        keeper=keeper,
        lookup=lookups,
        book=book,
        entities=EntityLookup(lookups, keeper, store.history, near_border_m=settings.near_border_m),
        grounds=Grounds(),
        downloads=Downloads(BULK_FORMATS),
        formats=Formats(render),
        diagrams=DiagramPages(draw or DiagramDrawer(background, settings, assets_prefix=prefix)),
        bodies=RenderedCache(),
        work=Gate("the database", settings.work_concurrency, settings.work_queue),
        days=Gate("other days", DAYS_AT_ONCE, settings.work_queue),
        batches=Gate("batches", settings.batch_concurrency, settings.batch_queue),
        files=Gate("downloads", settings.work_concurrency, settings.work_queue),
        uploads=Gate("batches", UPLOADS, 0),
        batch_runner=runner,
        rules=RulesWatch(store.profiles, settings.timezone),
    )
    return context, store
