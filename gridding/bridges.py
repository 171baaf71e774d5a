"""The shortest bridges that join groups of blocks into one: straight lines between blocks of different parts, as a tree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError, cKDTree

from gridding.csr import components
from gridding.types import FloatArray, Int32Array, IntArray

NEAR = 12
"""So many of the nearest blocks are looked at, for each block."""
FEWEST = 4
"""Points that a triangulation needs at least."""


def shortest_bridges(place: FloatArray, group: Int32Array, part: Int32Array) -> list[tuple[int, int]]:
    """Shortest bridges that join all groups of different parts into one, as a tree, shortest first.

    Args:
        place: (n, 2) metres.
        group: (n,) group of each node, 0 .. groups - 1.
        part: (n,) part of the territory; only nodes of different parts are bridged.

    The shortest line across any divide of the nodes is an edge of their Delaunay triangulation (Shamos and Hoey 1975); the
    nearest neighbours of each node are mostly enough, and cheaper.
    """
    groups = int(group.max()) + 1
    if groups == 1:
        return []
    near = cKDTree(place).query(place, k=min(NEAR, len(place)))[1].reshape(len(place), -1)
    pairs = np.column_stack([np.repeat(np.arange(len(place)), near.shape[1]), near.ravel()])
    found = _shortest(place, group, part, pairs)
    if components(groups, group[found[:, 0]], group[found[:, 1]])[0] > 1:
        found = _shortest(place, group, part, np.concatenate([pairs, _triangulated(place)]))
    count, reached = components(groups, group[found[:, 0]], group[found[:, 1]])
    if 1 < count <= NEAR:  # the nearest are of the same part, as pieces of one are: farther ones are looked for
        found = _shortest(place, group, part, np.concatenate([found, _farther(place, reached[group], part, count)]))
    if not len(found):
        return []
    length = _lengths(place, found)
    at = coo_matrix((length + 1e-9, (group[found[:, 0]], group[found[:, 1]])), shape=(groups, groups)).tocsr()
    tree = minimum_spanning_tree(at).tocoo()
    key = np.minimum(group[found[:, 0]], group[found[:, 1]]).astype(np.int64) * groups
    key += np.maximum(group[found[:, 0]], group[found[:, 1]])
    order = np.argsort(key)
    wanted = np.minimum(tree.row, tree.col).astype(np.int64) * groups + np.maximum(tree.row, tree.col)
    chosen = order[np.searchsorted(key[order], wanted)]
    chosen = chosen[np.lexsort((found[chosen, 1], found[chosen, 0], length[chosen]))]
    return [(u, v) for u, v in found[chosen].tolist()]


def links(place: FloatArray, lump: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Links between neighbouring islands, shortest first.

    Args:
        place: (n, 2) metres.
        lump: (n,) bool, nodes that are islands.
    """
    nodes = np.flatnonzero(lump)
    if len(nodes) < 2:
        return []
    pairs = nodes[np.unique(np.sort(_triangulated(place[nodes]), axis=1), axis=0)]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0], _lengths(place, pairs)))]
    return [(u, v) for u, v in pairs.tolist()]


def _lengths(place: FloatArray, pairs: IntArray) -> FloatArray:
    return np.asarray(np.hypot(*(place[pairs[:, 0]] - place[pairs[:, 1]]).T), np.float64)


def _shortest(place: FloatArray, group: Int32Array, part: Int32Array, pairs: IntArray) -> IntArray:
    """(k, 2) the shortest of the pairs between each two groups, of different parts."""
    pairs = pairs[(group[pairs[:, 0]] != group[pairs[:, 1]]) & (part[pairs[:, 0]] != part[pairs[:, 1]])]
    pairs = np.sort(pairs, axis=1)
    ends = np.sort(group[pairs], axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], _lengths(place, pairs), ends[:, 1], ends[:, 0]))
    ends = ends[order]
    first = np.ones(len(order), bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    return np.asarray(pairs[order[first]], np.int64)


def _triangulated(place: FloatArray) -> IntArray:
    """(k, 2) edges of the Delaunay triangulation; along a line, what follows each other."""
    along = np.lexsort((np.arange(len(place)), place[:, 1], place[:, 0]))
    line = np.column_stack([along[:-1], along[1:]])
    if len(place) < FEWEST:
        return line
    try:
        net = Delaunay(place - place.mean(axis=0))
    except QhullError:  # all on one line
        return line
    corners = net.simplices
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]], net.coplanar[:, [0, 2]]])
    return np.asarray(sides, np.int64)


def _farther(place: FloatArray, reached: Int32Array, part: Int32Array, count: int) -> IntArray:
    """(k, 2) for each component, its nearest node of another component and part."""
    found = []
    for c in range(count):
        mine = np.flatnonzero(reached == c)
        others = np.flatnonzero((reached != c) & ~np.isin(part, part[mine]))
        if len(others):
            distance, at = cKDTree(place[others]).query(place[mine])
            best = int(np.argmin(distance))
            found.append((int(mine[best]), int(others[at[best]])))
    return np.array(found, np.int64).reshape(-1, 2)
