"""What was cleaned on the way from lines to blocks, told as findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridding.findings import Finding, Severity
from gridding.slivers import THIN_M
from gridding.types import LineKind, Topology


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Counts of what was cleaned.

    Attributes:
        lines: boundary lines given.
        pieces_dropped: straight pieces inside the outline that lead nowhere, and their length in metres.
        metres_dropped: see above.
        gaps_bridged: line ends carried on to another line.
        duplicates: straight pieces that lay on another line.
        faces_merged: slivers merged into a neighbour.
        strips: those of them that are empty strips or junction boxes between carriageways.
        rings_closed: holes and parts of the outline so thin that the grid closed them.
    """

    lines: int
    pieces_dropped: int
    metres_dropped: float
    gaps_bridged: int
    duplicates: int
    faces_merged: int
    strips: int
    rings_closed: int


def cleaning_findings(
    cleaned: Cleaning, topology: Topology, sliver_m2: float, dangle_snap_m: float
) -> tuple[Finding, ...]:
    """Findings on what was cleaned; nothing cleaned, nothing said."""
    found: list[Finding] = []

    def add(
        rule: str, severity: Severity, value: float, unit: str, message: str, message_zh: str, **more: float
    ) -> None:
        found.append(Finding(rule, severity, message, message_zh, value=float(value), unit=unit, **more))  # type: ignore[arg-type]

    if not (topology.edge_kind < LineKind.OUTLINE).any():
        add(
            "lines.none_inside",
            Severity.WARNING,
            cleaned.lines,
            "lines",
            f"No boundary line divides the territory ({cleaned.lines} lines were given): each connected part of it is one "
            "block. Check that the lines cover this place and are in the same datum.",
            f"没有边界线划分该辖区（共给出 {cleaned.lines} 条线）：每个连通部分成为一个基本单元。请检查边界线的范围和坐标系。",
        )
    if cleaned.pieces_dropped:
        add(
            "lines.dead_ends",
            Severity.INFO,
            cleaned.metres_dropped,
            "m",
            f"{cleaned.pieces_dropped} pieces of line, {cleaned.metres_dropped:.0f} m in all, lead nowhere (dead ends and loose "
            "pieces) and bound no block.",
            f"{cleaned.pieces_dropped} 段线（共 {cleaned.metres_dropped:.0f} 米）为断头或孤立线段，不构成边界。",
        )
    if cleaned.gaps_bridged:
        add(
            "lines.gaps_bridged",
            Severity.INFO,
            cleaned.gaps_bridged,
            "lines",
            f"{cleaned.gaps_bridged} line ends stopped within {dangle_snap_m:g} m of another line and were carried on to it.",
            f"{cleaned.gaps_bridged} 处线端距另一条线不足 {dangle_snap_m:g} 米，已延长相接。",
            limit=dangle_snap_m,
        )
    if cleaned.duplicates:
        add(
            "lines.duplicates",
            Severity.INFO,
            cleaned.duplicates,
            "pieces",
            f"{cleaned.duplicates} pieces of line lay on another line; the stronger kind was kept.",
            f"{cleaned.duplicates} 段线与其他线重合，保留等级较高者。",
        )
    if cleaned.faces_merged:
        add(
            "blocks.slivers_merged",
            Severity.INFO,
            cleaned.faces_merged,
            "faces",
            f"{cleaned.faces_merged} faces below {sliver_m2:g} m2, less than {THIN_M:g} m wide, or empty and between carriageways "
            f"({cleaned.strips}) were merged into a neighbour.",
            f"{cleaned.faces_merged} 个碎片（面积小于 {sliver_m2:g} 平方米、宽度不足 {THIN_M:g} 米，或为车道之间的空白带 "
            f"{cleaned.strips} 个）已并入相邻单元。",
            limit=sliver_m2,
        )
    if cleaned.rings_closed:
        add(
            "outline.rings_closed",
            Severity.INFO,
            cleaned.rings_closed,
            "rings",
            f"{cleaned.rings_closed} holes or parts of the outline were thinner than the grid of 1e-8 degrees (1 mm) and vanished.",
            f"辖区边界中有 {cleaned.rings_closed} 个孔洞或碎部窄于 1 毫米，已消除。",
        )
    parts = int(np.max(topology.block_part, initial=-1)) + 1
    if parts > 1:
        add(
            "outline.parts",
            Severity.INFO,
            parts,
            "parts",
            f"The territory consists of {parts} parts that share no border; a cell is connected within each part.",
            f"辖区由 {parts} 个互不相连的部分组成；网格在每个部分内连通。",
        )
    return tuple(found)
