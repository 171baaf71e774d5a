"""Cells worth having: sets listed by their value at given prices of the nodes, and the prices that a pool of sets asks for.

Prices are the dual values of the covering programme (every node in exactly one set, least border cost; Johnson, Mehrotra and
Nemhauser 1993, Min-cut clustering). The prices of a pool are a bound for all plans once no set outside of it is worth less
than nothing, and a plan that beats the best one is made only of sets whose value is below the gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from gridding.exact_cut import root_bound
from gridding.exact_sets import list_sets, lowest_bit
from gridding.small_graph import SmallGraph
from gridding.task import Stop
from gridding.types import FloatArray

_ONE = np.uint64(1)
_START = 600
"""Sets in the first linear programme."""
_ADDED = 300
"""Sets added to it at a time."""


@dataclass(frozen=True, slots=True)
class Sets:
    """Connected sets of nodes, each once.

    Attributes:
        mask: (s,) uint64, bit ``i`` = node ``i`` is in.
        half: (s,) half the border cost.
        load: (s,) workload in targets.
    """

    mask: NDArray[np.uint64]
    half: FloatArray
    load: FloatArray

    def __len__(self) -> int:
        return len(self.mask)

    def only(self, chosen: NDArray[np.bool_]) -> Sets:
        """Those chosen."""
        return Sets(self.mask[chosen], self.half[chosen], self.load[chosen])

    def joined(self, other: Sets) -> Sets:
        """Both, each set once."""
        mask, first = np.unique(np.concatenate([self.mask, other.mask]), return_index=True)
        return Sets(
            mask, np.concatenate([self.half, other.half])[first], np.concatenate([self.load, other.load])[first]
        )


@dataclass(slots=True)
class Budget:
    """Branches that may still be looked at: a measure of time that is the same on every machine."""

    steps: int
    stop: Stop

    @property
    def gone(self) -> bool:
        """Nothing is left of it."""
        return self.steps <= 0 or self.stop()

    def spend(self, steps: int) -> None:
        """So many are gone."""
        self.steps -= steps


@nb.njit(cache=True, nogil=True)
def _values(mask, half, price):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    out = np.empty(len(mask))
    for i in range(len(mask)):
        m = mask[i]
        total = half[i]
        while m:
            total -= price[lowest_bit(m)]
            m &= m - _ONE
        out[i] = total
    return out


def values(sets: Sets, price: FloatArray) -> FloatArray:
    """(s,) half the border cost minus the prices of the nodes."""
    found: FloatArray = _values(sets.mask, sets.half, price)
    return found


def sets_of(graph: SmallGraph, labels: NDArray[np.int32], cells: int) -> Sets:
    """The cells of a plan as sets."""
    inside = labels[None, :] == np.arange(cells)[:, None]
    bits = _ONE << np.arange(graph.n, dtype=np.uint64)
    half = np.array([graph.cost[np.ix_(row, ~row)].sum() / 2 for row in inside])
    return Sets(np.array([bits[row].sum(dtype=np.uint64) for row in inside], np.uint64), half, inside @ graph.load)


def all_sets(graph: SmallGraph, low: float, high: float, budget: Budget, most: int) -> Sets | None:
    """Every connected set in the band, whatever its border; None where the budget or ``most`` is not enough."""
    n = graph.n
    zero, none = np.zeros((n, n)), np.zeros(n)
    out = np.empty(most, np.uint64), np.empty(most), np.empty(most)
    count = 0
    for root in range(n):
        found, steps = list_sets(
            root, graph.nbr, graph.cost, graph.load, none, zero, none, none, 0.0, np.inf, low, high, budget.steps,
            *(array[count:] for array in out),
        )  # fmt: skip
        count += found
        budget.spend(steps if steps >= 0 else budget.steps)
        if steps < 0 or budget.gone:
            return None
    return Sets(out[0][:count].copy(), out[1][:count].copy(), out[2][:count].copy())


def cheap_sets(
    graph: SmallGraph,
    price: FloatArray,
    limit: float,
    low: float,
    high: float,
    budget: Budget,
    each: int,
    patience: int,
) -> tuple[Sets, bool]:
    """Sets in the band whose value at these prices is at most ``limit``, and whether that is all of them.

    Args:
        graph: what the sets are made of.
        price: (n,) price of each node.
        limit: of the value.
        low, high: band of the load.
        budget: spent.
        each: sets listed per first node, at most.
        patience: branches per first node, at most.
    """
    n = graph.n
    room = np.empty((n + 2, n + 2))
    found: list[Sets] = []
    complete = True
    mask, value, load = np.empty(each, np.uint64), np.empty(each), np.empty(each)
    for root in range(n):
        base = root_bound(root, graph.nbr, graph.cost, graph.load, price, low, high, room)
        if base > limit:
            continue
        arc, inside, outside = room[:n, :n].copy(), room[:n, n + 1].copy(), room[n, :n].copy()
        count, steps = list_sets(
            root, graph.nbr, graph.cost, graph.load, price, arc, inside, outside, base, limit + 1e-9, low, high,
            min(patience, budget.steps), mask, value, load,
        )  # fmt: skip
        if steps < 0:
            complete = False
        budget.spend(steps if steps >= 0 else patience)
        chosen = mask[:count].copy()
        bits = (chosen[:, None] >> np.arange(n, dtype=np.uint64)) & _ONE
        found.append(Sets(chosen, value[:count] + bits.astype(np.float64) @ price, load[:count].copy()))
        if budget.gone:
            return _stack(found), False
    return _stack(found), complete


def _stack(found: list[Sets]) -> Sets:
    empty = Sets(np.zeros(0, np.uint64), np.zeros(0), np.zeros(0))
    parts = found or [empty]
    return Sets(
        np.concatenate([s.mask for s in parts]),
        np.concatenate([s.half for s in parts]),
        np.concatenate([s.load for s in parts]),
    )


def prices(graph: SmallGraph, sets: Sets, first: FloatArray) -> FloatArray:
    """(n,) optimal dual values of covering every node once by these sets, at least cost.

    Args:
        graph: the nodes.
        sets: among them those of at least one plan.
        first: prices by which the first sets are picked.
    """
    from scipy.optimize import linprog

    n = graph.n
    order = np.argsort(values(sets, first), kind="stable")
    used = np.zeros(len(sets), bool)
    used[order[:_START]] = True
    price = first
    while True:
        chosen = np.flatnonzero(used)
        bits = ((sets.mask[chosen][:, None] >> np.arange(n, dtype=np.uint64)) & _ONE).astype(np.float64)
        # covering at least once is as good: what is covered twice costs no less
        solved = linprog(sets.half[chosen], A_eq=csc_matrix(bits.T), b_eq=np.ones(n), method="highs-ds")
        if solved.status != 0:
            more = order[~used[order]][:_START]
            if not len(more):
                return first
            used[more] = True
            continue
        price = np.asarray(solved.eqlin.marginals, np.float64)
        worth = values(sets, price)
        worth[used] = 0.0
        better = np.flatnonzero(worth < -1e-7)
        if not len(better):
            return price
        used[better[np.argsort(worth[better], kind="stable")[:_ADDED]]] = True
