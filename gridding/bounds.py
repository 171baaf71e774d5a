"""Proved lower bounds of the largest deviation: how good no plan can be better than."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gridding.csr import Pairs, components
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


def hanging_bound(block: int, pairs: Pairs, workload: FloatArray, free: NDArray[np.bool_], ideal: float) -> float:
    """Lower bound of max |W / ideal - 1| that one heavy block proves, with what is joined to the rest through it alone.

    Args:
        block: the heavy block.
        pairs: neighbours.
        workload: (blocks,).
        free: (blocks,) bool, blocks that cells are made of; those of exclusive and fixed cells are none.
        ideal: workload of an ideal cell, > 0.

    Without the block its surroundings fall into components. One that is lighter than a cell shares the block's cell, or
    else holds a cell of its own, too light by at least what the component (and any other part of the territory) lacks.
    """
    inner = free[pairs.a] & free[pairs.b]
    whole = components(len(free), pairs.a[inner], pairs.b[inner])[1]
    beside = inner & (pairs.a != block) & (pairs.b != block)
    count, comp = components(len(free), pairs.a[beside], pairs.b[beside])
    around = free & (whole == whole[block])
    around[block] = False
    elsewhere = math.fsum(workload[free & (whole != whole[block])])
    hanging = np.sort(np.bincount(comp[around], workload[around], minlength=count)[np.unique(comp[around])])
    alone = float(workload[block])
    shared = np.cumsum(hanging) + alone
    with_hanging = np.minimum(shared / ideal - 1, 1 - (hanging + elsewhere) / ideal)
    return max(alone / ideal - 1, float(with_hanging.max(initial=0.0)), 0.0)


def _unit(workload: FloatArray) -> float:
    """Largest unit that all workloads are multiples of, 0.0 when none is found among 1, 0.5, 0.25 and their multiples."""
    quarters = workload * 4
    whole = np.round(quarters)
    if not np.array_equal(quarters, whole) or whole.max() <= 0 or whole.max() > 2**53:
        return 0.0
    return int(np.gcd.reduce(whole.astype(np.int64))) / 4
