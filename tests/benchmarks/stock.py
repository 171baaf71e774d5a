"""Stock routes from lines to blocks and their neighbours: GEOS for noding and faces, libpysal or hashed edges for adjacency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:  # nothing of ours is imported: a cold start of this route pays for this route alone
    from tests.benchmarks.inputs import Territory


def geos_blocks(territory: Territory) -> np.ndarray:
    """Noding and polygonize by GEOS, faces outside left out. No adjacency, no cleaning, no kinds of lines."""
    lines = territory.lines
    owner = np.repeat(np.arange(len(lines.kind)), np.diff(lines.offsets))
    noded = shapely.unary_union([*shapely.linestrings(lines.coords, indices=owner), territory.outline.boundary])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(territory.outline)
    return np.asarray(faces[shapely.contains(territory.outline, shapely.point_on_surface(faces))])


def libpysal_rook(faces: np.ndarray) -> Any:
    """libpysal's rook graph (who borders on whom, without lengths)."""
    import geopandas as gpd
    from libpysal.graph import Graph

    return Graph.build_contiguity(gpd.GeoSeries(faces), rook=True)


def hashed_edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m, 2) neighbours and (m,) length of their border, by sorting the edges of the faces: the fastest way with numpy alone."""
    rings, face = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    a, b = xy[:-1][joined], xy[1:][joined]
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    edge = np.where(swap[:, None], np.hstack([b, a]), np.hstack([a, b]))
    owner = face[ring[:-1][joined]]
    order = np.lexsort(edge.T)
    edge, owner = edge[order], owner[order]
    twin = np.flatnonzero((edge[1:] == edge[:-1]).all(axis=1))
    low, high = np.minimum(owner[twin], owner[twin + 1]), np.maximum(owner[twin], owner[twin + 1])
    key, row = np.unique(low.astype(np.int64) * len(faces) + high, return_inverse=True)
    length = np.bincount(row, np.hypot(*(edge[twin, :2] - edge[twin, 2:]).T))
    return np.column_stack([key // len(faces), key % len(faces)]), length
