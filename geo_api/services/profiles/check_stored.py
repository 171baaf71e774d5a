"""Use case: are the stored rules of every bureau usable? Asked when a service starts."""

from __future__ import annotations

from dataclasses import replace

from geo_api.errors import BadRequest
from geo_api.services.profiles.store import ProfileStore
from gridding.findings import Finding


def check_stored(store: ProfileStore) -> tuple[Finding, ...]:
    """Everything that is wrong with the versions that count today or later; empty where all is well.

    A setting that an older Gridward stored and this one no longer knows is told, and the service goes on.
    """
    found: list[Finding] = []
    for row in store.in_force():
        try:
            row.profile()
        except BadRequest as wrong:
            since = f"from {row.valid.start}" if row.valid.start else "from the beginning"
            found += [
                replace(
                    f, message=f"rules of {row.bureau_code} {since}: {f.message}", where=f"{row.bureau_code} {f.where}"
                )
                for f in wrong.findings
            ]
    return tuple(found)
