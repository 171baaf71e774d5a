"""The parts of divided cells: which one a place lies in, and who answers there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from geo_api.services.answers import OfficerOnDuty, PublishedTerritory, SubAreaRef
from gridding.types import GeometryArray


@dataclass(frozen=True, slots=True)
class SubAreaFinder:
    """The sub-areas of one cell, sorted by code; ``officers`` are those of each."""

    refs: tuple[SubAreaRef, ...]
    shapes: GeometryArray

    def at(self, lon: float, lat: float) -> SubAreaRef | None:
        """The sub-area of a place (degrees, storage datum), its border included, the lowest code first; None: in none."""
        for i in np.flatnonzero(shapely.intersects_xy(self.shapes, lon, lat)).tolist():
            return self.refs[i]
        return None


def sub_area_finders(territory: PublishedTerritory, index_of: Mapping[str, int]) -> dict[int, SubAreaFinder]:
    """Cell position -> its sub-areas, for the cells that are divided; those of cells not in force are left out."""
    by_cell: dict[int, list[tuple[SubAreaRef, bytes]]] = {}
    for row in sorted(territory.sub_areas, key=lambda r: r.code):
        if (at := index_of.get(row.cell_code)) is not None:
            officers: tuple[OfficerOnDuty, ...] = territory.officers.get(row.code, ())
            by_cell.setdefault(at, []).append((SubAreaRef(row.code, row.name, officers), row.wkb))
    finders = {}
    for at, rows in by_cell.items():
        shapes = np.empty(len(rows), dtype=object)
        shapes[:] = shapely.from_wkb([wkb for _, wkb in rows])
        shapely.prepare(shapes)
        finders[at] = SubAreaFinder(tuple(ref for ref, _ in rows), shapes)
    return finders
