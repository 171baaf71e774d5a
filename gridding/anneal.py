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
from gridding.rng import RngState, below, draw
from gridding.types import FloatArray, Int32Array

STAGES = 48


@dataclass(frozen=True, slots=True)
class Cooling:
    """A schedule: both values go from first to last in geometric steps.

    Attributes:
        sweeps: proposals per node on a border.
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


@nb.njit(cache=True, nogil=True)
def _anneal(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj,
    adj,
    cost,
    load,
    movable,
    home,
    stay,
    labels,
    low,
    high,
    temperature,
    pressure,
    sweeps,
    thresholds,
    reach,
    state,
):
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
    size = 0
    for u in range(n):
        for p in range(xadj[u], xadj[u + 1]):
            if labels[adj[p]] != labels[u]:
                foreign[u] += 1
        if foreign[u] > 0:
            place[u] = size
            border[size] = u
            size += 1
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
            d = 0.0
            for p in range(xadj[u], xadj[u + 1]):
                q = labels[adj[p]]
                if q == old:
                    d += cost[p]
                elif q == new:
                    d -= cost[p]
            w = load[u]
            if w > 0:
                d += lam * (
                    _outside(work[old] - w, low[old], high[old])
                    - _outside(work[old], low[old], high[old])
                    + _outside(work[new] + w, low[new], high[new])
                    - _outside(work[new], low[new], high[new])
                )
            if home[u] == old:
                d += stay[u]
            elif home[u] == new:
                d -= stay[u]
            if d > 0 and d > t * thresholds[draw(state) >> np.uint64(54)]:
                continue
            tick += 2
            if not _stays_connected(u, old, xadj, adj, labels, stamp, tick, queue, reach):
                continue
            labels[u] = new
            work[old] -= w
            work[new] += w
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
                elif q == new:
                    foreign[v] -= 1
                    if foreign[v] == 0:
                        size -= 1
                        last = border[size]
                        border[place[v]] = last
                        place[last] = place[v]
                        place[v] = -1
            foreign[u] = f
            if f == 0:
                size -= 1
                last = border[size]
                border[place[u]] = last
                place[last] = place[u]
                place[u] = -1


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
