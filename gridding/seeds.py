"""The first partition: METIS on a coarse graph, every cell then made non-empty and connected."""

from __future__ import annotations

import numpy as np
import pymetis
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components

from gridding.contiguity import reconnect
from gridding.csr import Graph
from gridding.types import Int32Array, IntArray


def first_labels(graph: Graph, comp: Int32Array, kin: Int32Array, seed: int) -> Int32Array:
    """Labels for every node: each component is cut into its own cells.

    Args:
        graph: a coarse graph.
        comp: (n,) component of each node.
        kin: (cells,) component of each cell.
        seed: METIS's seed.

    Returns:
        (n,) int32 labels; cells may be empty where a component has fewer nodes than cells.
    """
    labels = np.zeros(graph.n, np.int32)
    comps = np.unique(comp)
    for nodes, cells in zip(_members(comp, comps), _members(kin, comps), strict=True):
        if len(cells) > 1 and len(nodes) > len(cells):
            labels[nodes] = cells[_metis(graph, nodes, len(cells), seed)]
        else:
            labels[nodes] = cells[0]  # fill_empty splits it where there are more cells
    reconnect(graph, labels, len(kin))
    return labels


def _members(group: Int32Array, groups: Int32Array) -> list[IntArray]:
    """Indices of the members of each group, ascending."""
    order = np.argsort(group, kind="stable")
    first = np.searchsorted(group[order], groups)
    last = np.searchsorted(group[order], groups, side="right")
    return [order[a:b] for a, b in zip(first, last, strict=True)]


def _metis(graph: Graph, nodes: IntArray, cells: int, seed: int) -> Int32Array:
    """METIS labels 0 .. cells - 1 of a connected set of nodes."""
    sub = _subgraph(graph, nodes)
    scale = min(1e4, 1e9 / max(float(graph.load[nodes].sum()), 1.0))
    weights = np.round(graph.load[nodes] * scale).astype(np.int64)
    if weights.sum() == 0:
        weights[:] = 1
    costs = np.clip(np.round(sub.data * 50), 1, 1_000_000).astype(np.int64)
    labels: Int32Array = np.zeros(len(nodes), np.int32)
    for recursive in (False, True):  # k-way leaves cells empty on skewed workloads: then recursive bisection
        options = pymetis.Options(ncuts=1, niter=10, seed=seed & 0x7FFFFFFF)
        if not recursive:
            options.ufactor = 30
        labels = np.array(
            pymetis.part_graph(
                cells,
                pymetis.CSRAdjacency(sub.indptr, sub.indices),
                vweights=weights,
                eweights=costs,
                options=options,
                recursive=recursive,
            ).vertex_part,
            np.int32,
        )
        if len(np.unique(labels)) == cells:
            break
    return labels


def _subgraph(graph: Graph, nodes: IntArray) -> sp.csr_array:
    whole = sp.csr_array((graph.cost + 1e-9, graph.adj, graph.xadj), shape=(graph.n, graph.n))
    sub = whole[nodes][:, nodes].tocsr()
    sub.sort_indices()
    return sub


def fill_empty(graph: Graph, labels: Int32Array, kin: Int32Array, *, anywhere: bool = False) -> int:
    """Give every empty cell one side of the heaviest cell of its kin, in place.

    Args:
        graph: the graph.
        labels: (n,) labels; every non-empty cell connected.
        kin: (cells,) cells of equal value may take nodes from each other (they lie in one component).
        anywhere: where no cell of the kin can give, take from any.

    Returns:
        Number of cells that stay empty, because no cell of their kin has two nodes.
    """
    cells = len(kin)
    still = 0
    for empty in np.flatnonzero(np.bincount(labels, minlength=cells) == 0):
        work = np.bincount(labels, graph.load, minlength=cells)
        free = np.bincount(labels, graph.movable, minlength=cells)
        size = np.bincount(labels, minlength=cells)
        ready = np.flatnonzero((size >= 2) & (free >= 1) & (anywhere | (kin == kin[empty])))
        for cell in ready[np.lexsort((-size[ready], -work[ready], kin[ready] != kin[empty]))]:
            side = one_side(graph, np.flatnonzero(labels == cell))
            if len(side):
                labels[side] = empty
                break
        else:
            still += 1
    return still


def one_side(graph: Graph, nodes: IntArray) -> IntArray:
    """Nodes of a subtree of a spanning tree with about half of the workload: both sides are connected."""
    sub = _subgraph(graph, nodes)
    count, piece = connected_components(sub, directed=False)
    if count > 1:  # locks may keep a cell in pieces
        free = np.flatnonzero(np.bincount(piece, graph.movable[nodes] == 0, minlength=count) == 0)
        if len(free):
            apart: IntArray = nodes[piece == free[0]]
            return apart
        nodes = nodes[piece == np.argmax(np.bincount(piece))]
        sub = _subgraph(graph, nodes)
    load = graph.load[nodes] + 1e-6
    held = (graph.movable[nodes] == 0).astype(np.int64)
    if held.any():  # no subtree may hold the root, so the root is a lock
        root = int(np.argmax(held))
    else:
        root = int(breadth_first_order(sub, 0, directed=False, return_predecessors=False)[-1])
    order, parent = breadth_first_order(sub, root, directed=False)
    below, locked = load.copy(), held.copy()
    for u in order[:0:-1]:
        below[parent[u]] += below[u]
        locked[parent[u]] += locked[u]
    candidates = order[1:][locked[order[1:]] == 0]
    if not len(candidates):
        return np.empty(0, np.int64)
    top = candidates[np.argmin(np.abs(below[candidates] - load.sum() / 2))]
    inside = np.zeros(len(nodes), bool)
    inside[top] = True
    for u in order[1:]:
        inside[u] |= inside[parent[u]]
    side: IntArray = nodes[inside]
    return side
