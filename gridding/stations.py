"""Many stations of one bureau: whose territory is whose, who answers for which point, and how many cells each gets."""

from __future__ import annotations

import heapq

import numpy as np
import shapely

from gridding.boundaries import UNITS_PER_DEGREE
from gridding.errors import Infeasible
from gridding.locate import CellLocator
from gridding.types import BoundaryLines, FloatArray, GeometryArray, Int32Array, IntArray

NEAR_DEG = 2**17 / UNITS_PER_DEGREE
"""Lines so near to a station (140 m) may have a vertex on its border: twice what the topology looks at."""


def cells_by_workload(workload: FloatArray, cells: int) -> IntArray:
    """(stations,) cells of each station: at least one each, the others by share of the workload.

    The method of equal proportions (Huntington-Hill): each next cell goes to the station with the greatest
    workload / sqrt(k (k + 1)), k = the cells that it has. No transfer of a cell between two stations would bring their
    workloads per cell relatively nearer. Of equal stations the first wins.

    Args:
        workload: (stations,) hours a year, >= 0.
        cells: cells of all stations together.

    Raises:
        Infeasible: fewer cells than stations.
    """
    stations = len(workload)
    if cells < stations:
        raise Infeasible(
            f"{cells} cells are too few for {stations} stations: every station needs one. Ask for at least {stations} cells."
        )
    share = np.ones(stations, np.int64)
    queue = [(-float(w) / np.sqrt(2.0), i) for i, w in enumerate(workload)]
    heapq.heapify(queue)
    for _ in range(cells - stations):
        _, i = queue[0]
        share[i] += 1
        heapq.heapreplace(queue, (-float(workload[i]) / np.sqrt(float(share[i] * (share[i] + 1))), i))
    return share


def station_of_points(outlines: GeometryArray, points: FloatArray) -> Int32Array:
    """(n,) station of each point, the first that covers it; -1 = in none or unlocated.

    Args:
        outlines: (stations,) noded together, in the order of the stations' codes: then the lowest code wins, as the
            border rule wants it.
        points: (n, 2) longitude and latitude.
    """
    return CellLocator(outlines).locate(points[:, 0], points[:, 1])


def lines_near(lines: BoundaryLines, bounds: FloatArray) -> BoundaryLines:
    """The lines that come near a box; blocks made from them are the same as from all lines.

    Args:
        lines: boundary lines.
        bounds: west, south, east, north in degrees.
    """
    count = np.diff(lines.offsets)
    full = count > 0
    starts = lines.offsets[:-1][full]
    near = np.zeros(len(count), dtype=bool)
    if len(starts):
        low = np.minimum.reduceat(lines.coords, starts, axis=0)
        high = np.maximum.reduceat(lines.coords, starts, axis=0)
        near[full] = (low <= bounds[2:] + NEAR_DEG).all(axis=1) & (high >= bounds[:2] - NEAR_DEG).all(axis=1)
    offsets = np.concatenate([[0], np.cumsum(count[near])]).astype(np.int64)
    return BoundaryLines(lines.coords[np.repeat(near, count)], offsets, lines.kind[near])


def heaviest_first(outlines: GeometryArray, lines: BoundaryLines, cells: IntArray) -> IntArray:
    """Order in which stations are best built on several cores: the longest first, so that none is left over at the end."""
    size = np.array([len(lines_near(lines, shapely.bounds(outline)).coords) for outline in outlines], dtype=np.float64)
    return np.argsort(-(size + 1) * (cells + 1), kind="stable").astype(np.int64)
