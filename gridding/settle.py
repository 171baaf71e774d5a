"""The last misses repaired where they are: exchanges of blocks between a cell out of its band and its neighbours.

A cell out of its band gives a block, takes one, or exchanges one for another with a neighbour, whichever brings both
nearest to their bands at the least cost. Where no neighbour has room, the excess is handed on from cell to cell along
the shortest way to one that has (an ejection chain), and taken back if that did not help. Every cell stays connected.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.anneal import _stays_connected, score
from gridding.csr import Graph
from gridding.rng import RngState, below
from gridding.types import FloatArray, Int32Array

PRICE = 3e4
"""Cost of a target's workload outside its band, in mean border costs: a thousandth outweighs thirty borders."""
CAP = 160
"""So many blocks on a border between two cells are looked at, at most, on each side."""
HOPS = 12
"""Longest chain of cells."""


@nb.njit(inline="always")
def _over(value, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Distance of a workload from its band."""
    return low - value if value < low else value - high if value > high else 0.0


@nb.njit(inline="always")
def _shift(u, old, new, labels, work, count, first, after, before, load):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move one node and keep the lists of the cells' nodes."""
    labels[u] = new
    work[old] -= load[u]
    work[new] += load[u]
    count[old] -= 1
    count[new] += 1
    if before[u] >= 0:
        after[before[u]] = after[u]
    else:
        first[old] = after[u]
    if after[u] >= 0:
        before[after[u]] = before[u]
    after[u] = first[new]
    before[u] = -1
    if first[new] >= 0:
        before[first[new]] = u
    first[new] = u


@nb.njit(inline="always")
def _gain(u, old, new, xadj, adj, cost, labels, home, stay):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Change of the border cost if ``u`` goes from old to new; the number of its neighbours in new."""
    d = 0.0
    near = 0
    for p in range(xadj[u], xadj[u + 1]):
        q = labels[adj[p]]
        if q == old:
            d += cost[p]
        elif q == new:
            d -= cost[p]
            near += 1
    if home[u] == old:
        d += stay[u]
    elif home[u] == new:
        d -= stay[u]
    return d, near


@nb.njit(cache=True, nogil=True)
def _exchange(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    a, b, share, price, xadj, adj, cost, load, movable, home, stay, labels, low, high, work, count, first, after,
    stamp, clock, queue, reach, mark, out,
):  # fmt: skip
    """The best single block or pair to exchange between a and b: out = (from a, from b), -1 = none; its rating.

    The rating is the change of cost plus the price of what lies outside the bands, b's at a ``share``.
    """
    give = np.empty(CAP, np.int32)
    take = np.empty(CAP, np.int32)
    give_cost = np.empty(CAP)
    take_cost = np.empty(CAP)
    give_near = np.empty(CAP, np.int32)
    take_near = np.empty(CAP, np.int32)
    gives, takes = 0, 0
    clock[0] += 2
    seen = clock[0]
    u = first[a]
    while u >= 0:
        touches = False
        for p in range(xadj[u], xadj[u + 1]):
            v = adj[p]
            if labels[v] == b:
                touches = True
                if stamp[v] != seen and movable[v] == 1 and takes < CAP:
                    stamp[v] = seen
                    take[takes] = v
                    takes += 1
        if touches and movable[u] == 1 and gives < CAP:
            give[gives] = u
            gives += 1
        u = after[u]
    give_ok = np.zeros(gives, np.int8)
    take_ok = np.zeros(takes, np.int8)
    for i in range(gives):
        give_cost[i], give_near[i] = _gain(give[i], a, b, xadj, adj, cost, labels, home, stay)
    for i in range(takes):
        take_cost[i], take_near[i] = _gain(take[i], b, a, xadj, adj, cost, labels, home, stay)
    before = price * (_over(work[a], low[a], high[a]) + share * _over(work[b], low[b], high[b]))
    best = np.inf
    out[0], out[1] = -1, -1
    for i in range(-1, gives):
        if i >= 0:
            u = give[i]
            for p in range(xadj[u], xadj[u + 1]):
                mark[adj[p]] = cost[p] + 1e-12
        for j in range(-1, takes):
            if i < 0 and j < 0:
                continue
            if (j < 0 and count[a] <= 1) or (i < 0 and count[b] <= 1):
                continue
            t = 0.0
            d = 0.0
            if i >= 0:
                t += load[give[i]]
                d += give_cost[i]
            if j >= 0:
                t -= load[take[j]]
                d += take_cost[j]
            if t == 0.0:
                continue
            d += price * (_over(work[a] - t, low[a], high[a]) + share * _over(work[b] + t, low[b], high[b])) - before
            if d >= best:
                continue
            if i >= 0 and j >= 0 and mark[take[j]] > 0:
                if give_near[i] < 2 or take_near[j] < 2:
                    continue  # each is the other's only hold
                d += 2 * mark[take[j]]
                if d >= best:
                    continue
            if i >= 0 and give_ok[i] == 0:
                clock[0] += 2
                ok = _stays_connected(give[i], a, xadj, adj, labels, stamp, clock[0], queue, reach)
                give_ok[i] = 1 if ok or count[a] == 1 else -1
            if j >= 0 and take_ok[j] == 0:
                clock[0] += 2
                ok = _stays_connected(take[j], b, xadj, adj, labels, stamp, clock[0], queue, reach)
                take_ok[j] = 1 if ok or count[b] == 1 else -1
            if (i >= 0 and give_ok[i] < 0) or (j >= 0 and take_ok[j] < 0):
                continue
            best = d
            out[0] = give[i] if i >= 0 else -1
            out[1] = take[j] if j >= 0 else -1
        if i >= 0:
            u = give[i]
            for p in range(xadj[u], xadj[u + 1]):
                mark[adj[p]] = 0.0
    return best


@nb.njit(cache=True, nogil=True)
def _way(a, heavy, need, xadj, adj, labels, low, high, work, first, after, parent, path, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Shortest way over neighbouring cells from ``a`` to one with room for ``need``; its number of cells, 0 = none."""
    cells = len(low)
    parent[:] = -1
    parent[a] = a
    queue = np.empty(cells, np.int32)
    queue[0] = a
    head, tail = 0, 1
    end = -1
    while head < tail and end < 0:
        c = queue[head]
        head += 1
        begin = tail
        u = first[c]
        while u >= 0:
            for p in range(xadj[u], xadj[u + 1]):
                q = labels[adj[p]]
                if parent[q] < 0:
                    parent[q] = c
                    queue[tail] = q
                    tail += 1
            u = after[u]
        for i in range(tail - 1, begin, -1):  # another way each time
            j = begin + below(state, i - begin + 1)
            queue[i], queue[j] = queue[j], queue[i]
        for i in range(begin, tail):
            q = queue[i]
            room = high[q] - work[q] if heavy else work[q] - low[q]
            if room >= need:
                end = q
                break
    if end < 0:
        return 0
    length = 1
    c = end
    while c != a:
        length += 1
        c = parent[c]
    if length > HOPS:
        return 0
    c = end
    for i in range(length - 1, -1, -1):
        path[i] = c
        c = parent[c]
    return length


@nb.njit(cache=True, nogil=True)
def _settle(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj, adj, cost, load, movable, home, stay, labels, low, high, price, tries, reach, state
):  # fmt: skip
    n = len(load)
    cells = len(low)
    work = np.zeros(cells)
    count = np.zeros(cells, np.int32)
    first = np.full(cells, -1, np.int32)
    after = np.full(n, -1, np.int32)
    before = np.full(n, -1, np.int32)
    for u in range(n - 1, -1, -1):
        c = labels[u]
        work[c] += load[u]
        count[c] += 1
        after[u] = first[c]
        if first[c] >= 0:
            before[first[c]] = u
        first[c] = u
    stamp = np.zeros(n, np.int64)
    clock = np.ones(1, np.int64)
    queue = np.empty(n, np.int32)
    mark = np.zeros(n)
    out = np.empty(2, np.int64)
    found = np.empty(2, np.int64)
    parent = np.empty(cells, np.int32)
    path = np.empty(HOPS + 1, np.int32)
    rest_until = np.zeros(cells, np.int64)
    log_node = np.empty(2 * HOPS + 2, np.int32)
    log_from = np.empty(2 * HOPS + 2, np.int32)
    done = 0
    while done < tries:
        done += 1
        a = -1
        worst = 1e-12
        for c in range(cells):
            miss = _over(work[c], low[c], high[c])
            if miss > worst and rest_until[c] <= done:
                worst = miss
                a = c
        if a < 0:
            waiting = False
            for c in range(cells):
                if _over(work[c], low[c], high[c]) > 1e-12:
                    waiting = True
                    rest_until[c] = 0
            if not waiting:
                break
            continue
        # 1. an exchange with a neighbour
        best = np.inf
        chosen = -1
        parent[:] = -1
        parent[a] = a
        u = first[a]
        while u >= 0:
            for p in range(xadj[u], xadj[u + 1]):
                b = labels[adj[p]]
                if parent[b] >= 0:
                    continue
                parent[b] = a
                r = _exchange(
                    a, b, 1.0, price, xadj, adj, cost, load, movable, home, stay, labels, low, high, work, count,
                    first, after, stamp, clock, queue, reach, mark, found,
                )  # fmt: skip
                if r < best:
                    best = r
                    chosen = b
                    out[0], out[1] = found[0], found[1]
            u = after[u]
        if chosen >= 0:
            t = 0.0
            if out[0] >= 0:
                t += load[out[0]]
            if out[1] >= 0:
                t -= load[out[1]]
            now = worst + _over(work[chosen], low[chosen], high[chosen])
            then = _over(work[a] - t, low[a], high[a]) + _over(work[chosen] + t, low[chosen], high[chosen])
            if then < 0.5 * now:
                if out[0] >= 0:
                    _shift(out[0], a, chosen, labels, work, count, first, after, before, load)
                if out[1] >= 0:
                    _shift(out[1], chosen, a, labels, work, count, first, after, before, load)
                continue
        # 2. a chain to a cell with room
        heavy = work[a] > high[a]
        length = _way(
            a, heavy, worst, xadj, adj, labels, low, high, work, first, after, parent, path, state
        )  # fmt: skip
        total = 0.0
        for i in range(length):
            total += _over(work[path[i]], low[path[i]], high[path[i]])
        logged = 0
        for i in range(length - 1):
            c, b = path[i], path[i + 1]
            r = _exchange(
                c, b, 1.0 if i == length - 2 else 0.2, price, xadj, adj, cost, load, movable, home, stay, labels, low,
                high, work, count, first, after, stamp, clock, queue, reach, mark, found,
            )  # fmt: skip
            if r == np.inf:
                break
            for k in range(2):
                if found[k] >= 0:
                    log_node[logged] = found[k]
                    log_from[logged] = c if k == 0 else b
                    logged += 1
                    _shift(
                        found[k], c if k == 0 else b, b if k == 0 else c, labels, work, count, first, after, before, load
                    )  # fmt: skip
        left = 0.0
        for i in range(length):
            left += _over(work[path[i]], low[path[i]], high[path[i]])
        if length < 2 or left >= total - 1e-12:
            for k in range(logged - 1, -1, -1):
                u = log_node[k]
                _shift(u, labels[u], log_from[k], labels, work, count, first, after, before, load)
            rest_until[a] = done + 4 + below(state, 8)
    return done


def settle(
    graph: Graph,
    labels: Int32Array,
    low: FloatArray,
    high: FloatArray,
    state: RngState,
    *,
    price: float = PRICE,
    tries: int = 0,
    reach: int = 400,
) -> Int32Array:
    """Labels with fewer and smaller misses; never worse by the largest miss, and by the sum of them.

    Args:
        graph: what to move on.
        labels: (n,) every cell connected; not changed.
        low, high: (cells,) band of each cell's workload, in targets.
        state: random state, advanced.
        price: of a target's workload outside the band, in mean border costs.
        tries: steps at most; 0 = forty for each cell outside its band, and forty more.
        reach: nodes visited before a move is given up as disconnecting.
    """
    start = score(graph, labels, low, high)
    if start.worst <= 0:
        return labels
    found = labels.copy()
    if tries == 0:
        work = np.bincount(labels, graph.load, minlength=len(low))
        tries = 40 * (1 + int(((work < low) | (work > high)).sum()))
    _settle(
        graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, graph.home, graph.stay, found, low, high,
        float(price), tries, reach, state,
    )  # fmt: skip
    return found if score(graph, found, low, high).worst <= start.worst else labels
