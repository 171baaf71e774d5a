"""Who is near enough to an entity of a bureau: the bureau, what is above it, and every part of it."""

from __future__ import annotations

from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.register.store import LifeStore


def codes_concerned(store: LifeStore, bureau: str, caller: Caller) -> tuple[str, ...]:
    """Codes that a caller may be bound to, for what concerns a whole bureau's register: entities move between its stations."""
    above = store.ancestors(bureau)
    if not caller.jurisdiction or caller.jurisdiction in above:
        return above
    try:
        mine = store.ancestors(caller.jurisdiction)
    except NotFound:  # a key of a jurisdiction that is no more
        return above
    return (*above, *mine) if bureau in mine else above
