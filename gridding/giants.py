"""Blocks that outweigh a cell, and what the other cells can then be balanced against."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Giants:
    """The giant-block rule, applied.

    Attributes:
        blocks: ids of the giant blocks, heaviest first; each becomes a cell of its own.
        target: workload of an ordinary cell: what is left, divided by the cells that are left.
    """

    blocks: IntArray
    target: float


def find_giants(
    workload: FloatArray, candidates: IntArray, cells: int, tolerance: float, held: NDArray[np.bool_], spare: int
) -> Giants:
    """Take out blocks that no cell within the tolerance can hold, heaviest first, and lower the target each time.

    Args:
        workload: (blocks,) workload.
        candidates: ids of the blocks that are to be partitioned.
        cells: cells for them, >= 1.
        tolerance: a block up to target x (1 + tolerance) still fits an ordinary cell.
        held: (blocks,) blocks that cannot be taken out, because of a lock.
        spare: number of giants at most; less than ``cells``.

    Returns:
        The giants, and the target of the cells that are left for the other blocks.
    """
    total = math.fsum(workload[candidates])
    order = candidates[np.lexsort((candidates, -workload[candidates]))]
    order = order[~held[order]]
    heavy = workload[order]
    rest = total
    found = 0
    while found < min(spare, len(order)) and heavy[found] > rest / (cells - found) * (1 + tolerance):
        rest -= float(heavy[found])
        found += 1
    # the sum is taken anew: subtraction leaves rounding behind
    return Giants(order[:found], math.fsum([total, *(-heavy[:found])]) / (cells - found))
