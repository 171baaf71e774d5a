"""Are the stored rules usable? Asked when a service starts, and again while they are not."""

from __future__ import annotations

import logging

from geo_api.errors import StoreUnavailable
from geo_api.services.profiles.check_stored import check_stored
from geo_api.services.profiles.store import ProfileStore
from gridding.findings import Finding

log = logging.getLogger(__name__)


class RulesWatch:
    """Remembers what is wrong with the stored rules. Lookups go on whatever it finds: they need no rules."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self.findings: tuple[Finding, ...] = ()

    def check(self) -> None:
        """Look again; what is found is logged once. Nothing happens while the database is away."""
        try:
            found = check_stored(self._store)
        except StoreUnavailable:
            return
        if found != self.findings:
            for finding in found:
                log.error("%s (gridward profile set corrects it)", finding.message)
        self.findings = found

    def note(self) -> str:
        """One line for /ready; "" where all is well."""
        if not self.findings:
            return ""
        more = f" and {len(self.findings) - 1} more" if len(self.findings) > 1 else ""
        return (
            f"the stored rules cannot all be used: {self.findings[0].message}{more}; correct them: gridward profile set"
        )
