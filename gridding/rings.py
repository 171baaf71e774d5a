"""Polygons as arrays of directed ring edges, interior always on the left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.arrays import sums
from gridding.types import FloatArray, GeometryArray, IntArray


@dataclass(frozen=True, slots=True)
class RingEdges:
    """The edges of many polygons.

    Attributes:
        start, end: (edges, 2) coordinates; the polygon's interior lies on the left of start -> end.
        owner: (edges,) index of the polygon (in the array given) that the edge belongs to.
    """

    start: FloatArray
    end: FloatArray
    owner: IntArray


def ring_edges(geometries: GeometryArray) -> RingEdges:
    """The edges of polygons and multipolygons, whatever direction their rings were stored in.

    Empty geometries have no edges; edges of zero length are left out.
    """
    geometries = np.asarray(geometries, dtype=object)
    parts, part_owner = shapely.get_parts(geometries, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    if len(rings) == 0:
        none = np.empty((0, 2))
        return RingEdges(none, none, np.empty(0, np.int64))
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    same_ring = ring[1:] == ring[:-1]
    edge_ring = ring[:-1][same_ring]
    start, end = coords[:-1][same_ring], coords[1:][same_ring]
    is_shell = np.ones(len(rings), dtype=bool)
    is_shell[1:] = ring_part[1:] != ring_part[:-1]
    backward = (_doubled_areas(start, end, edge_ring, len(rings)) > 0) != is_shell
    swap = backward[edge_ring]
    start, end = np.where(swap[:, None], end, start), np.where(swap[:, None], start, end)
    keep = (start[:, 0] != end[:, 0]) | (start[:, 1] != end[:, 1])
    return RingEdges(start[keep], end[keep], part_owner[ring_part[edge_ring]][keep].astype(np.int64))


def _doubled_areas(start: FloatArray, end: FloatArray, ring: NDArray[np.intp], rings: int) -> FloatArray:
    """Twice the signed area of each ring, measured from the ring's own first vertex for precision."""
    first = np.searchsorted(ring, np.arange(rings))
    origin = start[np.minimum(first, len(start) - 1)][ring]
    a, b = start - origin, end - origin
    return sums(ring, a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], rings)
