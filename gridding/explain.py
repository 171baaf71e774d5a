"""Why a plan is as it is: findings that a planner can act on."""

from __future__ import annotations

import numpy as np

from gridding.findings import Finding, Severity
from gridding.types import FloatArray, Int32Array

NAMED_PARTS = 3
"""So many parts without cells of their own have a finding each; the others share one."""

_REASON = {
    "block": ("the heaviest block alone is heavier", "单个基本单元的工作量已超出"),
    "granularity": ("the workloads come in whole units that do not divide evenly", "工作量为整数单位,无法整除"),
    "exact": ("every division of its blocks into connected cells was looked at", "已核对全部连通划分"),
    "few": ("fewer blocks have any work than there are cells", "有工作量的基本单元少于网格数"),
}


def missed_tolerance(
    labels: Int32Array,
    workload: FloatArray,
    deviation: FloatArray,
    ordinary: np.ndarray,
    target: float,
    tolerance: float,
    bound: float,
    reason: str,
) -> Finding | None:
    """The finding ``balance.tolerance``: which cell misses, which block makes it hard, what was reached, what to relax.

    Args:
        labels: (blocks,) cell of each block.
        workload: (blocks,).
        deviation: (cells,) signed fraction.
        ordinary: (cells,) bool, cells that count.
        target: workload of an ordinary cell.
        tolerance: what was asked for.
        bound: proved lower bound of the largest deviation.
        reason: of the bound, see :func:`gridding.bounds.deviation_bound`.

    Returns:
        None where the tolerance is met.
    """
    miss = np.where(ordinary, np.abs(deviation), 0.0)
    cell = int(np.argmax(miss))
    reached = float(miss[cell])
    if reached <= tolerance + 1e-12:
        return None
    blocks = np.flatnonzero(labels == cell)
    block = int(blocks[np.argmax(workload[blocks])])
    share = float(workload[block]) / target if target > 0 else 0.0
    relax = [
        f"accept a tolerance of {np.ceil(reached * 1000) / 1000:.3f}",
        f"add boundary lines inside block {block}",
        "ask for another number of cells",
    ]
    proved = ""
    proved_zh = ""
    if bound > tolerance:
        proved = f" No plan can do better than {bound:.2%}: {_REASON[reason][0]}."
        proved_zh = f"可证明任何方案都不低于 {bound:.2%}({_REASON[reason][1]})。"
    return Finding(
        rule="balance.tolerance",
        severity=Severity.ERROR,
        message=(
            f"cell {cell} deviates by {deviation[cell]:+.2%} from the target, {tolerance:.2%} is allowed; the heaviest of its "
            f"{len(blocks)} blocks is block {block} with {share:.1%} of a target.{proved} To relax: {', or '.join(relax)}"
        ),
        message_zh=(
            f"网格 {cell} 偏差 {deviation[cell]:+.2%},允许 {tolerance:.2%};其 {len(blocks)} 个基本单元中最重的是 {block},"
            f"占目标的 {share:.1%}。{proved_zh}可放宽容差至 {np.ceil(reached * 1000) / 1000:.3f},或在该单元内补充边界线,或调整网格数"
        ),
        where=f"cell {cell}",
        value=round(reached, 6),
        limit=tolerance,
        unit="fraction",
        details={
            "cell": cell,
            "cells_over": int((miss > tolerance).sum()),
            "block": block,
            "block_share_of_target": round(share, 6),
            "best_deviation": round(reached, 6),
            "lower_bound": round(bound, 6),
            "bound_reason": reason,
            "relax": relax,
        },
    )


def joined_parts(hosts: tuple[tuple[int, int], ...], labels: Int32Array, bridged: int) -> list[Finding]:
    """Findings on parts of the territory that have no cells of their own.

    Args:
        hosts: (first block of the part, block that it joined).
        labels: (blocks,) cell of each block.
        bridged: number of bridges between parts whose cells may lie on both sides.
    """
    found = [_joined(small, host, int(labels[host])) for small, host in hosts[:NAMED_PARTS]]
    if len(hosts) > NAMED_PARTS:
        rest = len(hosts) - NAMED_PARTS
        found.append(
            Finding(
                rule="part.joined",
                severity=Severity.INFO,
                message=f"{rest} more parts of the territory have less work than a cell and join the nearest",
                message_zh=f"另有 {rest} 个独立区域工作量不足一格,并入最近的网格",
                value=float(rest),
                unit="parts",
                details={"blocks": [small for small, _ in hosts[NAMED_PARTS:]]},
            )
        )
    if bridged:
        found.append(
            Finding(
                rule="part.bridged",
                severity=Severity.INFO,
                message=(
                    f"the work of the territory's parts is no whole number of cells: across {bridged} gaps between parts a "
                    f"cell may have a piece on either side; within each part every cell is connected"
                ),
                message_zh=f"各独立区域的工作量不是整数个网格:有 {bridged} 处允许同一网格跨区域,但在每个区域内仍相连",
                value=float(bridged),
            )
        )
    return found


def _joined(small: int, host: int, cell: int) -> Finding:
    return Finding(
        rule="part.joined",
        severity=Severity.INFO,
        message=(
            f"the part of the territory around block {small} has less work than a cell: it joins cell {cell}, "
            f"the nearest (block {host})"
        ),
        message_zh=f"基本单元 {small} 所在的独立区域工作量不足一格,并入最近的网格 {cell}(单元 {host})",
        where=f"block {small}",
        details={"block": small, "host_block": host, "cell": cell},
    )


def no_workload(blocks: int) -> Finding:
    """No block has any work."""
    return Finding(
        rule="workload.none",
        severity=Severity.WARNING,
        message=(
            f"none of the {blocks} blocks to be divided has any workload: the cells are balanced by number of blocks "
            f"instead. Check where the entities lie (outline, datum) and what their workload is"
        ),
        message_zh=f"待划分的 {blocks} 个基本单元均无工作量:改按单元数均衡。请检查市场主体的位置、坐标系与工作量",
        value=0.0,
    )
