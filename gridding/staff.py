"""Cells added and cells given up when the staff changes: where that moves the least workload."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gridding.flow_bound import least_flow
from gridding.types import FloatArray, IntArray

TRIED = 24
"""So many of the most promising cells are tried for each cell added or given up."""


def closed_cells(
    work: FloatArray, neighbours: IntArray, count: int, tolerance: float, keep: Sequence[int] = ()
) -> tuple[int, ...]:
    """Which cells are given up, so that the least workload moves: their own, and what their neighbours then pass on.

    Args:
        work: (cells,) workload of the present cells.
        neighbours: (m, 2) ordered pairs of cells with a common border.
        count: number of cells to give up.
        tolerance: half width of the band around the mean of those that are left, a fraction.
        keep: cells that are never given up (locked).

    Returns:
        The cells, in the order in which they were chosen; fewer where no more can be given up.
    """
    closed: list[int] = []
    left = np.setdiff1d(np.arange(len(work)), keep)
    for _ in range(min(count, len(left))):
        target = work.sum() / max(len(work) - len(closed) - 1, 1)
        best, chosen = np.inf, -1
        # what a cell holds moves in any case: the lightest first, until no other can be better
        for cell in left[np.lexsort((left, work[left]))][:TRIED]:
            if work[cell] / max(target, 1e-300) >= best:
                break
            gone = np.isin(np.arange(len(work)), [*closed, int(cell)])
            share = work / target if target > 0 else work
            low, high = np.where(gone, 0.0, 1 - tolerance), np.where(gone, 0.0, 1 + tolerance)
            flow = least_flow(share, low, high, neighbours)
            cost = flow.moved + 1e3 * flow.missed
            if cost < best - 1e-9:
                best, chosen = cost, int(cell)
        closed.append(chosen)
        left = left[left != chosen]
    return tuple(closed)


def opened_beside(
    work: FloatArray, low: FloatArray, high: FloatArray, neighbours: IntArray, new: Sequence[int]
) -> dict[int, IntArray]:
    """Where new cells are cut out, so that the least workload moves.

    Args:
        work: (cells,) workload of the present cells, 0 for the new ones.
        low, high: (cells,) bands.
        neighbours: (m, 2) ordered pairs of cells with a common border.
        new: cells without any block.

    Returns:
        new cell -> the cell that it is cut out of, then the cells around that one: its neighbours to be.
    """
    found: dict[int, IntArray] = {}
    pairs = neighbours
    for cell in new:
        old = np.unique(pairs[:, 0])
        around = {int(c): pairs[pairs[:, 0] == c, 1] for c in old}
        over = np.array([(work[c] + work[n].sum()) / (1 + len(n)) for c, n in around.items()])
        best: tuple[float, IntArray] | None = None
        for host in old[np.lexsort((old, -over))][:TRIED]:
            beside = np.concatenate([[host], around[int(host)]])
            fresh = np.stack([np.full(len(beside), cell), beside], axis=1)
            flow = least_flow(work, low, high, np.concatenate([pairs, fresh, fresh[:, ::-1]]))
            cost = flow.moved + 1e3 * flow.missed
            if best is None or cost < best[0] - 1e-9:
                best = cost, beside
        if best is None:
            break
        found[int(cell)] = best[1]
        fresh = np.stack([np.full(len(best[1]), cell), best[1]], axis=1)
        pairs = np.concatenate([pairs, fresh, fresh[:, ::-1]])
    return found
