"""Workload per block or cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def deviation_from_ideal(workload: FloatArray, exclusive: NDArray[np.bool_], locked: NDArray[np.bool_]) -> FloatArray:
    """(cells,) (workload - ideal) / ideal; the ideal is the mean of the cells that are neither exclusive nor locked.

    Exclusive cells get 0; where all others are locked the ideal is their mean.

    Args:
        workload: (cells,).
        exclusive, locked: (cells,).
    """
    ordinary = ~exclusive
    ideal = workload[ordinary & ~locked if (ordinary & ~locked).any() else ordinary].mean() if ordinary.any() else 0.0
    if ideal <= 0:
        return np.zeros(len(workload))
    return np.where(ordinary, workload / ideal - 1, 0.0)
