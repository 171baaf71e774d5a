"""The feed of changes: each once, in the order of commits, none missed however slowly others write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

import geo_api.db
from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict
from geo_api.services.assign import assign
from geo_api.services.changes import Since, list_changes, token_of
from geo_api.services.load import load
from tests.geo_api.life import ADMIN, published
from tests.geo_api.town import BUREAU, EAST, LOADED, TODAY, WEST, make_town

pytestmark = pytest.mark.db

SQL = Path(geo_api.db.__file__).parent / "sql"


@pytest.fixture(scope="module")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as store:
        load(make_town(entities=120), store.register, actor="test", today=LOADED)
        yield store


def tokens(store: Store, since: Since, limit: int = 1000) -> list[str]:
    """All tokens from there on, page by page."""
    found: list[str] = []
    while True:
        page = list_changes(store.history, since, limit=limit)
        found += [c.token for c in page.changes]
        since = token_of(page.next) or Since()
        if not page.more:
            return found


def test_a_copy_goes_on_where_it_was(town_store: Store) -> None:
    start = list_changes(town_store.history, Since())
    assert {c.what for c in start.changes} == {"jurisdiction", "profile", "officer", "assignment"}
    assert start.revision == town_store.published.revision()
    assert not list_changes(town_store.history, token_of(start.next) or Since()).changes
    plan = published(town_store, WEST, TODAY, cells=2, tolerance=0.6)
    new = list_changes(town_store.history, token_of(start.revision) or Since()).changes
    (row,) = [c for c in new if c.what == "plan"]
    assert (row.verb, row.plan_id, row.plan_version, row.valid_from) == ("recorded", plan.plan_id, 1, TODAY)
    assert row.codes[0] == WEST
    assert len(row.codes) == 3
    posts = [c for c in new if c.what == "assignment"]
    assert posts
    assert {c.codes[0] for c in posts} <= set(row.codes)


def test_what_changes_is_withdrawn_and_recorded_anew(town_store: Store) -> None:
    before = token_of(town_store.published.revision()) or Since()
    assign(town_store.planning, "12", WEST, "first", caller=ADMIN, valid_from=TODAY, reason="change")
    rows = list_changes(town_store.history, before).changes
    assert [(c.verb, c.officer_id, c.valid_from) for c in rows] == [
        ("withdrawn", "10", date(2024, 1, 1)),
        ("recorded", "10", date(2024, 1, 1)),
        ("recorded", "12", TODAY),
    ]
    assert {c.codes for c in rows} == {(WEST,)}


def test_pages_hold_every_change_once(town_store: Store) -> None:
    whole = tokens(town_store, Since())
    assert len(whole) == len(set(whole)) > 20
    for limit in (1, 7):
        assert tokens(town_store, Since(), limit) == whole
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    assert tokens(town_store, Since(moment=moment)) == whole
    assert not tokens(town_store, Since(moment=datetime.now(UTC)))


def test_a_slow_writer_is_not_skipped(town_store: Store) -> None:
    """One writer holds its transaction open while others want to write and a reader reads on."""
    insert = (
        "insert into assignment (officer_id, jurisdiction_code, role, function, source, digest, valid) "
        "values ('21', %s, 'deputy', %s, 'test', '', '[2026-01-01,)')"
    )
    start = len(tokens(town_store, Since()))
    seen: list[str] = []
    since = Since()

    def read() -> None:
        nonlocal since
        page = list_changes(town_store.history, since)
        seen.extend(c.token for c in page.changes)
        since = token_of(page.next) or Since()

    slow, fast = town_store.database.dedicated(), town_store.database.dedicated()
    for connection in (slow, fast):
        connection.execute("set role gw_service")
        connection.execute("set search_path = gridward, public")
    with slow, fast:
        slow.execute("begin")
        slow.execute(insert, (WEST, "slow"))
        other = threading.Thread(target=lambda: fast.execute(insert, (EAST, "fast")))
        other.start()
        read()
        other.join(timeout=0.3)
        assert other.is_alive(), "the next number is given only after the slow one's end"
        slow.execute("commit")
        other.join(timeout=30)
        read()
        fast.execute("begin")
        fast.execute(insert, (BUREAU, "rolled back"))
        fast.execute("rollback")
        slow.execute(insert, (BUREAU, "later"))
        read()
    assert len(seen) == len(set(seen)) == start + 3
    assert seen == tokens(town_store, Since())


def test_a_token_of_the_future_asks_for_a_full_copy(town_store: Store) -> None:
    for text in ("999999", "1.999999999"):
        with pytest.raises(Conflict, match="full copy"):
            list_changes(town_store.history, token_of(text) or Since())
    for text in ("x", "1.", ".1", "-1", "1.1.1", "٣"):
        assert token_of(text) is None
    with pytest.raises(BadRequest, match="limit"):
        list_changes(town_store.history, Since(), limit=0)


def test_nobody_writes_the_feed_by_hand(town_store: Store) -> None:
    with town_store.database.dedicated() as connection:
        connection.execute("set role gw_service")
        for statement in (
            "insert into gridward.change_row (change_id, what, row_id, closed) values (1, 'officer', 1, false)",
            "update gridward.change_row set closed = true",
            "delete from gridward.change_row",
        ):
            with pytest.raises(psycopg.Error, match="permission denied"):
                connection.execute(statement)


def test_what_was_recorded_before_the_feed_is_in_it(town_store: Store) -> None:
    """The migration fills the feed from the rows: as if it had been there from the start."""
    count = "select what, row_id, closed from change_row order by what, row_id, closed"
    with town_store.database.dedicated() as owner, owner.transaction(force_rollback=True):
        owner.execute("set local role gw_owner")
        owner.execute("set local search_path = gridward, public")
        there = owner.execute(count).fetchall()
        owner.execute("alter table change_row rename to was")
        owner.execute("alter table was rename constraint pk_change_row to pk_was")
        owner.execute("create table change_row (like was including all)")
        owner.execute((SQL / "0005_changes.sql").read_text(encoding="utf-8"))
        filled = owner.execute(count).fetchall()
        backwards = owner.execute(
            "select count(*) from change_row a join change_row b on a.id < b.id and a.change_id > b.change_id"
        ).fetchone()
        strange = owner.execute(
            "select count(*) from change_row r left join change c on c.id = r.change_id "
            "where c.what is distinct from r.what or c.at <> r.at"
        ).fetchone()
    assert filled == there
    assert backwards == (0,)
    assert strange == (0,), "each row under a change of its own table and transaction"
