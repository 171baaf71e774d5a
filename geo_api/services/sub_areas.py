"""The parts of divided cells: which one a place lies in, and who answers there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo_api.services.answers import OfficerOnDuty, PublishedTerritory, SubAreaRef, SubAreaRow
from gridding.findings import Finding, Severity
from gridding.types import GeometryArray

INSIDE = 0.999
"""So much of a sub-area must lie inside its cell; the rest is the noise of drawing."""


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


def sub_areas_outside(
    rule: str, areas: Sequence[SubAreaRow], codes: Sequence[str], shapes: GeometryArray
) -> Iterator[Finding]:
    """A finding for each sub-area that does not lie in its cell as the cells are drawn, or whose cell is not among them."""
    if not areas:
        return
    place = {code: i for i, code in enumerate(codes)}
    parts = np.asarray(shapely.from_wkb([a.wkb for a in areas]), dtype=object)
    for area, part in zip(areas, parts, strict=True):
        at = place.get(area.cell_code)
        inside = float(shapely.intersection(part, shapes[at]).area / part.area) if at is not None else 0.0
        if inside >= INSIDE:
            continue
        why = f"only {inside:.0%} of it lies in it" if at is not None else "which is given up"
        why_zh = f"仅 {inside:.0%} 位于其内" if at is not None else "该网格已撤销"
        point = shapely.point_on_surface(part)
        yield Finding(
            rule,
            Severity.WARNING,
            f"sub-area {area.code} belongs to cell {area.cell_code}, {why}: draw it anew, or end it",
            f"分区 {area.code} 属于网格 {area.cell_code}，{why_zh}，请重新绘制或撤销",
            where=area.code,
            value=round(inside, 4),
            limit=INSIDE,
            unit="fraction",
            at=(float(point.x), float(point.y)),
            details={"cell_code": area.cell_code},
        )
