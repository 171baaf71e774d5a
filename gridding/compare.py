"""Two plans of one station side by side: what became of each cell, and which entities go from whom to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from gridding.errors import GriddingError
from gridding.types import IntArray


class Change(StrEnum):
    """How entities went from an old cell to a new one.

    ``KEPT``: the cell kept its code and these entities. ``SPLIT``: the old cell lives on or not, the new code did not
    exist before. ``MERGED``: the old code is no more, the new cell existed before. ``TRANSFERRED``: both cells exist in
    both plans. ``REPLACED``: the old code is no more and the new one did not exist before. ``JOINED`` and ``LEFT``: the
    entities were in no cell before, or are in none now.
    """

    KEPT = "kept"
    SPLIT = "split"
    MERGED = "merged"
    TRANSFERRED = "transferred"
    REPLACED = "replaced"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Link:
    """Entities that an old and a new cell have in common.

    Attributes:
        old, new: cell codes, "" = no cell.
        change: see :class:`Change`.
        entities: their number.
        workload: their workload, in the unit of the input.
        share_of_old, share_of_new: fraction of the old and of the new cell's workload (of its entities, where it has
            no workload).
    """

    old: str
    new: str
    change: Change
    entities: int
    workload: float
    share_of_old: float
    share_of_new: float


@dataclass(frozen=True, slots=True)
class PlanChange:
    """The difference of two plans.

    Attributes:
        links: all pairs of cells with entities in common, by old code, most workload first.
        moved: (m,) indices of the entities whose cell has another code now.
        moved_workload_share: their share of all workload (of all entities, where there is none), a fraction.
        created, retired: codes that only the new or only the old plan has.
        successors: old code -> new codes, most of its work first: an old code resolves to these.
    """

    links: tuple[Link, ...]
    moved: IntArray
    moved_workload_share: float
    created: tuple[str, ...]
    retired: tuple[str, ...]
    successors: dict[str, tuple[str, ...]]


def compare_plans(
    old_cells: Sequence[str] | ArrayLike,
    new_cells: Sequence[str] | ArrayLike,
    workload: ArrayLike | None = None,
    *,
    old_codes: Sequence[str] = (),
    new_codes: Sequence[str] = (),
) -> PlanChange:
    """Compare two plans by the entities of their cells.

    Args:
        old_cells, new_cells: (n,) cell code of each entity in either plan, "" = none.
        workload: (n,) workload of each entity; default: one each.
        old_codes, new_codes: all codes of either plan, so that cells without entities are seen.

    Raises:
        GriddingError: arrays of different lengths.
    """
    old, new = np.asarray(old_cells, dtype=str).ravel(), np.asarray(new_cells, dtype=str).ravel()
    work = np.ones(len(old)) if workload is None else np.asarray(workload, np.float64).ravel()
    if not len(old) == len(new) == len(work):
        raise GriddingError(f"{len(old)} old cells, {len(new)} new cells, {len(work)} workloads: they must match")
    weight = work if work.sum() > 0 else np.ones(len(old))
    before = {*map(str, old_codes), *map(str, np.unique(old))} - {""}
    after = {*map(str, new_codes), *map(str, np.unique(new))} - {""}

    names, flat = np.unique(np.concatenate([old, new]), return_inverse=True)
    a, b = flat[: len(old)], flat[len(old) :]
    pair, first, group = np.unique(a * max(len(names), 1) + b, return_index=True, return_inverse=True)
    count, load, mass = (np.bincount(group, v, minlength=len(pair)) for v in (np.ones(len(old)), work, weight))
    of_old, of_new = (np.bincount(x, weight, minlength=len(names)) for x in (a, b))
    links = []
    for i in np.lexsort((b[first], -mass, a[first])):
        o, n = int(a[first[i]]), int(b[first[i]])
        links.append(
            Link(
                old=str(names[o]),
                new=str(names[n]),
                change=_change(str(names[o]), str(names[n]), before, after),
                entities=int(count[i]),
                workload=float(load[i]),
                share_of_old=float(mass[i] / of_old[o]) if of_old[o] > 0 else 0.0,
                share_of_new=float(mass[i] / of_new[n]) if of_new[n] > 0 else 0.0,
            )
        )
    moved = np.flatnonzero(old != new)
    return PlanChange(
        links=tuple(links),
        moved=moved,
        moved_workload_share=float(weight[moved].sum() / weight.sum()) if len(weight) else 0.0,
        created=tuple(sorted(after - before)),
        retired=tuple(sorted(before - after)),
        successors={
            code: tuple(link.new for link in links if link.old == code and link.new) for code in sorted(before)
        },
    )


def _change(old: str, new: str, before: set[str], after: set[str]) -> Change:
    if old == new:
        return Change.KEPT
    if not old:
        return Change.JOINED
    if not new:
        return Change.LEFT
    if new in before:
        return Change.TRANSFERRED if old in after else Change.MERGED
    return Change.SPLIT if old in after else Change.REPLACED
