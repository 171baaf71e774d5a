"""Blocks without work joined to a block with work beside them, for balancing: what is moved then always weighs something.

In many cities most blocks have no work. On the whole graph the border of a cell is then made of such blocks, and the ones
whose move would mend the balance lie out of reach behind them.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.coarsen import merge
from gridding.csr import Graph
from gridding.types import Int32Array


@nb.njit(cache=True, nogil=True)
def _attach(xadj, adj, cost, load, movable, home, labels):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Node -> group, and their number: groups grow from the nodes with work, one ring of nodes at a time."""
    n = len(load)
    group = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    count = 0
    tail = 0
    for u in range(n):
        if load[u] > 0:
            group[u] = count
            count += 1
            queue[tail] = u
            tail += 1
    head = 0
    while head < tail:
        x = queue[head]
        head += 1
        for p in range(xadj[x], xadj[x + 1]):
            u = adj[p]
            if group[u] >= 0 or labels[u] != labels[x] or movable[u] != movable[x] or home[u] != home[x]:
                continue
            best = -1.0
            for q in range(xadj[u], xadj[u + 1]):  # the dearest border becomes an inner one
                v = adj[q]
                if group[v] < 0 or labels[v] != labels[u] or movable[v] != movable[u] or home[v] != home[u]:
                    continue
                if cost[q] > best:
                    best = cost[q]
                    group[u] = group[v]
            queue[tail] = u
            tail += 1
    for u in range(n):
        if group[u] < 0:  # no work anywhere around
            group[u] = count
            count += 1
    return group, count


def condense(graph: Graph, labels: Int32Array) -> tuple[Graph, Int32Array, Int32Array]:
    """A graph in which blocks without work belong to one with work in the same cell.

    Args:
        graph: blocks.
        labels: (n,) cell of each block.

    Returns:
        The smaller graph, its labels, and the node of each block.
    """
    group, count = _attach(graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, graph.home, labels)
    small = np.zeros(count, np.int32)
    small[group] = labels
    return merge(graph, group, count), small, group
