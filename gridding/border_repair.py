"""Balance where entities lie exactly on borders: blocks are exchanged with regard to where such entities then count.

An entity on a border counts in the cell with the lowest code around it, so that a block that changes cell may take along
entities of a third one. Here the codes are held, and every exchange is judged by what the cells really get.
"""

from __future__ import annotations

import numba as nb
import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.anneal import _ladder, _outside, _stays_connected, _thresholds
from gridding.csr import make_graph
from gridding.rng import below, draw, rng_state
from gridding.tally import tally
from gridding.types import BlockGraph, FloatArray, GeometryArray, Int32Array, IntArray

SWEEPS = 600
"""Proposals for each block near a cell out of its band."""
SECONDS = 40
"""So many blocks at most are tried for the second half of an exchange."""
WITHIN = 0.97
"""Share of the tolerance that is aimed at."""


@nb.njit
def _shift(u, new, labels, load, of_block, sets, of_set, members, weight, work, low, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Give ``u`` to a cell, and with it what counts there; the change of the squared workload outside of the bands."""
    old = labels[u]
    d = -_outside(work[old], low[old], high[old]) - _outside(work[new], low[new], high[new])
    work[old] -= load[u]
    work[new] += load[u]
    d += _outside(work[old], low[old], high[old]) + _outside(work[new], low[new], high[new])
    for i in range(of_block[u], of_block[u + 1]):
        s = sets[i]
        rest = np.int32(2147483647)
        for j in range(of_set[s], of_set[s + 1]):
            v = members[j]
            if v != u and labels[v] < rest:
                rest = labels[v]
        a, b = min(rest, old), min(rest, new)
        if a != b:
            d -= _outside(work[a], low[a], high[a]) + _outside(work[b], low[b], high[b])
            work[a] -= weight[s]
            work[b] += weight[s]
            d += _outside(work[a], low[a], high[a]) + _outside(work[b], low[b], high[b])
    labels[u] = new
    return d


@nb.njit
def _price(u, new, xadj, adj, cost, labels):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    d = 0.0
    for p in range(xadj[u], xadj[u + 1]):
        q = labels[adj[p]]
        if q == labels[u]:
            d += cost[p]
        elif q == new:
            d -= cost[p]
    return d


@nb.njit(cache=True, nogil=True)
def _repair(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj, adj, cost, load, of_block, sets, of_set, members, weight, labels, work, low, high, near, open_cell,
    temperature, pressure, sweeps, seconds, thresholds, state,
):  # fmt: skip
    n = len(load)
    stamp = np.zeros(n, np.int64)
    tick = np.int64(1)
    queue = np.empty(n, np.int32)
    best = labels.copy()
    best_outside = np.inf
    best_cost = np.inf
    total = 0.0
    spent = 0.0
    for c in range(len(low)):
        total += _outside(work[c], low[c], high[c])
    per_stage = sweeps * len(near) // len(temperature) + 1
    for stage in range(len(temperature)):
        t, lam = temperature[stage], pressure[stage]
        for _ in range(per_stage):
            u = near[below(state, len(near))]
            old = labels[u]
            p = xadj[u] + below(state, max(1, xadj[u + 1] - xadj[u]))
            if p >= xadj[u + 1]:
                continue
            new = labels[adj[p]]
            if new == old or not open_cell[old] or not open_cell[new]:
                continue
            d = _price(u, new, xadj, adj, cost, labels)
            limit = t * thresholds[draw(state) >> np.uint64(54)]
            if d > limit + 3.0:
                continue
            tick += 2
            if not _stays_connected(u, old, xadj, adj, labels, stamp, tick, queue, 4000):
                continue
            e = _shift(u, new, labels, load, of_block, sets, of_set, members, weight, work, low, high)
            if d + lam * e <= limit:
                total += e
                spent += d
                continue
            taken = False
            for _ in range(seconds):
                v = near[below(state, len(near))]
                if v == u or (labels[v] != new and labels[v] != old):
                    continue
                p = xadj[v] + below(state, max(1, xadj[v + 1] - xadj[v]))
                if p >= xadj[v + 1]:
                    continue
                own = labels[v]
                to = labels[adj[p]]
                if to == own or not open_cell[to]:
                    continue
                f = _price(v, to, xadj, adj, cost, labels)
                if d + f > limit + 3.0:
                    continue
                tick += 2
                if not _stays_connected(v, own, xadj, adj, labels, stamp, tick, queue, 4000):
                    continue
                g = _shift(v, to, labels, load, of_block, sets, of_set, members, weight, work, low, high)
                if d + f + lam * (e + g) <= limit:
                    total += e + g
                    spent += d + f
                    taken = True
                    break
                _shift(v, own, labels, load, of_block, sets, of_set, members, weight, work, low, high)
            if not taken:
                _shift(u, old, labels, load, of_block, sets, of_set, members, weight, work, low, high)
        total = 0.0
        for c in range(len(low)):
            total += _outside(work[c], low[c], high[c])
        if total < best_outside - 1e-15 or (total <= best_outside and spent < best_cost):
            best[:] = labels
            best_outside = total
            best_cost = spent
    return best


def _rows(index: IntArray, count: int) -> Int32Array:
    first = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(index, minlength=count), out=first[1:])
    return first


def repair_borders(
    graph: BlockGraph,
    polygons: GeometryArray,
    points: FloatArray,
    workload: FloatArray,
    block_of_point: Int32Array,
    labels: Int32Array,
    held: NDArray[np.bool_],
    tolerance: float,
    seed: int,
) -> Int32Array:
    """(blocks,) cells that are nearer to the balance, where the lowest label around an entity is the one it counts in.

    Args:
        graph: the blocks' borders; blocks are exchanged across these only.
        polygons: (blocks,) polygons.
        points: (n, 2) longitude and latitude.
        workload: (n,).
        block_of_point: (n,) a block that covers each point, -1 outside.
        labels: (blocks,) cell, in the order of the codes.
        held: (cells,) bool, cells that no block may leave or enter, outside the balance.
        tolerance: largest deviation wanted.
        seed: of all randomness.
    """
    blocks, cells = len(labels), len(held)
    inside = np.flatnonzero(block_of_point >= 0)
    point, block = shapely.STRtree(polygons).query(shapely.points(points[inside]), predicate="intersects")
    order = np.lexsort((block, point))
    point, block = point[order], block[order]
    on_border = np.bincount(point, minlength=len(inside))[point] > 1
    alone = tally(block_of_point[inside], workload[inside], blocks)
    number, s = np.unique(point[on_border], return_inverse=True)
    members = block[on_border].astype(np.int32)
    weight = workload[inside][number]
    alone -= tally(block_of_point[inside][number], weight, blocks)
    work = tally(labels, alone, cells)
    of_set = _rows(s, len(number))
    if len(number):
        work += tally(np.minimum.reduceat(labels[members], of_set[:-1]), weight, cells)
    ideal = float(work[~held].mean()) if (~held).any() else 0.0
    if ideal <= 0:
        return labels
    low = np.where(held, -np.inf, 1 - WITHIN * tolerance)
    high = np.where(held, np.inf, 1 + WITHIN * tolerance)
    csr = make_graph(graph.pairs[:, 0], graph.pairs[:, 1], graph.border_cost, alone / ideal)
    missed = (work / ideal < low) | (work / ideal > high)
    rows = np.repeat(np.arange(blocks), np.diff(csr.xadj))
    for _ in range(2):
        missed[labels[rows[missed[labels[csr.adj]]]]] = True
    by_block = np.argsort(members, kind="stable")
    found = labels.astype(np.int32)
    return np.asarray(
        _repair(
            csr.xadj, csr.adj, csr.cost, csr.load, _rows(members, blocks), s[by_block].astype(np.int32), of_set, members,
            weight / ideal, found, work / ideal, low, high, np.flatnonzero(missed[labels]).astype(np.int32), ~held,
            _ladder(0.5, 0.03), _ladder(1e3, 1e7), SWEEPS, SECONDS, _thresholds(), rng_state(seed, 31),
        ),
        np.int32,
    )  # fmt: skip
