"""The servers that are measured: ``python -m tests.benchmarks.http_server ours|peer SIDE``; prints its port.

``ours`` is the service as ``gridward serve`` runs it, on a store in memory. ``peer`` is what one would write in an
afternoon with the same framework: a ``def`` route that asks a tree of shapely, a batch of pydantic objects.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import numpy as np
import shapely
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.responses import Response

from geo_api.cli.serve import log_config
from geo_api.main import create_app
from geo_api.services.answers import CellRow, OfficerOnDuty, PlanRef, PublishedTerritory, StationRow
from geo_api.settings import Settings
from gridding import CellLocator
from gridding.types import GeometryArray
from tests.benchmarks.coverages import coverage
from tests.geo_api.fakes import TODAY, FakeStore, county

VERTICES = 120
BUREAU = "990101"


class Place(BaseModel):
    """A point as the peer takes it."""

    lon: float
    lat: float


class Found(BaseModel):
    """A cell as the peer answers it."""

    cell: int | None


def published(cells: GeometryArray, stations: int = 16) -> PublishedTerritory:
    """The cells in so many stations, two officers each."""
    plan, like = PlanRef(1, 1, TODAY), county()
    per_station = -(-len(cells) // stations)
    station = [f"{BUREAU}{i // per_station + 1:03d}" for i in range(len(cells))]
    codes = [f"{s}{i % per_station + 1:03d}" for i, s in enumerate(station)]
    names = {s: f"{s[-3:]}所" for s in station} | {BUREAU: "县局"}
    outlines = {s: [c for c, of in zip(cells, station, strict=True) if of == s] for s in dict.fromkeys(station)}
    return PublishedTerritory(
        on=TODAY,
        read_at=like.read_at,
        revision="1",
        stations=tuple(
            StationRow(s, names[s], BUREAU, shapely.to_wkb(shapely.coverage_union_all(parts)))
            for s, parts in outlines.items()
        ),
        cells=tuple(
            CellRow(code, f"网格{code[-3:]}", s, plan, shapely.to_wkb(cell), 1000.0, 0.0, 400, 1e6)
            for code, s, cell in zip(codes, station, cells, strict=True)
        ),
        officers={
            code: tuple(OfficerOnDuty(f"{code}{i}", "王芳", "科员", role, "", "0712-555-0100", code)
                        for i, role in enumerate(("lead", "deputy")))
            for code in codes
        },
        parents=dict(zip(codes, station, strict=True)) | dict.fromkeys(outlines, BUREAU) | {BUREAU: ""},
        names=names,
    )  # fmt: skip


def our_app(cells: GeometryArray) -> FastAPI:
    """The service with the cells published."""
    store: Any = FakeStore()
    store.published.replacement = published(cells)
    return create_app(Settings(database_url=None), store=store)


def peer_app(cells: GeometryArray) -> FastAPI:
    """The peer with the same cells."""
    app, tree = FastAPI(), shapely.STRtree(cells)

    def find(lon: float, lat: float) -> int | None:
        hits = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return int(hits.min()) if len(hits) else None

    @app.get("/empty")
    async def empty() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/raw_empty")
    async def raw_empty() -> Response:
        return Response(b"{}", media_type="application/json")

    @app.get("/lookup")
    def lookup(lon: float, lat: float) -> Found:
        return Found(cell=find(lon, lat))

    locator = CellLocator(cells).prepare()

    @app.post("/raw")
    async def raw(request: Request) -> Response:
        """The floor of a batch: float64 in, int32 out, our own index, nothing else."""
        lon, lat = np.frombuffer(await request.body()).reshape(2, -1)
        return Response(locator.locate(lon, lat).tobytes(), media_type="application/octet-stream")

    @app.post("/batch")
    def batch(places: list[Place]) -> list[Found]:
        return [Found(cell=find(p.lon, p.lat)) for p in places]

    return app


def main(which: str, side: int) -> None:
    """Serve until killed; the port is the first line of the standard output."""
    cells = coverage(side, VERTICES)
    app = our_app(cells) if which == "ours" else peer_app(cells)
    log: dict[str, Any] = (
        {"log_config": log_config(), "proxy_headers": False} if which == "ours" else {"log_level": "warning"}
    )
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", access_log=False, server_header=False, **log
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
