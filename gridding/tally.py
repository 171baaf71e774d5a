"""Workload per block or cell."""

from __future__ import annotations

import numpy as np

from gridding.types import FloatArray, Int32Array


def tally(index_of_point: Int32Array, amount: FloatArray, count: int) -> FloatArray:
    """Sum the amounts of the points of each block or cell.

    Args:
        index_of_point: (n,) index of the block or cell that each point lies in; negative = in none.
        amount: (n,) workload of each point (or ones, to count).
        count: number of blocks or cells.

    Returns:
        (count,) sums; points in none are left out.

    >>> tally(np.array([0, 1, 1, -1]), np.array([2.0, 4.0, 12.0, 24.0]), 3).tolist()
    [2.0, 16.0, 0.0]
    """
    inside = index_of_point >= 0
    return np.bincount(index_of_point[inside], amount[inside], minlength=count).astype(np.float64)
