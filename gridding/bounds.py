"""Proved lower bounds of the largest deviation: how good no plan can be better than."""

from __future__ import annotations

import math

import numpy as np

from gridding.types import FloatArray


def deviation_bound(workload: FloatArray, cells: int, target: float) -> tuple[float, str]:
    """Lower bound of max |W / target - 1| over ``cells`` ordinary cells, and the reason in a few words.

    Args:
        workload: (blocks,) workload of the blocks that ordinary cells are made of.
        cells: number of ordinary cells.
        target: their target.

    Returns:
        (bound, reason), the reason one of "", "block", "granularity", "few".

    The bounds: the heaviest block lies in some cell; fewer blocks with work than cells leave a cell without work; where
    all workloads are multiples of a unit, some cell has at least the mean rounded up and another at most the mean
    rounded down.
    """
    if cells < 1 or target <= 0 or not len(workload):
        return 0.0, ""
    found = [(float(workload.max()) / target - 1, "block")]
    if int((workload > 0).sum()) < cells:
        found.append((1.0, "few"))
    unit = _unit(workload)
    if unit > 0:
        mean = math.fsum(workload) / unit / cells
        up, down = math.ceil(mean - 1e-9), math.floor(mean + 1e-9)
        found.append((max(up * unit / target - 1, 1 - down * unit / target), "granularity"))
    bound, reason = max(found, key=lambda f: f[0])
    return (bound, reason) if bound > 1e-9 else (0.0, "")


def _unit(workload: FloatArray) -> float:
    """Largest unit that all workloads are multiples of, 0.0 when none is found among 1, 0.5, 0.25 and their multiples."""
    quarters = workload * 4
    whole = np.round(quarters)
    if not np.array_equal(quarters, whole) or whole.max() <= 0 or whole.max() > 2**53:
        return 0.0
    return int(np.gcd.reduce(whole.astype(np.int64))) / 4
