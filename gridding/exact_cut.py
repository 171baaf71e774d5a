"""Minimum cuts that say what a cell with a given first node costs at least, and residual costs that sharpen the bound.

The value of a cell S is half its border cost minus the prices of its nodes. Adding ``z * (load(S) - high)`` for z >= 0
(``load(S) - low`` for z < 0) lowers it for every cell in the band, and what is left is a minimum cut: nodes with a price
above z * load pull towards S, the others away from it. By the identity

    cut(S) = flow + sum of the residual capacities of the arcs that leave S

every decision of a branch adds a residual capacity to the bound (reduced cost fixing). z is chosen by intersecting the
lines of the best sets found, as in Lagrangian relaxation (Held and Karp 1971).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.exact_sets import lowest_bit

ROUNDS = 8
_ONE = np.uint64(1)


@nb.njit(nogil=True)
def _flow(n, nbr, room, level, queue, path, push):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Maximum flow from node n to node n + 1 (Dinic); ``room`` becomes the residual capacities."""
    source, sink = n, n + 1
    total = 0.0
    eps = 1e-11
    here = np.zeros(n + 2, np.int64)
    while True:
        for i in range(n + 2):
            level[i] = -1
            here[i] = 0
        level[source] = 0
        queue[0] = source
        head, tail = 0, 1
        while head < tail:
            u = queue[head]
            head += 1
            if u == source:
                for v in range(n):
                    if room[source, v] > eps and level[v] < 0:
                        level[v] = 1
                        queue[tail] = v
                        tail += 1
            elif u != sink:
                if room[u, sink] > eps and level[sink] < 0:
                    level[sink] = level[u] + 1
                m = nbr[u]
                while m:
                    v = lowest_bit(m)
                    m &= m - _ONE
                    if room[u, v] > eps and level[v] < 0:
                        level[v] = level[u] + 1
                        queue[tail] = v
                        tail += 1
        if level[sink] < 0:
            return total
        depth = 0
        path[0] = source
        push[0] = 1e30
        while depth >= 0:
            u = path[depth]
            if u == sink:
                amount = push[depth]
                total += amount
                back = 0
                for d in range(depth, 0, -1):
                    x, y = path[d - 1], path[d]
                    room[x, y] -= amount
                    room[y, x] += amount
                    if room[x, y] <= eps:
                        back = d - 1
                depth = back
                for d in range(1, depth + 1):
                    push[d] = min(push[d - 1], room[path[d - 1], path[d]])
                continue
            moved = False
            while here[u] < n + 2:
                v = here[u]
                if room[u, v] > eps and level[v] == level[u] + 1:
                    depth += 1
                    path[depth] = v
                    push[depth] = min(push[depth - 1], room[u, v])
                    moved = True
                    break
                here[u] += 1
            if not moved:
                level[u] = -1
                depth -= 1


@nb.njit(nogil=True)
def _cut(root, z, nbr, cost, load, price, room, level, queue, path, push):  # type: ignore[no-untyped-def]  # pragma: no cover
    """(minimum of half border - price + z * load over sets with first node root, load of the best set)."""
    n = len(load)
    big = 1e15
    room[:, :] = 0.0
    constant = 0.0
    for v in range(n):
        m = nbr[v]
        while m:
            u = lowest_bit(m)
            m &= m - _ONE
            room[v, u] = 0.5 * cost[v, u]
        if v < root:
            room[v, n + 1] = big
            continue
        pull = price[v] - z * load[v]
        if v == root:
            constant -= pull
            room[n, v] = big
        elif pull > 0:
            constant -= pull
            room[n, v] = pull
        else:
            room[v, n + 1] = -pull
    flow = _flow(n, nbr, room, level, queue, path, push)
    weight = 0.0
    for v in range(n):
        if level[v] >= 0 or v == root:
            weight += load[v]
    return flow + constant, weight


@nb.njit(cache=True, nogil=True)
def root_bound(root, nbr, cost, load, price, low, high, room):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Lower bound of the value of every cell with first node ``root``; ``room`` is left with the residual capacities.

    Args:
        root: first node of the cell.
        nbr, cost, load: the graph, see :class:`gridding.small_graph.SmallGraph`.
        price: (n,) price of each node.
        low, high: band of a cell's load.
        room: (n + 2, n + 2) filled: arcs between nodes; from n (a node that stays out), to n + 1 (one that comes in).
    """
    n = len(load)
    level = np.empty(n + 2, np.int64)
    queue = np.empty(n + 2, np.int64)
    path = np.empty(n + 3, np.int64)
    push = np.empty(n + 3)
    value, weight = _cut(root, 0.0, nbr, cost, load, price, room, level, queue, path, push)
    if low <= weight <= high:
        return value
    edge = high if weight > high else low
    sign = 1.0 if weight > high else -1.0
    best, best_z = value, 0.0
    # line of a set: its value at z is value(0) + z * (load - edge)
    left_value, left_slope = value, (weight - edge) * sign
    step = max(abs(value), 1e-6) / max(abs(left_slope), 1e-6)
    z = step
    right_value, right_slope = 0.0, 0.0
    have_right = False
    for _ in range(ROUNDS * 2):
        at, weight = _cut(root, sign * z, nbr, cost, load, price, room, level, queue, path, push)
        slope = (weight - edge) * sign
        at -= z * edge * sign
        if at > best:
            best, best_z = at, sign * z
        if slope > 1e-12:
            left_value, left_slope = at - slope * z, slope
        elif slope < -1e-12:
            right_value, right_slope = at - slope * z, slope
            have_right = True
        else:
            break
        if not have_right:
            z *= 3.0
            continue
        meet = (right_value - left_value) / (left_slope - right_slope)
        if left_value + left_slope * meet <= best + 1e-9 * (1.0 + abs(best)):
            break
        z = meet
    value, weight = _cut(root, best_z, nbr, cost, load, price, room, level, queue, path, push)
    return value - (best_z * high if best_z >= 0 else best_z * low)
