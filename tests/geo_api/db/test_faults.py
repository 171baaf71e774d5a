"""Killed in the middle of an import, a draft or a publication: nothing half done, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import psycopg
import pytest

from geo_api.db.engine import conninfo
from geo_api.db.store import Store
from geo_api.errors import StoreUnavailable
from geo_api.services.build_plan import build_plan
from geo_api.services.load import load
from geo_api.services.plan_transitions import approve_plan, publish_plan, submit_plan
from tests.geo_api.life import ADMIN, APPROVER, OPERATOR
from tests.geo_api.town import LOADED, TODAY, WEST, Town

pytestmark = pytest.mark.db

ROOT = Path(__file__).parents[3]
LOAD = """
import sys
from geo_api.db import open_store
from geo_api.services.load import load
from tests.geo_api.town import LOADED, make_town
with open_store(sys.argv[1]) as store:
    load(make_town(), store.register, today=LOADED)
"""


def counts(store: Store) -> dict[str, int]:
    tables = [
        "import_run",
        "event",
        "entity",
        "entity_identity",
        "boundary_line",
        "inspection",
        "plan",
        "cell",
        "block",
    ]
    with store.database.connection() as connection:
        return {t: connection.execute(f"select count(*) from {t}").fetchone()[0] for t in tables}  # type: ignore[index,arg-type]


class Stopper:
    """Holds a lock on a table until ``act`` has been done to whoever waits for it: a kill at a known moment."""

    def __init__(self, store: Store, table: str) -> None:
        self.holder = store.database.dedicated()
        self.holder.autocommit = False
        self.holder.execute(f"lock table gridward.{table} in access exclusive mode")  # type: ignore[arg-type]

    def wait_for_backend(self, server_url: str, database: str) -> int:
        """Process id of the backend that waits for the table."""
        with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
            give_up = time.monotonic() + 60
            while time.monotonic() < give_up:
                row = admin.execute(
                    "select pid from pg_stat_activity where datname = %s and wait_event_type = 'Lock' "
                    "and wait_event = 'relation'",
                    (database,),
                ).fetchone()
                if row:
                    return int(row[0])
                admin.execute("select pg_sleep(0.01)")
        raise AssertionError("nobody came to wait for the table")

    def release(self) -> None:
        self.holder.rollback()
        self.holder.close()


def database_of(store: Store) -> str:
    return store.database.url.split("/")[3].split("?")[0]


def kill_backend_when_waiting(store: Store, server_url: str, table: str, action) -> BaseException | None:
    """Run an action, kill its backend when it reaches a table; returns what the action raised."""
    stopper, raised = Stopper(store, table), []

    def run() -> None:
        try:
            action()
        except StoreUnavailable as problem:
            raised.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        pid = stopper.wait_for_backend(server_url, database_of(store))
        with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(%s)", (pid,))
        thread.join(timeout=60)
    finally:
        stopper.release()
    thread.join(timeout=60)
    return raised[0] if raised else None


@pytest.mark.parametrize("table", ["inspection", "import_run"])
def test_a_backend_killed_in_mid_import_leaves_nothing(store: Store, town: Town, server_url: str, table: str) -> None:
    store.register.last_digest("warm up")
    problem = kill_backend_when_waiting(
        store,
        server_url,
        table,
        lambda: store.register.store_dataset(
            town.name, town.digest, _frames(town), actor="me", today=LOADED, rejected=0
        ),
    )
    assert isinstance(problem, StoreUnavailable)
    assert "nothing was changed" in str(problem)
    assert not any(counts(store).values())
    assert not load(town, store.register, today=LOADED).unchanged, "the next import goes through"
    assert counts(store)["entity"] == 400


def _frames(town: Town) -> dict:
    from geo_api.services.register_frames import register_frames

    return register_frames(town)  # type: ignore[arg-type]


def test_a_process_killed_in_mid_import_leaves_nothing(store: Store, town: Town, server_url: str) -> None:
    stopper = Stopper(store, "inspection")
    process = subprocess.Popen([sys.executable, "-c", LOAD, store.database.url], cwd=ROOT, env={**os.environ})
    try:
        stopper.wait_for_backend(server_url, database_of(store))
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=60) == -signal.SIGKILL
    finally:
        process.kill()
        stopper.release()
    assert not load(town, store.register, today=LOADED).unchanged, "its locks are gone"
    assert counts(store)["import_run"] == 1


def test_a_draft_killed_while_it_is_written_is_no_plan(loaded: Store, server_url: str) -> None:
    problem = kill_backend_when_waiting(
        loaded, server_url, "block", lambda: build_plan(loaded.planning, WEST, caller=ADMIN, cells=3, on=TODAY)
    )
    assert isinstance(problem, StoreUnavailable)
    assert (counts(loaded)["plan"], counts(loaded)["cell"]) == (0, 0)
    assert build_plan(loaded.planning, WEST, caller=ADMIN, cells=3, on=TODAY).version == 1


def test_a_publication_killed_half_way_did_not_happen(loaded: Store, server_url: str) -> None:
    plan = build_plan(loaded.planning, WEST, caller=ADMIN, cells=3, tolerance=0.2)
    submit_plan(loaded.planning, plan.plan_id, caller=OPERATOR)
    approve_plan(loaded.planning, plan.plan_id, caller=APPROVER)
    before = (loaded.published.territory(TODAY).officers, loaded.published.revision(), counts(loaded))

    def publish() -> None:
        publish_plan(loaded.planning, plan.plan_id, caller=ADMIN, valid_from=date(2026, 3, 1), reason="late")

    # everything but the last table has been written when the assignments are reached
    problem = kill_backend_when_waiting(loaded, server_url, "assignment", publish)
    assert isinstance(problem, StoreUnavailable)
    assert loaded.plans.plan(plan.plan_id).state == "approved"
    assert (loaded.published.territory(TODAY).officers, loaded.published.revision(), counts(loaded)) == before
    publish()
    assert len(loaded.published.territory(TODAY).cells) == 3
