"""Base units (communities): kept whole, kept whole where the tolerance allows, or ignored.

``keep`` divides units instead of blocks. ``prefer`` tries that first; where the tolerance is missed, it divides blocks at a
price for borders inside a unit, then makes as many units whole again as the tolerance allows (:mod:`gridding.unite`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridding.contiguity import pieces
from gridding.crossings import attach_strips, subset
from gridding.csr import Pairs, canonical_pairs, components, make_graph, total
from gridding.errors import GriddingError, Infeasible
from gridding.partition import partition_graph
from gridding.rng import rng_state
from gridding.types import BASE_UNITS_RULES, BaseUnits, FloatArray, Int32Array, PartitionResult
from gridding.unit_words import in_units, too_few_units
from gridding.unite import extra_cells, unite

KEEP, PREFER, IGNORE = BASE_UNITS_RULES

INSIDE = 16.0
"""A border inside a unit costs so many times as much, where units are preferred whole."""

TRIES = ((1.5, 10.0, 5.0), (2.5, 10.0, 5.0), (1.5, 16.0, 4.0), (1.0, 8.0, 3.0))
"""(temperature, price of one more cell in a unit, of uneven sharing) of each attempt to make units whole."""

HARD, HARDEST = 3e5, 1e9
"""Pressure on workload outside of the band in a second search, where the first missed the tolerance."""

WORK = 3_000_000
"""Proposals per attempt, if all blocks were on borders, at most: for more blocks there are fewer for each."""


def partition_units(
    pairs: ArrayLike,
    border_length_m: ArrayLike,
    border_cost: ArrayLike,
    workload: ArrayLike,
    cells: int,
    unit: ArrayLike,
    rule: str = PREFER,
    *,
    names: Callable[[int], str] = str,
    **options: Any,
) -> PartitionResult:
    """Divide blocks into cells with regard to base units; see :func:`gridding.partition.partition_graph` for the rest.

    Args:
        pairs, border_length_m, border_cost, workload, cells: the blocks.
        unit: (blocks,) base unit of each block, -1 = none.
        rule: "keep", "prefer" or "ignore".
        names: what a unit is called in findings.
        options: keyword arguments of :func:`gridding.partition.partition_graph`.

    Returns:
        The plan. Under ``keep`` its ``lower_bound`` is that of plans that split no unit.

    Raises:
        GriddingError: an unknown rule, or rows that do not match.
        Infeasible: under ``keep``, more cells than units and blocks in no unit.
    """
    if rule not in BASE_UNITS_RULES:
        raise GriddingError(f"the rule for base units is {rule!r}; keep, prefer or ignore was expected")
    unit_of = np.asarray(unit, np.int32).ravel()
    work = np.asarray(workload, np.float64).ravel()
    if len(unit_of) != len(work):
        raise GriddingError(f"unit has {len(unit_of)} rows, workload {len(work)}: they must match")
    ab = np.asarray(pairs, np.int64).reshape(-1, 2)
    length, cost = np.asarray(border_length_m, np.float64).ravel(), np.asarray(border_cost, np.float64).ravel()
    if rule == IGNORE or not (unit_of >= 0).any():
        return partition_graph(ab, length, cost, work, cells, **options)
    whole = _Whole.of(ab, length, work, unit_of, options)
    tolerance = float(options.get("tolerance", 0.01))
    kept = None
    if whole.count >= cells:
        kept = _kept(whole, ab, length, cost, work, cells, names, options)
        if rule == KEEP or (kept.max_abs_deviation <= tolerance and not kept.giant.any()):
            return kept
    elif rule == KEEP:
        raise Infeasible(
            too_few_units(whole.count, int((unit_of >= 0).any() and len(np.unique(unit_of[unit_of >= 0]))), cells)
        )
    split = _split(kept, ab, length, cost, work, cells, unit_of, options)
    if kept is not None and kept.max_abs_deviation <= split.max_abs_deviation and not kept.giant.any():
        return kept
    return split


@dataclass(frozen=True, slots=True)
class _Whole:
    """Blocks put together to units.

    Attributes:
        node: (blocks,) node of each block: a unit, a piece of one that is apart, or a block in no unit.
        count: number of nodes.
        lead: (nodes,) the block with most work.
        unit: (nodes,) unit, -1 = none.
    """

    node: Int32Array
    count: int
    lead: Int32Array
    unit: Int32Array

    @classmethod
    def of(
        cls, ab: NDArray[np.int64], length_m: FloatArray, work: FloatArray, unit: Int32Array, options: dict[str, Any]
    ) -> _Whole:
        """Units that are in one piece; what is decided block by block (markets, locks) is not put together with the rest."""
        n = len(work)
        apart = np.full((3, n), -1, np.int64)
        exclusive, labels = options.get("exclusive"), options.get("labels")
        if exclusive is not None:
            apart[0] = np.asarray(exclusive)
        if labels is not None:
            present = np.asarray(labels, np.int64)
            fixed = np.isin(present, options.get("fixed_cells") or ())
            apart[1, fixed] = present[fixed]
            locked = options.get("locked")
            if locked is not None:
                held = np.zeros(n, bool)
                held[np.asarray(locked)] = True
                apart[2] = _lock_of_unit(unit, present, held)
        _, kind = np.unique(np.vstack([unit, apart]), axis=1, return_inverse=True)
        kind = kind.ravel()
        same = (length_m > 0) & (unit[ab[:, 0]] >= 0) & (kind[ab[:, 0]] == kind[ab[:, 1]])
        count, node = components(n, ab[same, 0], ab[same, 1])
        order = np.lexsort((np.arange(n), -work, node))
        lead = order[np.unique(node[order], return_index=True)[1]].astype(np.int32)
        return cls(node, count, lead, unit[lead])


def _lock_of_unit(unit: Int32Array, present: NDArray[np.int64], held: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(blocks,) the lock that a block shares: all of a unit with locks of one cell, else the locked blocks alone."""
    lock = np.where(held, present, -1)
    known = held & (unit >= 0)
    for u in np.unique(unit[known]):
        labels = np.unique(present[known & (unit == u)])
        if len(labels) == 1:
            lock[unit == u] = labels[0]
    return lock


def _kept(
    whole: _Whole,
    ab: NDArray[np.int64],
    length: FloatArray,
    cost: FloatArray,
    work: FloatArray,
    cells: int,
    names: Callable[[int], str],
    options: dict[str, Any],
) -> PartitionResult:
    """Divide units instead of blocks."""
    node = whole.node
    between = node[ab[:, 0]] != node[ab[:, 1]]
    more = dict(options)
    size = np.bincount(node, minlength=whole.count)
    if more.get("centres") is not None:
        place = np.asarray(more["centres"], np.float64).reshape(-1, 2)
        more["centres"] = np.column_stack([total(node, place[:, k], whole.count) / size for k in (0, 1)])
    if more.get("exclusive") is not None:
        more["exclusive"] = np.asarray(more["exclusive"])[whole.lead]
    if more.get("barrier") is not None:
        more["barrier"] = np.asarray(more["barrier"])[between]
    if more.get("labels") is not None:
        more["labels"] = _majority(node, whole.count, np.asarray(more["labels"], np.int64), work, cells)
        if more.get("locked") is not None:
            held = np.zeros(len(work), bool)
            held[np.asarray(more["locked"])] = True
            more["locked"] = np.bincount(node, held, minlength=whole.count) > 0
            present = np.asarray(options["labels"], np.int64)
            more["labels"][node[held]] = present[held]
    found = partition_graph(
        node[ab[between]], length[between], cost[between], total(node, work, whole.count), cells, **more
    )
    called = [names(int(u)) if u >= 0 else "" for u in whole.unit]
    return replace(
        found,
        labels=found.labels[node].astype(np.int32),
        findings=in_units(found.findings, whole.lead.tolist(), called),
    )


def _majority(
    node: Int32Array, count: int, labels: NDArray[np.int64], work: FloatArray, cells: int
) -> NDArray[np.int64]:
    """(nodes,) the label that holds most of a node's work; -1 = none."""
    known = (labels >= 0) & (labels < cells)
    key, inverse = np.unique(node[known].astype(np.int64) * cells + labels[known], return_inverse=True)
    held = total(inverse, work[known] + 1e-9 * (work.mean() + 1.0), len(key))
    order = np.lexsort((key, -held, key // cells))
    first = np.unique(key[order] // cells, return_index=True)[1] if len(key) else np.empty(0, np.int64)
    out = np.full(count, -1, np.int64)
    out[key[order][first] // cells] = key[order][first] % cells
    return out


def _split(
    kept: PartitionResult | None,
    ab: NDArray[np.int64],
    length: FloatArray,
    cost: FloatArray,
    work: FloatArray,
    cells: int,
    unit: Int32Array,
    options: dict[str, Any],
) -> PartitionResult:
    """Divide blocks, with as few units in more than one cell as can be found."""
    inside = (unit[ab[:, 0]] == unit[ab[:, 1]]) & (unit[ab[:, 0]] >= 0)
    priced = partition_graph(ab, length, cost * np.where(inside, INSIDE, 1.0), work, cells, **options)
    edges = canonical_pairs(ab, length, cost, len(work))
    labels = priced.labels
    if options.get("labels") is None:
        labels = _reunited(priced, kept, edges, ab, work, unit, options)
    cut = labels[edges.a] != labels[edges.b]
    target = _target(priced, work)
    held = np.bincount(labels, work, minlength=cells)
    deviation = np.where(priced.exclusive | (target <= 0), 0.0, held / (target or 1.0) - 1)
    return replace(
        priced,
        labels=labels,
        deviation=deviation,
        max_abs_deviation=float(np.abs(deviation[~priced.exclusive]).max(initial=0.0)),
        border_cost=float(edges.cost[cut].sum()),
        border_length_m=float(edges.length_m[cut].sum()),
    )


def _target(plan: PartitionResult, work: FloatArray) -> float:
    """Workload of an ordinary cell."""
    held = np.bincount(plan.labels, work, minlength=plan.cells)
    return float(held[~plan.exclusive].mean()) if not plan.exclusive.all() else 0.0


def _reunited(
    plan: PartitionResult,
    kept: PartitionResult | None,
    edges: Pairs,
    ab: NDArray[np.int64],
    work: FloatArray,
    unit: Int32Array,
    options: dict[str, Any],
) -> Int32Array:
    """The plan's labels, after the attempt with the fewest units split that stays within the tolerance.

    Attempts begin at the plan, and at the plan of whole units, which splits none but misses the tolerance.
    """
    target = _target(plan, work)
    if target <= 0 or plan.cells < 2:
        return plan.labels
    tolerance, seed = float(options.get("tolerance", 0.01)), int(options.get("rng_seed", 0))
    reached = max(plan.max_abs_deviation, tolerance) + 1e-12
    sweeps = min(250.0, WORK / len(work))

    def off(labels: Int32Array) -> float:
        held = np.bincount(labels, work, minlength=plan.cells)[~plan.exclusive]
        return float(np.abs(held / target - 1).max(initial=0.0))

    def worth(labels: Int32Array) -> tuple[int, float]:
        return extra_cells(unit, labels), float(edges.cost[labels[edges.a] != labels[edges.b]].sum())

    starts = [plan.labels]
    if kept is not None and not (plan.exclusive.any() or kept.exclusive.any()):
        starts.append(kept.labels)
    best, fewest = plan.labels, worth(plan.labels)
    for number, start in enumerate(starts):
        passable = _passable(edges, ab, start, options.get("barrier"), work / target)
        still = plan.exclusive[start] | (_pieces_of_cell(start, passable) > 1)[start]
        # nothing enters a cell that is set apart: its borders are left out
        passable = subset(passable, ~(plan.exclusive[start[passable.a]] | plan.exclusive[start[passable.b]]))
        graph = make_graph(passable.a, passable.b, passable.cost, work / target, movable=(~still).astype(np.uint8))
        held = np.bincount(plan.labels if number else start, work, minlength=plan.cells) / target
        slack = max(tolerance, float(np.abs(held - 1)[~plan.exclusive].max(initial=0.0))) - tolerance
        low, high = np.full(plan.cells, 1 - 0.92 * tolerance - slack), np.full(plan.cells, 1 + 0.92 * tolerance + slack)
        for attempt, (hot, price, shared) in enumerate(TRIES):
            labels = start.copy()
            unite(
                graph, labels, unit, low, high, rng_state(seed, 21, attempt, number),
                sweeps=sweeps, hot=hot, price=price, shared=shared,
            )  # fmt: skip
            if off(labels) > reached:
                unite(
                    graph, labels, unit, low, high, rng_state(seed, 22, attempt, number),
                    sweeps=sweeps, hot=0.3, cold=0.03, price=price, shared=shared, soft=HARD, hard=HARDEST,
                )  # fmt: skip
            found = worth(labels)
            if off(labels) <= reached and found < fewest:
                best, fewest = labels, found
    return best


def _passable(edges: Pairs, ab: NDArray[np.int64], labels: Int32Array, barrier: object, load: FloatArray) -> Pairs:
    """Pairs that cells may extend over: those on no barrier, strips hung on neighbours, and where a cell crosses now."""
    if barrier is None:
        return edges
    closed = np.asarray(barrier).ravel() != 0
    n = len(labels)
    key = edges.a.astype(np.int64) * n + edges.b
    open_key = np.unique(ab[~closed].min(axis=1, initial=n) * n + ab[~closed].max(axis=1, initial=-1))
    keep = attach_strips(load, edges, np.ones(len(key), bool), np.isin(key, open_key))
    count, piece = pieces(labels, edges.a[keep], edges.b[keep])
    crossing = np.flatnonzero(~keep & (labels[edges.a] == labels[edges.b]) & (piece[edges.a] != piece[edges.b]))
    root = np.arange(count)
    for pair in crossing[
        np.lexsort((crossing, -edges.length_m[crossing]))
    ].tolist():  # one place for each: they are few
        one, two = root[piece[edges.a[pair]]], root[piece[edges.b[pair]]]
        if one != two:
            root[root == one] = two
            keep[pair] = True
    return subset(edges, keep)


def _pieces_of_cell(labels: Int32Array, edges: Pairs) -> NDArray[np.int64]:
    """(cells,) number of pieces of each cell: several where the territory has several parts."""
    _, piece = pieces(labels, edges.a, edges.b)
    first = np.unique(piece, return_index=True)[1]
    return np.bincount(labels[first], minlength=int(labels.max()) + 1)


__all__ = ["IGNORE", "KEEP", "PREFER", "BaseUnits", "partition_units"]
