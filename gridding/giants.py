"""Blocks that outweigh a cell, and what the other cells can then be balanced against."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.bounds import hanging_bound
from gridding.csr import Pairs
from gridding.findings import Finding, Severity
from gridding.types import FloatArray, Int32Array, IntArray

NAMED = 3
"""So many giants have a finding each; the others share one."""
PROVED = 20
"""So many of the heaviest are looked at for a proof of what no plan can reach."""
EXTRA = 0.25
"""So much more than their share the officers of one cell carry before a giant block needs those of another cell."""


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


def explain_giants(
    giants: list[int], first: int, cell: Int32Array, pairs: Pairs, workload: FloatArray, ordinary: int
) -> tuple[list[Finding], float]:
    """What is said of giants, heaviest first, and the best that any plan can reach around them.

    Args:
        giants: block of each giant.
        first: decided cell of the first giant; those of the others follow.
        cell: (blocks,) decided cell, -1 = for the ordinary cells.
        pairs: neighbours.
        workload: (blocks,).
        ordinary: number of ordinary cells.

    Returns:
        Findings, and a proved lower bound of max |W / ideal - 1|; the ideal is the mean of giants' and ordinary cells.
    """
    own = first + np.arange(len(giants))
    free = (cell < 0) | np.isin(cell, own)
    ideal = math.fsum(workload[free]) / (len(giants) + ordinary) if giants else 0.0
    if ideal <= 0:
        return [], 0.0
    rest = math.fsum(workload[cell < 0])
    target = rest / ordinary if rest > 0 else ideal
    work = np.bincount(cell[cell >= 0], workload[cell >= 0], minlength=first + len(giants))[own]
    order = np.lexsort((np.array(giants), -work)).tolist()
    bounds = [hanging_bound(giants[i], pairs, workload, free, ideal) for i in order[:PROVED]]
    found = []
    for i, bound in list(zip(order, bounds, strict=False))[:NAMED]:
        alone, whole = float(workload[giants[i]]), float(work[i])
        found.append(_finding(giants[i], alone, whole, ideal, target, bound))
    if len(giants) > NAMED:
        found.append(_others([giants[i] for i in order[NAMED:]], float(work[order[NAMED]]) / ideal))
    return found, max(bounds)


def officers_of_cells(times: float) -> int:
    """Officers of how many cells a giant of so many targets needs: up to a quarter is carried by those that are there."""
    return max(1, math.ceil(times - EXTRA - 1e-9))


def _finding(block: int, alone: float, work: float, ideal: float, target: float, bound: float) -> Finding:
    need = officers_of_cells(work / target)
    hung = f", with what only it leads to {work / ideal:.1%}" if work > alone else ""
    hung_zh = f"（连同只经由它相连的单元 {work / ideal:.1%}）" if work > alone else ""
    whose = "whose officers carry the rest" if need == 1 else f"for the officers of {need} cells"
    whose_zh = "由本格监管员多承担一些" if need == 1 else f"需按 {need} 个网格配备监管员"
    proved = (
        f" As the lines are, no plan can deviate by less than {bound:.1%}:" if bound >= 0.0005 else " To divide it,"
    )
    proved_zh = f"现有边界线下任何方案的最大偏差都不低于 {bound:.1%}，" if bound >= 0.0005 else ""
    return Finding(
        rule="block.giant",
        severity=Severity.WARNING,
        message=(
            f"block {block} alone has {alone / ideal:.1%} of an ideal cell's workload{hung}: it is a cell of its own, "
            f"{whose}.{proved} add boundary lines inside the block{' to divide it' if bound >= 0.0005 else ''}"
        ),
        message_zh=(
            f"基本单元 {block} 的工作量为理想网格的 {alone / ideal:.1%}{hung_zh}：单独成格，{whose_zh}。"
            f"{proved_zh}如需拆分，请在其内部补充边界线"
        ),
        where=f"block {block}",
        value=round(work, 6),
        limit=round(ideal, 6),
        unit="workload",
        details={
            "block": block, "times_ideal": round(work / ideal, 4), "officers_of_cells": need,
            "lower_bound": round(bound, 6),
        },
    )  # fmt: skip


def _others(blocks: list[int], times: float) -> Finding:
    return Finding(
        rule="block.giant",
        severity=Severity.WARNING,
        message=(
            f"{len(blocks)} more blocks are too heavy for a cell (up to {times:.0%} of an ideal cell's workload) and are "
            f"cells of their own: ask for fewer cells, or add boundary lines inside them"
        ),
        message_zh=(
            f"另有 {len(blocks)} 个基本单元过重（最重为理想网格的 {times:.0%}），各自单独成格：请减少网格数或补充边界线"
        ),
        value=float(len(blocks)),
        unit="blocks",
        details={"blocks": blocks[:1000]},
    )
