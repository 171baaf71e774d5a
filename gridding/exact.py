"""Tiny stations exactly: the best plan, proved, or the proof that none is balanced, and the best that is possible.

The cells that a small station could have are few enough to be listed (:mod:`gridding.exact_sets`): all of them in the band, or all
that are cheap enough to be part of a better plan (:mod:`gridding.exact_price`). A plan is a choice of cells that covers
every block once (:mod:`gridding.exact_cover`). The work is counted in branches, not in seconds: the same answer everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.contiguity import pieces
from gridding.exact_cover import cover
from gridding.exact_price import Budget, Sets, all_sets, cheap_sets, prices, sets_of, values
from gridding.small_graph import SmallGraph, small_graph
from gridding.task import Stop
from gridding.types import FloatArray, Int32Array

STEPS = 6_000_000
"""Branches at most, about two seconds."""
BALANCE = 1.0
"""Share of that for the question how balanced a plan can be, where a balanced one is missing."""
MOST_SETS = 600_000
"""Sets listed at most."""
NEAR = 1e-9
CLOSE = 1e-6
"""Costs that differ by less, as a share, are the same."""
SMOOTH = 0.3
"""Share of the last prices in the next."""
PATIENCE = 30_000
"""Branches per first node at first, when sets worth having are looked for."""
COVERED = 600_000_000
"""Sets looked at, at most, when a cover is looked for: about a second."""
EACH = 300
"""So many of them are taken per first node at a time."""


@dataclass(frozen=True, slots=True)
class ExactPlan:
    """What was found and what was proved.

    Attributes:
        labels: (n,) cell of each node.
        deviation: largest |load - 1| of the plan.
        cost: its border cost.
        balance_proved: no plan has a smaller largest deviation, or the tolerance is met.
        deviation_bound: no plan has a smaller largest deviation; 0.0 where nothing is known.
        cost_proved: no plan within the tolerance (or, where none is, of that deviation) costs less.
        cost_bound: none costs less than this; 0.0 where nothing is known.
        steps: branches that were looked at.
    """

    labels: Int32Array
    deviation: float
    cost: float
    balance_proved: bool
    deviation_bound: float
    cost_proved: bool
    cost_bound: float
    steps: int


def solve_exact(
    a: Int32Array,
    b: Int32Array,
    cost: FloatArray,
    load: FloatArray,
    cells: int,
    tolerance: float,
    hint: Int32Array,
    *,
    steps: int = STEPS,
    stop: Stop = lambda: False,
) -> ExactPlan | None:
    """The best plan of a connected graph; None where it is too large to try.

    Args:
        a, b: (m,) neighbours, each pair once.
        cost: (m,) border cost.
        load: (n,) workload in targets.
        cells: number of cells.
        tolerance: largest |load - 1| asked for.
        hint: (n,) a plan: ``cells`` connected cells, none empty.
        steps: branches at most.
        stop: asked between first nodes.
    """
    if pieces(hint, a, b)[0] != cells:
        return None
    worst = float(np.abs(np.bincount(hint, load, minlength=cells) - 1).max())
    band = max(worst, tolerance)
    if cells < 2 or band >= 0.9:
        return None
    graph = small_graph(a, b, cost, load, 1 - band)
    if graph is None:
        return None
    balancing = 0 if worst <= tolerance + NEAR else max(1, int(BALANCE * steps))
    budget = Budget(balancing or steps, stop)
    found = _Search(graph, cells, hint[graph.lead], budget)
    pool = None
    deviation_bound, balanced = 0.0, worst <= tolerance + NEAR
    for wanted in (tolerance, worst):
        if balanced:
            break
        pool = all_sets(graph, 1 - wanted - NEAR, 1 + wanted + NEAR, budget, MOST_SETS)
        if pool is None:
            break
        even, proved = found.most_even(pool, min(worst, wanted + 2 * NEAR))
        if proved and even > tolerance + NEAR:
            deviation_bound = min(even, wanted)
        balanced = (proved and wanted == worst) or even <= tolerance + NEAR
        band = max(min(even, worst), tolerance)
    if pool is not None:
        pool = pool.only(np.abs(pool.load - 1) <= band + NEAR)
    spent = balancing - budget.steps if balancing else 0
    budget.steps = steps
    proved, bound = (False, 0.0) if not balanced else found.cheapest(pool, 1 - band - NEAR, 1 + band + NEAR)
    labels = found.labels[graph.member]
    return ExactPlan(
        labels,
        float(np.abs(np.bincount(labels, load, minlength=cells) - 1).max()),
        found.cost,
        balanced,
        deviation_bound,
        proved,
        bound,
        spent + steps - budget.steps,
    )


class _Search:
    """One graph, the best plan so far, and what is left of the budget."""

    def __init__(self, graph: SmallGraph, cells: int, labels: Int32Array, budget: Budget) -> None:
        self.graph, self.cells, self.labels, self.budget = graph, cells, labels, budget
        self.full = np.uint64((1 << graph.n) - 1)
        self.cost = float(sets_of(graph, labels, cells).half.sum())

    def most_even(self, pool: Sets, worst: float) -> tuple[float, bool]:
        """(least largest deviation, proved): the plan is kept."""
        best, chosen, proved = self._cover(pool, np.abs(pool.load - 1), worst, bottleneck=True)
        if chosen is not None:
            self._keep(chosen)
        return best, proved

    def cheapest(self, pool: Sets | None, low: float, high: float) -> tuple[bool, float]:
        """(proved, bound of the cost): the plan of least cost in the band is kept."""
        graph = self.graph
        price = self.cost * graph.load / graph.load.sum()
        mine = sets_of(graph, self.labels, self.cells)
        if pool is not None:
            price = prices(graph, pool.joined(mine), price)
            worth = values(pool, price)
            gap = self.cost - price.sum()
            _, chosen, proved = self._cover(pool.only(worth <= gap), worth[worth <= gap], gap)
            if chosen is not None:
                self._keep(chosen)
            return proved, self.cost if proved else float(price.sum())
        return self._generate(mine, price, low, high)

    def _generate(self, sets: Sets, price: FloatArray, low: float, high: float) -> tuple[bool, float]:
        """Prices and sets by turns, until no set is worth having; then all sets that a better plan could be made of."""
        bound, patience, limit = 0.0, PATIENCE, 0.0
        used = price
        while True:
            listed, complete = cheap_sets(self.graph, used, limit, low, high, self.budget, EACH, patience)
            before = len(sets)
            sets = sets.joined(listed)
            if self.budget.gone:
                return False, bound
            if len(sets) > before:
                price = prices(self.graph, sets, price)
                self._try(sets, price)
                used = SMOOTH * used + (1 - SMOOTH) * price  # prices that jump about ask for sets of no use
                limit = -NEAR
                continue
            if used is not price:
                used = price
                continue
            if not complete and patience < self.budget.steps:
                patience *= 4
                continue
            gap = self.cost - float(price.sum())
            bound = float(price.sum()) if complete else 0.0
            if complete and gap <= CLOSE * self.cost:
                return True, self.cost
            listed, complete = cheap_sets(self.graph, price, gap, low, high, self.budget, MOST_SETS, self.budget.steps)
            worth = values(listed, price)
            if (worth < -1e-6).any():
                sets = sets.joined(listed.only(worth < 0))
                price = used = prices(self.graph, sets, price)
                continue
            _, chosen, proved = self._cover(listed, worth, gap)
            if chosen is not None:
                self._keep(chosen)
            proved &= complete
            return proved, self.cost if proved else bound

    def _try(self, sets: Sets, price: FloatArray) -> None:
        """A better plan made of sets that are at hand, if one is found quickly."""
        worth = values(sets, price)
        gap = self.cost - price.sum()
        near = worth <= gap
        _, chosen, _ = self._cover(sets.only(near), worth[near], gap, 20_000_000)
        if chosen is not None:
            self._keep(chosen)

    def _cover(
        self, sets: Sets, worth: FloatArray, limit: float, steps: int = COVERED, *, bottleneck: bool = False
    ) -> tuple[float, NDArray[np.uint64] | None, bool]:
        """(value of the best cover or the limit, its sets, whether the search was complete)."""
        if not len(sets):
            return limit, None, True
        n = self.graph.n
        bits = (sets.mask[:, None] >> np.arange(n, dtype=np.uint64)) & np.uint64(1)
        rare = np.argsort(bits.sum(axis=0, dtype=np.int64), kind="stable")  # the node that is hardest to cover first
        ordered = bits[:, rare]
        first = np.argmax(ordered, axis=1)
        mask = (ordered << np.arange(n, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
        order = np.lexsort((mask, worth, first))
        start = np.searchsorted(first[order], np.arange(n + 1)).astype(np.int64)
        choice = np.full(self.cells, -1, np.int64)
        best, used = cover(
            start, mask[order], worth[order], self.full, self.cells, limit, bottleneck, steps, 18, choice
        )
        return float(best), sets.mask[order][choice] if choice[0] >= 0 else None, used >= 0

    def _keep(self, masks: NDArray[np.uint64]) -> None:
        bits = (masks[:, None] >> np.arange(self.graph.n, dtype=np.uint64)) & np.uint64(1)
        self.labels = np.argmax(bits, axis=0).astype(np.int32)
        self.cost = float(sets_of(self.graph, self.labels, self.cells).half.sum())
