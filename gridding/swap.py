"""Annealing with exchanges: a move that spoils the balance is taken together with one that makes it good.

Where the tolerance is finer than the blocks, hardly any single move keeps the balance, and a search by single moves
freezes. Here a move that would be taken but for the balance looks for a second one, out of the cell that it went to:
back where the first came from, or on to a third cell. Both are judged together, as one move.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from gridding.anneal import Cooling, _ladder, _outside, _stays_connected, _thresholds
from gridding.csr import Graph
from gridding.rng import RngState, below, draw
from gridding.types import FloatArray, Int32Array

SCANNED = 96
"""So many border blocks of a cell are looked at for a second move, at most."""
GREED = 2.0
"""A first move may cost so much more than the temperature allows, in mean border costs: the second may give it back."""


@nb.njit(inline="always")
def _enter(u, c, first, after, before):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    after[u] = first[c]
    before[u] = -1
    if first[c] >= 0:
        before[first[c]] = u
    first[c] = u


@nb.njit(inline="always")
def _leave(u, c, first, after, before):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    if before[u] >= 0:
        after[before[u]] = after[u]
    else:
        first[c] = after[u]
    if after[u] >= 0:
        before[after[u]] = before[u]


@nb.njit(inline="always")
def _price(u, old, new, xadj, adj, cost, labels, home, stay):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Change of the cost if ``u`` goes from old to new."""
    d = 0.0
    for p in range(xadj[u], xadj[u + 1]):
        q = labels[adj[p]]
        if q == old:
            d += cost[p]
        elif q == new:
            d -= cost[p]
    if home[u] == old:
        d += stay[u]
    elif home[u] == new:
        d -= stay[u]
    return d


@nb.njit
def _take(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    u, old, new, xadj, adj, load, labels, work, count, foreign, border, place, size, first, after, before
):  # fmt: skip
    """Move ``u``, whose label is still ``old``, and keep all lists; the number of nodes on borders."""
    if place[u] >= 0:
        _leave(u, old, first, after, before)
    labels[u] = new
    work[old] -= load[u]
    work[new] += load[u]
    count[old] -= 1
    count[new] += 1
    f = 0
    for p in range(xadj[u], xadj[u + 1]):
        v = adj[p]
        q = labels[v]
        if q != new:
            f += 1
        if q == old:
            foreign[v] += 1
            if place[v] < 0:
                place[v] = size
                border[size] = v
                size += 1
                _enter(v, old, first, after, before)
        elif q == new:
            foreign[v] -= 1
            if foreign[v] == 0:
                size -= 1
                last = border[size]
                border[place[v]] = last
                place[last] = place[v]
                place[v] = -1
                _leave(v, new, first, after, before)
    foreign[u] = f
    if f == 0:
        size -= 1
        last = border[size]
        border[place[u]] = last
        place[last] = place[u]
        place[u] = -1
    else:
        _enter(u, new, first, after, before)
    return size


@nb.njit(cache=True, nogil=True)
def _swap_anneal(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj, adj, cost, load, movable, home, stay, labels, low, high, active, temperature, pressure, sweeps, thresholds,
    greed, reach, state,
):  # fmt: skip
    n = len(load)
    cells = len(low)
    work = np.zeros(cells)
    count = np.zeros(cells, np.int32)
    for u in range(n):
        work[labels[u]] += load[u]
        count[labels[u]] += 1
    foreign = np.zeros(n, np.int32)
    border = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    first = np.full(cells, -1, np.int32)
    after = np.full(n, -1, np.int32)
    before = np.full(n, -1, np.int32)
    size = 0
    for u in range(n):
        for p in range(xadj[u], xadj[u + 1]):
            if labels[adj[p]] != labels[u]:
                foreign[u] += 1
        if foreign[u] > 0 and active[labels[u]]:
            place[u] = size
            border[size] = u
            size += 1
            _enter(u, labels[u], first, after, before)
    stamp = np.zeros(n, np.int64)
    tick = np.int64(1)
    queue = np.empty(n, np.int32)
    per_stage = np.int64(sweeps * (size + 30) / len(temperature)) + 1
    for stage in range(len(temperature)):
        t = temperature[stage]
        lam = pressure[stage]
        for _ in range(per_stage):
            if size == 0:
                return
            u = border[below(state, size)]
            old = labels[u]
            if count[old] <= 1 or movable[u] == 0:
                continue
            r = below(state, foreign[u])
            new = old
            for p in range(xadj[u], xadj[u + 1]):
                q = labels[adj[p]]
                if q != old:
                    if r == 0:
                        new = q
                        break
                    r -= 1
            if not active[new]:
                continue
            d = _price(u, old, new, xadj, adj, cost, labels, home, stay)
            w = load[u]
            limit = t * thresholds[draw(state) >> np.uint64(54)]
            if d > limit + greed:
                continue
            was = _outside(work[old], low[old], high[old]) + _outside(work[new], low[new], high[new])
            is_old = _outside(work[old] - w, low[old], high[old])
            single = d + lam * (is_old + _outside(work[new] + w, low[new], high[new]) - was)
            if w == 0 and d > limit:
                continue
            tick += 2
            if not _stays_connected(u, old, xadj, adj, labels, stamp, tick, queue, reach):
                continue
            if single <= limit:
                size = _take(
                    u, old, new, xadj, adj, load, labels, work, count, foreign, border, place, size, first, after, before
                )  # fmt: skip
                continue
            # the second move: some block of ``new`` goes on, to ``old`` or to a third cell
            labels[u] = new
            chosen = -1
            third = -1
            tried = 0
            v = first[new]
            for _ in range(SCANNED):
                if v < 0 or tried >= 3:
                    break
                x = load[v]
                if x > 0 and movable[v] == 1 and v != u:
                    is_new = _outside(work[new] + w - x, low[new], high[new])
                    if d + lam * (is_new - was) <= limit + greed:
                        last = np.int32(-1)
                        for p in range(xadj[v], xadj[v + 1]):
                            c = labels[adj[p]]
                            if c == last:
                                continue
                            last = c
                            if c == new or not active[c]:
                                continue
                            if c == old:
                                e = d + lam * (is_new + _outside(work[old] - w + x, low[old], high[old]) - was)
                            else:
                                e = d + lam * (
                                    is_new
                                    + is_old
                                    + _outside(work[c] + x, low[c], high[c])
                                    - _outside(work[c], low[c], high[c])
                                    - was
                                )
                            if e > limit + greed:
                                continue
                            e += _price(v, new, c, xadj, adj, cost, labels, home, stay)
                            if e > limit:
                                continue
                            tried += 1
                            tick += 2
                            if _stays_connected(v, new, xadj, adj, labels, stamp, tick, queue, reach):
                                chosen = v
                                third = c
                            break
                        if chosen >= 0:
                            break
                v = after[v]
            labels[u] = old
            if chosen >= 0:
                size = _take(
                    u, old, new, xadj, adj, load, labels, work, count, foreign, border, place, size, first, after, before
                )  # fmt: skip
                size = _take(
                    chosen, new, third, xadj, adj, load, labels, work, count, foreign, border, place, size, first, after,
                    before,
                )  # fmt: skip


def swap_anneal(
    graph: Graph,
    labels: Int32Array,
    low: FloatArray,
    high: FloatArray,
    cooling: Cooling,
    state: RngState,
    reach: int = 400,
    active: NDArray[np.bool_] | None = None,
) -> None:
    """Improve labels in place like :func:`gridding.anneal.anneal`, by single moves and by exchanges of two.

    Args:
        graph: what to move on.
        labels: (n,) int32, every cell connected; changed in place.
        low, high: (cells,) band of each cell's workload, in targets.
        cooling: schedule.
        state: random state, advanced.
        reach: nodes visited before a move is given up as disconnecting.
        active: (cells,) bool, cells that blocks may leave and enter; None = all.
    """
    unit = round(float(graph.cost.mean()), 6) if len(graph.cost) else 1.0
    open_cells = np.ones(len(low), np.bool_) if active is None else active
    temperature, pressure = unit * _ladder(cooling.hot, cooling.cold), unit * _ladder(cooling.soft, cooling.hard)
    _swap_anneal(
        graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, graph.home, graph.stay, labels, low, high,
        open_cells, temperature, pressure, float(cooling.sweeps), _thresholds(), unit * GREED, reach, state,
    )  # fmt: skip
