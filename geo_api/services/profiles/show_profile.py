"""Use case: the rules of a bureau on a day, as they were recorded at a moment; and all versions."""

from __future__ import annotations

from datetime import date, datetime

from geo_api.services.answers import Caller
from geo_api.services.profiles.answers import ProfileAnswer, ProfileList, effective, version_of
from geo_api.services.profiles.class_findings import class_findings
from geo_api.services.profiles.store import ProfileStore
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})


def show_profile(
    store: ProfileStore,
    jurisdiction: str,
    *,
    caller: Caller,
    on: date | None = None,
    recorded_at: datetime | None = None,
) -> ProfileAnswer:
    """The rules that count for a jurisdiction or cell on a day (default today).

    Raises:
        NotFound: no such jurisdiction, or nothing recorded. NotAllowed: not the caller's to see.
        BadRequest: what is stored cannot be used by this version; every problem at once.
    """
    _require(store, jurisdiction, caller)
    day = on or store.today(jurisdiction)
    row = store.row(jurisdiction, day, recorded_at)
    profile = row.profile()
    findings = () if recorded_at else class_findings(profile, store.classes_in_use(row.bureau_code, day))
    return ProfileAnswer(day, version_of(row), row.settings, effective(profile), findings)


def list_profiles(store: ProfileStore, jurisdiction: str, *, caller: Caller) -> ProfileList:
    """Every version that is current, of the bureau above a jurisdiction or cell; NotFound, NotAllowed."""
    _require(store, jurisdiction, caller)
    rows = store.rows(jurisdiction)
    return ProfileList(rows[0].bureau_code if rows else jurisdiction, tuple(version_of(row) for row in rows))


def _require(store: ProfileStore, jurisdiction: str, caller: Caller) -> None:
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the rules of {jurisdiction}",
    )
