"""Small array helpers that the topology shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridding.types import FloatArray, IntArray


def sums(index: NDArray[np.integer], weights: FloatArray | NDArray[np.bool_], size: int) -> FloatArray:
    """(size,) float sums of the weights by index."""
    return np.bincount(index, weights=weights, minlength=size).astype(np.float64, copy=False)


def components(a: NDArray[np.integer], b: NDArray[np.integer], size: int) -> IntArray:
    """(size,) connected component of each of 0 .. size - 1 joined by the pairs a, b; numbered by their lowest member."""
    graph = coo_array((np.ones(len(a), bool), (a, b)), shape=(size, size))
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    if size == 0:
        return np.empty(0, np.int64)
    first = np.full(int(label.max()) + 1, size)
    first[label[::-1]] = np.arange(size - 1, -1, -1)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[label], dtype=np.int64)


def spread(start: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Positions ``start[i] .. start[i] + count[i]`` one after the other, and the ``i`` that each belongs to."""
    owner = np.repeat(np.arange(len(count)), count)
    ends = np.cumsum(count)
    return np.repeat(start - (ends - count), count) + np.arange(len(owner)), owner
