"""Minutes of load while everything changes: ``python -m tests.benchmarks soak``.

wrk asks over 16 connections; meanwhile plans are published, officers change and the database is stopped and started again
(a cluster of its own). Another client checks every answer against what PostGIS said was true then. In a second part
batches of 100,000 points arrive without pause. An empty handler of the bare framework is measured before and after, because
no service can be calmer than the machine.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from geo_api.db import open_store
from tests.benchmarks.coverages import borders_and_points, coverage
from tests.benchmarks.http import CONNECTIONS, _wait_until_ready, serving
from tests.benchmarks.http_server import VERTICES
from tests.benchmarks.inputs import ROOT
from tests.benchmarks.soak_load import Batches, Seen, Speed, asking, load, sending
from tests.benchmarks.soak_world import Cluster, Truth, World, private_cluster
from tests.benchmarks.table import Row, ratio, seconds

POLL_S = 2.0
FRESH_S = POLL_S + 3.0
"""A change must be answered within this time after its commit, or after the database is back."""


@dataclass(frozen=True)
class Scale:
    """Cells, seconds of load without and with batches, points of a batch, seconds between changes, checked points."""

    side: int
    load_s: float
    batch_load_s: float
    batch: int
    change_s: float
    away_s: float = 8.0
    checked: int = 250


SIZES = {
    "small": Scale(6, 4, 2, 2_000, 0.5, 1.0, 50),
    "full": Scale(71, float(os.environ.get("SOAK_S", "300")), 60, 100_000, 12.0),
}


@contextmanager
def service(url: str) -> Iterator[int]:
    """``gridward serve`` on a free port, as an operator starts it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    run = f"from geo_api.cli.main import run; run(['serve', '--port', '{port}'])"
    environment = {**os.environ, "DATABASE_URL": url, "GRIDWARD_POLL_S": str(POLL_S), "GRIDWARD_OGC": "false"}
    process = subprocess.Popen([sys.executable, "-c", run], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        _wait_until_ready(port, "/ready")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port: int, within_s: float = 90.0) -> None:
    end = time.monotonic() + within_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < end, "the service does not start"
            time.sleep(0.2)


@contextmanager
def changing(steps: list[Callable[[], None]], every_s: float, trouble: list[str]) -> Iterator[None]:
    """Take the steps in turn, one every so many seconds."""
    stop = threading.Event()

    def run() -> None:
        number = 0
        while not stop.wait(every_s):
            try:
                steps[number % len(steps)]()
            except Exception as problem:
                trouble.append(repr(problem))
            number += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(120)


def measure(size: str) -> list[Row]:
    """The table of this part."""
    from geo_api.settings import Settings

    scale, today = SIZES[size], Settings().today()
    cells = coverage(scale.side, VERTICES if size != "small" else 20)
    points = borders_and_points(cells, 4096)
    checked = borders_and_points(cells, scale.checked, seed=11)
    away: list[tuple[float, float]] = []
    trouble: list[str] = []
    seen, batches = Seen(), Batches()
    paths = [f"/v1/lookup?lon={x!r}&lat={y!r}&datum=cgcs2000" for x, y in points.tolist()]
    with ExitStack() as open_:
        cluster = open_.enter_context(private_cluster())
        store = open_.enter_context(open_store(cluster.url))
        world = World(cluster.url, store, cells, checked, today)
        bare = open_.enter_context(serving("peer", 2))
        port = open_.enter_context(service(cluster.url))

        def restart() -> None:
            _restart(cluster, scale.away_s, away)

        def calm() -> Speed:
            return load(bare, ["/empty"], connections=CONNECTIONS, seconds=min(10.0, scale.load_s))

        load(port, paths, connections=CONNECTIONS, seconds=1)
        before = calm()
        steps = [world.publish, world.reassign, world.reassign]
        with asking(port, checked, seen):
            with changing([*steps, restart], scale.change_s, trouble):
                alone = load(port, paths, connections=CONNECTIONS, seconds=scale.load_s)
            with sending(port, checked, scale.batch, batches), changing(steps, scale.change_s, trouble):
                beside = load(port, paths, connections=CONNECTIONS, seconds=scale.batch_load_s)
        after = calm()
        memory = _resident_mb(port)
    wrong, late, latest_s = wrong_answers(world.history, seen, away)
    wrong_batches = [b for b in batches.rows if not b[3] or not _batch_is_right(world.history, b, away)]
    return _rows(scale, alone, beside, (before, after), seen, batches, wrong, len(wrong_batches), away, trouble, memory,
                 len(world.history), (late, latest_s), old_answers(world.history, seen, away))  # fmt: skip


def _restart(cluster: Cluster, away_s: float, away: list[tuple[float, float]]) -> None:
    begun = time.monotonic()
    cluster.run("stop")
    time.sleep(away_s)
    cluster.run("start")
    away.append((begun, time.monotonic()))


def allowed(history: list[Truth], sent: float, received: float, away: list[tuple[float, float]]) -> list[Truth]:
    """What may be answered to a question: whatever was true while it was asked, or until lately.

    While the database is away nothing newer can be known; a change counts from when the database is back.
    """
    fits = []
    for number, truth in enumerate(history):
        if truth.begun > received:
            break
        following = history[number + 1].done if number + 1 < len(history) else float("inf")
        known = following + FRESH_S
        for gone, back in away:
            if gone <= following + FRESH_S and following <= back:
                known = max(known, back + FRESH_S)
        if sent <= known:
            fits.append(truth)
    return fits


def wrong_answers(history: list[Truth], seen: Seen, away: list[tuple[float, float]]) -> tuple[list[str], int, float]:
    """Answers that were right at no time until then; how many were right before but later than allowed, and by how much.

    Seconds count from the commit of the change, or from when the database was back.
    """
    wrong, late, latest_s = [], 0, 0.0
    for sent, received, at, cell, lead, plan, _age in seen.rows:

        def fits(truth: Truth, at: int = at, cell: str = cell, lead: str = lead, plan: int | None = plan) -> bool:
            same_duty = plan == truth.plan_id and lead == truth.leads.get(cell, "")
            return cell == truth.cells[at] and (not cell or same_duty)

        if any(fits(t) for t in allowed(history, sent, received, away)):
            continue
        before = [n for n, t in enumerate(history) if t.begun <= received and fits(t)]
        if not before:
            wrong.append(f"point {at}: {cell} {lead} plan {plan} at {sent:.2f}")
            continue
        late += 1
        ended = history[before[-1] + 1].done
        latest_s = max(latest_s, sent - max([ended, *(back for gone, back in away if gone <= sent and back >= ended)]))
    return wrong, late, latest_s


def old_answers(history: list[Truth], seen: Seen, away: list[tuple[float, float]]) -> tuple[float, float]:
    """How long after a publication an answer still came from the plan before, and how long without saying its age, s.

    Counted from the commit, or from when the database was back; answers while it was away do not count.
    """
    longest_s = silent_s = 0.0
    for sent, _received, _at, _cell, _lead, plan, age in seen.rows:
        if plan is None or any(gone <= sent <= back for gone, back in away):
            continue
        due = next((t.done for t in history if t.plan_id > plan), float("inf"))
        after_s = sent - max([due, *(back for _, back in away if due <= back <= sent)])
        longest_s = max(longest_s, after_s)
        if age is None:
            silent_s = max(silent_s, after_s)
    return longest_s, silent_s


def _batch_is_right(history: list[Truth], row: tuple[float, float, list[str], bool], away: list[tuple[float, float]]) -> bool:  # fmt: skip
    return any(row[2] == t.cells for t in allowed(history, row[0], row[1], away))


def _resident_mb(port: int) -> float:
    """Memory of the service and its batch processes that the kernel counts as resident, MiB."""
    import psutil

    own = next(c.pid for c in psutil.net_connections("tcp") if c.laddr.port == port and c.status == "LISTEN")
    family = [psutil.Process(own), *psutil.Process(own).children(recursive=True)]
    return float(sum(p.memory_info().rss for p in family) / 2**20)


def _rows(
    scale: Scale, alone: Speed, beside: Speed, calm: tuple[Speed, Speed], seen: Seen, batches: Batches, wrong: list[str],
    wrong_batches: int, away: list[tuple[float, float]], trouble: list[str], memory: float, changes: int,
    late: tuple[int, float], old: tuple[float, float],
) -> list[Row]:  # fmt: skip
    empty = max(s.p99_s for s in calm)
    rate = sum(s.per_second for s in calm) / 2
    failed = alone.failed + beside.failed + len(seen.failed)
    stale = sum(age is not None for *_, age in seen.rows)
    for line in (*wrong[:5], *seen.failed[:5], *batches.failed[:5], *trouble[:5]):
        print("  !", line, flush=True)
    where = f"{scale.side**2:,} cells, {CONNECTIONS} connections, {scale.load_s:.0f} s"
    handler = f"empty handler, nothing changing, worse of before and after: {seconds(empty)}"
    return [
        Row(f"{where}: answers a second", f"{alone.per_second:,.0f}/s", f"empty handler {rate:,.0f}/s",
            ratio(alone.per_second, rate), ">= .8", alone.per_second >= 0.8 * rate),
        Row("p50", seconds(alone.p50_s)),
        Row("p99", seconds(alone.p99_s), handler, ratio(alone.p99_s, empty), "<= 10 ms", alone.p99_s <= 0.010),
        Row("worst", seconds(alone.worst_s)),
        Row(f"p99 while {scale.batch:,}-point batches arrive, {scale.batch_load_s:.0f} s", seconds(beside.p99_s), handler,
            ratio(beside.p99_s, empty), "<= 50 ms", beside.p99_s <= 0.050),
        Row("batches answered, wrong, failed", f"{len(batches.rows)}, {wrong_batches}, {len(batches.failed)}", "", "",
            "0 wrong, 0 failed", not wrong_batches and not batches.failed),
        Row("questions that failed, of all", f"{failed} of {(alone.per_second * scale.load_s + len(seen.rows)):,.0f}", "",
            "", "0", failed == 0),
        Row("checked answers, wrong ones", f"{len(seen.rows):,}, {len(wrong)}", "", "", "0 wrong", not wrong),
        Row(f"answers right before, given later than {FRESH_S:.0f} s after the change, the longest time",
            f"{late[0]}, {late[1]:.1f} s", "", "", "0", late[0] == 0),
        Row("longest time that the plan before was answered after a publication, and without saying an age",
            f"{old[0]:.1f} s, {old[1]:.1f} s", "", "", f"<= {FRESH_S:.0f} s", old[0] <= FRESH_S),
        Row("changes, restarts of the database", f"{changes}, {len(away)}", "", "", "", None),
        Row("answers that said how old they were", f"{stale:,}"),
        Row("resident memory of the service with its batch process", f"{memory:.0f} MiB"),
    ]  # fmt: skip


if __name__ == "__main__":
    from tests.benchmarks.table import markdown

    print(markdown("Minutes of load while everything changes", measure(sys.argv[1] if len(sys.argv) > 1 else "full")))
