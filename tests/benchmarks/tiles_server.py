"""The servers of :mod:`tests.benchmarks.tiles`: ``python -m tests.benchmarks.tiles_server ours|anew|stock URL``.

``ours`` is the service as ``gridward serve`` runs it, ``anew`` the same without keeping tiles, ``stock`` is tipg as its
documentation sets it up, over the schemas of the URL's database; prints its port.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from geo_api.db.engine import conninfo
from geo_api.main import create_app
from geo_api.settings import Settings
from tests.benchmarks.http import _wait_until_ready
from tests.benchmarks.inputs import ROOT


@contextmanager
def serving(which: str, url: str) -> Iterator[int]:
    """A server in a process of its own; gives its port."""
    command = [sys.executable, "-m", "tests.benchmarks.tiles_server", which, url]
    # tipg reads its settings when it is imported
    environment = {**os.environ, "TIPG_MAX_FEATURES_PER_TILE": "1000000"} if which == "stock" else None
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline() or 0)
        assert port, f"the server {which!r} did not start"
        _wait_until_ready(port, "/collections" if which == "stock" else "/ready")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stock_app(url: str) -> FastAPI:
    """Stock tipg over the view and the table."""
    import asyncpg
    from tipg.collections import register_collection_catalog
    from tipg.database import connection_factory
    from tipg.factory import Endpoints
    from tipg.settings import DatabaseSettings

    settings = DatabaseSettings(schemas=["gridward_published", "bench"], functions=[], datetime_extent=False)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        init: Any = connection_factory(settings.schemas, settings.tipg_schema)
        app.state.pool = await asyncpg.create_pool(conninfo(url), min_size=1, max_size=4, init=init)
        await register_collection_catalog(app, db_settings=settings)
        yield
        app.state.pool.terminate()

    app = FastAPI(lifespan=life, openapi_url="/api", docs_url="/api.html")
    app.include_router(Endpoints(title="stock", with_tiles_viewer=False).router)
    return app


def main(which: str, url: str) -> None:
    """Serve until killed."""
    if which == "anew":
        from geo_api.routes import ogc_tiles

        ogc_tiles.KEPT_BYTES = 0
    app = stock_app(url) if which == "stock" else create_app(Settings(database_url=url, access_log=False))
    config = uvicorn.Config(app, loop="uvloop", http="httptools", ws="none", access_log=False, log_level="warning")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
