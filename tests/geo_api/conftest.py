"""Databases for tests: one migrated template, and from it a database of its own for whoever asks (about 0.1 s)."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from geo_api.db import open_store
from geo_api.db.engine import conninfo
from geo_api.db.migrate import migrate
from geo_api.db.store import Store
from geo_api.services.load import load
from tests.geo_api.town import LOADED, Town, make_town

DB_FOLDER = Path(__file__).parents[2] / "geo_api" / "db"
TEMPLATE_LOCK = 0x74656D70


def on_server(url: str, database: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


@pytest.fixture(scope="session")
def server_url() -> str:
    """``DATABASE_URL``: a login that may create databases. Its own database is not touched."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        pytest.skip("DATABASE_URL is not set: these tests need PostGIS (./run.sh test sets one up)")
    return url


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """Name of a migrated database to copy; made once for each state of the migrations."""
    digest = hashlib.sha256()
    for path in sorted([*DB_FOLDER.glob("migrations/versions/*.py"), *DB_FOLDER.glob("sql/0*.sql")]):
        digest.update(path.read_bytes())
    name = f"gridward_template_{digest.hexdigest()[:12]}"
    with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
        admin.execute("select pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
        known = admin.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if not known:
            admin.execute(f"create database {name}_new template template0 encoding 'UTF8' locale 'C.UTF-8'")
            try:
                migrate(on_server(server_url, f"{name}_new"))
                admin.execute(f"alter database {name}_new rename to {name}")
            except BaseException:
                admin.execute(f"drop database {name}_new with (force)")
                raise
            _drop_stale_templates(admin, name)
    return name


def _drop_stale_templates(admin: psycopg.Connection, keep: str) -> None:
    rows = admin.execute("select datname from pg_database where datname ~ '^gridward_template_'").fetchall()
    for (name,) in rows:
        if name != keep:
            with suppress(psycopg.Error):  # in use by somebody else's run
                admin.execute(f"drop database {name}")


@pytest.fixture(scope="session")
def new_database(server_url: str, template: str) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a fresh, migrated, empty database; all are dropped at the end of the session."""
    made: list[str] = []
    with psycopg.connect(conninfo(server_url), autocommit=True) as admin:

        def make() -> str:
            name = f"gridward_test_{uuid.uuid4().hex[:12]}"
            admin.execute(f"create database {name} template {template}")
            made.append(name)
            return on_server(server_url, name)

        yield make

    def drop(name: str) -> None:
        with psycopg.connect(conninfo(server_url), autocommit=True) as one:
            one.execute(f"drop database if exists {name} with (force)")

    with ThreadPoolExecutor(8) as together:  # each waits for a checkpoint; side by side they share one
        list(together.map(drop, made))


EMPTY = """
do $$
declare
    t text;
    every text;
begin
    select string_agg(format('gridward.%I', tablename), ', ') into every from pg_tables
    where schemaname = 'gridward' and tablename not in ('alembic_version', 'plan_transition');
    for t in select tablename from pg_tables where schemaname = 'gridward' and tablename <> 'alembic_version' loop
        execute format('alter table gridward.%I disable trigger never_truncate', t);
    end loop;
    execute 'truncate ' || every || ' restart identity';
    for t in select tablename from pg_tables where schemaname = 'gridward' and tablename <> 'alembic_version' loop
        execute format('alter table gridward.%I enable trigger never_truncate', t);
    end loop;
end $$
"""
"""Dropping a database waits for a checkpoint, seconds on a busy machine: tests share one and empty it, as its owner."""


@pytest.fixture(scope="session")
def shared_store(new_database: Callable[[], str]) -> Iterator[Store]:
    """The store that the tests of a session share; ask for ``store``."""
    with open_store(new_database()) as opened:
        yield opened


@pytest.fixture
def store(shared_store: Store) -> Store:
    """An empty store."""
    with shared_store.database.dedicated() as owner, owner.transaction():
        owner.execute("set local role gw_owner")
        owner.execute(EMPTY)
    return shared_store


@pytest.fixture
def loaded(store: Store, town: Town) -> Store:
    """A store with the town in it, loaded on ``town.LOADED``."""
    load(town, store.register, today=LOADED)
    return store


@pytest.fixture(scope="session")
def town() -> Town:
    """A small town of two stations as a dataset."""
    return make_town()
