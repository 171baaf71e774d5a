"""Blocks to cells: connected, balanced, with borders along strong lines. Reads top to bottom.

Set apart what is decided (exclusive areas, fixed cells, giant blocks), join or bridge the parts of the territory, let the
multilevel search divide the rest (or redraw the present plan), put everything together and say what a planner should know.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gridding.barriers import OPEN
from gridding.bounds import Bound, deviation_bound
from gridding.carve import FIXED, GIANT, Carved, carve
from gridding.contiguity import contiguous_within_parts
from gridding.crossings import open_crossings, states_of, subset
from gridding.csr import Pairs, canonical_pairs, components
from gridding.exact import STEPS
from gridding.explain import joined_parts, missed_tolerance, no_workload
from gridding.findings import Finding
from gridding.lock_words import broken_locks
from gridding.moved import moved_workload
from gridding.multilevel import solve
from gridding.narrows import narrow_bound
from gridding.ordinary import ordinary_task
from gridding.parts import Joined
from gridding.prove import Proof, prove
from gridding.redraw import redraw
from gridding.relax import with_help
from gridding.request import Request, checked_request
from gridding.resplit import resplit
from gridding.starts import best_of
from gridding.task import Effort, Stop, Task, Tell, rising
from gridding.types import Int32Array, PartitionResult

Progress = Callable[[float], None]


def partition_graph(
    pairs: ArrayLike,
    border_length_m: ArrayLike,
    border_cost: ArrayLike,
    workload: ArrayLike,
    cells: int,
    *,
    tolerance: float = 0.01,
    rng_seed: int = 0,
    time_limit_s: float | None = None,
    labels: ArrayLike | None = None,
    locked: ArrayLike | None = None,
    fixed_cells: Sequence[int] | None = None,
    exclusive: ArrayLike | None = None,
    centres: ArrayLike | None = None,
    barrier: ArrayLike | None = None,
    starts: int = 1,
    on_progress: Progress | None = None,
    explain: bool = True,
) -> PartitionResult:
    """Divide blocks into cells: every cell non-empty, connected within each part, workload within the tolerance.

    Without a time limit the same request and seed give the same labels, in whatever order the pairs come.

    Args:
        pairs: (m, 2) ids of blocks with a shared border.
        border_length_m: (m,) length of each shared border; pairs without length do not connect.
        border_cost: (m,) cost of a cell border there; low = planners like it.
        workload: (blocks,) hours a year, finite, >= 0.
        cells: number of cells, exclusive and fixed ones counted.
        tolerance: largest |workload / target - 1| wanted.
        rng_seed: seed of all randomness.
        time_limit_s: stop improving after so many seconds and return the best so far.
        labels: (blocks,) present plan: change as little as possible. -1, or a number >= cells: no cell yet.
        locked: blocks that keep their label: (blocks,) bool, or ids.
        fixed_cells: labels of cells that no block may leave or enter.
        exclusive: (blocks,) index of an exclusive area that is a cell of its own outside the target, -1 = none.
        centres: (blocks, 2) metres, which decide what is near; without them blocks with near numbers count as near.
        barrier: (m,) whether each pair's border lies on a barrier: 0 = no, 1 = yes, 2 = yes, where a street crosses it.
            A cell crosses barriers only where it must, see :mod:`gridding.crossings`.
        starts: independent searches, side by side on all cores, of which the best plan is taken.
        on_progress: told the share of the work done, 0 to 1.
        explain: where the tolerance is missed and blocks are few, try which constraint, when dropped, and which number
            of cells would help (not under a time limit). False also proves with less effort.

    Returns:
        The best plan found; where it misses the tolerance a finding ``balance.tolerance`` says why. The target of
        ordinary cells is their mean workload: giant blocks and exclusive areas, which have cells of their own, and
        fixed cells do not count in it. Where no block has work, cells are balanced by number of blocks.

    Raises:
        GriddingError: input that contradicts itself; all problems at once.
        Infeasible: more cells than blocks, or no block left for a cell.
    """
    stop = _deadline(time_limit_s)
    tell = rising(on_progress or (lambda share: None))
    request = checked_request(workload, cells, tolerance, labels, locked, fixed_cells, exclusive, centres, starts)
    whole = canonical_pairs(pairs, border_length_m, border_cost, len(request.workload))
    state = states_of(whole, pairs, barrier, request)
    edges = subset(whole, state == OPEN)

    decided = carve(
        edges, request.workload, cells, tolerance, request.exclusive, request.fixed, request.held, request.locks
    )
    findings = list(decided.findings)
    names = _names(request, decided)
    result = (
        names.decided[decided.cell].astype(np.int32) if len(names.decided) else np.full(request.blocks, -1, np.int32)
    )
    part = components(request.blocks, whole.a, whole.b)[1]

    core = np.flatnonzero(decided.cell < 0)
    if len(edges.a) < len(whole.a):
        edges = open_crossings(request, whole, state, decided, tolerance)
    bound = Bound()
    proof = None
    if len(core):
        if decided.target <= 0:
            findings.append(no_workload(len(core)))
        bound = deviation_bound(request.workload[core], decided.cells, decided.target)
        within = max(_tolerance_beside_giants(request, decided, tolerance), bound.value)
        task, joined, start = ordinary_task(request, edges, decided, core, part, names.core, within, rng_seed)
        effort = Effort.for_nodes(task.graph.n)

        released = _released(request, labels, decided)

        def search(task: Task, stop: Stop, tell: Tell) -> Int32Array:
            return (
                solve(task, effort, stop, tell)
                if start is None
                else redraw(task, start, effort, stop, tell, released=released)
            )

        found = best_of(task, starts, search, stop, tell)
        if start is None:
            proof = prove(task, found, stop, STEPS if explain else STEPS // 10)
            found = proof.labels if proof.balance else resplit(task, proof.labels, stop)
        bound = _proved(bound, task, joined, proof if decided.target > 0 else None, core)
        result[core] = names.core[found[joined.node]]
    if request.labels is None:
        result = _by_lowest_block(result)
    if len(core):
        hosts = tuple((int(core[a]), int(core[b])) for a, b in joined.hosts)
        findings += joined_parts(hosts, result, len(joined.bridges))
    tell(1.0)
    findings += broken_locks(result, request.labels, request.locked, request.exclusive)
    found_plan = _result(request, whole, part, decided, result, bound, findings, proof, stopped=stop())
    if explain and time_limit_s is None:
        asked = {
            "cells": cells, "tolerance": tolerance, "rng_seed": rng_seed, "labels": labels, "locked": locked,
            "fixed_cells": fixed_cells, "exclusive": exclusive, "centres": centres, "barrier": barrier,
        }  # fmt: skip

        def again(**changes: Any) -> PartitionResult:
            return partition_graph(
                pairs, border_length_m, border_cost, workload, **{**asked, **changes, "explain": False}
            )

        dropped = {name: asked[name] for name in ("locked", "fixed_cells", "barrier", "exclusive")}
        found_plan = with_help(found_plan, again, tolerance, dropped, other_cells=labels is None)
    if labels is None:
        return found_plan
    changed, least = moved_workload(request, labels, edges, decided, names.core, task if len(core) else None, result)
    return replace(found_plan, moved_workload=changed, moved_bound=least)


def _deadline(time_limit_s: float | None) -> Stop:
    """Asked between rounds. The clock is read only where the caller set a limit, so that nothing else depends on it."""
    if time_limit_s is None:
        return lambda: False
    end = time.perf_counter() + time_limit_s
    return lambda: time.perf_counter() >= end


def _tolerance_beside_giants(request: Request, decided: Carved, tolerance: float) -> float:
    """How close to their own target ordinary cells must stay to be within the tolerance of the mean with giants."""
    giants = [cell for cell, kind in enumerate(decided.kinds) if kind == GIANT]
    if not giants or decided.target <= 0:
        return tolerance
    work = math.fsum(request.workload[np.isin(decided.cell, giants)]) + decided.target * decided.cells
    ideal = work / (len(giants) + decided.cells)
    return max(1 - (1 - tolerance) * ideal / decided.target, tolerance / 4)


@dataclass(frozen=True, slots=True)
class _Names:
    """Labels of the decided cells and of the ordinary ones."""

    decided: Int32Array
    core: Int32Array


def _names(request: Request, decided: Carved) -> _Names:
    """Which label each cell bears: a decided cell keeps the present label of which it holds more than half."""
    count = len(decided.kinds)
    if request.labels is None:
        return _Names(np.arange(count, dtype=np.int32), np.arange(count, request.cells, dtype=np.int32))
    labels = request.labels
    weight = request.workload + 1e-9 * (request.workload.mean() + 1.0)
    known = labels >= 0
    whole = np.bincount(labels[known], weight[known], minlength=request.cells)
    free = set(range(request.cells))
    bound = set(labels[request.locked & (decided.cell < 0)].tolist())  # locks keep these labels where they are
    named = np.full(count, -1, np.int32)
    with_lock = {int(c) for c in decided.cell[request.locked] if c >= 0}
    for cell, kind in sorted(enumerate(decided.kinds), key=lambda c: (c[1] != FIXED, c[0] not in with_lock, c[0])):
        mine = (decided.cell == cell) & known
        if kind == FIXED:
            named[cell] = request.fixed[np.flatnonzero(decided.cell == cell)[0]]
        elif mine.any():
            held = np.bincount(labels[mine], weight[mine], minlength=request.cells)
            locks = labels[mine & request.locked]
            best = int(locks[0]) if len(locks) else int(np.argmax(held))
            if best in free - bound and (len(locks) or held[best] > whole[best] / 2):
                named[cell] = best
        free.discard(int(named[cell]))
    rest = known & (decided.cell < 0)
    weight = np.where(request.locked, weight + weight.sum(), weight)  # cells with a lock keep their label first
    left = np.bincount(labels[rest], weight[rest], minlength=request.cells)
    order = sorted(free, key=lambda label: (-left[label], label))
    core = np.array(sorted(order[: decided.cells]), np.int32)
    named[named < 0] = sorted(order[decided.cells :])
    return _Names(named, core)


def _released(request: Request, labels: ArrayLike | None, decided: Carved) -> float:
    """Workload, in targets, of cells of the present plan that are not wanted any more."""
    if labels is None or decided.target <= 0:
        return 0.0
    given_up = (np.asarray(labels).ravel() >= request.cells) & (decided.cell < 0)
    return float(request.workload[given_up].sum()) / decided.target


def _proved(bound: Bound, task: Task, joined: Joined, proof: Proof | None, core: np.ndarray) -> Bound:
    """The strongest of the bounds, its block by its own number; parts that join others could join them elsewhere."""
    bound = bound._replace(block=int(core[bound.block]) if bound.block >= 0 else -1)
    if proof is None or joined.hosts or len(joined.bridges):
        return bound
    cells = np.bincount(task.kin, minlength=int(task.comp.max()) + 1)
    narrow = narrow_bound(task.graph.xadj, task.graph.adj, task.graph.load, task.comp, cells)
    if narrow.value > bound.value:
        bound = narrow._replace(block=int(core[narrow.block]))
    return Bound(proof.deviation_bound, "exact") if proof.deviation_bound > bound.value + 1e-6 else bound


def _by_lowest_block(labels: Int32Array) -> Int32Array:
    """Labels numbered by the lowest block of each cell."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]


def _result(
    request: Request,
    edges: Pairs,
    part: Int32Array,
    decided: Carved,
    labels: Int32Array,
    bound: Bound,
    findings: list[Finding],
    proof: Proof | None,
    stopped: bool,
) -> PartitionResult:
    cells = request.cells
    outside, giant = np.zeros(cells, bool), np.zeros(cells, bool)
    for cell, kind in enumerate(decided.kinds):
        label = labels[np.flatnonzero(decided.cell == cell)[0]]
        outside[label] |= kind != FIXED
        giant[label] |= kind == GIANT
    work = np.bincount(labels, request.workload, minlength=cells)
    deviation = np.where(outside | (decided.target <= 0), 0.0, work / (decided.target or 1.0) - 1)
    missed = missed_tolerance(labels, request.workload, deviation, ~outside, decided.target, request.tolerance, bound)
    cut = labels[edges.a] != labels[edges.b]
    worst = float(np.abs(deviation[~outside]).max(initial=0.0))
    inner = cut & (decided.cell[edges.a] < 0) & (decided.cell[edges.b] < 0)
    proved = proof is not None and proof.cost
    return PartitionResult(
        labels=labels,
        cells=cells,
        deviation=deviation,
        max_abs_deviation=worst,
        border_cost=math.fsum(edges.cost[cut]),
        border_length_m=math.fsum(edges.length_m[cut]),
        contiguous=contiguous_within_parts(labels, edges.a, edges.b, cells, part),
        exclusive=outside,
        lower_bound=bound.value,
        stopped_by="time_limit" if stopped else "proved" if proved else "rounds" if missed else "converged",
        findings=tuple(findings if missed is None else [*findings, missed]),
        giant=giant,
        giant_bound=decided.bound,
        balance_proved=(proof is not None and proof.balance) or worst <= max(bound.value + 1e-6, request.tolerance),
        cost_proved=proved,
        cost_bound=0.0 if proof is None else math.fsum(edges.cost[cut]) - proof.cost_gap * math.fsum(edges.cost[inner]),
    )
