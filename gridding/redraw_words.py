"""What is to be said of a redraw: how much moved and how little could have, cells given up or added, locked cells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridding.compare import PlanChange
from gridding.findings import Finding, Severity
from gridding.types import FloatArray, PartitionResult

if TYPE_CHECKING:
    from gridding.keep import Kept


def redraw_findings(
    change: PlanChange | None,
    kept: Kept | None,
    codes: Sequence[str],
    deviation: FloatArray,
    locked: NDArray[np.bool_],
    tolerance: float,
    partition: PartitionResult,
) -> tuple[Finding, ...]:
    """Findings on a redraw; none without a plan from which it was redrawn.

    Args:
        change: the difference of the plans.
        kept: the plan in force on today's blocks.
        codes, deviation, locked: (cells,) of the new plan.
        tolerance: largest |deviation| wanted.
        partition: what the engine reported.
    """
    if change is None or kept is None:
        return ()
    found = [_moved(change, partition)]
    if change.created or change.retired:
        found.append(_staff(change))
    return (*found, *_locked(codes, deviation, locked, tolerance))


def without_locked(findings: Sequence[Finding], locked: Collection[str]) -> tuple[Finding, ...]:
    """Findings of the engine without the missed balance of a locked cell: nobody asked for its balance.

    Args:
        findings: in codes, see :func:`gridding.naming.in_codes`.
        locked: codes of the locked cells.
    """
    return tuple(f for f in findings if f.rule != "balance.tolerance" or f.details.get("cell") not in locked)


def _moved(change: PlanChange, partition: PartitionResult) -> Finding:
    entities = len(change.moved)
    least = partition.moved_bound
    words = f"; at least {least:.1f} must move for balance" if least > 0 else ""
    words_zh = f"，为达到均衡至少需调整 {least:.1f}" if least > 0 else ""
    return Finding(
        rule="redraw.moved",
        severity=Severity.INFO,
        message=(
            f"{entities} entities with {change.moved_workload_share:.2%} of the workload change cell "
            f"({partition.moved_workload:.1f} hours a year{words})"
        ),
        message_zh=(
            f"{entities} 户市场主体更换网格，占总工作量的 {change.moved_workload_share:.2%}"
            f"（每年 {partition.moved_workload:.1f} 小时{words_zh}）"
        ),
        value=round(partition.moved_workload, 6),
        limit=round(least, 6),
        unit="hours a year",
        details={"entities": entities, "share": round(change.moved_workload_share, 6)},
    )


def _staff(change: PlanChange) -> Finding:
    created, retired = ", ".join(change.created), ", ".join(change.retired)
    parts = [f"new: {created}" if created else "", f"given up: {retired}" if retired else ""]
    parts_zh = [
        f"新设 {'、'.join(change.created)}" if created else "",
        f"撤销 {'、'.join(change.retired)}" if retired else "",
    ]
    return Finding(
        rule="redraw.cells",
        severity=Severity.INFO,
        message=f"cells {'; '.join(p for p in parts if p)}",
        message_zh=f"网格调整：{'；'.join(p for p in parts_zh if p)}",
        details={"created": list(change.created), "retired": list(change.retired)},
    )


def lock_deviation(code: str, deviation: float, tolerance: float) -> Finding:
    """What is to be said of a locked cell that deviates from the ideal of the others by more than the tolerance."""
    return Finding(
        rule="lock.deviation",
        severity=Severity.WARNING,
        message=(
            f"cell {code} is locked and deviates by {deviation:+.1%} from the ideal of the others, more than "
            f"{tolerance:.1%}: unlock it if its workload is to be balanced"
        ),
        message_zh=(
            f"网格 {code} 已锁定，与其他网格的理想工作量相差 {deviation:+.1%}，超过 {tolerance:.1%}；如需均衡，请取消锁定"
        ),
        where=f"cell {code}",
        value=round(deviation, 6),
        limit=tolerance,
        unit="fraction",
        details={"cell": code},
    )


def _locked(
    codes: Sequence[str], deviation: FloatArray, locked: NDArray[np.bool_], tolerance: float
) -> tuple[Finding, ...]:
    return tuple(
        lock_deviation(codes[i], float(deviation[i]), tolerance)
        for i in np.flatnonzero(locked & (np.abs(deviation) > tolerance)).tolist()
    )
