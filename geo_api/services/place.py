"""Give an entity its place by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.supervision.roles import require
from layers.datum import to_storage

PLACERS = frozenset({"planner", "officer", "approver"})


@dataclass(frozen=True, slots=True)
class Placed:
    """An entity where it now is, EPSG:4490; ``cell_code`` of today's plan, None = in no cell."""

    entity_id: int
    name: str
    lon: float
    lat: float
    cell_code: str | None


class PlaceStore(Protocol):
    """Where places go."""

    def bureau_of_entity(self, entity_id: int) -> tuple[str, ...]:
        """Codes of the jurisdictions whose register an entity belongs to; NotFound."""
        ...

    def place(self, entity_id: int, lon: float, lat: float, *, caller: Caller, reason: str) -> Placed:
        """Record the place in new versions of the entity's current rows."""
        ...


def place_entity(
    store: PlaceStore, entity_id: int, lon: float, lat: float, *, datum: str, caller: Caller, reason: str = ""
) -> Placed:
    """Give an entity its place by hand, for all days: it was there, the register did not know.

    Raises:
        NotFound: no such entity. NotAllowed: not the caller's to do.
        DatumError, BadRequest: a place that cannot be.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=PLACERS,
        ancestors=store.bureau_of_entity(entity_id),
        to=f"place entity {entity_id}",
    )
    x, y = to_storage(np.array([lon]), np.array([lat]), datum)
    if not (np.isfinite([x[0], y[0]]).all() and abs(x[0]) <= 180 and abs(y[0]) <= 90):
        raise BadRequest(f"{lon}, {lat} is no longitude and latitude in {datum}")
    return store.place(entity_id, float(x[0]), float(y[0]), caller=caller, reason=reason)
