"""Locks that could not be kept: which, and what to decide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from gridding.types import Int32Array

NAMED = 20
"""So many blocks at most are named in a message."""


def broken_locks(
    labels: Int32Array, present: Int32Array | None, locked: NDArray[np.bool_], exclusive: Int32Array
) -> list[Finding]:
    """A finding where locked blocks have another label now: locks of several cells lie in one exclusive area.

    Args:
        labels: (blocks,) cell of each block.
        present: (blocks,) label in the plan in force, None without one.
        locked: (blocks,) bool.
        exclusive: (blocks,) exclusive area, -1 = none.
    """
    if present is None:
        return []
    lost = np.flatnonzero(locked & (labels != present))
    if not len(lost):
        return []
    where = ", ".join(f"{b} (cell {present[b]}, now {labels[b]})" for b in lost[:NAMED].tolist())
    more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    more_zh = f"等 {len(lost)} 个" if len(lost) > NAMED else ""
    inside = bool((exclusive[lost] >= 0).all())
    why = (
        "they lie in exclusive areas, each of which is one cell" if inside else "other locks and areas contradict them"
    )
    why_zh = "它们位于独立网格区域内，每个区域只能是一个网格" if inside else "与其他锁定或区域相矛盾"
    return [
        Finding(
            rule="lock.broken",
            severity=Severity.ERROR,
            message=(
                f"locks could not be kept at block {where}{more}: {why}. Unlock these blocks, or give up the exclusive area"
            ),
            message_zh=f"基本单元 {where}{more_zh} 的锁定无法保持：{why_zh}。请解除这些锁定，或取消独立网格区域",
            where=f"block {int(lost[0])}",
            value=float(len(lost)),
            unit="blocks",
            details={"blocks": lost[:1000].tolist()},
        )
    ]
