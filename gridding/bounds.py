"""Proved lower bounds of the largest deviation: how good no plan can be better than."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridding.csr import Pairs, components
from gridding.types import FloatArray

SHARED = 3
"""Up to so many blocks more than one that must share a cell are looked at."""


class Bound(NamedTuple):
    """A proved lower bound of the largest deviation.

    Attributes:
        value: no plan has a smaller largest |workload / target - 1|; 0.0 where nothing is proved.
        reason: why, in a word: "", "block", "heavy", "granularity", "few", "narrow", "crowded" or "exact".
        block: the block that makes it so, -1 where it is no single one.
        sides: where others are reached through that block alone, their workloads in targets, heaviest first.
    """

    value: float = 0.0
    reason: str = ""
    block: int = -1
    sides: tuple[float, ...] = ()


def deviation_bound(workload: FloatArray, cells: int, target: float) -> Bound:
    """Lower bound of max |W / target - 1| over ``cells`` ordinary cells, and the reason in a word.

    Args:
        workload: (blocks,) workload of the blocks that ordinary cells are made of.
        cells: number of ordinary cells.
        target: their target.

    The bounds: the heaviest block lies in some cell; of the j * cells + 1 heaviest blocks some j + 1 share a cell; fewer
    blocks with work than cells leave a cell without work; where all workloads are multiples of a unit, some cell has at
    least the mean rounded up and another at most the mean rounded down.
    """
    if cells < 1 or target <= 0 or not len(workload):
        return Bound()
    order = np.lexsort((np.arange(len(workload)), -workload))
    found = [Bound(float(workload[order[0]]) / target - 1, "block", int(order[0]))]
    if int((workload > 0).sum()) < cells:
        found.append(Bound(1.0, "few"))
    unit = _unit(workload)
    if unit > 0:
        mean = math.fsum(workload) / unit / cells
        up, down = math.ceil(mean - 1e-9), math.floor(mean + 1e-9)
        found.append(Bound(max(up * unit / target - 1, 1 - down * unit / target), "granularity"))
    for shared in range(1, SHARED + 1):
        last = shared * cells
        if last < len(order):
            together = math.fsum(workload[order[last - shared : last + 1]])
            found.append(Bound(together / target - 1, "heavy", int(order[last])))
    best = max(found, key=lambda f: f.value)
    return best if best.value > 1e-9 else Bound()


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
