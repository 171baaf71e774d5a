"""What the database holds of visits that come by the million: their entity is there, and the same visit is the same."""

from __future__ import annotations

import psycopg
import pytest

from geo_api.db.engine import conninfo
from geo_api.db.store import Store

pytestmark = pytest.mark.db

PUT = (
    "insert into inspection (source, visit_id, entity_id, made_on, kind, result, digest) "
    "select 'made', 'v' || n, n, '2026-01-05', 'daily', 'pass', '' from unnest(%s::bigint[]) n"
)
KNOWN: dict[tuple[object, ...], str] = {
    ("V1", "2026-01-05", "daily", "P1", "pass", "P1", "", "", "", None, None, None): "d31953a95e409a996a382b7cea405ffb",
    (
        "V2",
        "2026-01-05",
        "special",
        None,
        "minor",
        "",
        "",
        "",
        "",
        None,
        None,
        None,
    ): "916cbe25cca88b651e2ca0ea16ad0f33",
    (
        "V3",
        "2026-02-28",
        "daily",
        "P1",
        "fail",
        "P1;P2",
        "专项",
        "过期",
        "N7",
        "2026-03-15",
        "V1",
        25,
    ): "e486a695e9e7476f43c144528d44f45c",
}
"""Visits as staged, and their digests as version 0.4.0 stored them: loaded again they must not look changed."""


def test_a_visit_to_nobody_is_refused_among_any_number(store: Store) -> None:
    with psycopg.connect(conninfo(store.database.url)) as connection:
        connection.execute("set search_path = gridward, public")
        first, second = connection.execute(
            "insert into entity_identity (source, source_id) values ('made', 'a'), ('made', 'b') returning entity_id"
        ).fetchall()
        connection.execute(PUT, ([first[0], second[0]],))
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="999999"), connection.transaction():
            connection.execute(PUT.replace("'v'", "'w'"), ([first[0], 999_999, second[0]],))
        assert connection.execute("select count(*) from inspection where source = 'made'").fetchone() == (2,)
        connection.rollback()


@pytest.mark.parametrize("visit", KNOWN, ids=lambda v: v[0])
def test_the_digest_of_a_visit_stays(store: Store, visit: tuple[object, ...]) -> None:
    with psycopg.connect(conninfo(store.database.url)) as connection:
        row = connection.execute(
            "select gridward.visit_digest(%s, %s::date, %s, %s, %s, %s, %s, %s, %s, %s::date, %s, %s::integer)", visit
        ).fetchone()
    assert row == (KNOWN[visit],)


@pytest.mark.parametrize(("own", "found"), [("a7", True), ("70001", False)])
def test_a_number_is_no_permanent_id_where_the_register_has_numbers_of_its_own(
    store: Store, own: str, found: bool
) -> None:
    with psycopg.connect(conninfo(store.database.url)) as connection:
        connection.execute("set search_path = gridward, public")
        row = connection.execute(
            "insert into entity_identity (source, source_id) values ('made', %s) returning entity_id", (own,)
        ).fetchone()
        assert row is not None
        asked = [own, str(row[0])]
        named = connection.execute("select written, entity_id from find_entities('made', %s)", (asked,)).fetchall()
        connection.rollback()
    assert (own, row[0]) in named
    assert ((str(row[0]), row[0]) in named) == found
