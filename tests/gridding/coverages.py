"""Random coverages, and the points at which a look-up could go wrong; a brute-force answer from shapely."""

import numpy as np
import shapely
from scipy.spatial import Voronoi

GRID = 1e-8


def snap(polygons):
    return shapely.transform(polygons, lambda xy: np.round(xy / GRID) * GRID)


def merge(pieces, labels):
    """Pieces with one label become one cell (several parts, holes, enclaves); label -1 is left out."""
    return np.array([shapely.coverage_union_all(pieces[labels == k]) for k in np.unique(labels[labels >= 0])])


def voronoi(seed, n=40, cells=12, extent=0.1, west=116.3, south=39.8, share_out=0.1):
    """Cells of random Voronoi pieces on the storage grid: an exact coverage, or None if snapping spoilt it."""
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, 1, (n, 2))
    far = np.array([[-9, -9], [-9, 9], [9, -9], [9, 9], [0, 20], [0, -20], [20, 0], [-20, 0]], float)
    v = Voronoi(np.vstack([seeds, far]))
    box = shapely.box(-0.2, -0.2, 1.2, 1.2)
    pieces = np.array([shapely.Polygon(v.vertices[v.regions[v.point_region[i]]]) for i in range(n)])
    pieces = pieces[shapely.covered_by(pieces, box)]
    pieces = snap(shapely.transform(pieces, lambda xy: xy * extent + (west, south)))
    if not len(pieces) or not shapely.is_valid(pieces).all() or not shapely.coverage_is_valid(pieces):
        return None
    labels = rng.integers(0, cells, len(pieces))
    labels[rng.random(len(pieces)) < share_out] = -1
    if (labels < 0).all():
        labels[0] = 0
    return merge(pieces, labels)


def rectangles(seed, nx=7, ny=6, cells=9, west=116.3, south=39.8):
    """The same of rectangles: every edge is parallel to an axis."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.choice(10_000_000, nx + 1, replace=False)) * GRID + west
    y = np.sort(rng.choice(10_000_000, ny + 1, replace=False)) * GRID + south
    i, j = (a.ravel() for a in np.meshgrid(np.arange(nx), np.arange(ny)))
    labels = rng.integers(-1, cells, nx * ny)
    labels[0] = 0
    return merge(shapely.box(x[i], y[j], x[i + 1], y[j + 1]), labels)


def critical_points(polygons, rng, n=300, corners=None):
    """(x, y) of vertices, midpoints, points on edges, one ulp beside them, level with vertices, ..."""
    xy = shapely.get_coordinates(polygons)
    rings, _ = shapely.get_rings(shapely.get_parts(polygons), return_index=True)
    rxy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    k = rng.choice(edge, n)
    a, b = rxy[k], rxy[k + 1]
    w = rng.uniform(0, 1, (n, 1))
    on = np.vstack([rxy[rng.choice(len(rxy), n)], (a + b) / 2, a * (1 - w) + b * w])
    beside = np.nextafter(on, on + rng.choice([-1.0, 0.0, 1.0], on.shape))
    level = np.column_stack([rng.choice(xy[:, 0], n), rng.choice(xy[:, 1], n)])
    west, south, east, north = shapely.total_bounds(polygons)
    span = max(east - west, north - south)
    inside = rng.uniform((west - span / 9, south - span / 9), (east + span / 9, north + span / 9), (n, 2))
    groups = [on, beside, level, inside, np.column_stack([level[:, 0], inside[:, 1]])]
    if corners is not None:
        groups.append(corners)
    points = np.vstack(groups)
    return points[:, 0].copy(), points[:, 1].copy()


def brute(polygons, x, y):
    """Lowest index of the polygons that shapely says cover each point, -1 = none."""
    points = shapely.points(x, y)
    out = np.full(len(x), -1, np.int32)
    for i in range(len(polygons) - 1, -1, -1):
        if polygons[i] is not None:
            shapely.prepare(polygons[i])
            out[shapely.covers(polygons[i], points)] = i
    return out
