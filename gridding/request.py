"""What a caller asks the partition for, checked: all problems at once, each in a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridding.errors import GriddingError, Infeasible
from gridding.types import FloatArray, Int32Array


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was checked.

    Attributes:
        workload: (blocks,).
        cells: number of cells.
        tolerance: largest deviation wanted, a fraction.
        labels: (blocks,) present labels, -1 = none; None without a present plan.
        locked: (blocks,) bool.
        fixed: (blocks,) label of the fixed cell, -1 = none.
        exclusive: (blocks,) exclusive area, -1 = none.
        centres: (blocks, 2) metres, or block numbers where the caller gave none.
    """

    workload: FloatArray
    cells: int
    tolerance: float
    labels: Int32Array | None
    locked: NDArray[np.bool_]
    fixed: Int32Array
    exclusive: Int32Array
    centres: FloatArray

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.workload)

    @property
    def locks(self) -> int:
        """Number of labels with a lock outside fixed cells."""
        return 0 if self.labels is None else len(np.unique(self.labels[self.locked & (self.fixed < 0)]))

    @property
    def held(self) -> NDArray[np.bool_]:
        """Blocks of cells that hold a lock."""
        if self.labels is None or not self.locked.any():
            return np.zeros(self.blocks, bool)
        return np.isin(self.labels, np.unique(self.labels[self.locked]))


def checked_request(
    workload: ArrayLike,
    cells: int,
    tolerance: float,
    labels: ArrayLike | None,
    locked: ArrayLike | None,
    fixed_cells: Sequence[int] | None,
    exclusive: ArrayLike | None,
    centres: ArrayLike | None,
    starts: int = 1,
) -> Request:
    """Check everything that a caller passes; see :func:`gridding.partition.partition_graph`."""
    work = np.asarray(workload, np.float64).ravel()
    n = len(work)
    problems = []
    if n == 0:
        raise Infeasible("there are no blocks: nothing can be divided into cells")
    if not (np.isfinite(work).all() and (work >= 0).all()):
        bad = int(np.flatnonzero(~(np.isfinite(work) & (work >= 0)))[0])
        problems.append(f"workload must be finite and not negative; block {bad} has {work[bad]}")
    if cells < 1:
        problems.append(f"cells must be at least 1, not {cells}")
    if not (math.isfinite(tolerance) and tolerance >= 0):
        problems.append(f"tolerance must be a fraction >= 0, not {tolerance}")
    if starts < 1:
        problems.append(f"starts must be at least 1, not {starts}")
    present = None if labels is None else np.asarray(labels, np.int32).ravel().copy()
    if present is None and (locked is not None or fixed_cells):
        problems.append("locked and fixed_cells need labels, the present plan")
    group = np.full(n, -1, np.int32) if exclusive is None else np.asarray(exclusive, np.int32).ravel()
    place = (
        np.column_stack([np.arange(n, dtype=np.float64), np.zeros(n)])
        if centres is None
        else np.asarray(centres, np.float64).reshape(-1, 2)
    )
    for name, array in (("labels", present), ("exclusive", group), ("centres", place)):
        if array is not None and len(array) != n:
            problems.append(f"{name} has {len(array)} rows, workload {n}: they must match")
    if problems:
        raise GriddingError("; ".join(problems))
    if cells > n:
        raise Infeasible(
            f"{cells} cells cannot be made of {n} blocks: ask for at most {n} cells, or add boundary lines so that there "
            f"are more blocks"
        )
    hold = np.zeros(n, bool)
    fixed = np.full(n, -1, np.int32)
    if present is not None:
        present[(present < 0) | (present >= cells)] = -1
        hold[np.asarray([] if locked is None else locked, dtype=bool if _is_mask(locked, n) else np.int64)] = True
        if (present[hold] < 0).any():
            block = int(np.flatnonzero(hold & (present < 0))[0])
            raise GriddingError(f"block {block} is locked but has no label from 0 to {cells - 1}")
        for label in fixed_cells or ():
            if not (present == label).any():
                raise GriddingError(f"fixed cell {label} has no block in the present plan of {cells} cells")
            fixed[present == label] = label
    return Request(work, cells, tolerance, present, hold, fixed, group, place)


def _is_mask(locked: ArrayLike | None, n: int) -> bool:
    array = np.asarray([] if locked is None else locked)
    return array.dtype == bool and len(array) == n
