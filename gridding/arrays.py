"""Small array helpers that the topology shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridding.numbering import components
from gridding.types import FloatArray, IntArray

__all__ = ["components", "spread", "sums"]


def sums(index: NDArray[np.integer], weights: FloatArray | NDArray[np.bool_], size: int) -> FloatArray:
    """(size,) float sums of the weights by index."""
    return np.bincount(index, weights=weights, minlength=size).astype(np.float64, copy=False)


def spread(start: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Positions ``start[i] .. start[i] + count[i]`` one after the other, and the ``i`` that each belongs to."""
    owner = np.repeat(np.arange(len(count)), count)
    ends = np.cumsum(count)
    return np.repeat(start - (ends - count), count) + np.arange(len(owner)), owner
