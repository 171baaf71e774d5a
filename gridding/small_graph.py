"""A graph of at most 64 nodes as bit masks, after what cannot be apart has been joined: what the exact solver works on.

Two joins lose no plan that matters. What hangs on one node and is too light for a cell shares that node's cell. A node
without work between two others joins the one behind its costlier border: any plan that does otherwise costs no less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.csr import components
from gridding.types import FloatArray, Int32Array

MASK_BITS = 64


@dataclass(frozen=True, slots=True)
class SmallGraph:
    """Nodes, the heaviest first.

    Attributes:
        nbr: (n,) uint64, bit ``j`` of ``nbr[i]`` set where ``i`` and ``j`` are neighbours.
        cost: (n, n) symmetric border cost, 0.0 where not neighbours.
        load: (n,) workload in targets.
        member: (nodes,) node of this graph that each node of the graph it was made from went into.
        lead: (n,) the node of that graph that the others were joined to: where it goes, they go.
    """

    nbr: NDArray[np.uint64]
    cost: FloatArray
    load: FloatArray
    member: Int32Array
    lead: Int32Array

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.load)


def small_graph(a: Int32Array, b: Int32Array, cost: FloatArray, load: FloatArray, low: float) -> SmallGraph | None:
    """Join what cannot be apart and number the rest; None where more than 64 nodes are left.

    Args:
        a, b: (m,) neighbours, each pair once; the graph is connected.
        cost: (m,) border cost.
        load: (n,) workload in targets.
        low: lightest cell that is allowed, in targets.
    """
    n = len(load)
    table: list[dict[int, float]] = [{} for _ in range(n)]
    for i, j, c in zip(a.tolist(), b.tolist(), cost.tolist(), strict=True):
        table[i][j] = table[j][i] = table[i].get(j, 0.0) + c
    group = list(range(n))
    work = load.astype(np.float64).tolist()
    while _join_idle(table, work, group) or _join_pockets(table, work, group, low):
        pass
    kept = [v for v in range(n) if group[v] == v]
    if len(kept) > MASK_BITS:
        return None
    # heavy nodes first: the sets that a node is the first of are then few
    place = {v: i for i, v in enumerate(sorted(kept, key=lambda v: (-work[v], v)))}
    nbr = np.zeros(len(kept), np.uint64)
    matrix = np.zeros((len(kept), len(kept)))
    for v in kept:
        for u, c in table[v].items():
            nbr[place[v]] |= np.uint64(1 << place[u])
            matrix[place[v], place[u]] = c
    member = np.array([place[_root(group, v)] for v in range(n)], np.int32)
    lead = np.array(sorted(kept, key=lambda v: place[v]), np.int32)
    return SmallGraph(nbr, matrix, np.array([work[v] for v in lead.tolist()]), member, lead)


def _root(group: list[int], v: int) -> int:
    while group[v] != v:
        v = group[v]
    return v


def _merge(table: list[dict[int, float]], work: list[float], group: list[int], gone: int, into: int) -> None:
    for u, c in table[gone].items():
        del table[u][gone]
        if u != into:
            table[u][into] = table[into][u] = table[into].get(u, 0.0) + c
    table[gone] = {}
    work[into] += work[gone]
    group[gone] = into


def _join_idle(table: list[dict[int, float]], work: list[float], group: list[int]) -> bool:
    """Nodes without work that have two neighbours join the one with the costlier border."""
    joined = False
    for v in range(len(work)):
        if group[v] == v and work[v] == 0 and len(table[v]) == 2:
            _merge(table, work, group, v, min(table[v], key=lambda u: (-table[v][u], u)))
            joined = True
    return joined


def _join_pockets(table: list[dict[int, float]], work: list[float], group: list[int], low: float) -> bool:
    """What hangs on one node and is lighter than any cell joins that node; True if anything was joined."""
    alive = [v for v in range(len(work)) if group[v] == v]
    number = {v: i for i, v in enumerate(alive)}
    edges = np.array([(number[v], number[u]) for v in alive for u in table[v] if v < u], np.int64).reshape(-1, 2)
    load = np.array([work[v] for v in alive])
    for i, v in enumerate(alive):
        if len(table[v]) == 0:
            continue
        rest = edges[(edges != i).all(axis=1)]
        count, comp = components(len(alive), rest[:, 0], rest[:, 1])
        if count <= 2:
            continue
        weight = np.bincount(comp, load, minlength=count)
        light = weight < low - 1e-9
        light[comp[i]] = False
        if light.sum() == count - 1:  # all is light: the heaviest stays, so that something is left
            others = np.flatnonzero(light)
            light[others[np.argmax(weight[others])]] = False
        hanging = np.flatnonzero(light[comp])
        if len(hanging):
            for u in hanging.tolist():
                _merge(table, work, group, alive[u], v)
            return True
    return False
