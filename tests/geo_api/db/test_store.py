"""The store and its database: away, back, changed, listened to; keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import make_url

from geo_api.db import open_store
from geo_api.db.engine import CONNECT_TIMEOUT_S, conninfo, database_url
from geo_api.db.findings_json import from_json, to_json
from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAuthenticated, NotFound, StoreUnavailable
from geo_api.services.assign import assign
from geo_api.services.keys import create_key
from geo_api.services.load import load
from gridding.findings import Finding, Severity
from tests.geo_api.life import ADMIN
from tests.geo_api.town import BUREAU, LOADED, TODAY, WEST, Town

pytestmark = pytest.mark.db


def test_a_store_opens_while_the_database_is_away() -> None:
    with open_store("postgresql+psycopg://nobody@/none?host=/nonexistent&port=1") as store:
        for ask in (store.ping, store.published.revision, store.plans.plans, store.keys.keys):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                ask()


def test_no_address_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", " ")
    with pytest.raises(BadRequest, match="DATABASE_URL is not set: give the address"):
        database_url()


def test_a_database_without_tables_says_migrate(server_url: str) -> None:
    with (
        open_store(make_url(server_url).set(database="postgres").render_as_string(hide_password=False)) as store,
        pytest.raises(StoreUnavailable, match="gridward migrate"),
    ):
        store.plans.plans()


def test_values_that_no_text_can_hold_are_the_callers_mistake(loaded: Store) -> None:
    for text in ("a\0b", "\ud800"):
        for ask in (loaded.planning.ancestors, loaded.plans.plans):
            with pytest.raises(BadRequest, match="cannot hold"):
                ask(text)


def test_the_service_connects_as_gw_service(store: Store) -> None:
    with store.database.connection() as connection:
        assert connection.execute("select current_user, current_schema").fetchone() == ("gw_service", "gridward")


def test_connections_that_died_are_replaced(store: Store, server_url: str) -> None:
    with store.database.connection() as connection:
        row = connection.execute("select pg_backend_pid(), current_database()").fetchone()
    assert row is not None
    with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (row[1],))
    assert store.published.revision() == "0"


def test_a_failed_change_leaves_nothing_and_frees_the_lock(store: Store) -> None:
    def fail() -> None:
        with store.planning.change() as work:
            work.event(caller=ADMIN, verb="x", subject="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.planning.change() as work:
        work.event(caller=ADMIN, verb="y", subject="y")
    with store.database.connection() as connection:
        assert connection.execute("select verb from event").fetchall() == [("y",)]
        held = """select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())"""
        assert connection.execute(held).fetchone() == (0,)


def test_changes_are_told_to_those_who_listen(loaded: Store) -> None:
    heard = threading.Semaphore(0)
    listener = loaded.listen(heard.release)
    try:
        assert heard.acquire(timeout=20), "once when connected"
        before = loaded.published.revision()
        assign(loaded.planning, "13", WEST, "deputy", caller=ADMIN, valid_from=loaded.planning.today(WEST))
        assert heard.acquire(timeout=20)
        assert loaded.published.revision() != before
    finally:
        listener.close()


def test_the_listener_comes_back_after_its_connection_died(loaded: Store, server_url: str) -> None:
    heard = threading.Semaphore(0)
    listener = loaded.listen(heard.release)
    try:
        assert heard.acquire(timeout=20)
        with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query ~* '^listen' and datname = %s",
                (loaded.database.url.split("/")[3].split("?")[0],),
            )
        assert heard.acquire(timeout=20), "told of the loss"
        assert heard.acquire(timeout=20), "told again on reconnection: notices may have been missed"
    finally:
        listener.close()


def test_an_outage_is_known_at_once_and_over_at_once(new_database: Callable[[], str], server_url: str) -> None:
    url, heard = new_database(), threading.Semaphore(0)
    name = make_url(url).database
    with open_store(url) as store, psycopg.connect(conninfo(server_url), autocommit=True) as admin:
        with store.database.connection(), store.database.connection():  # several connections stay in the pool
            pass
        listener = store.listen(heard.release)
        try:
            assert heard.acquire(timeout=20)
            admin.execute(f"alter database {name} allow_connections false")
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
            assert heard.acquire(timeout=20)
            begun = time.monotonic()
            for _ in range(6):
                with pytest.raises(StoreUnavailable):
                    store.published.revision()
            assert time.monotonic() - begun < CONNECT_TIMEOUT_S / 2, "nobody waits for a server that is away"
            admin.execute(f"alter database {name} allow_connections true")
            begun = time.monotonic()
            assert heard.acquire(timeout=20), "told that it is back"
            assert store.published.revision() == "0"
            assert time.monotonic() - begun < CONNECT_TIMEOUT_S / 2
        finally:
            listener.close()


def test_an_untouched_load_does_not_change_the_revision(loaded: Store, town: Town) -> None:
    before = loaded.published.revision()
    load(town, loaded.register, today=TODAY)
    load(town.but(digest="same content, another file"), loaded.register, today=TODAY)
    assert loaded.published.revision() == before


def test_keys_are_shown_once_stored_hashed_and_revocable(loaded: Store) -> None:
    made = create_key(loaded.keys, name=" Li ", role="planner", jurisdiction=WEST, created_by="me")
    caller = loaded.keys.caller(made.key)
    assert (caller.name, caller.role, caller.jurisdiction) == ("Li", "planner", WEST)
    with loaded.database.connection() as connection:
        stored = connection.execute("select digest from api_key").fetchone()
    assert stored is not None
    assert len(stored[0]) == 32
    assert made.key.encode() not in stored[0]
    assert made.key not in repr(loaded.keys.keys())
    for wrong in ("", made.key[:-1], made.key + "x", "gw_", "\ud800", "'; drop table cell"):
        with pytest.raises(NotAuthenticated):
            loaded.keys.caller(wrong)
    loaded.keys.revoke(made.row.key_id, revoked_by="me")
    with pytest.raises(NotAuthenticated):
        loaded.keys.caller(made.key)
    with pytest.raises(NotFound):
        loaded.keys.revoke(made.row.key_id, revoked_by="me")
    with pytest.raises(NotFound, match="no jurisdiction 'nowhere'"):
        create_key(loaded.keys, name="x", role="planner", jurisdiction="nowhere", created_by="me")
    for bad in ({"role": "king"}, {"name": " "}):
        with pytest.raises(BadRequest):
            create_key(loaded.keys, **{"name": "x", "role": "admin", "jurisdiction": BUREAU, "created_by": "me", **bad})


def test_a_key_can_only_be_revoked_once(loaded: Store) -> None:
    create_key(loaded.keys, name="x", role="admin", jurisdiction=BUREAU, created_by="me")
    with loaded.database.dedicated() as owner:
        owner.execute("set role gw_owner")
        with pytest.raises(psycopg.Error, match="revoked, once"):
            owner.execute("update gridward.api_key set role = 'admin', name = 'y'")


def test_two_loads_at_once_store_one(new_database: Callable[[], str], store: Store, town: Town) -> None:
    results: list[bool] = []

    def one() -> None:
        results.append(load(town, store.register, today=LOADED).unchanged)

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True, True]
    with store.database.connection() as connection:
        assert connection.execute("select count(*) from entity").fetchone() == (400,)


def test_findings_come_back_as_they_went_in() -> None:
    findings = (
        Finding("a.b", Severity.ERROR, "en", "中文", "c1", 1.5, 2.0, "m", (114.1, 30.2), {"k": [1, "x"]}),
        Finding("c.d", Severity.INFO, "only this"),
    )
    assert from_json(to_json(findings).obj) == findings
    odd = Finding("e", Severity.WARNING, "x", value=float("nan"), details={"n": float("inf")})
    assert from_json(to_json([odd]).obj)[0].details == {"n": None}
