"""The block graph as compressed rows, in a canonical order and in exact units.

Costs are counted in units of the mean border cost and workloads in units of a cell's target, both rounded to dyadic
fractions. Sums of such numbers are exact in double precision, whatever their order: the same request gives the same
labels on every machine, and the order of the input does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components

from gridding.errors import GriddingError
from gridding.types import FloatArray, Int32Array

_COST_UNIT = 2.0**20
_LOAD_UNIT = 2.0**32


@dataclass(frozen=True, slots=True)
class Pairs:
    """Undirected neighbours, canonical: ``a < b``, rows unique and sorted, borders of positive length only.

    Attributes:
        a, b: (m,) int32 block ids.
        length_m: (m,) length of the shared border.
        cost: (m,) cost of the shared border.
    """

    a: Int32Array
    b: Int32Array
    length_m: FloatArray
    cost: FloatArray


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that labels are moved on: blocks, or groups of blocks.

    Attributes:
        xadj, adj: compressed rows, int32: the neighbours of ``u`` are ``adj[xadj[u]:xadj[u + 1]]``.
        cost: (len(adj),) border cost in units of the mean border cost of the finest graph.
        load: (n,) workload in units of a cell's target.
        mass: (n,) size for coarsening: a mix of block count and workload, in blocks.
        movable: (n,) uint8, 0 = keeps its label.
        home: (n,) int32 label in the present plan, -1 = none.
        stay: (n,) cost of not being at home, in units of the mean border cost.
    """

    xadj: Int32Array
    adj: Int32Array
    cost: FloatArray
    load: FloatArray
    mass: FloatArray
    movable: NDArray[np.uint8]
    home: Int32Array
    stay: FloatArray

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.load)


def canonical_pairs(pairs: ArrayLike, border_length_m: ArrayLike, border_cost: ArrayLike, blocks: int) -> Pairs:
    """Check and sort neighbour pairs; repeated pairs are added up, borders without length dropped.

    Raises:
        GriddingError: arrays of different lengths, ids out of range, values that are negative or not finite.
    """
    ab = np.asarray(pairs, np.int64).reshape(-1, 2)
    length, cost = np.asarray(border_length_m, np.float64).ravel(), np.asarray(border_cost, np.float64).ravel()
    problems = []
    if not len(ab) == len(length) == len(cost):
        problems.append(
            f"pairs has {len(ab)} rows, border_length_m {len(length)}, border_cost {len(cost)}: they must match"
        )
    if len(ab) and (ab.min() < 0 or ab.max() >= blocks):
        problems.append(f"pairs names blocks {ab.min()} to {ab.max()}, but there are blocks 0 to {blocks - 1}")
    for name, values in (("border_length_m", length), ("border_cost", cost)):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            problems.append(f"{name} must be finite and not negative")
    if problems:
        raise GriddingError("; ".join(problems))
    keep = (length > 0) & (ab[:, 0] != ab[:, 1])
    low, high = ab[keep].min(axis=1, initial=blocks), ab[keep].max(axis=1, initial=-1)
    # equal pairs are added up in order of their values, so that the order of the input cannot show in the last bit
    order = np.lexsort((cost[keep], length[keep], high, low))
    key = (low * max(blocks, 1) + high)[order]
    unique, inverse = np.unique(key, return_inverse=True)
    return Pairs(
        (unique // max(blocks, 1)).astype(np.int32),
        (unique % max(blocks, 1)).astype(np.int32),
        total(inverse, length[keep][order], len(unique)),
        total(inverse, cost[keep][order], len(unique)),
    )


def make_graph(
    a: Int32Array,
    b: Int32Array,
    cost: FloatArray,
    load: FloatArray,
    *,
    movable: NDArray[np.uint8] | None = None,
    home: Int32Array | None = None,
    stay: FloatArray | None = None,
) -> Graph:
    """Graph of unique pairs; costs and loads are rounded to exact units (see the module's docstring)."""
    n = len(load)
    unit = float(cost.mean()) if len(cost) and cost.sum() > 0 else 1.0
    exact = np.round(cost / unit * _COST_UNIT) / _COST_UNIT
    # the number of the row is stored, not the cost, because scipy would drop nothing but might add duplicates
    rows = np.concatenate([a, b])
    cols = np.concatenate([b, a])
    order = np.lexsort((cols, rows))
    xadj = np.zeros(n + 1, np.int32)
    np.cumsum(np.bincount(rows, minlength=n), out=xadj[1:])
    exact_load = np.round(load * _LOAD_UNIT) / _LOAD_UNIT
    mean = float(exact_load.mean()) if n else 0.0
    share = exact_load / mean if mean > 0 else np.ones(n)
    return Graph(
        xadj,
        cols[order].astype(np.int32),
        np.concatenate([exact, exact])[order],
        exact_load,
        np.round((0.5 + 0.5 * share) * _COST_UNIT) / _COST_UNIT,
        np.ones(n, np.uint8) if movable is None else movable,
        np.full(n, -1, np.int32) if home is None else home,
        np.zeros(n) if stay is None else np.round(stay * _COST_UNIT) / _COST_UNIT,
    )


def total(index: NDArray[Any], weight: ArrayLike, count: int = 0) -> FloatArray:
    """Sum of the weights of each index, at least ``count`` entries."""
    return np.asarray(np.bincount(index, np.asarray(weight, np.float64), minlength=count), np.float64)


def components(n: int, a: NDArray[Any], b: NDArray[Any]) -> tuple[int, Int32Array]:
    """Number of connected components and the component of each of n nodes, numbered by their lowest node."""
    count, found = connected_components(sp.coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n)), directed=False)
    _, first = np.unique(found, return_index=True)
    rank = np.empty(count, np.int32)
    rank[np.argsort(first)] = np.arange(count, dtype=np.int32)
    return int(count), rank[found]
