"""API keys: only the sha256 of a key of 256 random bits is stored, so a slow hash would add nothing."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from psycopg.types.json import Jsonb

from geo_api.db.engine import Connection, Database
from geo_api.db.jurisdictions import today_of
from geo_api.errors import NotAuthenticated, NotFound
from geo_api.services.answers import Caller
from geo_api.services.keys import Grant, KeyRow

INSERT = """
    insert into api_key (digest, name, role, jurisdiction, created_by, scopes, requests_per_minute, points_per_minute,
                         officer_id)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    returning id, name, role, jurisdiction, created_at, created_by, revoked_at, scopes, requests_per_minute,
              points_per_minute, coalesce(officer_id, '')
"""


class KeyStore:
    """Implements :class:`geo_api.services.ports.KeyReader` and :class:`geo_api.services.keys.KeyWriter`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def caller(self, key: str) -> Caller:
        """The caller that a key stands for; NotAuthenticated if unknown or revoked."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select name, role, jurisdiction, scopes, requests_per_minute, points_per_minute, id, "
                "coalesce(officer_id, '') from api_key where digest = %s and revoked_at is null",
                (_digest(key),),
            ).fetchone()
            if row is None:
                raise NotAuthenticated("this API key is unknown or was revoked; `gridward keys create` makes one")
            name, role, jurisdiction, scopes, requests, points, key_id, officer = row
            if officer and not _in_service(connection, officer, jurisdiction):
                raise NotAuthenticated(
                    f"this API key is of officer {officer}, who is not in the list of officers today: it no longer acts; "
                    f"`gridward keys revoke {key_id}` ends it, and whoever took over needs a key of their own"
                )
        return Caller(officer or name, role, jurisdiction, tuple(scopes), requests, points, key_id, officer)

    def add(self, key: str, grant: Grant, *, name: str, created_by: str) -> KeyRow:
        """Store the digest of a new key; NotFound for an unknown jurisdiction."""
        with self._database.connection() as connection:
            known = connection.execute(
                "select 1 from jurisdiction where code = %s and recorded_to is null limit 1", (grant.jurisdiction,)
            ).fetchone()
            if known is None:
                raise NotFound(
                    f"there is no jurisdiction {grant.jurisdiction!r}; load a dataset first, or check the code"
                )
            if grant.officer and not _in_service(connection, grant.officer, grant.jurisdiction):
                raise NotFound(
                    f"there is no officer {grant.officer!r} in the list of officers today: load the list first, or check the id"
                )
            row = connection.execute(
                INSERT,
                (
                    _digest(key),
                    name,
                    grant.role,
                    grant.jurisdiction,
                    created_by,
                    list(grant.scopes),
                    grant.requests_per_minute,
                    grant.points_per_minute,
                    grant.officer or None,
                ),
            ).fetchone()
            connection.execute(
                "insert into event (actor, role, verb, subject, payload) values (%s, 'admin', 'create key', %s, %s)",
                (
                    created_by,
                    f"key:{row[0] if row else ''}",
                    Jsonb({"officer": grant.officer} if grant.officer else {}),
                ),
            )
        return _row(row or ())

    def keys(self) -> tuple[KeyRow, ...]:
        """All keys ever made, oldest first; never the keys themselves."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select id, name, role, jurisdiction, created_at, created_by, revoked_at, scopes, requests_per_minute, "
                "points_per_minute, coalesce(officer_id, '') from api_key order by id"
            ).fetchall()
        return tuple(_row(row) for row in rows)

    def revoke(self, key_id: int, *, revoked_by: str) -> None:
        """Make a key useless at once; NotFound when there is no such living key."""
        with self._database.connection() as connection:
            done = connection.execute(
                "update api_key set revoked_at = now(), revoked_by = %s where id = %s and revoked_at is null",
                (revoked_by, key_id),
            ).rowcount
            if not done:
                raise NotFound(f"there is no living key {key_id}; `gridward keys list` shows them")
            connection.execute(
                "insert into event (actor, role, verb, subject) values (%s, 'admin', 'revoke key', %s)",
                (revoked_by, f"key:{key_id}"),
            )


def _in_service(connection: Connection, officer_id: str, jurisdiction: str) -> bool:
    """Whether somebody is in the list of officers today."""
    row = connection.execute(
        "select 1 from officer where officer_id = %s and recorded_to is null and valid @> %s",
        (officer_id, today_of(connection, jurisdiction)),
    ).fetchone()
    return row is not None


def _row(row: Any) -> KeyRow:
    made = KeyRow(*row)
    return replace(made, scopes=tuple(made.scopes))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
