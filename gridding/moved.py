"""How much of a plan a redraw moved, and how little would have been enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gridding.carve import Carved
from gridding.csr import Pairs, total
from gridding.flow_bound import least_flow
from gridding.request import Request
from gridding.staff import opened_beside
from gridding.task import Task
from gridding.types import Int32Array


def moved_workload(
    request: Request,
    given: ArrayLike,
    pairs: Pairs,
    decided: Carved,
    names: Int32Array,
    task: Task | None,
    result: Int32Array,
) -> tuple[float, float]:
    """Workload that changed cell, and the least that must (:mod:`gridding.flow_bound`), in the unit of the workload.

    What decided cells (giant blocks, exclusive areas) took from others had to move; the rest flows between neighbours. A
    present cell whose label is not wanted any more gives all that it has; a new cell is cut out where that moves least.

    Args:
        request: the request.
        given: (blocks,) present labels as they were given, also of cells that are no more.
        pairs: neighbours.
        decided: cells that were set apart.
        names: label of each ordinary cell.
        task: the task of the ordinary cells, None where there are none.
        result: (blocks,) new labels.
    """
    old = np.asarray(given, np.int64).ravel()
    work = request.workload
    away = (old >= 0) & (old != result)
    moved = float(work[away].sum())
    core = decided.cell < 0
    forced = float(work[away & ~core].sum())
    if task is None or decided.target <= 0:
        return moved, forced
    count = int(max(request.cells, old.max(initial=0) + 1))
    known, load = core & (old >= 0), work / decided.target
    present = total(old[known], load[known], count)
    locked = total(old[known], (load * request.locked)[known], count)
    low, high = np.zeros(count), np.zeros(count)
    low[names], high[names] = task.band()
    a, b = old[pairs.a], old[pairs.b]
    apart = (a != b) & known[pairs.a] & known[pairs.b]
    key = np.unique(np.concatenate([a[apart] * count + b[apart], b[apart] * count + a[apart]]))
    between = np.stack([key // count, key % count], axis=1)
    new = np.setdiff1d(names, old[known])
    for cell, beside in opened_beside(present, low, high, between, new.tolist()).items():
        fresh = np.stack([np.full(len(beside), cell), beside], axis=1)
        between = np.concatenate([between, fresh, fresh[:, ::-1]])
    flow = least_flow(present, low, high, between, locked=locked, pool=float(load[core & ~known].sum()))
    if flow.missed > 1e-9:  # locks keep some cell out of its band: what must move is not known
        return moved, forced
    least = forced + flow.moved * decided.target
    if least > moved:  # blocks went straight to cells that were no neighbours
        least = min(forced + flow.proved * decided.target, moved)
    return moved, least
