"""Exclusive cells: markets and malls that are cells of their own, outside the ideal workload."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from gridding.types import BaseUnits, BoundaryLines, GeometryArray, Int32Array, LineKind


def with_outlines(lines: BoundaryLines, areas: tuple[Any, ...]) -> BoundaryLines:
    """Add the outlines of the areas to the boundary lines, so that no block lies half inside an area.

    Args:
        lines: boundary lines.
        areas: polygons or multipolygons in degrees.
    """
    if not areas:
        return lines
    more = ring_lines(np.asarray(areas, dtype=object), LineKind.ADMINISTRATIVE)
    return BoundaryLines(
        coords=np.concatenate([lines.coords, more.coords]),
        offsets=np.concatenate([lines.offsets, lines.offsets[-1] + more.offsets[1:]]),
        kind=np.concatenate([lines.kind, more.kind]),
    )


def ring_lines(areas: GeometryArray, kind: LineKind) -> BoundaryLines:
    """All rings of polygons and multipolygons, shells and holes, as boundary lines of one kind."""
    rings = shapely.get_rings(shapely.get_parts(areas))  # get_rings passes multipolygons over
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    return BoundaryLines(
        coords=coords,
        offsets=np.concatenate([[0], np.cumsum(np.bincount(ring, minlength=len(rings)))]).astype(np.int64),
        kind=np.full(len(rings), kind, np.int8),
    )


def exclusive_groups(polygons: GeometryArray, areas: tuple[Any, ...]) -> Int32Array | None:
    """The exclusive area that each block lies in.

    Args:
        polygons: (blocks,) block polygons.
        areas: polygons or multipolygons in degrees; where two overlap the first wins.

    Returns:
        (blocks,) index of the area that holds the block, -1 where none does; None when there are no areas.
    """
    if not areas:
        return None
    inner = shapely.point_on_surface(polygons)
    group = np.full(len(polygons), -1, np.int32)
    block, area = shapely.STRtree(inner).query(np.asarray(areas, dtype=object), predicate="contains")[::-1]
    order = np.argsort(area, kind="stable")[::-1]
    group[block[order]] = area[order]
    return group


def units_near(units: BaseUnits, area: Any) -> BaseUnits:
    """The base units that share some area with a polygon."""
    mine = np.flatnonzero(shapely.area(shapely.intersection(units.polygons, area)) > 0).tolist()
    return BaseUnits(units.polygons[mine], tuple(units.codes[i] for i in mine), tuple(units.names[i] for i in mine))
