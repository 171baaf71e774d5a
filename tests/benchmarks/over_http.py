"""All of supervision over HTTP alone, in a database that holds a city: ``python -m tests.benchmarks.over_http``.

``DATABASE_URL`` names the database; it is written into. Keys are made for each role, the service is started on loopback, and
everything that its people do in a month is asked of it: each answer is looked through and compared with what the command answers.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import httpx

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.keys import create_key
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.walk import figures, officers, plans, register, rules, tasks, visits
from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.server import serving
from tests.benchmarks.walk.world import World, look_around

PARTS: tuple[tuple[str, Callable[[Walk, World], None]], ...] = (
    ("1 profile", rules.profile),
    ("1 workload", rules.workload),
    ("1 sampling", rules.sampling),
    ("2 daily changes", register.daily_changes),
    ("2 claims", register.claims),
    ("2 unlicensed", register.unlicensed),
    ("2 duplicates", register.duplicates),
    ("3 posts and leave", officers.posts),
    ("3 parts of cells", officers.parts),
    ("3 proposals, groups", officers.proposals),
    ("4 handheld", visits.handheld),
    ("4 due", visits.due),
    ("4 classes", visits.classes),
    ("4 rounds", visits.rounds),
    ("5 a case", tasks.case),
    ("5 enforcement", tasks.handed_over),
    ("5 referral", tasks.referred),
    ("5 many", tasks.many),
    ("6 coverage", figures.coverage),
    ("6 gaps", figures.gaps),
    ("6 intervals", figures.intervals),
    ("7 ledgers", figures.ledgers),
    ("8 scores", figures.scores),
    ("8 reports", figures.reports),
    ("9 departments", officers.departments),
    ("plan of a station", plans.redraw),
)
"""By the numbers of what supervision is to do."""

PEOPLE = {
    "admin": ("admin", "bureau"),
    "approver": ("approver", "bureau"),
    "system": ("system", "bureau"),
    "planner": ("planner", "station"),
    "officer": ("officer", "station"),
    "officer2": ("officer", "station"),
    "enforcer": ("officer", "station"),
    "elsewhere": ("officer", "other station"),
    "planner2": ("planner", "other station"),
}
"""Who asks: their role, and what they are bound to."""


def walk_through(
    client: httpx.Client,
    store: Store,
    bureau: str,
    today: date,
    *,
    parts: Sequence[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> Walk:
    """Everything once; the walk with its book.

    Args:
        client: of the service.
        store: of the same database, for making keys.
        bureau: its code.
        today: of the deployment.
        parts: only parts whose name begins so; none = all.
        tell: told each question.
    """

    def key(name: str, where: str) -> str:
        return create_key(
            store.keys, name=f"walk {name}", role=PEOPLE[name][0], jurisdiction=where, created_by="walk"
        ).key

    walk = Walk(client, {"admin": key("admin", bureau)}, tell)
    world = look_around(walk, bureau, today)
    places = {"bureau": bureau, "station": world.station, "other station": world.other_station}
    walk.keys |= {name: key(name, places[where]) for name, (_, where) in PEOPLE.items() if name != "admin"}
    for name, do in PARTS:
        if not parts or any(name.startswith(p) for p in parts):
            with walk.part(name):
                do(walk, world)
    return walk


def measure(size: str, parts: Sequence[str] = ()) -> list[Row]:
    """The table of this part; empty where DATABASE_URL is not set. ``size`` changes nothing: the database says how much."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return []
    with tempfile.TemporaryDirectory() as folder, open_store(url) as store:
        with store.database.connection() as connection:
            rows = connection.execute(
                "select bureau_code, timezone from gridward.profile where recorded_to is null order by 1 limit 1"
            ).fetchall()
        ((bureau, zone),) = rows
        with (
            serving(url, Path(folder) / "service.log", GRIDWARD_TIMEZONE=zone) as server,
            httpx.Client(base_url=server.address, timeout=600) as client,
        ):
            today = date.fromisoformat(client.get("/ready").json()["on"])
            walk = walk_through(client, store, bureau, today, parts=parts, tell=_tell)
            faults = [*walk.faults, *(f"traceback in the log: {last}" for last in server.tracebacks())]
    for fault in faults:
        print("  !", fault, flush=True)
    rows = [Row(f"{a.question} ({a.by})", f"{a.status}, {seconds(a.seconds)}, {a.size:,} bytes") for a in walk.asked]
    whole = f"{len(walk.asked)} questions, {sum(a.seconds for a in walk.asked):.1f} s"
    return [*rows, Row("all questions, faults", f"{whole}, {len(faults)} faults", "", "", "0 faults", not faults)]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    from tests.benchmarks.table import markdown

    print(markdown("Supervision over HTTP on loopback", measure("full", sys.argv[1:])))
