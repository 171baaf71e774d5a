"""The last misses of a plan with few blocks: two neighbouring cells at a time are divided anew by random spanning trees.

Every edge of a spanning tree of two cells divides them into two connected sides. Thousands of random trees, in which costly
borders are rarely cut, give divisions as even as one likes (DeFord, Duchin and Solomon 2021, Recombination). From pair to pair
the cells come closer to their mean.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.anneal import score
from gridding.rng import RngState, draw, rng_state
from gridding.task import Stop, Task
from gridding.types import Int32Array

FEW = 300
"""Nodes at most."""
ROUNDS = 80
"""Pairs divided anew, at most."""
PASSES = 10
"""So often all pairs are gone through in vain, at most."""
TREES = 6000
"""Trees for a pair, halved for every 50 nodes."""


@nb.njit(cache=True, nogil=True)
def _best_split(ea, eb, cost, load, tolerance, trees, state):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """(side of each node, miss, cost) of the best division that a number of random trees give."""
    n, m = len(load), len(ea)
    total = load.sum()
    key = np.empty(m)
    boss = np.empty(n, np.int64)
    degree = np.empty(n, np.int64)
    near = np.empty((n, n), np.int32)
    queue = np.empty(n, np.int64)
    parent = np.empty(n, np.int64)
    below = np.empty(n)
    first = np.empty(n, np.int64)
    size = np.empty(n, np.int64)
    side = np.zeros(n, np.bool_)
    best_side = np.zeros(n, np.bool_)
    best, best_cost = np.inf, np.inf
    mean = cost.mean() if m else 1.0
    for _ in range(trees):
        for e in range(m):
            key[e] = np.float64(draw(state) >> np.uint64(11)) / 9007199254740992.0 / (cost[e] + 0.1 * mean)
        order = np.argsort(key)
        for i in range(n):
            boss[i] = i
            degree[i] = 0
        joined = 0
        for e in order:
            a, b = ea[e], eb[e]
            x, y = a, b
            while boss[x] != x:
                boss[x] = boss[boss[x]]
                x = boss[x]
            while boss[y] != y:
                boss[y] = boss[boss[y]]
                y = boss[y]
            if x == y:
                continue
            boss[x] = y
            near[a, degree[a]] = b
            degree[a] += 1
            near[b, degree[b]] = a
            degree[b] += 1
            joined += 1
            if joined == n - 1:
                break
        if joined < n - 1:
            return best_side, best, best_cost
        # depth first, so that what hangs on a node follows it in the queue
        queue[0] = 0
        parent[0] = -1
        top = 1
        seen = 0
        while top:
            top -= 1
            u = queue[top]
            first[seen] = u
            seen += 1
            for d in range(degree[u]):
                v = near[u, d]
                if v != parent[u]:
                    parent[v] = u
                    queue[top] = v
                    top += 1
        for i in range(n):
            below[i] = load[i]
            size[i] = 1
        for i in range(n - 1, 0, -1):
            u = first[i]
            below[parent[u]] += below[u]
            size[parent[u]] += size[u]
        for i in range(1, n):
            u = first[i]
            miss = max(abs(below[u] - 1), abs(total - below[u] - 1)) - tolerance
            miss = max(miss, 0.0)
            if miss > best:
                continue
            side[:] = False
            for j in range(i, i + size[u]):
                side[first[j]] = True
            cut = 0.0
            for e in range(m):
                if side[ea[e]] != side[eb[e]]:
                    cut += cost[e]
            if miss < best or cut < best_cost:
                best, best_cost = miss, cut
                best_side[:] = side
    return best_side, best, best_cost


def resplit(task: Task, labels: Int32Array, stop: Stop) -> Int32Array:
    """Bring the cells into their band, two neighbouring ones at a time; labels as they were where nothing is missing."""
    graph = task.graph
    if graph.n > FEW or score(graph, labels, *task.band(1.0)).worst <= 0:
        return labels
    rows = np.repeat(np.arange(graph.n, dtype=np.int32), np.diff(graph.xadj))
    once = rows < graph.adj
    a, b, cost = rows[once], graph.adj[once], graph.cost[once]
    state = rng_state(task.seed, 7)
    labels = labels.copy()
    tried: set[tuple[int, int]] = set()
    passes = 0
    for _ in range(ROUNDS):
        work = np.bincount(labels, graph.load, minlength=task.cells)
        if score(graph, labels, *task.band(1.0)).worst <= 0 or stop():
            break
        pair = _farthest(labels[a], labels[b], work, tried)
        if pair is None:
            passes += 1
            if passes == PASSES:
                break
            tried.clear()
            continue
        tried.add(pair)
        if _divided(labels, pair, a, b, cost, graph.load, task.tolerance, state):
            tried = {p for p in tried if not set(p) & set(pair)}
            tried.add(pair)
    return labels


def _farthest(
    left: Int32Array, right: Int32Array, work: np.ndarray, tried: set[tuple[int, int]]
) -> tuple[int, int] | None:
    """The neighbouring cells, not tried yet, whose workloads differ most."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    pairs = np.unique(np.column_stack([low, high])[low != high], axis=0)
    order = np.argsort(-np.abs(work[pairs[:, 0]] - work[pairs[:, 1]]), kind="stable")
    return next((p for p in map(tuple, pairs[order].tolist()) if p not in tried), None)


def _divided(
    labels: Int32Array,
    pair: tuple[int, int],
    a: Int32Array,
    b: Int32Array,
    cost: np.ndarray,
    load: np.ndarray,
    tolerance: float,
    state: RngState,
) -> bool:
    """Divide two cells anew, in place; True where they are more even than before."""
    nodes = np.flatnonzero((labels == pair[0]) | (labels == pair[1]))
    number = np.full(len(labels), -1, np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    inner = (number[a] >= 0) & (number[b] >= 0)
    before = [float(load[labels == c].sum()) for c in pair]
    trees = TREES * 50 // max(len(nodes), 50)
    side, miss, _ = _best_split(number[a[inner]], number[b[inner]], cost[inner], load[nodes], tolerance, trees, state)
    if miss >= max(abs(x - 1) for x in before) - tolerance - 1e-12:
        return False
    kept = labels[nodes[0]]
    other = pair[1] if kept == pair[0] else pair[0]
    labels[nodes] = np.where(side == side[0], kept, other).astype(np.int32)
    return True
