"""What would help where the tolerance is missed: constraints are dropped one at a time, other numbers of cells tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gridding.errors import GriddingError
from gridding.findings import Finding
from gridding.types import PartitionResult

FEW_BLOCKS = 100
"""Requests of so many blocks at most are tried again, each in a fraction of a second."""
OTHER_CELLS = (-1, 1, -2, 2)
"""Numbers of cells that are tried, less the one asked for."""

Again = Callable[..., PartitionResult]
"""The same request with some arguments changed."""


@dataclass(frozen=True, slots=True)
class Help:
    """One way to a plan that is more even.

    Attributes:
        change: "locked", "fixed_cells", "barrier", "exclusive" or "cells".
        cells: number of cells of that plan.
        deviation: its largest |deviation|.
        enough: the tolerance is met.
    """

    change: str
    cells: int
    deviation: float
    enough: bool


_DROPPED = {
    "locked": ("without the locks", "取消锁定"),
    "fixed_cells": ("without fixed cells", "取消固定网格"),
    "barrier": ("if cells may cross the barriers freely", "允许网格自由跨越屏障"),
    "exclusive": ("if the exclusive areas are no cells of their own", "独立片区不再单独成格"),
}


def with_help(
    result: PartitionResult, again: Again, tolerance: float, constraints: dict[str, Any], *, other_cells: bool
) -> PartitionResult:
    """The result, its finding ``balance.tolerance`` saying what would help, as far as that was found.

    Args:
        result: a plan that may miss the tolerance.
        again: partitions once more with some arguments changed.
        tolerance: what was asked for.
        constraints: arguments that constrain the plan, None where the caller gave none.
        other_cells: whether other numbers of cells are tried.
    """
    at = next((i for i, f in enumerate(result.findings) if f.rule == "balance.tolerance"), None)
    if at is None or len(result.labels) > FEW_BLOCKS:
        return result
    found = list(_tried(again, result, tolerance, constraints, other_cells))
    findings = list(result.findings)
    findings[at] = _told(findings[at], found, result.cells)
    return replace(result, findings=tuple(findings))


def _tried(
    again: Again, result: PartitionResult, tolerance: float, constraints: dict[str, Any], other_cells: bool
) -> Iterator[Help]:
    """Constraints whose absence makes a plan better by a tenth at least; the nearest number of cells that is enough."""
    before = result.max_abs_deviation
    for name, value in constraints.items():
        if value is None or not np.size(value):
            continue
        changed = {name: None, "fixed_cells": None} if name == "locked" else {name: None}
        deviation = _deviation(again, changed)
        if deviation <= tolerance + 1e-12 or deviation < 0.9 * before:
            yield Help(name, result.cells, deviation, deviation <= tolerance + 1e-12)
    for more in OTHER_CELLS if other_cells else ():
        cells = result.cells + more
        if not 1 < cells <= len(result.labels):
            continue
        deviation = _deviation(again, {"cells": cells})
        if deviation <= tolerance + 1e-12:
            yield Help("cells", cells, deviation, True)
            return


def _deviation(again: Again, changed: dict[str, Any]) -> float:
    try:
        plan = again(**changed)
    except GriddingError:
        return np.inf
    # a block too heavy for any cell is no help: it would be left out of the balance
    return np.inf if plan.giant.any() else plan.max_abs_deviation


def _told(finding: Finding, found: list[Help], cells: int) -> Finding:
    said, said_zh = [], []
    for way in found:
        if way.change == "cells":
            said.append(f"with {way.cells} cells instead of {cells} a plan within {way.deviation:.2%} was found")
            said_zh.append(f"改为 {way.cells} 格（现为 {cells} 格）可达 {way.deviation:.2%}")
            continue
        words, words_zh = _DROPPED[way.change]
        enough, enough_zh = (", within the tolerance", "，满足容差") if way.enough else ("", "")
        said.append(f"{words}, a plan within {way.deviation:.2%} was found{enough}")
        said_zh.append(f"{words_zh}可达 {way.deviation:.2%}{enough_zh}")
    if not said:
        said = [
            "no constraint that was dropped and no number of cells up to 2 more or less brought it within the tolerance"
        ]
        said_zh = ["逐项取消约束、增减至多 2 格，均未能满足容差"]
    details = {
        **finding.details,
        "relax": [*finding.details.get("relax", ()), *said],
        "helps": [
            {"change": h.change, "cells": h.cells, "deviation": round(h.deviation, 6), "enough": h.enough}
            for h in found
        ],
    }
    sentence = "; ".join(said)
    return replace(
        finding,
        message=f"{finding.message}. Tried: {sentence}",
        message_zh=f"{finding.message_zh}。试算：{'；'.join(said_zh)}",
        details=details,
    )
