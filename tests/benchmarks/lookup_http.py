"""One point over HTTP at 16 connections: the service beside tipg, represent-boundaries, MapIt and an empty handler.

Every server answers the same points first, some of them on borders, and its answers are compared with shapely's; only
then it is timed. The server is pinned to the first processor and the load to the second, PostgreSQL runs where it likes.
"""

from __future__ import annotations

import os
import statistics
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson
import pandas as pd
import psycopg
import shapely

from geo_api.db.copy import copy_frame
from geo_api.db.engine import conninfo
from gridding.types import FloatArray, GeometryArray
from tests.benchmarks import django_peers, tiles_server
from tests.benchmarks.coverages import borders_and_points, coverage, edges
from tests.benchmarks.django_peers import NotThere
from tests.benchmarks.http import serving
from tests.benchmarks.http_server import VERTICES
from tests.benchmarks.soak_load import Speed, load
from tests.benchmarks.table import Row, ratio, seconds
from tests.geo_api.conftest import on_server

CONNECTIONS = 16
STATIONS = 16
"""Of :func:`tests.benchmarks.http_server.published`."""
EMPTY = "empty handler"
TIPG_TABLE = """
    create extension if not exists postgis;
    create schema bench;
    create table bench.cells (id integer primary key, name text, geom geometry(Polygon, 4326));
"""
TIPG = "/collections/bench.cells/items?limit=10&geom-column=none&filter-lang=cql2-text&filter="


@dataclass(frozen=True)
class Scale:
    """Cells, seconds of load a round, points checked (a fifth of them corners of cells), whether peers are installed."""

    side: int
    load_s: float
    checked: int
    rounds: int
    install: bool


SIZES = {"small": Scale(6, 0.2, 40, 1, install=False), "full": Scale(71, 4.0, 300, 4, install=True)}


@dataclass(frozen=True)
class Asked:
    """A server: its port, the path of a point, the cells (by number) that an answer names."""

    port: int
    path: Callable[[float, float], str]
    cells: Callable[[Any], set[int]] | None = None


def measure(size: str) -> list[Row]:
    """The rows of single points; peers that need PostGIS are left out where DATABASE_URL is not set."""
    scale = SIZES[size]
    cells = coverage(scale.side, VERTICES)
    with ExitStack() as running:
        asked, absent = _started(cells, scale, running)
        points = borders_and_points(cells, 10_000)
        checked = _checked_points(cells, points, scale.checked)
        differing = {name: _differing(each, checked, cells) for name, each in asked.items() if each.cells}
        speeds = _timed(asked, points, scale)
    return [_answers(differing, len(checked)), *_rows(speeds, absent, scale.side**2)]


def _started(cells: GeometryArray, scale: Scale, running: ExitStack) -> tuple[dict[str, Asked], dict[str, str]]:
    """The servers that run, and why others do not."""
    asked: dict[str, Asked] = {}
    absent: dict[str, str] = {}
    with pinned(0):
        ours = running.enter_context(serving("ours", scale.side))
        plain = running.enter_context(serving("peer", scale.side))
    asked["ours"] = Asked(
        ours, lambda x, y: f"/v1/lookup?lon={x!r}&lat={y!r}&datum=wgs84", partial(_our_cell, count=len(cells))
    )
    asked[EMPTY] = Asked(plain, lambda _x, _y: "/empty")
    server = os.environ.get("DATABASE_URL", "")
    if not server:
        why = "DATABASE_URL is not set"
        return asked, dict.fromkeys(("tipg", *(p.name for p in django_peers.PEERS)), why)
    folder = Path(running.enter_context(TemporaryDirectory()))
    make = running.enter_context(_databases(server))
    with pinned(0):
        asked["tipg"] = Asked(running.enter_context(_tipg(make(), cells)), _tipg_path, _tipg_cells)
        for peer in django_peers.PEERS:
            try:
                port = running.enter_context(
                    django_peers.serving(peer, make(), cells, folder / peer.environment, install=scale.install)
                )
                _get(port, peer.path(0.0, 0.0))
                asked[peer.name] = Asked(port, peer.path, peer.cells)
            except (NotThere, OSError, HTTPException) as problem:
                absent[peer.name] = str(problem)
    return asked, absent


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """What is started here runs on one processor; where there is one alone, anywhere."""
    before = os.sched_getaffinity(0)
    chosen = sorted(before)[core : core + 1]
    try:
        os.sched_setaffinity(0, chosen or before)
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _databases(server: str) -> Iterator[Callable[[], str]]:
    """Call it for the URL of an empty database; all are dropped at the end."""
    made: list[str] = []
    with psycopg.connect(conninfo(server), autocommit=True) as admin:

        def make() -> str:
            made.append(f"gridward_bench_{uuid.uuid4().hex[:12]}")
            admin.execute(f"create database {made[-1]} template template0 encoding 'UTF8' locale 'C.UTF-8'")  # type: ignore[arg-type]
            return on_server(server, made[-1])

        try:
            yield make
        finally:
            for name in made:
                admin.execute(f"drop database if exists {name} with (force)")  # type: ignore[arg-type]


@contextmanager
def _tipg(url: str, cells: GeometryArray) -> Iterator[int]:
    """Stock tipg over a table of the cells with a spatial index."""
    with psycopg.connect(conninfo(url)) as connection:
        connection.execute(TIPG_TABLE)
        number = np.arange(len(cells))
        copy_frame(
            connection,
            "bench.cells",
            pd.DataFrame({"id": number, "name": [f"cell {n}" for n in number], "geom": cells}),
        )
        connection.execute("create index on bench.cells using gist (geom)")
        connection.execute("analyze bench.cells")
    with tiles_server.serving("stock", url) as port:
        yield port


def _tipg_path(x: float, y: float) -> str:
    return f"{TIPG}S_INTERSECTS(geom,POINT({x!r}%20{y!r}))"


def _tipg_cells(answer: Any) -> set[int]:
    return {int(each["properties"].get("id", each.get("id"))) for each in answer["features"]}


def _our_cell(answer: Any, count: int) -> set[int]:
    """The number of the cell that ours names by its code: station, then number within the station."""
    if answer["cell"] is None:
        return set()
    code = answer["cell"]["code"]
    return {(int(code[-6:-3]) - 1) * -(-count // STATIONS) + int(code[-3:]) - 1}


def _checked_points(cells: GeometryArray, points: FloatArray, count: int) -> FloatArray:
    """(count, 2): points anywhere and near borders, and a fifth of them corners of borders themselves."""
    corners = edges(cells)[0]
    chosen = np.random.default_rng(3).choice(len(corners), count // 5, replace=False)
    return np.concatenate([points[: count - len(chosen)], corners[chosen]])


def _differing(asked: Asked, points: FloatArray, cells: GeometryArray) -> tuple[int, int]:
    """How many answers are wrong, and how many of them say "nowhere" for a point that is in a cell.

    By the border rule one cell is right, the lowest of those that cover the point; a peer that names all of them is taken
    as right as well.
    """
    assert asked.cells is not None
    row, cell = shapely.STRtree(cells).query(shapely.points(points), predicate="intersects")
    covering: list[set[int]] = [set() for _ in points]
    for r, c in zip(row.tolist(), cell.tolist(), strict=True):
        covering[r].add(c)
    wrong = nowhere = 0
    for (x, y), right in zip(points.tolist(), covering, strict=True):
        said = asked.cells(orjson.loads(_get(asked.port, asked.path(x, y))))
        good = said in (right, {min(right)}) if right else not said
        wrong += not good
        nowhere += not good and not said
    return wrong, nowhere


def _timed(asked: dict[str, Asked], points: FloatArray, scale: Scale) -> dict[str, list[Speed]]:
    places = points[:4_000].tolist()
    paths = {name: [each.path(x, y) for x, y in places] for name, each in asked.items()}
    speeds: dict[str, list[Speed]] = {name: [] for name in asked}
    names = list(asked)
    with pinned(1):
        for name in names:
            load(asked[name].port, paths[name], connections=CONNECTIONS, seconds=scale.load_s / 4)
        for number in range(scale.rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                seen = load(asked[name].port, paths[name], connections=CONNECTIONS, seconds=scale.load_s)
                speeds[name].append(seen)
    failed = {name: sum(each.failed for each in seen) for name, seen in speeds.items()}
    assert not failed["ours"], f"requests failed: {failed}"
    return speeds


def _answers(differing: dict[str, tuple[int, int]], count: int) -> Row:
    others = (f"{name} {wrong} ({nowhere} nowhere)" for name, (wrong, nowhere) in differing.items() if name != "ours")
    wrong = differing["ours"][0]
    what = f"answers of {count} points that differ from shapely's, {count // 5} of them corners of borders"
    return Row(what, f"{wrong}", "; ".join(others), "", "0", wrong == 0, {"wrong": wrong})


def _rows(speeds: dict[str, list[Speed]], absent: dict[str, str], cells: int) -> list[Row]:
    speed = {name: statistics.median(each.per_second for each in seen) for name, seen in speeds.items()}
    p50, p99 = (
        {name: statistics.median(value(each) for each in seen) for name, seen in speeds.items()}
        for value in (lambda s: s.p50_s, lambda s: s.p99_s)
    )
    rows = []
    what = f"one point of {cells:,} cells, {CONNECTIONS} connections"
    for name, goal in (("tipg", 10.0), ("represent-boundaries", 11.0), ("MapIt", 25.0), (EMPTY, 0.8)):
        if name in absent:
            rows.append(Row(what, f"{speed['ours']:,.0f}/s", f"{name} not run: {absent[name]}", "", f">= {goal:g}x"))
            continue
        times = _ratio_of_rounds(speeds["ours"], speeds[name])
        figures = {f"per_second_by_{name.split('-')[0].replace(' ', '_')}": times, "per_second": speed["ours"]}
        rows.append(
            Row(
                what,
                f"{speed['ours']:,.0f}/s",
                f"{name} {speed[name]:,.0f}/s (p99 {seconds(p99[name])})",
                f"{ratio(times, 1)}x",
                f">= {goal:g}x",
                times >= goal,
                figures,
            )
        )
    best = min((name for name in speeds if name not in ("ours", EMPTY)), key=p99.__getitem__, default="")
    peer = f"{best} {seconds(p99[best])}" if best else ""
    rows.append(Row("p50", seconds(p50["ours"]), f"{EMPTY} {seconds(p50[EMPTY])}", figures={"p50_s": p50["ours"]}))
    met = p99["ours"] <= 0.010
    rows.append(Row("p99", seconds(p99["ours"]), peer, "", "<= 10 ms", met, {"p99_s": p99["ours"]}))
    return rows


def _ratio_of_rounds(ours: Sequence[Speed], theirs: Sequence[Speed]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True))


def _get(port: int, path: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise HTTPException(f"{path} gave {answer.status}: {body[:200].decode(errors='replace')}")
    return body
