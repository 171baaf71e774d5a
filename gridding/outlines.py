"""Outlines of neighbouring stations, noded once, together: afterwards they share their borders vertex by vertex."""

from __future__ import annotations

import numpy as np
import shapely

from gridding.blocks import make_blocks
from gridding.errors import GeometryError
from gridding.exclusive import ring_lines
from gridding.regions import dissolve
from gridding.types import GeometryArray, Int32Array, LineKind, Projection


def node_outlines(outlines: GeometryArray, to_metres: Projection) -> GeometryArray:
    """Outlines that tile their union exactly, on the storage grid.

    Where outlines overlap, the first one has the overlap; a gap between them stays a gap. Each moves by less than a
    centimetre, but for spikes narrower than that, which vanish.

    Args:
        outlines: (n,) polygons or multipolygons in degrees, in the order of their codes.
        to_metres: projection for the areas of the faces.

    Returns:
        (n,) polygons or multipolygons; neighbours share every vertex of their common border.

    Raises:
        GeometryError: an outline that is empty, invalid, or wholly inside those before it.
    """
    if len(outlines) == 0 or shapely.is_empty(outlines).any():
        raise GeometryError("an outline is empty: every station needs a territory")
    lines = ring_lines(outlines, LineKind.ADMINISTRATIVE)
    faces = make_blocks(shapely.union_all(outlines), lines, to_metres, sliver_m2=0.0, dangle_snap_m=0.0)
    owner = _owners(outlines, faces.polygons)
    missing = np.setdiff1d(np.arange(len(outlines)), owner)
    if len(missing):
        raise GeometryError(f"outline {missing[0]} lies wholly inside those before it: correct the outlines")
    return dissolve(faces.topology, owner, len(outlines))


def _owners(outlines: GeometryArray, faces: GeometryArray) -> Int32Array:
    """(faces,) the first outline that covers each face; a face that snapping left in none goes to the nearest."""
    inner = shapely.point_on_surface(faces)
    tree = shapely.STRtree(outlines)
    face, outline = tree.query(inner, predicate="covered_by")
    owner = np.full(len(faces), len(outlines), np.int32)
    np.minimum.at(owner, face, outline.astype(np.int32))
    lost = np.flatnonzero(owner == len(outlines))
    if len(lost):
        owner[lost] = tree.nearest(inner[lost])
    return owner
