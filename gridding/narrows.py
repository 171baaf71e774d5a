"""Blocks through which alone others are reached, and what they prove: the best balance that any plan can have there.

Every cell but one lies wholly on one side of such a block. A side of workload w (in targets) has room for at most
floor(w / (1 - t)) cells when none may deviate by more than t; what they cannot hold, w minus their number times (1 + t), falls to
the block's own cell. The smallest t at which that cell is not too heavy, and at which all cells find room, is a lower bound.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.bounds import Bound
from gridding.types import FloatArray, Int32Array, IntArray

HALVINGS = 40
CERTAIN = 1e-7
"""Subtracted from what is proved: loads are sums of rounded numbers."""


@nb.njit(cache=True, nogil=True)
def _sides(xadj, adj, load):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """(node, load of a side) for every side of every node that others hang on (Tarjan's low points, without recursion)."""
    n = len(load)
    order = np.full(n, -1, np.int64)
    low = np.zeros(n, np.int64)
    parent = np.full(n, -1, np.int64)
    below = load.copy()
    here = np.zeros(n, np.int64)
    stack = np.empty(n, np.int64)
    out_node = np.empty(2 * n + 2, np.int64)
    out_load = np.empty(2 * n + 2)
    cut = np.zeros(n)
    sides = np.zeros(n, np.int64)
    count = 0
    tick = 0
    for root in range(n):
        if order[root] >= 0:
            continue
        first = count
        begin = tick
        order[root] = low[root] = tick
        tick += 1
        here[root] = xadj[root]
        stack[0] = root
        depth = 0
        while depth >= 0:
            u = stack[depth]
            if here[u] < xadj[u + 1]:
                v = adj[here[u]]
                here[u] += 1
                if order[v] < 0:
                    order[v] = low[v] = tick
                    tick += 1
                    parent[v] = u
                    here[v] = xadj[v]
                    depth += 1
                    stack[depth] = v
                elif v != parent[u]:
                    low[u] = min(low[u], order[v])
                continue
            depth -= 1
            p = parent[u]
            if p >= 0:
                low[p] = min(low[p], low[u])
                below[p] += below[u]
                if low[u] >= order[p]:
                    out_node[count] = p
                    out_load[count] = below[u]
                    count += 1
                    cut[p] += below[u]
                    sides[p] += 1
        whole = below[root]
        # what is left on the other side of each node
        seen = count
        for i in range(first, seen):
            p = out_node[i]
            if p != root and sides[p] > 0 and order[p] >= begin:
                rest = whole - cut[p] - load[p]
                sides[p] = -1
                if rest > 1e-12:
                    out_node[count] = p
                    out_load[count] = rest
                    count += 1
    return out_node[:count], out_load[:count]


def narrow_bound(xadj: Int32Array, adj: Int32Array, load: FloatArray, comp: Int32Array, quota: IntArray) -> Bound:
    """The strongest bound that any block proves through which alone others are reached.

    Args:
        xadj, adj: the graph as compressed rows.
        load: (n,) workload in targets.
        comp: (n,) component of each node.
        quota: (components,) cells of each component.

    Returns:
        The bound, its reason ("narrow": the block's own cell is too heavy; "crowded": the cells do not find room), the node
        and what is reached through it alone.
    """
    node, side = _sides(xadj, adj, load)
    if not len(node):
        return Bound()
    at = np.unique(node)
    low, high = np.zeros(len(at)), np.full(len(at), 0.999)
    where = np.searchsorted(at, node)
    for _ in range(HALVINGS):
        t = (low + high) / 2
        heavy, crowded = _misfit(t, where, side, load[at], quota[comp[at]])
        high = np.where(heavy | crowded, high, t)
        low = np.where(heavy | crowded, t, low)
    worst = int(np.argmax(low))
    bound = float(low[worst]) - CERTAIN
    if bound <= CERTAIN:
        return Bound()
    crowded = _misfit(low, where, side, load[at], quota[comp[at]])[1]
    sides = sorted((float(x) for x in side[where == worst]), reverse=True)
    return Bound(bound, "crowded" if crowded[worst] else "narrow", int(at[worst]), tuple(sides))


def _misfit(
    t: FloatArray, where: IntArray, side: FloatArray, own: FloatArray, cells: IntArray
) -> tuple[np.ndarray, np.ndarray]:
    """(the block's own cell is too heavy, the cells do not find room) where none may deviate by more than t."""
    room = np.floor(side / (1 - t[where]) + 1e-9)
    left = np.maximum(side - room * (1 + t[where]), 0.0)
    heavy = own + np.bincount(where, left, minlength=len(t)) > 1 + t + 1e-9
    crowded = 1 + np.bincount(where, room, minlength=len(t)) < cells
    return heavy, crowded
