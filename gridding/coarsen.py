"""Coarser graphs: neighbouring nodes of the same group are merged in pairs, those that belong together most first."""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.csr import Graph, total
from gridding.rng import RngState, draw
from gridding.types import Int32Array

JITTER = 0.3
"""Ratings of pairs vary at random by so much."""


@nb.njit(cache=True, nogil=True)
def _ratings(xadj, adj, cost, mass, movable, home, labels, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """How well the two nodes of each border belong together, and the nodes; only what may be merged at all.

    A border counts by its share of all the borders of its two nodes: what is left between the merged nodes is then cheap,
    so that the borders of the coarse graph run along strong lines. A bounded random factor lets every cycle merge otherwise.
    """
    n = len(mass)
    whole = np.zeros(n)
    for u in range(n):
        for p in range(xadj[u], xadj[u + 1]):
            whole[u] += cost[p]
    rating = np.empty(len(adj) // 2)
    a = np.empty(len(adj) // 2, np.int32)
    b = np.empty(len(adj) // 2, np.int32)
    count = 0
    for u in range(n):
        for p in range(xadj[u], xadj[u + 1]):
            v = adj[p]
            if v <= u or labels[v] != labels[u] or home[v] != home[u] or movable[v] != movable[u]:
                continue
            jitter = 1 - JITTER + 2 * JITTER * np.float64(draw(state) >> np.uint64(40)) / 16777216.0
            size = np.sqrt(np.sqrt(mass[u] * mass[v]))
            rating[count] = (cost[p] + 1e-3) / (np.sqrt(whole[u] * whole[v] + 1e-6) * size) * jitter
            a[count] = u
            b[count] = v
            count += 1
    return rating[:count], a[:count], b[:count]


@nb.njit(cache=True, nogil=True)
def _match(order, a, b, load, mass, max_load, max_mass):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Node -> coarse node, and their number: pairs are merged in order, as long as both are free and not too heavy."""
    n = len(load)
    mate = np.full(n, -1, np.int32)
    for o in order:
        u, v = a[o], b[o]
        if mate[u] < 0 and mate[v] < 0 and load[u] + load[v] <= max_load and mass[u] + mass[v] <= max_mass:
            mate[u] = v
            mate[v] = u
    coarse = np.full(n, -1, np.int32)
    count = 0
    for u in range(n):
        if coarse[u] < 0:
            coarse[u] = count
            if mate[u] >= 0:
                coarse[mate[u]] = count
            count += 1
    return coarse, count


@nb.njit(cache=True, nogil=True)
def _contract(xadj, adj, cost, coarse, count):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Compressed rows of the coarse graph; parallel borders are added up, inner ones dropped."""
    n = len(coarse)
    first = np.zeros(count + 1, np.int32)
    for u in range(n):
        first[coarse[u] + 1] += 1
    for c in range(count):
        first[c + 1] += first[c]
    member = np.empty(n, np.int32)
    fill = first[:-1].copy()
    for u in range(n):
        member[fill[coarse[u]]] = u
        fill[coarse[u]] += 1
    new_xadj = np.zeros(count + 1, np.int32)
    new_adj = np.empty(len(adj), np.int32)
    new_cost = np.empty(len(adj), np.float64)
    slot = np.full(count, -1, np.int32)
    t = 0
    for c in range(count):
        row = t
        for q in range(first[c], first[c + 1]):
            u = member[q]
            for p in range(xadj[u], xadj[u + 1]):
                d = coarse[adj[p]]
                if d == c:
                    continue
                if slot[d] >= row:
                    new_cost[slot[d]] += cost[p]
                else:
                    slot[d] = t
                    new_adj[t] = d
                    new_cost[t] = cost[p]
                    t += 1
        new_xadj[c + 1] = t
    return new_xadj, new_adj[:t].copy(), new_cost[:t].copy()


def merge(graph: Graph, coarse: Int32Array, count: int) -> Graph:
    """The graph whose nodes are the groups ``coarse`` (0 .. count - 1) of this graph's nodes."""
    xadj, adj, cost = _contract(graph.xadj, graph.adj, graph.cost, coarse, count)
    home, movable = np.full(count, -1, np.int32), np.ones(count, np.uint8)
    home[coarse], movable[coarse] = graph.home, graph.movable
    load, mass, stay = (total(coarse, v, count) for v in (graph.load, graph.mass, graph.stay))
    return Graph(xadj, adj, cost, load, mass, movable, home, stay)


def coarsen(
    graph: Graph, labels: Int32Array, cells: int, nodes: int, state: RngState, max_load: float = 0.1
) -> tuple[list[tuple[Graph, Int32Array]], Graph, Int32Array]:
    """Merge until about ``nodes`` are left.

    Args:
        graph: the finest graph.
        labels: (n,) nodes of different labels are not merged.
        cells: number of cells; a coarse node stays under a third of a cell's mass.
        nodes: stop at so many nodes.
        state: random state, advanced.
        max_load: largest workload of a merged node, in targets.

    Returns:
        levels from fine to coarse as (graph, map to the next), the coarsest graph, its labels.
    """
    levels: list[tuple[Graph, Int32Array]] = []
    max_mass = float(graph.mass.sum()) / cells / 3
    while graph.n > nodes:
        rating, a, b = _ratings(
            graph.xadj, graph.adj, graph.cost, graph.mass, graph.movable, graph.home, labels, state
        )  # fmt: skip
        # sixteen bits tell ratings apart well enough, and are sorted in linear time
        order = np.argsort((65535 * (1 - rating / rating.max(initial=1e-9))).astype(np.uint16), kind="stable")
        coarse, count = _match(order, a, b, graph.load, graph.mass, max_load, max_mass)
        if count > 0.93 * graph.n:
            break
        levels.append((graph, coarse))
        smaller = np.zeros(count, np.int32)
        smaller[coarse] = labels
        graph, labels = merge(graph, coarse, count), smaller
    return levels, graph, labels
