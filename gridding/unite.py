"""Base units made whole again: a search that pays for every cell that a unit lies in beyond the first.

Moves are single blocks and whole pieces (all blocks of a unit in a cell), at a falling temperature, every cell connected
after every move. Beside the number of cells a unit lies in counts how unevenly it is shared, so that a small piece
shrinks before it goes.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray

from gridding.anneal import _ladder, _outside, _stays_connected, _thresholds
from gridding.csr import Graph
from gridding.rng import RngState, below, draw
from gridding.types import FloatArray, Int32Array

PRICE = 12.0
"""Cost of one more cell in a unit, in mean border costs."""
SHARED = 12.0
"""Cost of a unit that is shared out evenly among many cells, in mean border costs."""
PIECES = 6
"""One move in so many is one of a whole piece; fewer where cells have many blocks, because such a move takes long."""


@nb.njit(cache=True, nogil=True)
def _unite(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj, adj, cost, load, mass, movable, unit, labels, low, high, temperature, pressure, price, shared, sweeps, thresholds,
    reach, pieces, state,
):  # fmt: skip
    n, cells = len(load), len(low)
    units = unit.max() + 1
    work = np.zeros(cells)
    count = np.zeros(cells, np.int32)
    held = np.zeros((units, cells))
    number = np.zeros((units, cells), np.int32)
    whole = np.zeros(units)
    for u in range(n):
        work[labels[u]] += load[u]
        count[labels[u]] += 1
        if unit[u] >= 0:
            held[unit[u], labels[u]] += mass[u]
            number[unit[u], labels[u]] += 1
            whole[unit[u]] += mass[u]
    border = np.empty(n, np.int32)
    place = np.full(n, -1, np.int32)
    edge = 0
    for u in range(n):
        for p in range(xadj[u], xadj[u + 1]):
            if labels[adj[p]] != labels[u]:
                place[u] = edge
                border[edge] = u
                edge += 1
                break
    stamp = np.zeros(n, np.int64)
    tick = np.int64(1)
    queue = np.empty(n, np.int32)
    group = np.empty(n, np.int32)
    proposals = np.int64(sweeps * (edge + 30) / len(temperature)) + 1
    for stage in range(len(temperature)):
        t = temperature[stage]
        lam = pressure[stage]
        for _ in range(proposals):
            if edge == 0:
                return
            u = border[below(state, edge)]
            old = labels[u]
            foreign = 0
            for p in range(xadj[u], xadj[u + 1]):
                if labels[adj[p]] != old:
                    foreign += 1
            r = below(state, foreign)
            new = old
            for p in range(xadj[u], xadj[u + 1]):
                q = labels[adj[p]]
                if q != old:
                    if r == 0:
                        new = q
                        break
                    r -= 1
            k = unit[u]
            size = 1
            group[0] = u
            if k >= 0 and number[k, old] > 1 and below(state, pieces) == 0:
                # the whole piece around u
                tick += 2
                stamp[u] = tick
                head = 0
                while head < size:
                    x = group[head]
                    head += 1
                    for p in range(xadj[x], xadj[x + 1]):
                        y = adj[p]
                        if labels[y] == old and unit[y] == k and stamp[y] != tick:
                            stamp[y] = tick
                            group[size] = y
                            size += 1
            if size >= count[old]:
                continue
            w = 0.0
            m = 0.0
            free = True
            for i in range(size):
                w += load[group[i]]
                m += mass[group[i]]
                free = free and movable[group[i]] > 0
            if not free:
                continue
            d = 0.0
            if size == 1:
                for p in range(xadj[u], xadj[u + 1]):
                    q = labels[adj[p]]
                    if q == old:
                        d += cost[p]
                    elif q == new:
                        d -= cost[p]
            else:
                for i in range(size):
                    x = group[i]
                    for p in range(xadj[x], xadj[x + 1]):
                        y = adj[p]
                        if labels[y] == old:
                            if stamp[y] != tick:
                                d += cost[p]
                        elif labels[y] == new:
                            d -= cost[p]
            if k >= 0:
                d += price * ((1 if number[k, new] == 0 else 0) - (1 if number[k, old] == size else 0))
                a, b, s = held[k, old], held[k, new], whole[k]
                d -= shared * ((a - m) * (a - m) + (b + m) * (b + m) - a * a - b * b) / (s * s)
            if w > 0:
                d += lam * (
                    _outside(work[old] - w, low[old], high[old])
                    - _outside(work[old], low[old], high[old])
                    + _outside(work[new] + w, low[new], high[new])
                    - _outside(work[new], low[new], high[new])
                )
            if d > 0 and d > t * thresholds[draw(state) >> np.uint64(54)]:
                continue
            if size == 1:
                tick += 2
                if not _stays_connected(u, old, xadj, adj, labels, stamp, tick, queue, reach):
                    continue
            else:
                # what stays behind must be one piece: all of it is visited from any of its blocks
                seed = -1
                for i in range(size):
                    x = group[i]
                    for p in range(xadj[x], xadj[x + 1]):
                        y = adj[p]
                        if labels[y] == old and stamp[y] != tick:
                            seed = y
                if seed < 0:
                    continue
                stamp[seed] = tick
                queue[0] = seed
                head, tail = 0, 1
                while head < tail:
                    x = queue[head]
                    head += 1
                    for p in range(xadj[x], xadj[x + 1]):
                        y = adj[p]
                        if labels[y] == old and stamp[y] != tick:
                            stamp[y] = tick
                            queue[tail] = y
                            tail += 1
                if tail != count[old] - size:
                    continue
            for i in range(size):
                labels[group[i]] = new
            work[old] -= w
            work[new] += w
            count[old] -= size
            count[new] += size
            if k >= 0:
                held[k, old] -= m
                held[k, new] += m
                number[k, old] -= size
                number[k, new] += size
            for i in range(size):
                x = group[i]
                for p in range(xadj[x] - 1, xadj[x + 1]):
                    v = (
                        x if p < xadj[x] else adj[p]
                    )  # the block itself and its neighbours may come to the border, or leave
                    on_border = False
                    for q in range(xadj[v], xadj[v + 1]):
                        if labels[adj[q]] != labels[v]:
                            on_border = True
                            break
                    if on_border and place[v] < 0:
                        place[v] = edge
                        border[edge] = v
                        edge += 1
                    elif not on_border and place[v] >= 0:
                        edge -= 1
                        last = border[edge]
                        border[place[v]] = last
                        place[last] = place[v]
                        place[v] = -1


def unite(
    graph: Graph,
    labels: Int32Array,
    unit: Int32Array,
    low: FloatArray,
    high: FloatArray,
    state: RngState,
    *,
    sweeps: float = 400.0,
    hot: float = 3.0,
    cold: float = 0.03,
    price: float = PRICE,
    shared: float = SHARED,
    soft: float = 1e3,
    hard: float = 1e7,
) -> None:
    """Make units whole again, in place, as far as the bands allow; cells stay connected, none becomes empty.

    Args:
        graph: blocks and their borders.
        labels: (n,) int32, every cell connected; changed in place.
        unit: (n,) base unit of each block, -1 = none.
        low, high: (cells,) band of each cell's workload, in targets.
        state: random state, advanced.
        sweeps: proposals per block on a border.
        hot, cold: temperature at start and end, in mean border costs.
        price, shared: see :data:`PRICE`, :data:`SHARED`.
        soft, hard: pressure on workload outside the band at start and end.
    """
    mass = graph.load + 1e-3 * max(float(graph.load.mean()), 1e-9)
    scale = round(float(graph.cost.mean()), 6) if len(graph.cost) else 1.0
    _unite(
        graph.xadj, graph.adj, graph.cost, graph.load, mass, graph.movable, unit, labels, low, high,
        scale * _ladder(hot, cold), scale * _ladder(soft, hard), scale * price, scale * shared, float(sweeps), _thresholds(),
        4000, max(PIECES, graph.n // len(low) // 40), state,
    )  # fmt: skip


def extra_cells(unit: Int32Array, labels: Int32Array, counted: NDArray[np.bool_] | None = None) -> int:
    """Cells that units lie in, beyond the first of each: 0 = every unit is whole."""
    known = unit >= 0 if counted is None else (unit >= 0) & counted
    if not known.any():
        return 0
    pairs = np.unique(unit[known].astype(np.int64) * (int(labels.max()) + 1) + labels[known])
    return len(pairs) - len(np.unique(unit[known]))
