"""PostGIS: rows in by COPY, a load of the sample, coverage, lookups by SQL. Needs DATABASE_URL; makes its own database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from geo_api.db import open_store
from geo_api.db.engine import conninfo
from geo_api.db.migrate import migrate
from geo_api.db.store import Store
from geo_api.services.answers import Caller
from geo_api.services.first_plans import People, first_plans
from geo_api.services.gaps import find_gaps
from geo_api.services.load import load
from layers import read_dataset
from tests.benchmarks.copies import into_tables
from tests.benchmarks.inputs import SAMPLE
from tests.benchmarks.table import Row, rate, ratio, seconds
from tests.benchmarks.timing import Measured, in_turn
from tests.geo_api.conftest import on_server

DAY = date(2025, 11, 1)
TODAY = date(2026, 9, 1)
"""A day after the last visits of the sample."""


@dataclass(frozen=True)
class Scale:
    """Points for SQL, and whether the sample is loaded, too."""

    points: int
    sample: bool
    rounds: int = 4


SIZES = {"small": Scale(0, False), "full": Scale(20_000, True)}


@contextmanager
def scratch(server: str) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a migrated database of its own; all are dropped at the end."""
    made: list[str] = []
    prefix = f"gridward_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(conninfo(server), autocommit=True) as admin:

        def make() -> str:
            name = f"{prefix}_{len(made)}"
            if made:
                admin.execute(f"create database {name} template {made[0]}")
            else:
                admin.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
            made.append(name)
            if len(made) == 1:
                migrate(on_server(server, name))
            return on_server(server, name)

        try:
            make()  # the template: migrated once, never written to
            yield make
        finally:
            for name in made:
                admin.execute(f"drop database if exists {name} with (force)")


def copies(size: str) -> list[Row]:
    """The rows of COPY alone; empty where DATABASE_URL is not set."""
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        return []
    with scratch(server) as make:
        return into_tables(make(), size)


def measure(size: str) -> list[Row]:
    """The table of this part; empty where DATABASE_URL is not set."""
    server, scale = os.environ.get("DATABASE_URL", ""), SIZES[size]
    if not server:
        return []
    with scratch(server) as make:
        rows = into_tables(make(), size)
        if scale.sample:
            rows += _sample(make, scale)
    return rows


def _sample(make: Callable[[], str], scale: Scale) -> list[Row]:
    dataset = read_dataset(SAMPLE)
    bureau = dataset.bureau["code"]
    people = People(*(Caller(name, "admin") for name in ("one", "two", "three")))
    with ExitStack() as opened:
        stores = [opened.enter_context(open_store(make())) for _ in range(scale.rounds)]
        store, fresh = stores[0], iter(stores)
        loaded = in_turn(scale.rounds, {"load": lambda: load(dataset, next(fresh).register, today=DAY)}, warm_up=False)
        again = in_turn(scale.rounds, {"load": lambda: load(dataset, store.register, today=DAY)})
        stations = sorted(dataset.jurisdictions.query("level > 1").code)
        planned = in_turn(
            1,
            {"plans": lambda: first_plans(store, stations, people, valid_from=DAY, reason="benchmark")},
            warm_up=False,
        )
        gaps = in_turn(scale.rounds, {"gaps": lambda: find_gaps(store.coverage, bureau, TODAY, caller=people.planner)})[
            "gaps"
        ]
        read = in_turn(scale.rounds, {"territory": lambda: store.published.territory(TODAY)})["territory"]
        entities = f"{len(dataset.entities):,} entities, {len(dataset.inspections):,} visits"
        return [
            Row(f"load of the sample: {entities}", seconds(loaded["load"].median_s)),
            Row("the same again, nothing changed", seconds(again["load"].median_s)),
            Row(f"{len(stations)} plans built, checked, published (once)", seconds(planned["plans"].median_s)),
            Row(f"coverage of the bureau, {len(gaps.answer.findings):,} findings", seconds(gaps.median_s)),
            Row("published territory read for the service's memory", seconds(read.median_s)),
            *_located(store, dataset.jurisdictions.total_bounds, scale),
        ]


JOIN = """
    select p.n, c.code from unnest(%s::float8[], %s::float8[]) with ordinality as p (lon, lat, n)
    left join cell c on st_covers(c.geom, st_setsrid(st_makepoint(p.lon, p.lat), 4490))
"""


def _located(store: Store, bounds: np.ndarray, scale: Scale) -> list[Row]:
    """Points to cells by the SQL of the border rule, beside a plain spatial join (there is one plan a station)."""
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(bounds[:2], bounds[2:], (scale.points, 2)).T.tolist()

    def joined() -> list[Any]:
        with store.database.connection() as connection:
            return connection.execute(JOIN, (lon, lat)).fetchall()

    work: dict[str, Callable[[], Any]] = {"ours": lambda: store.published.locate_many(lon, lat, TODAY), "join": joined}
    took: dict[str, Measured] = in_turn(scale.rounds, work)
    mine, peer = took["ours"].median_s, took["join"].median_s
    what = f"{scale.points:,} points by SQL (border rule, dated)"
    return [
        Row(
            what,
            rate(scale.points, mine),
            f"st_covers join {rate(scale.points, peer)}",
            ratio(peer, mine) + "x as fast",
        )
    ]
