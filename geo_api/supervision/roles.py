"""Roles, and the jurisdiction that each caller is bound to."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from geo_api.errors import NotAllowed

ROLES = ("planner", "approver", "officer", "system", "admin")
"""planner drafts and submits; approver returns, approves, publishes; officer and system read; admin does everything."""

EVERYWHERE = ""
"""The jurisdiction of a caller who is bound to none: the operator at the command line."""


def require(
    role: str,
    jurisdiction: str,
    *,
    allowed: Collection[str],
    ancestors: Collection[str],
    to: str,
) -> None:
    """Raise NotAllowed unless the role may do it and its jurisdiction holds the place.

    Args:
        role: the caller's role; ``admin`` may do everything in its jurisdiction.
        jurisdiction: code that the caller is bound to; "" = everywhere.
        allowed: roles that may do it.
        ancestors: codes of the jurisdiction concerned and of every level above it.
        to: what is being done, for the message ("approve plan 7").
    """
    if role != "admin" and role not in allowed:
        raise NotAllowed(f"the role {role} may not {to}: it takes {' or '.join([*sorted(allowed), 'admin'])}")
    if jurisdiction != EVERYWHERE and jurisdiction not in ancestors:
        raise NotAllowed(f"a caller of jurisdiction {jurisdiction} may not {to}: that lies outside of it")


def person(name: str) -> str:
    """A name without what tells nobody apart (case, width of letters, spaces): nobody decides on what they raised.

    >>> person("Ｌi  Wei") == person("li wei")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
