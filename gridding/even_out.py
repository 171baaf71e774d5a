"""A whole region of cells with a little too much work: what has to flow between neighbours, and the flow made real.

Where cell after cell stands at the edge of its band, no exchange with a neighbour helps, because the neighbours have no
room either. The least flow of workload between neighbouring cells that brings all of them into their bands is a linear
program on the graph of the cells. Each flow is then made of exchanges of blocks, as near to it as blocks allow.
"""

from __future__ import annotations

import numba as nb
import numpy as np
import scipy.sparse as sp

from gridding.csr import Graph, total
from gridding.settle import PRICE, _exchange, _shift
from gridding.types import FloatArray, Int32Array, IntArray

EXCHANGES = 4
"""So many exchanges at most make up the flow between two cells."""
ROUNDS = 6
"""So often at most what is left is looked at anew."""
BLOCKED = 6.0
"""Flow between two cells that blocks did not follow is so much dearer in the next round."""
FINEST = 1e-4
"""Workload that all blocks are multiples of matters from this size on, in targets."""
CLOSE = 1e-6
"""Workloads are rounded: what differs by less is the same."""


def unit_of(load: FloatArray) -> float:
    """The largest workload that all blocks' are whole multiples of; 0.0 where it is too small to matter."""
    values = np.unique(np.round(load[load > 0], 8))
    unit = 0.0
    for value in values.tolist():
        a, b = value, unit
        while b > CLOSE:
            rest = a % b
            a, b = b, rest if b - rest > CLOSE else 0.0
        unit = a
        if unit < FINEST:
            return 0.0
    multiple = values / unit if unit > 0 else values
    return unit if np.abs(multiple - np.round(multiple)).max(initial=0.0) < 1e-3 else 0.0


def whole_units(low: FloatArray, high: FloatArray, unit: float) -> tuple[FloatArray, FloatArray]:
    """Bands whose ends are workloads that cells can have, where blocks are multiples of a unit.

    The least flow is then made of whole units. A band that holds no multiple stays as it is.
    """
    if unit <= 0:
        return low, high
    first, last = np.ceil(low / unit - 1e-6) * unit - CLOSE, np.floor(high / unit + 1e-6) * unit + CLOSE
    fits = first <= last
    return np.where(fits, first, low), np.where(fits, last, high)


def flow_into_bands(
    work: FloatArray, low: FloatArray, high: FloatArray, a: IntArray, b: IntArray, price: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """The least total flow that brings all cells into their bands, as far as that is possible.

    Args:
        work: (cells,) workload, in targets.
        low, high: (cells,) bands.
        a, b: (e,) neighbouring cells, each pair once.
        price: (e,) of flow between them, at least 1; None = 1.

    Returns:
        (e,) flow from ``a`` to ``b``, negative = from b to a; (cells,) what stays outside of each band.
    """
    from scipy.optimize import linprog

    cells, e = len(work), len(a)
    which = np.arange(e)
    one = np.ones(e)
    leaves = sp.coo_array((one, (a, which)), shape=(cells, e)) - sp.coo_array((one, (b, which)), shape=(cells, e))
    eye = sp.identity(cells)
    found = linprog(
        np.concatenate([one, one, np.full(cells, 1e3)])
        if price is None
        else np.concatenate([price, price, np.full(cells, 1e6)]),
        A_ub=sp.vstack([sp.hstack([-leaves, leaves, -eye]), sp.hstack([leaves, -leaves, -eye])]).tocsr(),
        b_ub=np.concatenate([high - work, work - low]),
        method="highs",
    )
    if found.x is None:
        return np.zeros(e), np.maximum(np.maximum(low - work, work - high), 0.0)
    return found.x[:e] - found.x[e : 2 * e], found.x[2 * e :]


@nb.njit(cache=True, nogil=True)
def _transfer(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    xadj, adj, cost, load, movable, home, stay, labels, cells, giver, taker, amount, price, exchanges, reach
):
    n = len(load)
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
    want = work.copy()  # of the two cells of a flow: what each should have after it
    rest = amount.copy()
    for i in range(len(giver)):
        a, b = giver[i], taker[i]
        left = amount[i]
        for _ in range(exchanges):
            want[a] = work[a] - left
            want[b] = work[b] + left
            rating = _exchange(
                a, b, 1.0, price, xadj, adj, cost, load, movable, home, stay, labels, want, want, work, count, first,
                after, stamp, clock, queue, reach, mark, out,
            )  # fmt: skip
            if rating >= 0:
                break
            if out[0] >= 0:
                left -= load[out[0]]
                _shift(out[0], a, b, labels, work, count, first, after, before, load)
            if out[1] >= 0:
                left += load[out[1]]
                _shift(out[1], b, a, labels, work, count, first, after, before, load)
        rest[i] = abs(left)
    return rest


def even_out(
    graph: Graph, labels: Int32Array, low: FloatArray, high: FloatArray, *, price: float = PRICE, reach: int = 400
) -> Int32Array:
    """Labels after the least flow between neighbouring cells that brings all into their bands, as near as blocks allow.

    Args:
        graph: what to move on.
        labels: (n,) every cell connected; not changed.
        low, high: (cells,) band to be aimed at, in targets: narrower than the one to be kept, because blocks are coarse.
        price: of a target's workload that is not moved as it should be, in mean border costs.
        reach: nodes visited before a move is given up as disconnecting.
    """
    cells = len(low)
    low, high = whole_units(low, high, unit_of(graph.load))
    best, missed = labels, np.inf
    dear: dict[int, float] = {}
    found = labels.copy()
    for _ in range(ROUNDS):
        work = total(found, graph.load, cells)
        outside = float(np.maximum(np.maximum(low - work, work - high), 0.0).sum())
        if outside < missed:
            best, missed = found.copy(), outside
        if outside <= cells * CLOSE:
            break
        rows, cols = np.repeat(found, np.diff(graph.xadj)), found[graph.adj]
        key = np.unique(rows[rows < cols].astype(np.int64) * cells + cols[rows < cols])
        if not len(key):
            break
        a, b = key // cells, key % cells
        prices = np.array([dear.get(k, 1.0) for k in key.tolist()])
        flow = np.round(flow_into_bands(work, low, high, a, b, prices)[0], 9)
        moved = np.flatnonzero(np.abs(flow) > CLOSE)
        moved = moved[np.argsort(-np.abs(flow[moved]), kind="stable")]
        giver = np.where(flow > 0, a, b)[moved].astype(np.int32)
        taker = np.where(flow > 0, b, a)[moved].astype(np.int32)
        amount = np.abs(flow[moved])
        rest = _transfer(
            graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, graph.home, graph.stay, found, cells, giver,
            taker, amount, float(price), EXCHANGES, reach,
        )  # fmt: skip
        for k in key[moved[rest > 0.3 * amount]].tolist():
            dear[k] = BLOCKED * dear.get(k, 1.0)
    return best
