"""Why a plan is as it is: findings that a planner can act on."""

from __future__ import annotations

import numpy as np

from gridding.bounds import Bound
from gridding.findings import Finding, Severity
from gridding.types import FloatArray, Int32Array

NAMED_PARTS = 3
"""So many parts without cells of their own have a finding each; the others share one."""

_REASON = {
    "block": ("block {block} alone is heavier", "仅基本单元 {block} 的工作量就已超出"),
    "heavy": (
        "there are too many heavy blocks, some must share a cell (such as block {block} and heavier ones)",
        "较重的基本单元过多，必有若干个同处一格（如单元 {block} 及更重者）",
    ),
    "granularity": ("the workloads come in whole units that do not divide evenly", "工作量为整数单位，无法整除"),
    "few": ("fewer blocks have any work than there are cells", "有工作量的基本单元少于网格数"),
    "narrow": (
        "block {block} is the only way to areas with work for {sides} cells, which are no whole numbers of cells: what is "
        "left over falls to the cell of block {block}",
        "基本单元 {block} 是通往若干区域（工作量为 {sides} 格）的唯一通道，均非整数格，余下部分只能并入该单元所在的网格",
    ),
    "crowded": (
        "block {block} is the only way to areas with work for {sides} cells: so many whole cells do not find room there",
        "基本单元 {block} 是通往若干区域（工作量为 {sides} 格）的唯一通道，容不下所需的网格数",
    ),
    "exact": ("every way to divide the blocks into connected cells was looked at", "已核对全部连通划分"),
}
NAMED_SIDES = 4
"""So many of the areas behind a block are named with their work."""


def _why(bound: Bound) -> tuple[str, str]:
    """The reason of a bound, in English and in Chinese."""
    sides = [f"{x:.2f}" for x in bound.sides[:NAMED_SIDES]]
    more = len(bound.sides) > NAMED_SIDES
    english = " and ".join([*sides, "less"] if more else sides)
    chinese = "、".join([*sides, "更少"] if more else sides)
    why, why_zh = _REASON[bound.reason]
    return why.format(block=bound.block, sides=english), why_zh.format(block=bound.block, sides=chinese)


def missed_tolerance(
    labels: Int32Array,
    workload: FloatArray,
    deviation: FloatArray,
    ordinary: np.ndarray,
    target: float,
    tolerance: float,
    bound: Bound,
) -> Finding | None:
    """The finding ``balance.tolerance``: which cell misses, which block makes it hard, what was reached, what to relax.

    Args:
        labels: (blocks,) cell of each block.
        workload: (blocks,).
        deviation: (cells,) signed fraction.
        ordinary: (cells,) bool, cells that count.
        target: workload of an ordinary cell.
        tolerance: what was asked for.
        bound: proved lower bound of the largest deviation, with its reason.

    Returns:
        None where the tolerance is met.
    """
    miss = np.where(ordinary, np.abs(deviation), 0.0)
    cell = int(np.argmax(miss))
    reached = float(miss[cell])
    if reached <= tolerance + 1e-12:
        return None
    blocks = np.flatnonzero(labels == cell)
    proves = bound.value > tolerance
    block = bound.block if proves and bound.block >= 0 else int(blocks[np.argmax(workload[blocks])])
    share = float(workload[block]) / target if target > 0 else 0.0
    relax = [
        f"accept a tolerance of {np.ceil(reached * 1000) / 1000:.3f}",
        f"add boundary lines inside block {block}",
        "ask for another number of cells",
    ]
    proved = proved_zh = apart = apart_zh = ""
    if not ordinary.all():  # the findings of each cell count from the mean that includes giant blocks
        sharing = int(ordinary.sum())
        apart = f" (the mean of the {sharing} cells that share what cells set apart leave: giant blocks, exclusive or locked ones)"
        apart_zh = f"（目标为除超重单元、独立片区与锁定网格外其余 {sharing} 格的平均工作量）"
    here = labels[block] == cell
    which = f"the heaviest of its {len(blocks)} blocks is" if here else "what makes it so lies at"
    which_zh = f"其 {len(blocks)} 个基本单元中最重的是" if here else "原因在于基本单元"
    if proves:
        why, why_zh = _why(bound)
        proved = f" No plan can do better than {bound.value:.2%}: {why}."
        proved_zh = f"可证明任何方案都不低于 {bound.value:.2%}：{why_zh}。"
    return Finding(
        rule="balance.tolerance",
        severity=Severity.ERROR,
        message=(
            f"cell {cell} deviates by {deviation[cell]:+.2%} from the target{apart}, {tolerance:.2%} is allowed; {which} "
            f"block {block} with {share:.1%} of a target.{proved} To relax: {', or '.join(relax)}"
        ),
        message_zh=(
            f"网格 {cell} 偏差 {deviation[cell]:+.2%}{apart_zh}，允许 {tolerance:.2%}；{which_zh} {block}，"
            f"占目标的 {share:.1%}。{proved_zh}可放宽容差至 {np.ceil(reached * 1000) / 1000:.3f}，或在该单元内补充边界线，或调整网格数"
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
            "lower_bound": round(bound.value, 6),
            "bound_reason": bound.reason,
            "bound_block": bound.block,
            "sides_in_cells": [round(x, 3) for x in bound.sides],
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
                message_zh=f"另有 {rest} 个独立区域工作量不足一格，并入最近的网格",
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
                message_zh=f"各独立区域的工作量不是整数个网格：有 {bridged} 处允许同一网格跨区域，但在每个区域内仍相连",
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
        message_zh=f"基本单元 {small} 所在的独立区域工作量不足一格，并入最近的网格 {cell}（单元 {host}）",
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
        message_zh=f"待划分的 {blocks} 个基本单元均无工作量：改按单元数均衡。请检查市场主体的位置、坐标系与工作量",
        value=0.0,
    )
