"""Geometry made ready for the screen: simplified together, placed labels, packed into few bytes.

Everything here is for display. What is simplified never goes back into a plan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

METRES_PER_DEGREE = 111_320.0
CELL_DECIMALS, LINE_DECIMALS = 6, 5
"""Decimals of degrees that are sent: 0.1 m for cells, 1 m for streets."""

Geometries = NDArray[np.object_]
Packed = list[Any]


@dataclass(frozen=True, slots=True)
class Flat:
    """A local plane in which a degree is as long eastward as northward, good for labels and tolerances.

    Attributes:
        squeeze: cosine of the middle latitude.
    """

    squeeze: float

    @classmethod
    def of(cls, geometries: Geometries) -> Flat:
        """The plane that suits these geometries (longitudes and latitudes in degrees)."""
        bounds = shapely.total_bounds(geometries)
        middle = 0.0 if np.isnan(bounds).any() else float(bounds[1] + bounds[3]) / 2
        return cls(max(math.cos(math.radians(middle)), 0.01))

    def to_metres(self, geometries: Any) -> Any:
        """Degrees -> metres (approximate)."""
        return shapely.transform(geometries, lambda c: c * (self.squeeze * METRES_PER_DEGREE, METRES_PER_DEGREE))

    def to_degrees(self, geometries: Any) -> Any:
        """Metres -> degrees."""
        return shapely.transform(geometries, lambda c: c / (self.squeeze * METRES_PER_DEGREE, METRES_PER_DEGREE))


def simplify_together(polygons: Geometries, tolerance_m: float, flat: Flat) -> Geometries:
    """Simplify polygons that share borders, so that they still share them.

    Args:
        polygons: polygons or multipolygons in degrees.
        tolerance_m: about how far a border may move, metres; 0 = only round.
        flat: the plane to measure in.

    Returns:
        Polygons rounded to :data:`CELL_DECIMALS`; one that would vanish is returned as it was.
    """
    if not len(polygons):
        return polygons
    simple = flat.to_metres(polygonal(shapely.make_valid(polygons)))
    if tolerance_m > 0:
        # Visvalingam: the tolerance is the square root of the area of the triangles that are taken away
        simple = shapely.coverage_simplify(simple, tolerance_m)
    rounded = _round(flat.to_degrees(simple), CELL_DECIMALS)
    gone = shapely.is_empty(rounded) | (shapely.area(rounded) == 0)
    return np.where(gone, polygons, rounded)


def label_places(polygons: Geometries, flat: Flat) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The place farthest from every border, within the largest part of each polygon.

    Returns:
        (n, 2) longitudes and latitudes, and (n,) distances to the border in metres.
    """
    if not len(polygons):
        return np.empty((0, 2)), np.empty(0)
    largest = flat.to_metres(_largest_parts(polygons))
    tolerance = np.sqrt(shapely.area(largest)) / 100 + 0.01
    circles = shapely.maximum_inscribed_circle(largest, tolerance=tolerance)
    centres = flat.to_degrees(shapely.get_point(circles, 0))
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)]), shapely.length(circles)


def pack_polygons(polygons: Geometries, decimals: int = CELL_DECIMALS) -> list[Packed]:
    """Each polygon as parts of rings of integers: first vertex, then steps, closing vertex left out."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    packed: list[Packed] = [[] for _ in range(len(polygons))]
    by_part: list[Packed] = [[] for _ in range(len(parts))]
    for ring, index in zip(_steps(rings, decimals), ring_of.tolist(), strict=True):
        by_part[index].append(ring[:-2])
    for part, index in zip(by_part, part_of.tolist(), strict=True):
        packed[index].append(part)
    return packed


def pack_lines(lines: Geometries, decimals: int = LINE_DECIMALS) -> list[Packed]:
    """Each line or multiline as parts of integers: first vertex, then steps."""
    parts, part_of = shapely.get_parts(lines, return_index=True)
    packed: list[Packed] = [[] for _ in range(len(lines))]
    for part, index in zip(_steps(parts, decimals), part_of.tolist(), strict=True):
        packed[index].append(part)
    return packed


def outer_boundary(polygons: Geometries) -> Any:
    """The union of polygons that share borders; slower but safe where they do not."""
    if shapely.is_valid(polygons).all() and shapely.coverage_is_valid(polygons):
        return shapely.coverage_union_all(polygons)
    return shapely.union_all(shapely.make_valid(polygons), grid_size=10.0**-CELL_DECIMALS)


def vertices(geometries: Geometries) -> NDArray[np.int64]:
    """Number of vertices of each geometry."""
    return np.asarray(shapely.get_num_coordinates(geometries), dtype=np.int64)


def polygonal(geometries: Geometries) -> Geometries:
    """Geometries with everything but their polygons taken away, missing ones as empty polygons."""
    filled = np.where(shapely.is_missing(geometries), shapely.Polygon(), geometries)
    kinds = shapely.get_type_id(filled)
    if np.isin(kinds, (3, 6)).all():
        return filled
    parts, index = shapely.get_parts(filled, return_index=True)
    keep = shapely.get_type_id(parts) == 3
    out = np.full(len(filled), shapely.Polygon(), dtype=object)
    multi = shapely.multipolygons(parts[keep], indices=index[keep]) if keep.any() else np.empty(0, dtype=object)
    out[np.unique(index[keep])] = multi[np.unique(index[keep])] if len(multi) else multi
    return out


def _round(geometries: Geometries, decimals: int) -> Geometries:
    return np.asarray(shapely.transform(geometries, lambda c: np.round(c, decimals)), dtype=object)


def _largest_parts(polygons: Geometries) -> Geometries:
    parts, index = shapely.get_parts(polygons, return_index=True)
    order = np.lexsort((np.arange(len(parts)), -shapely.area(parts), index))
    first = np.unique(index[order], return_index=True)[1]
    out = np.array(polygons, dtype=object)
    out[index[order][first]] = parts[order][first]
    return out


def _steps(lines: Geometries, decimals: int) -> list[list[int]]:
    """Coordinates of lines or rings as integers: the first vertex, then differences, repeated vertices left out."""
    coords, index = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(coords * 10**decimals).astype(np.int64)
    if not len(whole):
        return [[] for _ in range(len(lines))]
    starts = np.r_[True, index[1:] != index[:-1]]
    steps = np.diff(whole, axis=0, prepend=0)
    steps[starts] = whole[starts]
    keep = starts | (steps != 0).any(axis=1)
    rows = np.split(steps[keep], np.flatnonzero(starts[keep])[1:])
    out: list[list[int]] = [[] for _ in range(len(lines))]
    for line, row in zip(index[starts].tolist(), rows, strict=True):
        out[line] = row.ravel().tolist()
    return out
