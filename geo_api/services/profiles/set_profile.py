"""Use case: new rules for a bureau from a day on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.profiles.answers import ProfileAnswer, effective, version_of
from geo_api.services.profiles.class_findings import class_findings
from geo_api.services.profiles.store import ProfileStore, settings_digest
from geo_api.supervision.profile import profile_from
from geo_api.supervision.roles import require

SETTERS = frozenset({"approver"})


def set_profile(
    store: ProfileStore,
    jurisdiction: str,
    settings: Mapping[str, Any],
    *,
    caller: Caller,
    valid_from: date | None = None,
    reason: str,
) -> ProfileAnswer:
    """Give a bureau other rules from a day on, up to the next version that is stored; earlier days keep theirs.

    Args:
        store: where profiles are kept.
        jurisdiction: code of the bureau.
        settings: all of ``[rules]``; what is left out has its default, whatever held before.
        caller: an approver or admin of the bureau.
        valid_from: first day; default: today. An earlier one is for admins.
        reason: why, as recorded.

    Raises:
        BadRequest: settings that cannot be used, all at once; no reason; the code of a station or cell.
        NotFound: no such bureau. NotAllowed: not the caller's to do. Conflict: somebody was faster.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=SETTERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"set the rules of {jurisdiction}",
    )
    if not reason.strip():
        raise BadRequest(f"new rules of {jurisdiction} need a reason: it is recorded with who set them")
    day = valid_from or store.today(jurisdiction)
    refuse_backdating(store, jurisdiction, day, caller=caller, reason=reason, what=f"rules of {jurisdiction}")
    settings = json.loads(json.dumps(dict(settings), default=str))  # days of a TOML file become texts
    profile = profile_from(settings)
    held = store.row(jurisdiction, day)
    if held.bureau_code != jurisdiction:
        raise BadRequest(
            f"{jurisdiction} has no rules of its own: they are those of {held.bureau_code}, set them there"
        )
    if held.valid.start == day and held.digest == settings_digest(settings):
        row = held  # the same again changes nothing
    else:
        row = store.replace(jurisdiction, settings, day, caller=caller, reason=reason.strip())
    findings = class_findings(profile, store.classes_in_use(jurisdiction, day))
    return ProfileAnswer(day, version_of(row), row.settings, effective(profile), findings)
