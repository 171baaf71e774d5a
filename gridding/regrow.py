"""A cell grown anew around one heavy block: connected sets of about a cell's work, at random, of which the best is taken.

Where a heavy block's cell misses its band, hardly any exchange mends it: what fits beside the block is another set altogether.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from gridding.csr import Graph
from gridding.rng import RngState, draw

TRIES = 300
"""Sets grown, of which the best is taken."""


@nb.njit(cache=True, nogil=True)
def _grow(xadj, adj, cost, load, movable, u, low, high, tries, state):  # type: ignore[no-untyped-def]  # pragma: no cover
    """(nodes, whether a set was found): least work left in corners that are no whole cells, then the cheapest border."""
    n = len(load)
    inside = np.zeros(n, np.int32)
    reached = np.zeros(n, np.int32)
    queue = np.empty(n, np.int32)
    edge = np.empty(n, np.int32)
    hold = np.zeros(n)
    best_set = np.zeros(n, np.bool_)
    best_left, best_cost = np.inf, np.inf
    for t in range(1, tries + 1):
        members = 1
        queue[0] = u
        inside[u] = t
        work = load[u]
        size = 0
        last = u
        hold[:] = 0.0
        border = 0.0
        while True:
            for p in range(xadj[last], xadj[last + 1]):
                v = adj[p]
                if inside[v] == t:
                    border -= cost[p]
                    continue
                border += cost[p]
                if movable[v] == 1:
                    if hold[v] == 0.0:
                        edge[size] = v
                        size += 1
                    hold[v] += cost[p] + 1e-3
            if work >= low and draw(state) >> np.uint64(63) == np.uint64(0):
                break
            chosen = -1
            most = -1.0
            for i in range(size):
                v = edge[i]
                if inside[v] == t or work + load[v] > high:
                    continue
                rating = hold[v] * (np.float64(draw(state) >> np.uint64(11)) / 9007199254740992.0) ** 2
                if rating > most:
                    most = rating
                    chosen = v
            if chosen < 0:
                break
            inside[chosen] = t
            queue[members] = chosen
            members += 1
            work += load[chosen]
            last = chosen
        if work < low:
            continue
        left = 0.0
        for i in range(members):
            x = queue[i]
            for p in range(xadj[x], xadj[x + 1]):
                s = adj[p]
                if inside[s] == t or reached[s] == t:
                    continue
                # what hangs together beside the set: its work must make up whole cells
                head, tail = members, members + 1
                queue[head] = s
                reached[s] = t
                total = 0.0
                while head < tail:
                    y = queue[head]
                    head += 1
                    total += load[y]
                    for q in range(xadj[y], xadj[y + 1]):
                        z = adj[q]
                        if inside[z] != t and reached[z] != t:
                            reached[z] = t
                            queue[tail] = z
                            tail += 1
                whole = np.round(total)
                if whole < 1:
                    left += total if total < low else 0.0
                else:
                    left += max(0.0, whole * low - total, total - whole * high)
        if left < best_left - 1e-9 or (left < best_left + 1e-9 and border < best_cost):
            best_left, best_cost = left, border
            for x in range(n):
                best_set[x] = inside[x] == t
    return best_set, best_left < np.inf


def grow(
    graph: Graph, node: int, low: float, high: float, state: RngState, tries: int = TRIES
) -> NDArray[np.bool_] | None:
    """(n,) bool, a connected set with the node whose work is within low and high; None where none was found.

    Args:
        graph: what the set is taken from.
        node: the heavy block.
        low, high: least and most work, in targets.
        state: random state, advanced.
        tries: sets grown.
    """
    found, any_found = _grow(
        graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, node, float(low), float(high), tries, state
    )  # fmt: skip
    return found if any_found else None
