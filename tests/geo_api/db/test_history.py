"""The database itself holds to it: nothing recorded is changed or deleted, by the service or by the owner."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from geo_api.db.engine import conninfo
from geo_api.db.migrate import check, head, migrate
from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict
from geo_api.supervision.plans import TRANSITIONS
from tests.geo_api.conftest import on_server
from tests.geo_api.life import published
from tests.geo_api.town import TODAY, WEST

pytestmark = pytest.mark.db

BITEMPORAL = [
    "jurisdiction",
    "boundary_line",
    "base_unit",
    "profile",
    "entity",
    "officer",
    "assignment",
    "plan_validity",
]
RECORDED = [*BITEMPORAL, "inspection"]
FOR_EVER = [
    "event",
    "change",
    "import_run",
    "cell",
    "block",
    "cell_entity",
    "proposed_assignment",
    "cell_code",
    "entity_identity",
]


@pytest.fixture
def lived(loaded: Store) -> Store:
    """A store with one published plan."""
    published(loaded, WEST, TODAY)
    return loaded


def run(store: Store, statement: str, *, role: str) -> None:
    with store.database.dedicated() as connection:
        connection.execute(f"set role {role}")
        connection.execute("set search_path = gridward, public")
        connection.execute(statement)


@pytest.mark.parametrize("role", ["gw_service", "gw_owner"])
def test_nothing_is_deleted(lived: Store, role: str) -> None:
    for table in [*RECORDED, *FOR_EVER, "plan", "plan_transition"]:
        for statement in (f"delete from {table}", f"truncate {table} cascade"):
            with pytest.raises(psycopg.Error, match=r"forbidden|permission denied"):
                run(lived, statement, role=role)


def test_recorded_rows_are_closed_once_and_never_changed(lived: Store) -> None:
    for table in RECORDED:
        for change in ("id = id", "recorded_from = now() - interval '1 day'", "recorded_to = null"):
            with pytest.raises(psycopg.Error, match=r"never changed|identity"):
                run(lived, f"update {table} set {change}", role="gw_owner")
        run(lived, f"update {table} set recorded_to = '2001-01-01'", role="gw_service")
        with lived.database.connection() as connection:
            early = connection.execute(f"select count(*) from {table} where recorded_to < recorded_from").fetchone()
        assert early == (0,), "nobody chooses the time of recording"
        with pytest.raises(psycopg.Error, match="replaced row"):
            run(lived, f"update {table} set recorded_to = now()", role="gw_service")


def test_what_was_published_or_happened_never_changes(lived: Store) -> None:
    for table, change in [
        ("cell", "name = 'x'"),
        ("block", "cell_code = 'x'"),
        ("cell_entity", "serial = serial + 1000"),
        ("proposed_assignment", "role = 'deputy'"),
        ("event", "reason = 'x'"),
        ("import_run", "actor = 'x'"),
        ("change", "what = 'x'"),
        ("cell_code", "station_code = 'x'"),
        ("entity_identity", "source = 'x'"),
        ("plan_transition", "to_state = 'draft'"),
    ]:
        with pytest.raises(psycopg.Error, match="forbidden"):
            run(lived, f"update {table} set {change}", role="gw_owner")


def test_a_plan_only_takes_steps_of_the_table(lived: Store) -> None:
    for change in ("state = 'draft'", "cells = 99", "tolerance = 1", "findings = '[]', rng_seed = 7"):
        with pytest.raises(psycopg.Error, match="cannot"):
            run(lived, f"update plan set {change}", role="gw_owner")
    more = "insert into block select plan_id, 99999, cell_code, 0, 0, geom from block limit 1"
    with pytest.raises(psycopg.Error, match="no longer a draft"):
        run(lived, more, role="gw_owner")


def test_the_schema_holds_the_rules_of_time(lived: Store) -> None:
    cases = {
        "ex_plan_validity_station_code": "insert into plan_validity (plan_id, station_code, valid) "
        "select plan_id, station_code, '[2027-01-01,)' from plan",
        "ex_assignment_one_lead": "insert into assignment (officer_id, jurisdiction_code, role, function, source, digest, valid) "
        "select 'other', jurisdiction_code, role, function, '', '', valid from assignment where role = 'lead' limit 1",
        "ex_jurisdiction_code": "insert into jurisdiction (code, name, level, draws_cells, geom, source, digest, valid) "
        "select code, name, level, draws_cells, geom, source, digest, valid from jurisdiction",
        "ex_entity_entity_id": "insert into entity (entity_id, credit_class, licensed, source, digest, valid) "
        "select entity_id, 'A', true, '', '', '[2026-01-01,2026-02-01)' from entity limit 1",
        "fk_cell_code": "insert into cell (plan_id, code, station_code, name, workload_hours_per_year, deviation, entities, "
        "area_m2, geom) select plan_id, 'new', station_code, '', 0, 0, 0, 0, geom from cell limit 1",
        "ck_plan_four_eyes": "update plan set approved_by = submitted_by, state = 'superseded'",
    }
    for constraint, statement in cases.items():
        with pytest.raises(Conflict) as caught, lived.database.writing() as connection:
            connection.execute(statement)  # type: ignore[arg-type]
        assert constraint in str(caught.value), constraint


def test_a_plan_that_is_not_approved_cannot_be_in_force(lived: Store) -> None:
    with lived.database.writing() as connection:
        connection.execute(
            "insert into plan (station_code, version, cells, tolerance, max_abs_deviation, rng_seed, parameters, input_digest, "
            "software, metrics, findings, outline, created_by) select station_code, 9, cells, tolerance, max_abs_deviation, "
            "rng_seed, parameters, input_digest, software, metrics, findings, outline, created_by from plan"
        )
    with pytest.raises(Conflict, match="is not published"), lived.database.writing() as connection:
        connection.execute(
            "insert into plan_validity (plan_id, station_code, valid) "
            "select max(plan_id), min(station_code), '[2020-01-01,2020-02-01)' from plan"
        )


def test_the_service_may_do_no_ddl_and_not_choose_times(lived: Store) -> None:
    for statement in (
        "create table gridward.mine ()",
        "alter table cell add column x int",
        "drop table cell",
        "insert into event (at, actor, role, verb, subject) values (now(), '', '', '', '')",
        "insert into assignment (officer_id, jurisdiction_code, role, source, digest, valid, recorded_from) "
        "values ('a', 'b', 'lead', '', '', '[,)', '2001-01-01')",
        "insert into plan_transition values ('x', 'draft', 'published')",
        "alter table event disable trigger all",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(lived, statement, role="gw_service")


def test_the_database_knows_the_same_transitions(shared_store: Store) -> None:
    with shared_store.database.connection() as connection:
        rows = connection.execute("select verb, from_state, to_state from plan_transition").fetchall()
    assert set(rows) == {(t.verb, t.before.value, t.after.value) for t in TRANSITIONS}


def test_tables_and_database_agree_and_migrating_again_changes_nothing(shared_store: Store) -> None:
    url = shared_store.database.url
    check(url)
    done = migrate(url)
    assert done.before == done.after == head()


def test_a_database_of_a_newer_version_is_left_alone(new_database: Callable[[], str]) -> None:
    url = new_database()
    with psycopg.connect(conninfo(url)) as owner:
        owner.execute("update gridward.alembic_version set version_num = '9999'")
    with pytest.raises(BadRequest, match="newer Gridward"):
        migrate(url)


def test_a_login_without_rights_is_told_what_to_ask_for(server_url: str) -> None:
    name, role = "gridward_test_rights", "gridward_test_nobody"
    with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"drop role if exists {role}")
        admin.execute(f"create role {role} nologin")
        admin.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C.UTF-8'")
        try:
            with pytest.raises(BadRequest, match="Ask its administrator to run, once: create extension") as caught:
                migrate(on_server(server_url, name) + f"&options=-c%20role%3D{role}")
            assert "create role gw_service nologin" in str(caught.value)
        finally:
            admin.execute(f"drop database {name} with (force)")
            admin.execute(f"drop role {role}")


def test_a_database_that_is_blind_to_chinese_is_refused(server_url: str) -> None:
    name = "gridward_test_blind"
    with psycopg.connect(conninfo(server_url), autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template template0 encoding 'UTF8' locale 'C'")
        try:
            with pytest.raises(BadRequest, match="cannot search Chinese text"):
                migrate(on_server(server_url, name))
            with psycopg.connect(conninfo(on_server(server_url, name))) as connection:
                left = connection.execute("select count(*) from pg_namespace where nspname = 'gridward'").fetchone()
            assert left == (0,), "a refused migration leaves nothing"
        finally:
            admin.execute(f"drop database {name} with (force)")
