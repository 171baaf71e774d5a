"""API keys: made, listed, revoked. A key is shown once, when it is made."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from geo_api.errors import BadRequest, NotAllowed
from geo_api.services.answers import Caller
from geo_api.supervision.roles import ROLES

KEY_PREFIX = "gw_"

SCOPES = {
    "lookup": "points, addresses, entities, cells near and related: /v1/lookup, /v1/entities, /v1/near, ...",
    "batch": "many points or addresses in one call: /v1/lookup/batch",
    "published": "stations, cells, their lineage, diagrams, OGC API",
    "changes": "the feed of changes: /v1/changes",
    "download": "all that is published as one file: /v1/download",
    "plans:read": "plans, drafts too: GET /v1/plans",
    "plans:write": "submit, return, approve, publish (within the key's role): POST /v1/plans",
    "coverage": "coverage, gaps, posters: /v1/coverage, /v1/gaps, /v1/posters",
    "register": "the register's life and the rules: claims, unlicensed, changes, /v1/profiles",
    "officers": "officers, departments, patrol groups, workload, /v1/staffing",
    "inspections": "visits, due lists, classes, samples, visit plans: /v1/inspections, /v1/due, ...",
    "tasks": "cases and campaigns: /v1/tasks",
    "reports": "ledgers, assessments, reports",
}
"""What a key may be for, beside its role and jurisdiction."""

PERSONAL = frozenset({"officer", "planner", "approver"})
"""Roles that the key of an officer may have: whoever answers for a system or for everything names others."""
MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key is made for: role and jurisdiction, scopes (none = all that the role allows), limits a minute (None = none).

    ``officer``: id of the officer as whom alone it acts; "" = nobody in particular.
    """

    role: str
    jurisdiction: str
    scopes: tuple[str, ...] = ()
    requests_per_minute: int | None = None
    points_per_minute: int | None = None
    officer: str = ""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as listed; the key itself is not known to anybody but its holder."""

    key_id: int
    name: str
    role: str
    jurisdiction: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    scopes: tuple[str, ...] = ()
    requests_per_minute: int | None = None
    points_per_minute: int | None = None
    officer: str = ""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: ``key`` is shown now and never again."""

    key: str
    row: KeyRow


class KeyWriter(Protocol):
    """Stores keys."""

    def add(self, key: str, grant: Grant, *, name: str, created_by: str) -> KeyRow:
        """Store the digest of a new key."""
        ...

    def keys(self) -> tuple[KeyRow, ...]:
        """All keys ever made."""
        ...

    def revoke(self, key_id: int, *, revoked_by: str) -> None:
        """Make a key useless."""
        ...


def create_key(
    store: KeyWriter,
    *,
    name: str,
    role: str,
    jurisdiction: str,
    created_by: str,
    scopes: Collection[str] = (),
    requests_per_minute: int | None = None,
    points_per_minute: int | None = None,
    officer: str = "",
) -> NewKey:
    """Make a key of 256 random bits for a role in a jurisdiction.

    ``officer``: id of the officer whose it is; it acts as this officer alone, and no longer when they have left.

    Raises:
        BadRequest: unknown role or scope, a role that no officer has, a limit out of range, or no name: all that is wrong
            at once.
        NotFound: unknown jurisdiction, or no such officer today.
    """
    wrong = []
    if role not in ROLES:
        wrong.append(f"there is no role {role!r}: it is one of {', '.join(ROLES)}")
    if not name.strip():
        wrong.append("a key needs a name: whose it is, so that it can be revoked when they leave")
    if officer.strip() and role in ROLES and role not in PERSONAL:
        wrong.append(f"a key of an officer has the role {' or '.join(sorted(PERSONAL))}, not {role}")
    wrong += [f"there is no scope {s!r}: it is one of {', '.join(SCOPES)}" for s in scopes if s not in SCOPES]
    for what, limit in (("requests", requests_per_minute), ("points", points_per_minute)):
        if limit is not None and not 1 <= limit <= MOST:
            wrong.append(f"a limit of {limit} {what} a minute: from 1 to {MOST}; without one there is no limit")
    if wrong:
        raise BadRequest("; ".join(wrong))
    kept = tuple(s for s in SCOPES if s in scopes)
    grant = Grant(role, jurisdiction, kept, requests_per_minute, points_per_minute, officer.strip())
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    return NewKey(key, store.add(key, grant, name=name.strip(), created_by=created_by))


def require_scope(caller: Caller, scope: str) -> None:
    """NotAllowed where the caller's key is not for that."""
    if caller.scopes and scope not in caller.scopes:
        raise NotAllowed(
            f"this key is for {', '.join(caller.scopes)} alone, and this needs {scope} ({SCOPES[scope]}): send a key with "
            "that scope ('gridward keys create --scope'), or none where the answer is open to all"
        )
