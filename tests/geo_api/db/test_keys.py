"""Keys on PostGIS: scopes and limits come back as they were given, and a revoked key is told at once."""

from __future__ import annotations

import threading

import psycopg
import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed, NotAuthenticated, NotFound
from geo_api.services.answers import Caller
from geo_api.services.keys import SCOPES, create_key, require_scope
from tests.geo_api.town import WEST


def test_scopes_and_limits_come_back(loaded: Store) -> None:
    made = create_key(
        loaded.keys,
        name="hotline",
        role="system",
        jurisdiction=WEST,
        created_by="me",
        scopes=["batch", "lookup", "batch"],
        requests_per_minute=600,
        points_per_minute=100_000,
    )
    caller = loaded.keys.caller(made.key)
    expected = Caller("hotline", "system", WEST, ("lookup", "batch"), 600, 100_000, made.row.key_id)
    assert caller == expected
    (listed,) = loaded.keys.keys()
    assert listed == made.row
    assert (listed.scopes, listed.requests_per_minute, listed.points_per_minute) == (("lookup", "batch"), 600, 100_000)


def test_without_scopes_a_key_may_do_what_its_role_allows(loaded: Store) -> None:
    made = create_key(loaded.keys, name="x", role="admin", jurisdiction=WEST, created_by="me")
    caller = loaded.keys.caller(made.key)
    assert (caller.scopes, caller.requests_per_minute) == ((), None)
    for scope in SCOPES:
        require_scope(caller, scope)
    with pytest.raises(NotAllowed, match="lookup alone, and this needs changes"):
        require_scope(Caller("x", "system", scopes=("lookup",)), "changes")


def test_all_that_is_wrong_with_a_key_is_said_at_once(loaded: Store) -> None:
    with pytest.raises(BadRequest) as caught:
        create_key(
            loaded.keys,
            name=" ",
            role="king",
            jurisdiction=WEST,
            created_by="me",
            scopes=["lookup", "moon"],
            requests_per_minute=0,
            points_per_minute=-1,
        )
    for part in ("'king'", "needs a name", "'moon'", "0 requests", "-1 points"):
        assert part in str(caught.value)
    assert loaded.keys.keys() == ()


def test_a_limit_of_nothing_cannot_be_stored(loaded: Store) -> None:
    with loaded.database.connection() as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "insert into api_key (digest, name, role, jurisdiction, created_by, requests_per_minute) "
            "values (sha256('x'), 'x', 'system', 'x', 'x', 0)"
        )


def test_a_revoked_key_is_told_to_services(loaded: Store) -> None:
    made = create_key(loaded.keys, name="x", role="system", jurisdiction=WEST, created_by="me")
    told = threading.Event()
    listener = loaded.listen(told.set)
    try:
        assert listener.connected.wait(20)
        assert told.wait(20)
        told.clear()
        loaded.keys.revoke(made.row.key_id, revoked_by="me")
        assert told.wait(20)
    finally:
        listener.close()


def test_the_key_of_an_officer_acts_as_them_until_they_leave(loaded: Store) -> None:
    made = create_key(loaded.keys, name="phone", role="officer", jurisdiction=WEST, created_by="me", officer=" 11 ")
    again = create_key(loaded.keys, name="tablet", role="approver", jurisdiction=WEST, created_by="me", officer="11")
    caller, other = loaded.keys.caller(made.key), loaded.keys.caller(again.key)
    assert (caller.officer_id, caller.name) == ("11", "11")
    assert caller.name == other.name, "one person, whichever key: nobody decides on what they raised with another"
    assert [(k.name, k.officer) for k in loaded.keys.keys()] == [("phone", "11"), ("tablet", "11")]  # noqa: SIM118
    with loaded.database.writing() as connection:
        connection.execute("update officer set recorded_to = now() where officer_id = '11' and recorded_to is null")
        connection.execute(
            "insert into officer (officer_id, name, source, digest, valid) values ('11', 'Li', 'x', 'x', '[2020-01-01,2026-01-02)')"
        )
    with pytest.raises(
        NotAuthenticated, match=f"of officer 11, who is not in the list .* `gridward keys revoke {made.row.key_id}`"
    ):
        loaded.keys.caller(made.key)
    with pytest.raises(NotFound, match="no officer '11'"):
        create_key(loaded.keys, name="x", role="officer", jurisdiction=WEST, created_by="me", officer="11")


def test_a_key_is_of_an_officer_whom_there_is(loaded: Store) -> None:
    with pytest.raises(NotFound, match="there is no officer '99' in the list of officers today"):
        create_key(loaded.keys, name="x", role="officer", jurisdiction=WEST, created_by="me", officer="99")
    with pytest.raises(BadRequest, match="a key of an officer has the role approver or officer or planner, not system"):
        create_key(loaded.keys, name="x", role="system", jurisdiction=WEST, created_by="me", officer="11")
    insert = (
        "insert into api_key (digest, name, role, jurisdiction, created_by, officer_id) "
        "values (sha256('x'), 'x', %s, 'x', 'x', %s)"
    )
    for role, officer, error in (
        ("officer", "99", psycopg.DatabaseError),
        ("admin", "11", psycopg.errors.CheckViolation),
        ("officer", "", psycopg.DatabaseError),
    ):
        with loaded.database.connection() as connection, pytest.raises(error):
            connection.execute(insert, (role, officer))


def test_whose_a_key_is_never_changes(loaded: Store) -> None:
    made = create_key(loaded.keys, name="x", role="officer", jurisdiction=WEST, created_by="me", officer="11")
    with loaded.database.dedicated() as owner, pytest.raises(psycopg.DatabaseError, match="can only be revoked"):
        owner.execute("update gridward.api_key set officer_id = '12' where id = %s", (made.row.key_id,))
