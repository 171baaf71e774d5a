"""Kept visits find their entities."""

from __future__ import annotations

from geo_api.services.answers import Caller
from geo_api.services.visits.model import VisitStore
from geo_api.services.visits.take_file import IMPORTERS
from geo_api.supervision.roles import require


def rematch_visits(store: VisitStore, jurisdiction: str, *, caller: Caller) -> int:
    """Store the kept visits whose entity is in the register by now; how many.

    The database does so by itself whenever entities are entered; this is for what was entered by other ways.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to do.
    """
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=IMPORTERS, ancestors=ancestors, to=f"match visits of {jurisdiction}"
    )
    return store.rematch(store.register_of(jurisdiction), caller=caller)
