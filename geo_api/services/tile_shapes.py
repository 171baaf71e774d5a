"""Polygons made ready for tiles: projected once, every vertex with the coarseness up to which it is needed.

Neighbours share their borders vertex by vertex, so a border is simplified once and both sides show the same line: the
borders are cut into arcs where three or more meet, and each arc is simplified by Douglas and Peucker (Algorithms for the
reduction of the number of points required to represent a digitized line, 1973). What a vertex weighs is the tolerance up
to which the algorithm keeps it, so one pass serves all zooms, and no border moves by more than the tolerance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba as nb
import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.types import FloatArray, GeometryArray

LATITUDE_LIMIT = 85.051128779806604
"""Where the square of Web Mercator ends, degrees."""


@dataclass(frozen=True, slots=True)
class TileShapes:
    """Polygons in world coordinates: the unit is the width of one tile at zoom 0, y points south.

    Attributes:
        xy: (vertices, 2); rings without their closing vertex.
        weight: (vertices,) the largest tolerance, in world units, at which a vertex is still needed.
        ring_starts: (rings + 1,) into vertices.
        part_starts: (parts + 1,) into rings; the first ring of a part is its outside.
        shape_starts: (shapes + 1,) into parts.
        boxes: (shapes, 4) west, north, east, south in world units.
    """

    xy: FloatArray
    weight: FloatArray
    ring_starts: NDArray[np.int64]
    part_starts: NDArray[np.int64]
    shape_starts: NDArray[np.int64]
    boxes: FloatArray


def web_mercator(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Degrees -> world coordinates of WebMercatorQuad: one tile at zoom 0."""
    y = np.arcsinh(np.tan(np.radians(np.clip(lat, -LATITUDE_LIMIT, LATITUDE_LIMIT))))
    return np.stack([(lon + 180.0) / 360.0, 0.5 - y / (2.0 * math.pi)], axis=1)


def plate_carree(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Degrees -> world coordinates of WorldCRS84Quad: two tiles side by side at zoom 0."""
    return np.stack([(lon + 180.0) / 180.0, (90.0 - lat) / 180.0], axis=1)


PROJECTIONS = {"WebMercatorQuad": web_mercator, "WorldCRS84Quad": plate_carree}
"""Name of a tile matrix set -> its projection."""


def make_shapes(polygons: GeometryArray, tile_matrix_set: str) -> TileShapes:
    """Project polygons and multipolygons (degrees) and weigh their vertices."""
    outlines = [shapely.MultiPolygon([p]) if p.geom_type == "Polygon" else p for p in polygons]
    _, degrees, (rings, parts, shapes) = shapely.to_ragged_array(np.array(outlines, dtype=object), include_z=False)
    closing = np.zeros(len(degrees), bool)
    closing[rings[1:] - 1] = True
    starts = rings - np.arange(len(rings))
    degrees = degrees[~closing]
    xy = np.ascontiguousarray(PROJECTIONS[tile_matrix_set](degrees[:, 0], degrees[:, 1]))
    _, vertex = np.unique(degrees[:, 0] + 1j * degrees[:, 1], return_inverse=True)
    weight = _weights(xy, vertex.astype(np.int64), starts, int(vertex.max()) + 1)
    begins = starts[parts[shapes[:-1]]]
    low, high = np.minimum.reduceat(xy, begins), np.maximum.reduceat(xy, begins)
    return TileShapes(xy, weight, starts, parts.astype(np.int64), shapes.astype(np.int64), np.hstack([low, high]))


@nb.njit(cache=True, nogil=True)
def _weights(xy, vertex, starts, vertices):  # type: ignore[no-untyped-def]
    """(vertices of rings,) the weight of each; ``vertex`` names equal places by equal numbers."""
    fixed = _where_arcs_end(vertex, starts, vertices)
    weight = np.full(vertices, -1.0)
    for ring in range(len(starts) - 1):
        begin, size = starts[ring], starts[ring + 1] - starts[ring]
        first = -1
        for i in range(size):
            if fixed[vertex[begin + i]]:
                first = i
                break
        if first < 0:  # an island: from its lowest vertex to the one farthest away, and back
            first = 0
            for i in range(size):
                if vertex[begin + i] < vertex[begin + first]:
                    first = i
            far, farthest = first, -1.0
            x, y = xy[begin + first]
            for i in range(size):
                apart = (xy[begin + i, 0] - x) ** 2 + (xy[begin + i, 1] - y) ** 2
                if apart > farthest or (apart == farthest and vertex[begin + i] < vertex[begin + far]):
                    far, farthest = i, apart
            fixed[vertex[begin + first]] = fixed[vertex[begin + far]] = True
        at = 0
        while at < size:
            length = 1
            while not fixed[vertex[begin + (first + at + length) % size]]:
                length += 1
            if length > 1 and weight[vertex[begin + (first + at + 1) % size]] < 0:
                _weigh_arc(xy, vertex, begin, size, first + at, length, weight)
            at += length
    out = np.empty(len(vertex))
    for i in range(len(vertex)):
        out[i] = np.inf if fixed[vertex[i]] else weight[vertex[i]]
    return out


@nb.njit(cache=True, nogil=True)
def _where_arcs_end(vertex, starts, vertices):  # type: ignore[no-untyped-def]
    """(vertices,) whether borders in other than two directions leave a vertex."""
    one, two = np.full(vertices, -1), np.full(vertices, -1)
    ends = np.zeros(vertices, np.bool_)
    for ring in range(len(starts) - 1):
        begin, size = starts[ring], starts[ring + 1] - starts[ring]
        for i in range(size):
            here = vertex[begin + i]
            for step in (size - 1, 1):
                there = vertex[begin + (i + step) % size]
                if one[here] < 0 or one[here] == there:
                    one[here] = there
                elif two[here] < 0 or two[here] == there:
                    two[here] = there
                else:
                    ends[here] = True
    return ends


@nb.njit(cache=True, nogil=True)
def _weigh_arc(xy, vertex, begin, size, first, length, weight):  # type: ignore[no-untyped-def]
    """Douglas and Peucker over the ``length`` - 1 vertices between two ends, without a tolerance."""
    stack = [(0, length, np.inf)]
    while len(stack) > 0:
        low, high, above = stack.pop()
        if high - low < 2:
            continue
        ax, ay = xy[begin + (first + low) % size]
        bx, by = xy[begin + (first + high) % size]
        dx, dy = bx - ax, by - ay
        long2 = dx * dx + dy * dy
        best, at = -1.0, low + 1
        for i in range(low + 1, high):
            px, py = xy[begin + (first + i) % size, 0] - ax, xy[begin + (first + i) % size, 1] - ay
            t = min(max((px * dx + py * dy) / long2, 0.0), 1.0) if long2 > 0 else 0.0
            apart = (px - t * dx) ** 2 + (py - t * dy) ** 2
            if apart > best:
                best, at = apart, i
        kept = min(math.sqrt(best), above)
        weight[vertex[begin + (first + at) % size]] = kept
        stack.append((low, at, kept))
        stack.append((at, high, kept))
