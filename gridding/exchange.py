"""Bundles of blocks exchanged between two neighbouring cells: the best of all exchanges of a few blocks for a few others.

Where blocks are few and heavy, no single block makes two cells even, but some bundle for another does: a dozen blocks on either
side of a border give thousands of bundles, and their differences in workload are as fine as one likes (two lists, one of them
sorted, as in the subset-sum method of Horowitz and Sahni 1974). Of the exchanges that fit the cheapest is taken.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.csr import Graph
from gridding.rng import RngState, below
from gridding.types import FloatArray, Int32Array

NEAR = 28
"""Blocks of a cell, those nearest to the other cell, of which bundles are made."""
LARGEST = 7
"""Blocks of a bundle, at most."""
DEAR = 6.0
"""Growth of the border, in mean border costs, from which on a bundle is not worth listing."""
LOOKS = 20
"""Exchanges looked at, at most, for every bundle that may be listed."""


@nb.njit(cache=True, nogil=True)
def _bundles(own, other, xadj, adj, cost, load, movable, home, stay, labels, dear, member, weight, delta):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Bundles of cell ``own`` that touch ``other`` through their own blocks; the first is empty. Their number.

    ``delta`` is what the cut grows by where the bundle alone goes over.
    """
    n = len(load)
    near = np.empty(NEAR, np.int64)
    seen = np.zeros(n, np.bool_)
    touches = np.zeros(NEAR, np.bool_)
    price = np.empty(NEAR)
    found = 0
    for u in range(n):
        if found == NEAR:
            break
        if labels[u] == own and movable[u] == 1:
            for p in range(xadj[u], xadj[u + 1]):
                if labels[adj[p]] == other:
                    near[found] = u
                    touches[found] = True
                    seen[u] = True
                    found += 1
                    break
    head = 0
    while head < found < NEAR:
        u = near[head]
        head += 1
        for p in range(xadj[u], xadj[u + 1]):
            v = adj[p]
            if labels[v] == own and movable[v] == 1 and not seen[v] and found < NEAR:
                seen[v] = True
                near[found] = v
                found += 1
    beside = np.zeros((NEAR, NEAR))
    joined = np.zeros((NEAR, NEAR), np.bool_)
    for i in range(found):
        u = near[i]
        price[i] = (stay[u] if home[u] == own else 0.0) - (stay[u] if home[u] == other else 0.0)
        for p in range(xadj[u], xadj[u + 1]):
            v = adj[p]
            if labels[v] == own:
                price[i] += cost[p]
                for j in range(found):
                    if near[j] == v:
                        beside[i, j] = cost[p]
                        joined[i, j] = True
            elif labels[v] == other:
                price[i] -= cost[p]
    member[0, :] = -1
    weight[0] = 0.0
    delta[0] = 0.0
    count = 1
    last = np.full(len(weight), -1, np.int64)
    at = np.full((len(weight), LARGEST), -1, np.int64)
    begin, end = 0, 1
    for size in range(LARGEST):
        for b in range(begin, end):
            for i in range(last[b] + 1, found):
                if count == len(weight):
                    break
                change = price[i]
                attached = touches[i]
                for s in range(size):
                    j = at[b, s]
                    change -= 2.0 * beside[i, j]
                    attached |= joined[i, j]
                if not attached or delta[b] + change > dear:
                    continue
                for s in range(size):
                    at[count, s] = at[b, s]
                    member[count, s] = member[b, s]
                at[count, size] = i
                member[count, size] = near[i]
                for s in range(size + 1, LARGEST):
                    member[count, s] = -1
                last[count] = i
                weight[count] = weight[b] + load[near[i]]
                delta[count] = delta[b] + change
                count += 1
        begin, end = end, count
    return count


@nb.njit(nogil=True)
def _whole(cell, xadj, adj, labels, stamp, tick, queue):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Whether the cell is connected and not empty."""
    n = len(labels)
    size = 0
    first = -1
    for u in range(n):
        if labels[u] == cell:
            size += 1
            first = u
    if size == 0:
        return False
    stamp[first] = tick
    queue[0] = first
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for p in range(xadj[u], xadj[u + 1]):
            v = adj[p]
            if labels[v] == cell and stamp[v] != tick:
                stamp[v] = tick
                queue[tail] = v
                tail += 1
    return tail == size


@nb.njit(cache=True, nogil=True)
def _exchange(a, b, xadj, adj, cost, load, movable, home, stay, labels, low_a, high_a, low_b, high_b, dear, bundles):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """The best exchange between cells a and b, made in place: least outside the bands, then cheapest. True if any."""
    n = len(load)
    of_a, of_b = np.empty((bundles, LARGEST), np.int32), np.empty((bundles, LARGEST), np.int32)
    wa, wb, da, db = np.empty(bundles), np.empty(bundles), np.empty(bundles), np.empty(bundles)
    many = _bundles(a, b, xadj, adj, cost, load, movable, home, stay, labels, dear, of_a, wa, da)
    others = _bundles(b, a, xadj, adj, cost, load, movable, home, stay, labels, dear, of_b, wb, db)
    order = np.argsort(wb[:others], kind="mergesort")
    sorted_wb = wb[order]
    work_a, work_b = 0.0, 0.0
    for u in range(n):
        if labels[u] == a:
            work_a += load[u]
        elif labels[u] == b:
            work_b += load[u]
    miss = max(low_a - work_a, work_a - high_a, low_b - work_b, work_b - high_b, 0.0)
    best, best_delta = miss, 0.0
    best_i, best_j = -1, -1
    stamp, queue = np.zeros(n, np.int64), np.empty(n, np.int64)
    tick = 0
    looks = 0
    for i in range(many):
        x = wa[i]
        least = max(low_a - best - work_a + x, work_b + x - high_b - best) - 1e-12
        most = min(high_a + best - work_a + x, work_b + x - low_b + best) + 1e-12
        for k in range(np.searchsorted(sorted_wb, least), others):
            y = sorted_wb[k]
            if y > most or looks > LOOKS * bundles:
                break
            looks += 1
            j = order[k]
            to_a, to_b = work_a - x + y, work_b + x - y
            miss = max(low_a - to_a, to_a - high_a, low_b - to_b, to_b - high_b, 0.0)
            if miss > best + 1e-12:
                continue
            d = da[i] + db[j]
            better = miss < best - 1e-12
            if not better and d >= best_delta - 1e-9:
                continue
            for s in range(LARGEST):  # borders between the two bundles stay borders
                u = of_a[i, s]
                if u < 0:
                    break
                for p in range(xadj[u], xadj[u + 1]):
                    for r in range(LARGEST):
                        if of_b[j, r] == adj[p]:
                            d += 2.0 * cost[p]
            if not better and d >= best_delta - 1e-9:
                continue
            for s in range(LARGEST):
                if of_a[i, s] >= 0:
                    labels[of_a[i, s]] = b
                if of_b[j, s] >= 0:
                    labels[of_b[j, s]] = a
            tick += 2
            good = _whole(a, xadj, adj, labels, stamp, tick, queue) and _whole(
                b, xadj, adj, labels, stamp, tick + 1, queue
            )
            for s in range(LARGEST):
                if of_a[i, s] >= 0:
                    labels[of_a[i, s]] = a
                if of_b[j, s] >= 0:
                    labels[of_b[j, s]] = b
            if good:
                best, best_delta, best_i, best_j = miss, d, i, j
    if best_i < 0:
        return False
    for s in range(LARGEST):
        if of_a[best_i, s] >= 0:
            labels[of_a[best_i, s]] = b
        if of_b[best_j, s] >= 0:
            labels[of_b[best_j, s]] = a
    return True


def exchange(
    graph: Graph,
    labels: Int32Array,
    pair: tuple[int, int],
    low: tuple[float, float],
    high: tuple[float, float],
    bundles: int,
) -> bool:
    """Make the best exchange of bundles between two cells in place: least outside the bands, then least border cost.

    Args:
        graph: what the blocks are.
        labels: (n,) int32, every cell connected; changed in place.
        pair: the two cells, neighbours.
        low, high: bands of the two cells' workloads, in targets.
        bundles: so many of each cell at most.

    Returns:
        Whether any exchange is better than none.
    """
    changed: bool = _exchange(
        *pair, graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, graph.home, graph.stay, labels,
        low[0], high[0], low[1], high[1], DEAR * (float(graph.cost.mean()) if len(graph.cost) else 1.0), bundles,
    )  # fmt: skip
    return changed


def neighbours(graph: Graph, labels: Int32Array) -> list[tuple[int, int]]:
    """Pairs of neighbouring cells, the lower one first, ascending."""
    rows = np.repeat(labels, np.diff(graph.xadj))
    cols = labels[graph.adj]
    return [(int(a), int(b)) for a, b in np.unique(np.column_stack([rows, cols])[rows < cols], axis=0)]


def exchange_all(graph: Graph, labels: Int32Array, low: FloatArray, high: FloatArray, bundles: int, most: int) -> int:
    """Exchange between all pairs in place until no exchange is better, or ``most`` were looked for; how many were."""
    stale: set[tuple[int, int]] = set()
    tried = 0
    while True:
        pairs = [pair for pair in neighbours(graph, labels) if pair not in stale]
        work = np.bincount(labels, graph.load, minlength=len(low))
        for a, b in sorted(pairs, key=lambda p: (-abs(float(work[p[0]] - work[p[1]])), p)):
            if tried >= most:
                return tried
            tried += 1
            if exchange(graph, labels, (a, b), (low[a], low[b]), (high[a], high[b]), bundles):
                stale = {p for p in stale if a not in p and b not in p}
            else:
                stale.add((a, b))
        if not pairs:
            return tried


def even_by_tree(
    graph: Graph, labels: Int32Array, low: FloatArray, high: FloatArray, state: RngState, bundles: int
) -> None:
    """Bring cells into their bands in place, from the leaves of a random tree of neighbouring cells to its root.

    A leaf exchanges with the cell that it hangs on until it is in its band: as many exchanges as cells, less one,
    where evening out pair by pair takes many times as many.
    """
    cells = len(low)
    pairs = neighbours(graph, labels)
    order = sorted(range(len(pairs)), key=[below(state, 1 << 20) for _ in pairs].__getitem__)
    boss = list(range(cells))
    near: list[set[int]] = [set() for _ in range(cells)]
    for i in order:
        a, b = pairs[i]
        x, y = _root(boss, a), _root(boss, b)
        if x != y:
            boss[x] = y
            near[a].add(b)
            near[b].add(a)
    middle, half = (low + high) / 2, (high - low) / 2
    leaves = sorted(c for c in range(cells) if len(near[c]) == 1)
    while leaves:
        leaf = leaves.pop(int(below(state, len(leaves))))
        if not near[leaf]:
            continue
        (up,) = near[leaf]
        near[up].discard(leaf)
        near[leaf].clear()
        if not near[up]:  # the last pair of a tree
            exchange(graph, labels, (leaf, up), (low[leaf], low[up]), (high[leaf], high[up]), bundles)
            continue
        aim = half[leaf] / 2  # what the leaves miss adds up on the way
        exchange(graph, labels, (leaf, up), (middle[leaf] - aim, -np.inf), (middle[leaf] + aim, np.inf), bundles)
        if len(near[up]) == 1:
            leaves = sorted([*leaves, up])


def _root(boss: list[int], x: int) -> int:
    while boss[x] != x:
        x = boss[x]
    return x
