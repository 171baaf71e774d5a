"""The service over HTTP on loopback: single points at 16 connections, and batches, beside a plain FastAPI service."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

import orjson
import pyarrow as pa

from gridding.types import FloatArray
from tests.benchmarks.coverages import borders_and_points, coverage
from tests.benchmarks.http_load import Load, hammer
from tests.benchmarks.http_server import VERTICES
from tests.benchmarks.inputs import ROOT
from tests.benchmarks.table import Row, ratio, seconds
from tests.benchmarks.timing import in_turn

CONNECTIONS = 16


@dataclass(frozen=True)
class Scale:
    """Cells, seconds of load a round, points of a batch."""

    side: int
    load_s: float
    batch: int
    rounds: int = 4


SIZES = {"small": Scale(6, 0.1, 2_000), "full": Scale(71, 4.0, 100_000)}


@contextmanager
def serving(which: str, side: int) -> Iterator[int]:
    """A server of :mod:`tests.benchmarks.http_server` in a process of its own; gives its port."""
    command = [sys.executable, "-m", "tests.benchmarks.http_server", which, str(side)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline() or 0)
        assert port, f"the server {which!r} did not start: run {' '.join(command)} to see why"
        _wait_until_ready(port, "/ready" if which == "ours" else "/empty")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def measure(size: str) -> list[Row]:
    """The table of this part."""
    scale = SIZES[size]
    points = borders_and_points(coverage(scale.side, VERTICES), max(scale.batch, 10_000))
    with ExitStack() as running:
        ours, peer = (running.enter_context(serving(which, scale.side)) for which in ("ours", "peer"))
        return [*_single_points(ours, peer, points, scale), *_batches(ours, peer, points[: scale.batch], scale)]


def batches(size: str) -> list[Row]:
    """The rows of batches alone."""
    scale = SIZES[size]
    points = borders_and_points(coverage(scale.side, VERTICES), scale.batch)
    with ExitStack() as running:
        ours, peer = (running.enter_context(serving(which, scale.side)) for which in ("ours", "peer"))
        return _batches(ours, peer, points, scale)


def _single_points(ours: int, peer: int, points: FloatArray, scale: Scale) -> list[Row]:
    places = points[:10_000].tolist()
    asked = {
        "lookup": (ours, [f"/v1/lookup?lon={x!r}&lat={y!r}&datum=wgs84" for x, y in places]),
        "our /health": (ours, ["/health"]),
        "plain FastAPI with shapely": (peer, [f"/lookup?lon={x!r}&lat={y!r}" for x, y in places]),
        "plain FastAPI, empty handler": (peer, ["/empty"]),
    }
    for port, paths in asked.values():
        hammer(port, paths, connections=CONNECTIONS, seconds=scale.load_s / 4)
    loads: dict[str, list[Load]] = {name: [] for name in asked}
    names = list(asked)
    for number in range(scale.rounds):
        for name in names[number % 4 :] + names[: number % 4]:
            port, paths = asked[name]
            loads[name].append(hammer(port, paths, connections=CONNECTIONS, seconds=scale.load_s))
    failed = {name: sum(load.failed for load in rounds) for name, rounds in loads.items()}
    assert not any(failed.values()), f"requests failed: {failed}"
    speed = {name: statistics.median(load.per_second for load in rounds) for name, rounds in loads.items()}
    p50, p99 = (
        {name: statistics.median(load.percentile_s(p) for load in rounds) for name, rounds in loads.items()}
        for p in (50, 99)
    )
    name = f"one point of {scale.side**2:,} cells, {CONNECTIONS} connections"

    def beside(label: str, other: str, goal: str) -> Row:
        share = ratio(speed["lookup"], speed[other])
        return Row(label, f"{speed['lookup']:,.0f}/s", f"{other} {speed[other]:,.0f}/s", share, goal)

    return [
        beside(name, "our /health", ">= .8"),
        beside("the same", "plain FastAPI, empty handler", ""),
        beside("the same", "plain FastAPI with shapely", ""),
        Row("p50", seconds(p50["lookup"]), f"plain FastAPI with shapely {seconds(p50['plain FastAPI with shapely'])}"),
        Row(
            "p99",
            seconds(p99["lookup"]),
            f"plain FastAPI with shapely {seconds(p99['plain FastAPI with shapely'])}",
            "",
            "<= 10 ms",
        ),
    ]


def _batches(ours: int, peer: int, points: FloatArray, scale: Scale) -> list[Row]:
    lon, lat = points.T.tolist()
    columns = orjson.dumps({"datum": "wgs84", "lon": lon, "lat": lat})
    csv = "lon,lat\n" + "".join(f"{x!r},{y!r}\n" for x, y in zip(lon, lat, strict=True))
    objects = orjson.dumps([{"lon": x, "lat": y} for x, y in zip(lon, lat, strict=True)])
    json, text, stream = "application/json", "text/csv", "application/vnd.apache.arrow.stream"
    table, sink = pa.table({"lon": points[:, 0], "lat": points[:, 1]}), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    arrow, raw = sink.getvalue().to_pybytes(), points.T.tobytes()
    work = {
        "cells": lambda: _post(ours, "/v1/lookup/batch?border=false", columns, json),
        "border": lambda: _post(ours, "/v1/lookup/batch", columns, json),
        "csv": lambda: _post(ours, "/v1/lookup/batch?datum=wgs84&border=false", csv.encode(), text),
        "csv border": lambda: _post(ours, "/v1/lookup/batch?datum=wgs84", csv.encode(), text),
        "arrow": lambda: _post(ours, "/v1/lookup/batch?datum=wgs84&border=false", arrow, stream),
        "arrow border": lambda: _post(ours, "/v1/lookup/batch?datum=wgs84", arrow, stream),
        "raw": lambda: _post(peer, "/raw", raw, "application/octet-stream"),
        "objects": lambda: _post(peer, "/batch", objects, json),
    }
    found = in_turn(scale.rounds, work)
    took = {name: m.median_s for name, m in found.items()}
    rows = len(orjson.loads(found["cells"].answer)["status"])
    assert rows == len(orjson.loads(found["objects"].answer)) == len(points)

    def beside(label: str, name: str, limit_s: float | None = None) -> Row:
        goal, met = ("", None) if limit_s is None else (f"<= {1e3 * limit_s:g} ms", took[name] <= limit_s)
        figures = {f"batch_s ({name})": took[name]}
        return Row(label, seconds(took[name]), f"pydantic objects {seconds(took['objects'])}",
                   ratio(took[name], took["objects"]), goal, met, figures)  # fmt: skip

    return [
        beside(f"{len(points):,} points in one call, JSON columns, cells alone", "cells", 0.060),
        beside("the same with border and the cell beyond", "border"),
        beside("the same as CSV, cells alone", "csv", 0.020),
        beside("the same as CSV with border", "csv border"),
        Row(
            "the same as Arrow, cells alone",
            seconds(took["arrow"]),
            f"raw float body {seconds(took['raw'])}",
            ratio(took["arrow"], took["raw"]),
            "<= 1.3x",
            took["arrow"] <= 1.3 * took["raw"],
            {"batch_by_raw (arrow)": took["arrow"] / took["raw"]},
        ),
        beside("the same as Arrow with border", "arrow border"),
    ]


def _post(port: int, path: str, body: bytes, kind: str) -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body, {"content-type": kind})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, content[:300]
    return content


def _wait_until_ready(port: int, path: str, within_s: float = 60.0) -> None:
    """The socket listens before the service answers: one patient request is enough."""
    end = time.monotonic() + within_s
    connection = HTTPConnection("127.0.0.1", port, timeout=within_s)
    while True:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            break
        assert time.monotonic() < end, f"the server does not become ready: {answer.status}"
    connection.close()
