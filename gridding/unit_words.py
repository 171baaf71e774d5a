"""Base units in findings: names instead of block numbers, which units a plan splits and where, why balance is missed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gridding.csr import total
from gridding.findings import Finding, Severity
from gridding.types import FloatArray, Int32Array

NAMED = 12
"""So many split units have a finding each; the others share one."""
HEAVY = 5
"""So many units are named as those that make balance hard."""

_BLOCK = re.compile(r"\bblock (\d+)\b")
_BLOCK_ZH = re.compile(r"(?:(?:基本)?单元 |(?<=最重的是 ))(\d+)(?![\d.%])")
_BLOCK_KEYS = ("block", "host_block")
_BLOCK_LISTS = ("blocks",)


def too_few_units(nodes: int, units: int, cells: int) -> str:
    """What is said when there are fewer units than cells."""
    return (
        f"{cells} cells cannot be made of {units} base units without splitting any ({nodes} with the blocks that lie in no "
        f"unit): ask for at most {nodes} cells, or use the rule prefer"
    )


def in_units(findings: Sequence[Finding], lead: Sequence[int], called: Sequence[str]) -> tuple[Finding, ...]:
    """Findings of a partition of units, whose blocks are units: with their names, and a block of each for its place.

    Args:
        findings: of :func:`gridding.partition.partition_graph`.
        lead: (nodes,) the heaviest block of each node.
        called: (nodes,) name of the unit, "" = a block in no unit.
    """

    def english(match: re.Match[str]) -> str:
        node = int(match[1])
        return f"base unit {called[node]}" if called[node] else f"block {lead[node]}"

    def chinese(match: re.Match[str]) -> str:
        node = int(match[1])
        return f"社区“{called[node]}”" if called[node] else f"基本单元 {lead[node]}"

    def named(finding: Finding) -> Finding:
        details: dict[str, Any] = dict(finding.details)
        for key in _BLOCK_KEYS:
            if key in details:
                details[key] = lead[int(details[key])]
        for key in _BLOCK_LISTS:
            if key in details:
                details[key] = [lead[int(b)] for b in details[key]]
        if "relax" in details:
            details["relax"] = [_relaxed(_BLOCK.sub(english, text)) for text in details["relax"]]
        return replace(
            finding,
            message=_relaxed(_BLOCK.sub(english, finding.message)),
            message_zh=_relaxed_zh(_BLOCK_ZH.sub(chinese, finding.message_zh)),
            where=_BLOCK.sub(english, finding.where),
            details=details,
        )

    return tuple(named(f) for f in findings)


def _relaxed(text: str) -> str:
    """Lines inside a unit that must stay whole would not help: it may be split instead."""
    text = re.sub(r"add boundary lines inside (base unit .+?)(,|$)", r"let \1 be split (rule prefer)\2", text)
    text = re.sub(r"add boundary lines inside (the block to divide it|them)$", "let it be split (rule prefer)", text)
    return re.sub(r"\b(\d+) (more )?blocks\b", r"\1 \2base units or blocks", text)


def _relaxed_zh(text: str) -> str:
    for lines in ("在该单元内补充边界线", "在其内部补充边界线", "补充边界线"):
        text = text.replace(lines, "允许拆分（规则 prefer）")
    return text


def unit_findings(
    unit: Int32Array,
    labels: Int32Array,
    work: FloatArray,
    codes: Sequence[str],
    called: Callable[[int], str],
    place: Callable[[int], tuple[float, float]],
) -> list[Finding]:
    """``base_unit.split``: every base unit that lies in several cells, with its share of work in each.

    Args:
        unit: (blocks,) base unit, -1 = none.
        labels: (blocks,) cell.
        work: (blocks,) workload.
        codes: (cells,) cell codes.
        called: name of a unit.
        place: longitude and latitude of a block.
    """
    known = np.flatnonzero(unit >= 0)
    cells = len(codes)
    key, inverse = np.unique(unit[known].astype(np.int64) * cells + labels[known], return_inverse=True)
    held, size = total(inverse, work[known], len(key)), np.bincount(inverse, minlength=len(key))
    owner = key // cells
    several = np.unique(owner)[np.unique(owner, return_counts=True)[1] > 1]
    found = []
    for u in several.tolist():
        rows = np.flatnonzero(owner == u)
        rows = rows[np.lexsort((key[rows], -size[rows], -held[rows]))]
        whole = held[rows].sum()
        weight = held[rows] / whole if whole > 0 else size[rows] / size[rows].sum()
        shares = {codes[int(key[r] % cells)]: round(float(w), 4) for r, w in zip(rows, weight, strict=True)}
        stray = known[inverse == rows[-1]]
        found.append((float(1 - weight[0]), u, shares, int(stray[np.argmax(work[stray])])))
    found.sort(key=lambda f: (-f[0], f[1]))
    out = [_split(called(u), shares, place(block), stray) for stray, u, shares, block in found[:NAMED]]
    if len(found) > NAMED:
        out.append(_others([(called(u), shares) for _, u, shares, _ in found[NAMED:]]))
    return out


def _split(name: str, shares: dict[str, float], at: tuple[float, float], stray: float) -> Finding:
    said = ", ".join(f"{share:.0%} in cell {code}" for code, share in shares.items())
    said_zh = "、".join(f"{share:.0%} 在网格 {code}" for code, share in shares.items())
    return Finding(
        rule="base_unit.split",
        severity=Severity.WARNING,
        message=(
            f"base unit {name} lies in {len(shares)} cells ({said} of its work): the tolerance could not be kept with it "
            f"whole. Use the rule keep, or a larger tolerance, if it must not be split"
        ),
        message_zh=(
            f"社区“{name}”分属 {len(shares)} 个网格（{said_zh}，按工作量计）：保持完整则无法满足容差。"
            f"如不得拆分，请用规则 keep 或放宽容差"
        ),
        where=name,
        value=round(stray, 6),
        unit="fraction",
        at=at,
        details={"share_of_work": shares},
    )


def _others(rest: list[tuple[str, dict[str, float]]]) -> Finding:
    names = ", ".join(name for name, _ in rest[:8]) + (", ..." if len(rest) > 8 else "")
    names_zh = "、".join(name for name, _ in rest[:8]) + ("等" if len(rest) > 8 else "")
    return Finding(
        rule="base_unit.split",
        severity=Severity.WARNING,
        message=f"{len(rest)} more base units lie in several cells: {names}",
        message_zh=f"另有 {len(rest)} 个社区分属多个网格：{names_zh}",
        value=float(len(rest)),
        unit="base units",
        details={"share_of_work": dict(rest)},
    )


def kept_findings(
    unit: Int32Array,
    labels: Int32Array,
    work: FloatArray,
    deviation: FloatArray,
    ordinary: np.ndarray,
    tolerance: float,
    bound: float,
    codes: Sequence[str],
    called: Callable[[int], str],
) -> list[Finding]:
    """``base_unit.balance``: whole units cannot meet the tolerance; the best reached, and which units make it so.

    Args:
        unit, labels, work: (blocks,) base unit, cell, workload.
        deviation: (cells,) signed fraction.
        ordinary: (cells,) bool, cells that count.
        tolerance: asked for.
        bound: proved lower bound of the largest deviation of plans that split no unit.
        codes: (cells,) cell codes.
        called: name of a unit.
    """
    off = np.where(ordinary, np.abs(deviation), 0.0)
    reached = float(off.max(initial=0.0))
    if reached <= tolerance + 1e-12:
        return []
    ideal = float(np.bincount(labels, work, minlength=len(codes))[ordinary].mean())
    in_bad = (unit >= 0) & (off > tolerance)[labels]
    load = total(unit[in_bad], work[in_bad]) / ideal if ideal > 0 and in_bad.any() else np.zeros(0)
    heavy = [int(u) for u in np.lexsort((np.arange(len(load)), -load))[:HEAVY] if load[u] > tolerance]
    listed = ", ".join(f"{called(u)} ({load[u]:.0%})" for u in heavy) or "none heavy by itself"
    listed_zh = "、".join(f"{called(u)}（{load[u]:.0%}）" for u in heavy) or "无单独过重者"
    proved = f" and {bound:.1%} is proved to be the least" if bound > tolerance else ""
    proved_zh = f"，已证明不低于 {bound:.1%}" if bound > tolerance else ""
    worst = int(np.argmax(off))
    return [
        Finding(
            rule="base_unit.balance",
            severity=Severity.WARNING,
            message=(
                f"with every base unit whole the best deviation reached is {reached:.1%} (cell {codes[worst]}), "
                f"{tolerance:.1%} is asked for{proved}. The heaviest base units of the cells that miss it, in shares of an "
                f"ideal cell: {listed}. Split some of them (rule prefer), accept {np.ceil(reached * 1000) / 1000:.1%}, or "
                f"ask for another number of cells"
            ),
            message_zh=(
                f"所有社区保持完整时，已找到的最小偏差为 {reached:.1%}（网格 {codes[worst]}），要求 {tolerance:.1%}{proved_zh}。"
                f"超差网格中最重的社区（占理想网格的比例）：{listed_zh}。可允许拆分其中一些（规则 prefer）、"
                f"放宽容差至 {np.ceil(reached * 1000) / 1000:.1%} 或调整网格数"
            ),
            where=codes[worst],
            value=round(reached, 6),
            limit=tolerance,
            unit="fraction",
            details={
                "best_deviation": round(reached, 6),
                "lower_bound": round(bound, 6),
                "heavy": {called(u): round(float(load[u]), 4) for u in heavy},
            },
        )
    ]
