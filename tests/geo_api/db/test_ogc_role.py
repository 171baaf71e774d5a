"""The role of OGC requests reads what is published, and nothing else; so do its connections, however they log in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import psycopg
import pytest

from geo_api.db.engine import conninfo
from geo_api.db.ogc_pool import OgcPool
from geo_api.errors import BadRequest, StoreUnavailable, TooBusy
from tests.geo_api.wide_town import publish_cells, squares

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    made = new_database()
    publish_cells(made, squares(2), valid_from=date(2026, 1, 1))
    return made


def as_reader(url: str) -> psycopg.Connection:
    connection = psycopg.connect(conninfo(url), autocommit=True)
    connection.execute("set session authorization gw_ogc")
    return connection


def test_it_reads_what_is_published(url: str) -> None:
    with as_reader(url) as reader:
        for what in ("cells_on('2026-02-01')", "stations_on('2026-02-01')", "cell_versions", "station_versions"):
            assert reader.execute(f"select count(*) from gridward_published.{what}").fetchone()[0] in (1, 4)
        assert reader.execute("select count(*) from gridward_published.cells_on('2025-02-01')").fetchone() == (0,)


def test_it_reads_and_calls_nothing_else(url: str) -> None:
    with psycopg.connect(conninfo(url)) as admin:
        tables = admin.execute("select tablename from pg_tables where schemaname = 'gridward'").fetchall()
        assert ("api_key",) in tables
        functions = admin.execute(
            "select oid::regprocedure::text from pg_proc where pronamespace in ('gridward'::regnamespace, "
            "'gridward_published'::regnamespace) and has_function_privilege('gw_ogc', oid, 'execute') "
            "and has_schema_privilege('gw_ogc', pronamespace, 'usage') order by 1"
        ).fetchall()
        writable = admin.execute(
            "select c.oid::regclass::text from pg_class c where relkind in ('r', 'v', 'p', 'S', 'm') and relname <> 'pg_settings' "
            "and has_table_privilege('gw_ogc', c.oid, 'insert, update, delete, truncate, references, trigger')"
        ).fetchall()
        readable = admin.execute(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = relnamespace "
            "where relkind in ('r', 'v', 'p', 'm', 'f') and n.nspname !~ '^pg_|^information_schema$' "
            "and has_schema_privilege('gw_ogc', n.oid, 'usage') and has_table_privilege('gw_ogc', c.oid, 'select') "
            "and relname not in ('spatial_ref_sys', 'geometry_columns', 'geography_columns') order by 2"
        ).fetchall()
    assert [f[0].split("(")[0] for f in functions] == ["gridward_published.cells_on", "gridward_published.stations_on"]
    assert writable == []
    assert readable == [("gridward_published", "cell_versions"), ("gridward_published", "station_versions")]
    with as_reader(url) as reader:
        for (table,) in tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select * from gridward.{table}")
        for attempt in (
            "gridward.revision()",
            "gridward.refresh_statistics()",
            "gridward_published.duties_on('2026-01-01')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select * from {attempt}")
        for attempt in (
            "set role gw_service",
            "set role gw_owner",
            "create schema mine",
            "create table public.t (i int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(attempt)


def test_the_role_itself_is_bounded(url: str) -> None:
    with psycopg.connect(conninfo(url)) as admin:
        rights = admin.execute(
            "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication, rolconnlimit, rolpassword, "
            "array_to_string(rolconfig, ',') from pg_roles where rolname = 'gw_ogc'"
        ).fetchone()
        member = admin.execute("select count(*) from pg_auth_members where member = 'gw_ogc'::regrole").fetchone()
    assert rights[:6] == (False, False, False, False, False, 24)
    assert "default_transaction_read_only=on" in rights[7]
    assert "statement_timeout=10s" in rights[7]
    assert member == (0,)


def ask(pool: OgcPool, statement: str) -> object:
    async def asking() -> object:
        async with pool.acquire() as connection:
            return await connection.fetchval(statement)

    async def once() -> object:
        try:
            return await asking()
        finally:
            await pool.close()

    return asyncio.run(once())


def test_its_connections_work_as_that_role_and_only_read(url: str) -> None:
    assert ask(OgcPool(url), "select current_user || ' ' || current_setting('transaction_read_only')") == "gw_ogc on"
    assert ask(OgcPool(url), "select current_setting('statement_timeout')") == "5s"
    with pytest.raises(StoreUnavailable, match="permission denied"):
        ask(OgcPool(url), "select count(*) from gridward.api_key")


def test_where_the_role_may_not_log_in_the_login_gives_up_its_rights(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = OgcPool(url)
    monkeypatch.setattr(pool, "_addresses", lambda: OgcPool._addresses(OgcPool(url))[1:])
    assert ask(pool, "select current_user || ' ' || (session_user <> current_user)") == "gw_ogc true"


@pytest.mark.parametrize("mistake", ["select 1/0", "select nothing", "select 'a' > 1 + now()"])
def test_mistakes_of_the_question_are_told_apart_from_trouble(url: str, mistake: str) -> None:
    with pytest.raises(BadRequest):
        ask(OgcPool(url), mistake)


def test_a_database_that_is_away_or_not_there_is_unavailable() -> None:
    for address in (None, "postgresql://nobody@/nothing?host=/nowhere", "postgresql://nobody@127.0.0.1:9/nothing"):
        with pytest.raises(StoreUnavailable):
            ask(OgcPool(address), "select 1")


def test_what_is_too_much_is_refused(url: str) -> None:
    async def busy() -> list[object]:
        pool = OgcPool(url)

        async def one(statement: str) -> object:
            async with pool.acquire() as connection:
                return await connection.fetchval(statement)

        try:
            return list(await asyncio.gather(*(one("select 1") for _ in range(60)), return_exceptions=True))
        finally:
            await pool.close()

    answers = asyncio.run(busy())
    refused = [a for a in answers if isinstance(a, TooBusy)]
    assert len(refused) == 60 - 34
    assert answers.count(1) == 34


def test_a_statement_that_takes_too_long_is_stopped(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_api.db.ogc_pool.STATEMENT_TIMEOUT_S", 1)
    with pytest.raises(StoreUnavailable, match="longer than"):
        ask(OgcPool(url), "select pg_sleep(4)")
