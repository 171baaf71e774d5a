"""Borders that must stay where they are: those of locked cells, across which no sliver is merged."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.types import GRID_DEG, FloatArray, IntArray

NEAR_DEG = 2 * GRID_DEG
"""A piece whose middle is so near to a held border lies on it: nodes are rounded to the grid."""


def held_edges(lon: FloatArray, lat: FloatArray, u: IntArray, v: IntArray, areas: tuple[Any, ...]) -> NDArray[np.bool_]:
    """(edges,) whether each edge u -> v lies on the outline of one of the areas.

    Args:
        lon, lat: (nodes,) degrees.
        u, v: (edges,) nodes.
        areas: polygons or multipolygons in degrees.
    """
    held = np.zeros(len(u), bool)
    if not areas:
        return held
    rings = shapely.get_rings(shapely.get_parts(np.asarray(areas, dtype=object)))
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    inner = ring[1:] == ring[:-1]
    pieces = shapely.linestrings(np.stack([coords[:-1][inner], coords[1:][inner]], axis=1))
    ends = shapely.STRtree(pieces)
    middle = shapely.points((lon[u] + lon[v]) / 2, (lat[u] + lat[v]) / 2)
    held[ends.query(middle, predicate="dwithin", distance=NEAR_DEG)[0]] = True
    return held
