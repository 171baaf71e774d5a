"""Locked blocks of one cell that the present plan leaves asunder: a way between them, through blocks that may move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gridding.csr import Graph, components
from gridding.types import FloatArray, Int32Array, IntArray

ROUNDS = 20
"""A way may cut another cell in two: so many times all cells are looked at."""
DEAR = 1e3
"""What a block of another cell with locks costs, in targets, beside what it moves: ways go around such cells. Each time that
one is taken its price rises by as much, so that ways which contend for a block find others (McMurchie and Ebeling 1995)."""


def link_locks(graph: Graph, labels: Int32Array, part: Int32Array, cells: int) -> Int32Array:
    """Labels in which the immovable nodes of each cell are connected within each part, wherever a way is found.

    Args:
        graph: what is partitioned; nodes that are not movable are locked.
        labels: (n,) present labels, -1 = none.
        part: (n,) part of the territory of each node.
        cells: number of cells.
    """
    locked = (graph.movable == 0) & (labels >= 0)
    if not locked.any():
        return labels
    labels = labels.copy()
    rows = np.repeat(np.arange(graph.n), np.diff(graph.xadj))
    inside = part[rows] == part[graph.adj]
    rows, cols = rows[inside], graph.adj[inside]
    dear = np.full(graph.n, DEAR)
    for _ in range(ROUNDS):
        changed = False
        for cell, piece in _torn(labels, locked, part, rows, cols):
            changed |= _link(graph, labels, locked, dear, rows, cols, cell, piece)
        if not changed:
            break
    return labels


def _torn(
    labels: Int32Array, locked: NDArray[np.bool_], part: Int32Array, rows: IntArray, cols: Int32Array
) -> list[tuple[int, list[IntArray]]]:
    """Cells and the pieces of each, those with locks in one part, where there are several."""
    same = (labels[rows] == labels[cols]) & (labels[rows] >= 0)
    piece = components(len(labels), rows[same].astype(np.int32), cols[same])[1]
    nodes = np.flatnonzero(locked)
    keys = np.unique(np.column_stack([labels[nodes], part[nodes], piece[nodes]]), axis=0)
    pairs, first, count = np.unique(keys[:, :2], axis=0, return_index=True, return_counts=True)
    return [
        (int(cell), [np.flatnonzero(piece == p) for p in keys[at : at + n, 2]])
        for (cell, _), at, n in zip(pairs.tolist(), first.tolist(), count.tolist(), strict=True)
        if n > 1
    ]


def _link(
    graph: Graph,
    labels: Int32Array,
    locked: NDArray[np.bool_],
    dear: FloatArray,
    rows: IntArray,
    cols: Int32Array,
    cell: int,
    pieces: list[IntArray],
) -> bool:
    """Join the pieces of a cell, in place, each by the way on which least work changes hands."""
    with_locks = np.zeros(int(labels.max()) + 2, bool)
    with_locks[labels[locked]] = True
    contended = with_locks[labels] & (labels >= 0) & (labels != cell)
    price: FloatArray = graph.load + 1e-6 + dear * contended
    price[labels == cell] = 1e-9
    open_to = ~locked | (labels == cell)
    usable = open_to[rows] & open_to[cols]
    way = csr_matrix((price[cols[usable]], (rows[usable], cols[usable])), shape=(graph.n, graph.n))
    linked, changed = pieces[0], False
    for other in pieces[1:]:
        length, before, _ = dijkstra(way, indices=linked, min_only=True, return_predecessors=True)
        at = int(other[np.argmin(length[other])])
        if not np.isfinite(length[at]):
            continue
        path = [at]
        while before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        dear[path] += DEAR * contended[path]
        labels[path] = cell
        linked = np.concatenate([linked, other, np.array(path)])
        changed = True
    return changed
