"""Vector tiles."""

from __future__ import annotations

import shapely

from geo_api.services.snapshot import Snapshot


def territory_bounds(snapshot: Snapshot) -> list[float] | None:
    """West, south, east, north of all that is published on a day, degrees; None where nothing is."""
    wkb = [s.outline_wkb for s in snapshot.territory.stations]
    return [float(v) for v in shapely.total_bounds(shapely.from_wkb(wkb))] if wkb else None
