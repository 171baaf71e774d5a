"""Are the stored rules usable, and is today the bureaus' today? Asked when a service starts, and again while they are not."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from geo_api.errors import StoreUnavailable
from geo_api.services.profiles.check_stored import check_stored
from geo_api.services.profiles.store import ProfileStore
from gridding.findings import Finding

log = logging.getLogger(__name__)


class RulesWatch:
    """Remembers what is wrong with the stored rules. Lookups go on whatever it finds: they need no rules.

    Args:
        store: where the rules are.
        timezone: in which the service reckons today; "" = whatever the bureaus' is.
    """

    def __init__(self, store: ProfileStore, timezone: str = "") -> None:
        self._store = store
        self._timezone = timezone
        self.findings: tuple[Finding, ...] = ()
        self.zones: tuple[str, ...] = ()
        """Time zones of bureaus in which it may be another day than in that of the service."""

    def check(self) -> None:
        """Look again; what is found is logged once. Nothing happens while the database is away."""
        try:
            found = check_stored(self._store)
            zones = tuple(sorted({row.timezone for row in self._store.in_force()}))
        except StoreUnavailable:
            return
        if found != self.findings:
            for finding in found:
                log.error("%s (gridward profile set corrects it)", finding.message)
        self.findings = found
        zones = tuple(zone for zone in zones if self._timezone and not _alike(zone, self._timezone))
        if zones != self.zones:
            self.zones = zones
            if zones:
                log.warning("%s", self._other_day())

    def note(self) -> str:
        """One line for /ready; "" where all is well."""
        if not self.findings:
            return self._other_day() if self.zones else ""
        more = f" and {len(self.findings) - 1} more" if len(self.findings) > 1 else ""
        return (
            f"the stored rules cannot all be used: {self.findings[0].message}{more}; correct them: gridward profile set"
        )

    def _other_day(self) -> str:
        theirs = ", ".join(self.zones)
        return (
            f"the service's today is that of {self._timezone} (GRIDWARD_TIMEZONE), its bureaus' that of {theirs}: lookups may "
            "answer for a day on which posts are refused as in the future; start the service with "
            f"GRIDWARD_TIMEZONE={self.zones[0]}"
        )


def _alike(one: str, other: str) -> bool:
    """Whether it is the same time in two zones, in summer and in winter: Asia/Chongqing and Asia/Shanghai."""
    now = datetime.now(UTC)
    days = (now, now + timedelta(days=182))
    return all(day.astimezone(ZoneInfo(one)).utcoffset() == day.astimezone(ZoneInfo(other)).utcoffset() for day in days)
