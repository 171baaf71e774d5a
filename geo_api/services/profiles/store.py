"""What profiles need of the store, as values and a Protocol."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.services.answers import Caller
from geo_api.supervision.periods import Period
from geo_api.supervision.profile import Profile, profile_from


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A stored version of a profile.

    Attributes:
        bureau_code: whose rules they are.
        timezone: of the bureau.
        settings: what is set in ``[rules]``.
        valid: days for which they hold.
        recorded_at: when the version was recorded.
        actor, reason: who set it and why; "" = the dataset ``source`` brought it.
        source: the dataset of the bureau.
    """

    bureau_code: str
    timezone: str
    settings: Mapping[str, Any]
    valid: Period
    recorded_at: datetime
    actor: str
    reason: str
    source: str

    @property
    def digest(self) -> str:
        """sha256 of the settings: the same rules have the same digest."""
        return settings_digest(self.settings)

    def profile(self) -> Profile:
        """The rules, typed; BadRequest where what is stored cannot be used (by this version)."""
        return profile_from(self.settings, bureau_code=self.bureau_code, valid=self.valid, timezone=self.timezone)


def settings_digest(settings: Mapping[str, Any]) -> str:
    """sha256 (hex) of settings, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


class ProfileStore(Protocol):
    """Where profiles are kept."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def row(self, code: str, on: date, recorded_at: datetime | None = None) -> ProfileRow:
        """The version for a day of the bureau above a code; NotFound."""
        ...

    def rows(self, code: str) -> tuple[ProfileRow, ...]:
        """The versions of the bureau above a code, oldest first; NotFound."""
        ...

    def in_force(self) -> tuple[ProfileRow, ...]:
        """Every version that still counts today or later, of every bureau."""
        ...

    def replace(
        self, bureau_code: str, settings: Mapping[str, Any], valid_from: date, *, caller: Caller, reason: str
    ) -> ProfileRow:
        """Store a version from a day up to the next one that is stored; Conflict where somebody was faster."""
        ...

    def classes_in_use(self, bureau_code: str, on: date) -> Mapping[str, int]:
        """Credit class -> entities that have it on a day."""
        ...


def profile_on(store: ProfileStore, code: str, on: date, recorded_at: datetime | None = None) -> Profile:
    """The rules that count for a jurisdiction or cell on a day (as recorded at a moment, default now)."""
    return store.row(code, on, recorded_at).profile()
