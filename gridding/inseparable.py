"""Blocks that lie in one cell in every plan within the tolerance, because each of them has no other way to a cell's work.

From a block, follow every way along which the blocks' work adds up to no more than a cell may have. What is reached is all
that its cell can consist of. Where that is less than a cell must have as soon as one heavy block is left out, the two share a
cell. Such blocks are searched as one: the search would otherwise place a cell in a dead end that cannot hold one, and
what it lacks, half a cell at times, would have to come from the whole territory through cells that have no room.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise

import numba as nb
import numpy as np
from numpy.typing import NDArray

from gridding.coarsen import merge
from gridding.csr import Graph, components, total
from gridding.types import FloatArray, Int32Array

HEAVY = 0.05
"""Blocks of at least so much of a cell's work may be what others depend on."""
PIECE = 0.05
"""Pieces of a group with at least so much work are joined to the others, where they do not touch."""
STEP, MOST_STEPS = 1e-4, 20
"""Of ways with the same work the shortest; ways of more blocks than that are none."""
CLOSE = 1e-6
"""Sums of rounded numbers may differ by so much."""


@nb.njit(cache=True, nogil=True)
def _reach(u, without, heaviest, most, enough, xadj, adj, load, stamp, tick, far, heap, key, seen):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """(work reached, nodes reached): ways from ``u`` by blocks below ``heaviest``, nearest first, until there is enough.

    ``stamp`` is ``tick`` at nodes met and ``tick + 1`` at those reached, which ``seen`` lists.
    """
    far[u] = load[u]
    stamp[u] = tick
    heap[0] = u
    key[0] = load[u]
    size = 1
    count = 0
    total = 0.0
    while size > 0:
        x = heap[0]
        at = key[0]
        size -= 1
        last, last_key = heap[size], key[size]
        i = 0
        while True:
            c = 2 * i + 1
            if c >= size:
                break
            if c + 1 < size and key[c + 1] < key[c]:
                c += 1
            if key[c] >= last_key:
                break
            heap[i], key[i] = heap[c], key[c]
            i = c
        heap[i], key[i] = last, last_key
        if stamp[x] == tick + 1 or at > far[x]:
            continue
        stamp[x] = tick + 1
        seen[count] = x
        count += 1
        total += load[x]
        if total >= enough:
            break
        for p in range(xadj[x], xadj[x + 1]):
            v = adj[p]
            if v == without or load[v] >= heaviest or stamp[v] == tick + 1:
                continue
            d = far[x] + load[v]
            if d > most or (stamp[v] == tick and d >= far[v]):
                continue
            stamp[v] = tick
            far[v] = d
            i = size
            size += 1
            while i > 0 and key[(i - 1) // 2] > d:
                heap[i], key[i] = heap[(i - 1) // 2], key[(i - 1) // 2]
                i = (i - 1) // 2
            heap[i], key[i] = v, d
    return total, count


@nb.njit(cache=True, nogil=True)
def _dependent(xadj, adj, load, comp, low, high, heavy):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """(blocks, heavy blocks that each of them depends on): pairs."""
    n = len(load)
    stamp = np.zeros(n, np.int64)
    far = np.zeros(n)
    heap = np.empty(len(adj) + n + 1, np.int32)
    key = np.empty(len(adj) + n + 1)
    seen = np.empty(n, np.int32)
    free = np.zeros(n, np.bool_)
    mine = np.zeros(n, np.int64)
    out_a = np.empty(n, np.int32)
    out_b = np.empty(n, np.int32)
    found = 0
    tick = np.int64(1)
    # where light blocks alone are enough within half of the way, that holds for all of them: they depend on none
    for u in range(n):
        if free[u] or load[u] >= heavy:
            continue
        enough, most = low[comp[u]], high[comp[u]]
        tick += 2
        total, count = _reach(
            u, -1, heavy, most / 2, enough, xadj, adj, load, stamp, tick, far, heap, key, seen
        )  # fmt: skip
        if total >= enough:
            for i in range(count):
                free[seen[i]] = True
    for u in range(n):
        if free[u] or load[u] <= 0:
            continue
        enough, most = low[comp[u]], high[comp[u]]
        tick += 2
        total, count = _reach(u, -1, np.inf, most, enough, xadj, adj, load, stamp, tick, far, heap, key, seen)
        if total < enough:
            continue  # no plan is within the tolerance, whatever is joined
        candidates = 0
        for i in range(count):
            x = seen[i]
            if x != u and load[x] >= heavy:
                mine[candidates] = x
                candidates += 1
        while candidates > 0:
            best = 0
            for i in range(candidates):
                if load[mine[i]] > load[mine[best]]:
                    best = i
            v = mine[best]
            candidates -= 1
            mine[best] = mine[candidates]
            tick += 2
            total, count = _reach(u, v, np.inf, most, enough, xadj, adj, load, stamp, tick, far, heap, key, seen)
            if total < enough:
                if found == len(out_a):
                    return out_a, out_b
                out_a[found], out_b[found] = u, v
                found += 1
                continue
            kept = 0  # what this way does without, nothing depends on
            for i in range(candidates):
                if stamp[mine[i]] == tick + 1:
                    mine[kept] = mine[i]
                    kept += 1
            candidates = kept
    return out_a[:found], out_b[:found]


def inseparable(graph: Graph, comp: Int32Array, low: FloatArray, high: FloatArray, *, way: bool = True) -> Int32Array:
    """Group of each node, 0 .. groups - 1: nodes that share a cell in every plan within the bands, and what joins them.

    Groups are connected. Where blocks that share a cell do not touch, the lightest way between them joins them: that alone is
    a choice, which takes next to no work from others.

    Args:
        graph: nodes and borders.
        comp: (n,) component of each node.
        low, high: (components,) least and most work that a cell of each component may have, in targets.
        way: join what does not touch; without it, what is found is proved.
    """
    a, b = _dependent(graph.xadj, graph.adj, graph.load, comp, low - CLOSE, high + CLOSE, HEAVY)
    if not len(a):
        return np.arange(graph.n, dtype=np.int32)
    same = components(graph.n, a, b)[1]
    rows = np.repeat(np.arange(graph.n, dtype=np.int32), np.diff(graph.xadj))
    inner = same[rows] == same[graph.adj]
    piece = components(graph.n, rows[inner], graph.adj[inner])[1]
    if not way:
        return piece
    work, first = total(piece, graph.load), np.unique(piece, return_index=True)[1]
    kin = same[first]
    several = np.bincount(kin)[kin] > 1
    order = np.flatnonzero(several)
    order = order[np.lexsort((-work[order], kin[order]))]
    room = (high[comp] + CLOSE)[first] - total(kin, work)[kin]
    taken = np.bincount(same)[same] > 1
    joined: list[tuple[int, int]] = []
    for k, other in zip(order[:-1].tolist(), order[1:].tolist(), strict=True):
        if kin[k] != kin[other] or work[other] < PIECE:
            continue
        steps = _lightest_way(graph, same, taken, int(first[other]), room[other])
        for u in steps[1:-1]:
            taken[u] = True
            room[kin == kin[other]] -= graph.load[u]
        joined += list(pairwise(steps))
    if joined:
        ends = np.array(joined)
        rows, cols = np.concatenate([rows[inner], ends[:, 0]]), np.concatenate([graph.adj[inner], ends[:, 1]])
        return components(graph.n, rows, cols)[1]
    return piece


def _lightest_way(graph: Graph, same: Int32Array, taken: NDArray[np.bool_], start: int, room: float) -> list[int]:
    """From a piece to another of its group, by nodes of no group, with no more work than there is room; [] = none."""
    mine = same[start]
    before = {start: -1}
    inside, queue = [start], [start]
    for u in queue:  # the piece itself
        for v in graph.adj[graph.xadj[u] : graph.xadj[u + 1]].tolist():
            if same[v] == mine and v not in before:
                before[v] = -1
                queue.append(v)
    inside = queue
    heap = [(0.0, u) for u in inside]
    far = dict.fromkeys(inside, 0.0)
    while heap:
        d, u = heappop(heap)
        if d > far[u]:
            continue
        if before[u] >= 0 and same[u] == mine:
            way = [u]
            while before[way[-1]] >= 0:
                way.append(before[way[-1]])
            return way
        for v in graph.adj[graph.xadj[u] : graph.xadj[u + 1]].tolist():
            other = same[v] == mine
            e = d if other else d + float(graph.load[v]) + STEP
            if (other or not taken[v]) and e <= room + MOST_STEPS * STEP and e < far.get(v, np.inf):
                far[v], before[v] = e, u
                heappush(heap, (e, v))
    return []


def merged(graph: Graph, group: Int32Array) -> Graph:
    """The graph with each group as one node."""
    return merge(graph, group, int(group.max()) + 1)
