"""Vector tiles and OGC items over HTTP beside stock tipg, same data, same run. Needs DATABASE_URL; makes its own database.

tipg answers from two places: the view that OGC clients read here, and a plain table of the same cells that are stored in
the projection of the tiles with a spatial index, which is the best that can be done for it. Ours is measured twice:
every tile encoded anew, and kept as the service keeps it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection, RemoteDisconnected

import numpy as np
import psycopg

from geo_api.db.engine import conninfo
from geo_api.services.tile_shapes import web_mercator
from tests.benchmarks.coverages import coverage
from tests.benchmarks.database import scratch
from tests.benchmarks.table import Row, ratio, seconds
from tests.benchmarks.tiles_server import serving
from tests.benchmarks.timing import in_turn
from tests.geo_api.wide_town import publish_cells

VERTICES = 120
SINCE = date(2026, 1, 1)
OURS = "/ogc/collections/cells/tiles/WebMercatorQuad"
STOCK_VIEW = "/collections/gridward_published.cell_versions/tiles/WebMercatorQuad"
STOCK_TABLE = "/collections/bench.cells/tiles/WebMercatorQuad"
TABLE = """
    create schema bench;
    create table bench.cells as
    select id, code, name, station_code, station_name, plan_version, valid_from, valid_to, area_m2,
           st_transform(geom, 3857)::geometry(MultiPolygon, 3857) as geom
    from gridward_published.cell_versions;
    alter table bench.cells add primary key (id);
    create index on bench.cells using gist (geom);
    analyze bench.cells;
    grant usage on schema bench to gw_ogc;
    grant select on bench.cells to gw_ogc;
"""


@dataclass(frozen=True)
class Scale:
    """Cells, zooms, rounds."""

    side: int
    zooms: tuple[int, ...]
    rounds: int = 4


SIZES = {"small": Scale(6, (7, 11), 1), "full": Scale(71, (5, 7, 8, 9, 11, 13), 6)}


def measure(size: str) -> list[Row]:
    """The table of this part; nothing without a database."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        return []
    scale = SIZES[size]
    with scratch(server) as make, ExitStack() as running:
        url = make()
        publish_cells(url, coverage(scale.side, VERTICES), valid_from=SINCE)
        with psycopg.connect(conninfo(url), autocommit=True) as owner:
            owner.execute(TABLE)
            owner.execute("vacuum analyze gridward.cell")
        ours, anew, stock = (running.enter_context(serving(which, url)) for which in ("ours", "anew", "stock"))
        return [*_tiles(ours, anew, stock, scale), *_items(ours, stock, scale)]


def _tiles(ours: int, anew: int, stock: int, scale: Scale) -> list[Row]:
    rows = []
    for z in scale.zooms:
        x, y = _tile(113.05 if scale.side > 10 else 113.01, 30.05 if scale.side > 10 else 30.01, z)
        asked = {
            "kept": _get(ours, f"{OURS}/{z}/{x}/{y}"),
            "anew": _get(anew, f"{OURS}/{z}/{x}/{y}", f"{OURS}/22/0/0"),
            "view": _get(stock, f"{STOCK_VIEW}/{z}/{x}/{y}"),
            "table": _get(stock, f"{STOCK_TABLE}/{z}/{x}/{y}"),
        }
        found = in_turn(scale.rounds, asked)
        assert all(m.answer for m in found.values()), "an empty tile measures nothing"
        took = {name: m.median_s for name, m in found.items()}
        best = min(took["view"], took["table"])
        goal = 7.0 if z <= 7 else 1.4
        peer = f"tipg {seconds(took['table'])} (table), {seconds(took['view'])} (view)"
        sizes = f"{len(found['kept'].answer) / 1e3:,.0f} kB, tipg {len(found['table'].answer) / 1e3:,.0f} kB"
        for name, words in (("anew", "encoded anew"), ("kept", "kept")):
            faster = best / took[name]
            rows.append(
                Row(
                    f"tile of cells, zoom {z}, {words} ({sizes})",
                    seconds(took[name]),
                    peer,
                    f"{ratio(best, took[name])}x faster",
                    f">= {goal:g}x",
                    faster >= goal,
                    {"ours_s": took[name], "tipg_table_s": took["table"], "tipg_view_s": took["view"]},
                )
            )
    return rows


def _items(ours: int, stock: int, scale: Scale) -> list[Row]:
    """Ours is tipg with other queries: what is added must not make it slow."""
    rows = []
    box = "bbox=113.02,30.02,113.03,30.03" if scale.side > 10 else "bbox=113.002,30.002,113.01,30.01"
    for words, query in (("a page of 1,000 cells", "limit=1000"), ("cells of a box of 1 km", f"limit=1000&{box}")):
        asked = {
            "ours": _get(ours, f"/ogc/collections/cells/items?{query}"),
            "stock": _get(stock, f"/collections/gridward_published.cell_versions/items?{query}"),
            "table": _get(stock, f"/collections/bench.cells/items?{query}"),
        }
        took = {name: m.median_s for name, m in in_turn(scale.rounds, asked).items()}
        peer = f"stock tipg {seconds(took['table'])} (table), {seconds(took['stock'])} (view)"
        rows.append(
            Row(f"{words} (ours is tipg, too)", seconds(took["ours"]), peer, ratio(took["ours"], took["stock"]))
        )
    return rows


def _get(port: int, path: str, first: str = "") -> Callable[[], bytes]:
    """Ask for a path over one connection that stays; ``first``: a path asked before, as part of no figure of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def ask() -> bytes:
        for each in filter(None, (first, path)):
            try:
                connection.request("GET", each)
                answer = connection.getresponse()
            except RemoteDisconnected:  # it stayed idle for longer than the server keeps it
                connection.close()
                connection.request("GET", each)
                answer = connection.getresponse()
            body = answer.read()
        assert answer.status in (200, 204), (path, answer.status, body[:300])
        return body

    return ask


def _tile(lon: float, lat: float, z: int) -> tuple[int, int]:
    x, y = web_mercator(np.array([lon]), np.array([lat]))[0] * 2**z
    return int(x), int(y)
