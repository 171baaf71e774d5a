"""What asks during the soak: wrk for speed, a client whose every answer is checked, and one that sends batches."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import orjson

from gridding.types import FloatArray
from tests.benchmarks.http_load import hammer

LUA = """
local paths = {{}}
for line in io.lines("{paths}") do paths[#paths + 1] = wrk.format("GET", line) end
local i = 0
request = function() i = i % #paths + 1; return paths[i] end
done = function(s, l, r)
  io.write(string.format("RESULT %d %d %.3f %.3f %.3f %d\\n", s.requests, s.duration, l:percentile(50), l:percentile(99),
    l.max, s.errors.status + s.errors.timeout + s.errors.read + s.errors.connect))
end
"""


@dataclass(frozen=True)
class Speed:
    """Answers a second, median, 99th percentile and worst latency in seconds, requests that failed."""

    per_second: float
    p50_s: float
    p99_s: float
    worst_s: float
    failed: int


def have_wrk() -> bool:
    """Whether wrk is there; as root it is installed where apt can."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "wrk"]
        subprocess.run(install, capture_output=True, timeout=120, check=False)
    return shutil.which("wrk") is not None


def load(port: int, paths: list[str], *, connections: int, seconds: float) -> Speed:
    """Ask the paths in turn over so many connections, by wrk, else by our own loader."""
    if not have_wrk():
        seen = hammer(port, paths, connections=connections, seconds=seconds)
        p50, p99, worst = (seen.percentile_s(p) for p in (50, 99, 100))
        return Speed(seen.per_second, p50, p99, worst, seen.failed)
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder, "paths"), Path(folder, "load.lua")
        listed.write_text("\n".join(paths) + "\n", encoding="ascii")
        script.write_text(LUA.format(paths=listed), encoding="ascii")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, timeout=seconds + 60, check=True
        )
    found = re.search(r"RESULT (\d+) (\d+) (\S+) (\S+) (\S+) (\d+)", done.stdout)
    assert found, done.stdout
    requests, microseconds, p50, p99, worst, failed = map(float, found.groups())
    return Speed(requests / microseconds * 1e6, p50 / 1e6, p99 / 1e6, worst / 1e6, int(failed))


@dataclass
class Seen:
    """Answers to checked questions: (sent, received, point, cell, lead, plan, age) and what went wrong."""

    rows: list[tuple[float, float, int, str, str, int | None, float | None]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def asking(port: int, points: FloatArray, seen: Seen, *, pause_s: float = 0.01) -> Iterator[None]:
    """Ask for the points in turn all the while, one at a time."""
    stop = threading.Event()

    def run() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        number = 0
        while not stop.wait(pause_s):
            at, number = number % len(points), number + 1
            lon, lat = points[at].tolist()
            sent = time.monotonic()
            try:
                connection.request("GET", f"/v1/lookup?lon={lon!r}&lat={lat!r}&datum=cgcs2000")
                answer = connection.getresponse()
                body = answer.read()
                received = time.monotonic()
                if answer.status != 200:
                    seen.failed.append(f"{answer.status}: {body[:200].decode(errors='replace')}")
                    continue
                seen.rows.append((sent, received, at, *_said(orjson.loads(body))))
            except (OSError, HTTPException, ValueError) as problem:
                seen.failed.append(repr(problem))
                connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)


def _said(body: dict[str, Any]) -> tuple[str, str, int | None, float | None]:
    cell, plan = body["cell"], body["plan"]
    lead = next((o["officer_id"] for o in body["officers"] if o["role"] == "lead"), "")
    return cell["code"] if cell else "", lead, plan["plan_id"] if plan else None, body["snapshot_age_s"]


@dataclass
class Batches:
    """Batches that were answered: (sent, received, codes of the checked points, whether all repeats say the same)."""

    rows: list[tuple[float, float, list[str], bool]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def sending(port: int, points: FloatArray, count: int, batches: Batches) -> Iterator[None]:
    """Send batches of ``count`` points, the checked ones again and again, without pause."""
    stop = threading.Event()
    repeats = -(-count // len(points))
    line = "".join(f"{x!r},{y!r}\n" for x, y in points.tolist())
    body = ("lon,lat\n" + line * repeats).encode()

    def run() -> None:
        while not stop.is_set():
            sent = time.monotonic()
            connection = HTTPConnection("127.0.0.1", port, timeout=120)
            try:
                path = "/v1/lookup/batch?datum=cgcs2000&border=false"
                connection.request("POST", path, body, {"content-type": "text/csv"})
                answer = connection.getresponse()
                text = answer.read()
                received = time.monotonic()
                if answer.status != 200:
                    batches.failed.append(f"{answer.status}: {text[:200].decode(errors='replace')}")
                    continue
                codes = [row.split(b",", 2)[1].decode() for row in text.splitlines()[1:]]
                first = codes[: len(points)]
                batches.rows.append((sent, received, first, codes == first * repeats))
            except (OSError, HTTPException) as problem:
                batches.failed.append(repr(problem))
            finally:
                connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(180)
