"""API keys: made, listed, revoked. A key is shown once, when it is made."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from geo_api.errors import BadRequest
from geo_api.supervision.roles import ROLES

KEY_PREFIX = "gw_"


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


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: ``key`` is shown now and never again."""

    key: str
    row: KeyRow


class KeyWriter(Protocol):
    """Stores keys."""

    def add(self, key: str, *, name: str, role: str, jurisdiction: str, created_by: str) -> KeyRow:
        """Store the digest of a new key."""
        ...

    def keys(self) -> tuple[KeyRow, ...]:
        """All keys ever made."""
        ...

    def revoke(self, key_id: int, *, revoked_by: str) -> None:
        """Make a key useless."""
        ...


def create_key(store: KeyWriter, *, name: str, role: str, jurisdiction: str, created_by: str) -> NewKey:
    """Make a key of 256 random bits for a role in a jurisdiction.

    Raises:
        BadRequest: unknown role, or no name.
        NotFound: unknown jurisdiction.
    """
    if role not in ROLES:
        raise BadRequest(f"there is no role {role!r}: it is one of {', '.join(ROLES)}")
    if not name.strip():
        raise BadRequest("a key needs a name: whose it is, so that it can be revoked when they leave")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    return NewKey(key, store.add(key, name=name.strip(), role=role, jurisdiction=jurisdiction, created_by=created_by))
