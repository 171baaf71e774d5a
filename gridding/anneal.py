"""Moves of single blocks between neighbouring cells, at a falling temperature, every cell connected after every move.

The energy is the border cost, plus ``pressure`` times the squared workload outside of each cell's band, plus the cost of
blocks away from home (redraw). Energies are in units of the mean border cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numba as nb
import numpy as np

from gridding.csr import Graph
from gridding.rng import RngState, draw
from gridding.types import FloatArray, Int32Array

STAGES = 48
MOST = 6
"""So many neighbouring cells of a node are candidates, at most."""


@dataclass(frozen=True, slots=True)
class Cooling:
    """A schedule: both values go from first to last in geometric steps.

    Attributes:
        sweeps: proposals per node on a border and cell beyond it.
        hot, cold: temperature at start and end, in mean border costs.
        soft, hard: pressure on workload outside the band at start and end.
    """

    sweeps: float
    hot: float
    cold: float
    soft: float
    hard: float


@lru_cache(maxsize=64)
def _ladder(first: float, last: float) -> FloatArray:
    # rounded, so that another machine's pow() cannot show
    steps: FloatArray = np.geomspace(first, last, STAGES, dtype=np.float64)
    return np.round(steps, 9)


@lru_cache(maxsize=1)
def _thresholds() -> FloatArray:
    """1024 quantiles of the exponential distribution: a move that costs d is taken if d <= temperature * quantile."""
    quantiles: FloatArray = -np.log((np.arange(1024, dtype=np.float64) + 0.5) / 1024)
    return np.round(quantiles, 9)


@nb.njit(inline="always")
def _outside(value, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Squared distance of a workload from its band."""
    if value < low:
        return (low - value) * (low - value)
    if value > high:
        return (value - high) * (value - high)
    return 0.0


@nb.njit(inline="always")
def _stays_connected(u, cell, xadj, adj, labels, stamp, tick, queue, reach):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Whether the cell stays in one piece without ``u``; gives up (False) after visiting ``reach`` nodes."""
    wanted = 0
    s = -1
    for p in range(xadj[u], xadj[u + 1]):
        v = adj[p]
        if labels[v] == cell:
            wanted += 1
            s = v
            stamp[v] = tick
    if wanted <= 1:
        return wanted == 1
    stamp[u] = tick + 1
    stamp[s] = tick + 1
    wanted -= 1
    queue[0] = s
    head = 0
    tail = 1
    while head < tail and head < reach:
        x = queue[head]
        head += 1
        for p in range(xadj[x], xadj[x + 1]):
            y = adj[p]
            if labels[y] == cell and stamp[y] != tick + 1:
                if stamp[y] == tick:
                    wanted -= 1
                    if wanted == 0:
                        return True
                stamp[y] = tick + 1
                queue[tail] = y
                tail += 1
    return False


@nb.njit(inline="always")
def _offer(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    v, xadj, adj, cost, load, home, stay, labels, node, turn, old, new, price, weight, place, offers, size, cell, gain
):  # fmt: skip
    """Write anew which cells ``v`` could go to and what that costs; the number of offers of all nodes."""
    own = labels[v]
    inner = 0.0
    found = 0
    for p in range(xadj[v], xadj[v + 1]):
        q = labels[adj[p]]
        if q == own:
            inner += cost[p]
            continue
        j = 0
        while j < found and cell[j] != q:
            j += 1
        if j < found:
            gain[j] += cost[p]
        elif found < MOST:
            cell[found] = q
            gain[found] = cost[p]
            found += 1
    if home[v] == own:
        inner += stay[v]
    for j in range(found):
        if j < offers[v]:
            i = place[v * MOST + j]
        else:
            i = size
            size += 1
            place[v * MOST + j] = i
            node[i] = v
            turn[i] = j
            weight[i] = load[v]
        old[i] = own
        new[i] = cell[j]
        price[i] = inner - gain[j] - (stay[v] if home[v] == cell[j] else 0.0)
    for j in range(found, offers[v]):
        i = place[v * MOST + j]
        size -= 1
        if i != size:
            node[i] = node[size]
            turn[i] = turn[size]
            old[i] = old[size]
            new[i] = new[size]
            price[i] = price[size]
            weight[i] = weight[size]
            place[node[i] * MOST + turn[i]] = i
    offers[v] = found
    return size


@nb.njit(cache=True, nogil=True)
def _anneal(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj, adj, cost, load, movable, home, stay, labels, low, high, temperature, pressure, sweeps, thresholds, reach, state
):  # fmt: skip
    """Nearly all proposals are refused. What decides that lies in one short list, which is read from end to end."""
    n = len(load)
    cells = len(low)
    work = np.zeros(cells)
    count = np.zeros(cells, np.int32)
    for u in range(n):
        work[labels[u]] += load[u]
        count[labels[u]] += 1
    node = np.empty(MOST * n, np.int32)
    turn = np.empty(MOST * n, np.int8)
    old = np.empty(MOST * n, np.int32)
    new = np.empty(MOST * n, np.int32)
    price = np.empty(MOST * n)
    weight = np.empty(MOST * n)
    place = np.empty(MOST * n, np.int32)
    offers = np.zeros(n, np.int8)
    cell = np.empty(MOST, np.int32)
    gain = np.empty(MOST)
    size = 0
    for u in range(n):
        if movable[u] == 1:
            size = _offer(
                u, xadj, adj, cost, load, home, stay, labels, node, turn, old, new, price, weight, place, offers, size,
                cell, gain,
            )  # fmt: skip
    stamp = np.zeros(n, np.int64)
    tick = np.int64(1)
    queue = np.empty(n, np.int32)
    outside = np.zeros(cells)
    i = 0
    for stage in range(len(temperature)):
        t = temperature[stage]
        lam = pressure[stage]
        for c in range(cells):
            outside[c] = lam * _outside(work[c], low[c], high[c])
        for _ in range(np.int64(sweeps * (size + 30) / len(temperature)) + 1):
            if size == 0:
                return
            i += 1
            if i >= size:
                i = 0
            limit = t * thresholds[draw(state) >> np.uint64(54)]
            a, b = old[i], new[i]
            d = price[i] - outside[a] - outside[b]
            if d > limit:
                continue
            w = weight[i]
            d += lam * (_outside(work[a] - w, low[a], high[a]) + _outside(work[b] + w, low[b], high[b]))
            if d > limit or count[a] <= 1:
                continue
            u = node[i]
            tick += 2
            if not _stays_connected(u, a, xadj, adj, labels, stamp, tick, queue, reach):
                continue
            labels[u] = b
            work[a] -= w
            work[b] += w
            count[a] -= 1
            count[b] += 1
            outside[a] = lam * _outside(work[a], low[a], high[a])
            outside[b] = lam * _outside(work[b], low[b], high[b])
            for p in range(xadj[u] - 1, xadj[u + 1]):
                v = u if p < xadj[u] else adj[p]
                if movable[v] == 1:
                    size = _offer(
                        v, xadj, adj, cost, load, home, stay, labels, node, turn, old, new, price, weight, place,
                        offers, size, cell, gain,
                    )  # fmt: skip


def anneal(
    graph: Graph,
    labels: Int32Array,
    low: FloatArray,
    high: FloatArray,
    cooling: Cooling,
    state: RngState,
    reach: int = 400,
) -> None:
    """Improve labels in place. Cells must be connected and stay so; none becomes empty.

    Args:
        graph: what to move on.
        labels: (n,) int32, every cell connected; changed in place.
        low, high: (cells,) band of each cell's workload, in targets.
        cooling: schedule.
        state: random state, advanced.
        reach: nodes visited before a move is given up as disconnecting: bounds the cost of a move in large cells.
    """
    # a border on a coarse graph is made of several on the fine one: temperatures follow
    unit = round(float(graph.cost.mean()), 6) if len(graph.cost) else 1.0
    _anneal(
        graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, graph.home, graph.stay, labels, low, high,
        unit * _ladder(cooling.hot, cooling.cold), unit * _ladder(cooling.soft, cooling.hard), float(cooling.sweeps), _thresholds(),
        reach, state,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Score:
    """How good labels are.

    Attributes:
        cost: border cost in mean border costs.
        away: cost of nodes away from home.
        outside: sum of the squared workload outside the bands, in targets squared.
        worst: largest distance from a band, in targets; 0 = all cells in their band.
    """

    cost: float
    away: float
    outside: float
    worst: float

    def energy(self, pressure: float) -> float:
        """One number to compare by."""
        return self.cost + self.away + pressure * self.outside


def score(graph: Graph, labels: Int32Array, low: FloatArray, high: FloatArray) -> Score:
    """Measure labels; see :class:`Score`."""
    work = np.bincount(labels, graph.load, minlength=len(low))
    miss = np.maximum(np.maximum(low - work, work - high), 0.0)
    rows = np.repeat(labels, np.diff(graph.xadj))
    cut = float(graph.cost[rows != labels[graph.adj]].sum()) / 2
    away = float(graph.stay[(graph.home >= 0) & (graph.home != labels)].sum())
    return Score(cut, away, float((miss * miss).sum()), float(miss.max(initial=0.0)))
