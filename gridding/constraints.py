"""Rules that the cells of a plan must keep, checked on the result and reported as findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import ArrayLike

from gridding.contiguity import contiguous_within_parts, pieces
from gridding.findings import Finding, Severity
from gridding.types import BlockGraph, FloatArray, GeometryArray, Int32Array, IntArray

NAMED = 3
"""So many cells that miss the balance have a finding each; the others share one."""


def check_cells(
    graph: BlockGraph,
    labels: ArrayLike,
    block_part: ArrayLike,
    deviation: ArrayLike,
    exclusive: ArrayLike,
    tolerance: float,
    codes: Sequence[str],
    cells: GeometryArray | None = None,
) -> list[Finding]:
    """Check that every cell has blocks, is connected within each part, and keeps the balance asked for.

    Args:
        graph: adjacency of the blocks.
        labels: (blocks,) index of each block's cell.
        block_part: (blocks,) part of the territory of each block.
        deviation: (cells,) signed (workload - ideal) / ideal.
        exclusive: (cells,) bool, outside the ideal workload: not held to the balance.
        tolerance: largest |deviation| accepted.
        codes: (cells,) cell codes, for the findings.
        cells: (cells,) polygons in degrees, for a place to look at.

    Returns:
        One finding per cell and rule broken: ``cell.empty``, ``cell.contiguity``, ``balance.deviation``; where many
        cells miss the balance, the worst have one each and the others one together.
    """
    label = np.asarray(labels, np.int32)
    outside = np.asarray(exclusive, bool)
    off = np.asarray(deviation, np.float64)
    part = np.asarray(block_part, np.int32)
    count = len(codes)
    size = np.bincount(label, minlength=count)
    found = [_empty(codes[int(c)]) for c in np.flatnonzero(size == 0)]
    edges = graph.border_length_m > 0
    a, b = graph.pairs[edges, 0], graph.pairs[edges, 1]
    connected = contiguous_within_parts(label, a, b, count, part)
    broken = np.flatnonzero(~connected & (size > 0))
    if len(broken):
        _, piece = pieces(label, a, b)
        found += [_broken(int(c), label, piece, part, codes, cells) for c in broken]
    over = np.flatnonzero(~outside & (np.abs(off) > tolerance + 1e-12))
    over = over[np.argsort(-np.abs(off[over]), kind="stable")]
    named = over if len(over) <= NAMED + 1 else over[:NAMED]
    found += [_unbalanced(codes[int(c)], float(off[c]), tolerance, _place(cells, int(c))) for c in named]
    if len(named) < len(over):
        found.append(_others(over[len(named) :], len(codes), off, tolerance, codes))
    return found


def told_once(misses: Sequence[Finding], found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Both, but the missed balance of one cell once: why it misses the target, and how far it is from the ideal.

    Beside giant blocks the target of ordinary cells is not the ideal of all, so that two figures are told.

    Args:
        misses: findings of the partition in codes; ``balance.tolerance`` names a cell in ``where``.
        found: findings of :func:`check_cells`.
    """
    off = {f.where: f for f in found if f.rule == "balance.deviation" and f.where and f.value is not None}
    why = {f.details.get("cell") for f in misses if f.rule == "balance.tolerance"} & off.keys()
    return (
        *(_both(f, off[f.details["cell"]]) if f.details.get("cell") in why else f for f in misses),
        *(f for f in found if f.rule != "balance.deviation" or f.where not in why),
    )


def _both(miss: Finding, off: Finding) -> Finding:
    if miss.rule != "balance.tolerance":
        return miss
    return replace(
        miss,
        message=f"{miss.message}. From the ideal, giant blocks counted, the cell is {off.value:+.2%} off",
        message_zh=f"{miss.message_zh}；按计入超重单元的理想工作量计算，该网格偏差 {off.value:+.2%}",
        details={**miss.details, "deviation_from_ideal": off.value},
        at=miss.at or off.at,
    )


def _empty(code: str) -> Finding:
    return Finding(
        rule="cell.empty",
        severity=Severity.ERROR,
        message=f"cell {code} has no block: ask for fewer cells or add boundary lines",
        message_zh=f"网格 {code} 不含任何基本单元：请减少网格数或补充边界线",
        where=code,
    )


def _broken(
    cell: int,
    labels: Int32Array,
    piece: Int32Array,
    part: Int32Array,
    codes: Sequence[str],
    cells: GeometryArray | None,
) -> Finding:
    mine = labels == cell
    count, parts = len(np.unique(piece[mine])), len(np.unique(part[mine]))
    main = np.bincount(piece[mine]).argmax()
    stray = np.flatnonzero(mine & (piece != main))
    return Finding(
        rule="cell.contiguity",
        severity=Severity.ERROR,
        message=(
            f"cell {codes[cell]} is in {count} pieces in {parts} part(s) of the territory; it must be one piece in each. "
            f"Blocks apart from its main piece: {', '.join(map(str, stray[:10]))}. Check locks and fixed cells between them"
        ),
        message_zh=f"网格 {codes[cell]} 在 {parts} 个区域内分成 {count} 片，每个区域内应相连；请检查其间的锁定单元与固定网格",
        where=codes[cell],
        value=float(count),
        limit=float(parts),
        unit="pieces",
        at=_place(cells, cell),
        details={"blocks_apart": [int(b) for b in stray[:100]]},
    )


def _unbalanced(code: str, deviation: float, tolerance: float, at: tuple[float, float] | None) -> Finding:
    more = "more" if deviation > 0 else "less"
    return Finding(
        rule="balance.deviation",
        severity=Severity.ERROR,
        message=(
            f"cell {code} has {abs(deviation):.2%} {more} work than an ideal cell, {tolerance:.2%} is allowed: move blocks, "
            f"accept a larger tolerance, or ask for another number of cells"
        ),
        message_zh=f"网格 {code} 的工作量偏差 {deviation:+.2%}，允许 ±{tolerance:.2%}：请调整单元、放宽容差或调整网格数",
        where=code,
        value=round(deviation, 6),
        limit=tolerance,
        unit="fraction",
        at=at,
    )


def _others(over: IntArray, count: int, deviation: FloatArray, tolerance: float, codes: Sequence[str]) -> Finding:
    off = {codes[int(c)]: round(float(deviation[c]), 6) for c in over}
    low, high = min(off.values()), max(off.values())
    return Finding(
        rule="balance.deviation",
        severity=Severity.ERROR,
        message=(
            f"{len(over)} more of the {count} cells miss the tolerance of {tolerance:.2%}: they are between {low:+.2%} and "
            f"{high:+.2%} off"
        ),
        message_zh=f"{count} 个网格中另有 {len(over)} 个超出容差 {tolerance:.2%}，偏差在 {low:+.2%} 至 {high:+.2%} 之间",
        value=max(off.values(), key=abs),
        limit=tolerance,
        unit="fraction",
        details={"deviation": off},
    )


def _place(cells: GeometryArray | None, cell: int) -> tuple[float, float] | None:
    if cells is None:
        return None
    point = shapely.point_on_surface(cells[cell])
    return (round(float(point.x), 7), round(float(point.y), 7)) if not point.is_empty else None
