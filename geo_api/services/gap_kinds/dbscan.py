"""Points that lie close together: DBSCAN, exact, in memory that grows with the points however crowded a place is.

A grid with cells whose diagonal is the distance: points of one cell are neighbours, so their pairs are never listed (after
Gunawan, 2013, "A faster algorithm for DBSCAN"). Crowded cells meet others through a tree of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CROWDED = 16
"""Pairs of points are listed only in and between cells with fewer."""
INSIDE = (1 - 1e-9) / np.sqrt(2)
"""Side of a cell, as a share of the distance: its diagonal is the distance, less what rounding may add."""
AROUND = [(i, j) for i in range(-2, 3) for j in range(-2, 3) if (i, j) != (0, 0)]
"""Cells that may hold a point within the distance."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cluster_labels(x: Floats, y: Floats, within: float, least: int) -> Ints:
    """(n,) cluster of each point, -1 = none: DBSCAN.

    A point with at least ``least`` points (itself one of them) within the distance is dense; dense points within the
    distance of each other are one cluster; a point that is not dense joins the nearest dense one within the distance.
    Clusters are numbered by their first point. Ester, Kriegel, Sander, Xu (1996), KDD-96, 226-231.

    Args:
        x, y: metres, finite. within: metres. least: points.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    n = len(x)
    labels = np.full(n, -1, np.int64)
    if n < least:
        return labels
    points = np.column_stack([x, y])
    column, row = (np.floor((values - values.min()) / (within * INSIDE)).astype(np.int64) + 2 for values in (x, y))
    cell = column * (int(row.max()) + 3) + row
    _, of, size = np.unique(cell, return_inverse=True, return_counts=True)
    dense = size[of] >= least
    unsure = np.flatnonzero(~dense)
    if len(unsure):
        dense[unsure] = cKDTree(points).query_ball_point(points[unsure], within, return_length=True) >= least
    core = np.flatnonzero(dense)
    if not len(core):
        return labels
    order = np.argsort(cell[core], kind="stable")
    edges = order[np.concatenate(list(_edges(points[core[order]], cell[core[order]], int(row.max()) + 3, within)))]
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(core), len(core)))
    _, component = connected_components(graph, directed=False)
    distance, nearest = cKDTree(points[core]).query(points)
    joined = np.flatnonzero(distance <= within)
    found = component[nearest[joined]]
    _, first, number = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    labels[joined] = rank[number]
    return labels


def _edges(points: Floats, cell: Ints, rows: int, within: float) -> Iterator[Ints]:
    """(m, 2) pairs of points within the distance, enough of them to connect all that belong together.

    Args:
        points: (n, 2), sorted by cell. cell: (n,) column * rows + row. within: metres.
    """
    from scipy.spatial import cKDTree

    same = np.flatnonzero(cell[1:] == cell[:-1])
    yield np.column_stack([same, same + 1])
    codes, start, size = np.unique(cell, return_index=True, return_counts=True)
    crowded = size >= CROWDED
    few = np.flatnonzero(np.repeat(~crowded, size))
    if len(few):
        yield few[cKDTree(points[few]).query_pairs(within, output_type="ndarray").astype(np.int64)]
    place = {int(code): i for i, code in enumerate(codes)}
    steps = [i * rows + j for i, j in AROUND]
    for i in np.flatnonzero(crowded).tolist():
        around = [place[near] for step in steps if (near := int(codes[i]) + step) in place]
        others = [np.arange(start[k], start[k] + size[k]) for k in around if not crowded[k] or k > i]
        if others:
            other = np.concatenate(others)
            tree = cKDTree(points[start[i] : start[i] + size[i]])
            distance, nearest = tree.query(points[other], distance_upper_bound=np.nextafter(within, np.inf))
            met = distance <= within
            yield np.column_stack([other[met], start[i] + nearest[met]])
