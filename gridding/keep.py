"""The plan in force on the blocks of today: which cell each block lies in, which cells are locked or given up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.csr import total
from gridding.errors import GriddingError, Infeasible
from gridding.locate import CellLocator
from gridding.staff import closed_cells
from gridding.types import BlockGraph, FloatArray, GeometryArray, Int32Array, IntArray

SIDE = 4
"""A block is looked at in so many places along each side of its box, and in one place well inside."""


def _no_cells() -> GeometryArray:
    return np.empty(0, dtype=object)


@dataclass(frozen=True, slots=True)
class PresentPlan:
    """What a redraw needs to know of the plan in force.

    Attributes:
        code_of_point: (n,) code of the cell that each point lies in now, "" = none.
        used_codes: every code ever used in the station; none is used again for another cell.
        cells: (k,) polygons of the plan in force; then as little as possible changes. None: only codes are kept.
        codes: (k,) their codes.
        locked: codes of cells that must stay exactly as they are.
    """

    code_of_point: GeometryArray
    used_codes: tuple[str, ...] = ()
    cells: GeometryArray = field(default_factory=_no_cells)
    codes: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()

    def locked_cells(self) -> tuple[shapely.Geometry, ...]:
        """Polygons of the locked cells.

        Raises:
            GriddingError: a code that the plan does not have.
        """
        unknown = [code for code in self.locked if code not in self.codes]
        if unknown:
            raise GriddingError(
                f"cell {', '.join(unknown)} cannot be locked: the plan in force has no such cell; it has "
                f"{', '.join(self.codes[:20])}{', ...' if len(self.codes) > 20 else ''}"
            )
        return tuple(self.cells[self.codes.index(code)] for code in dict.fromkeys(self.locked))


@dataclass(frozen=True, slots=True)
class Kept:
    """The plan in force as labels of today's blocks.

    Attributes:
        labels: (blocks,) int32 label of each block, -1 = in no cell; labels beyond ``codes`` are cells given up.
        codes: code of each label that goes on.
        fixed: labels of the locked cells.
        closed: codes of the cells that are given up.
    """

    labels: Int32Array
    codes: tuple[str, ...]
    fixed: tuple[int, ...]
    closed: tuple[str, ...]

    def moved(self, codes: tuple[str, ...], labels: Int32Array, workload: FloatArray) -> float:
        """Workload of the blocks that lie in a cell of another code now.

        Args:
            codes: code of each label of the new plan.
            labels: (blocks,) new plan.
            workload: (blocks,).
        """
        goes_on = (self.labels >= 0) & (self.labels < len(self.codes))
        was = np.array([*self.codes, ""], dtype=object)[np.where(goes_on, self.labels, -1)]
        return float(workload[(self.labels >= 0) & (was != np.array(codes, dtype=object)[labels])].sum())


def kept_plan(
    polygons: GeometryArray,
    graph: BlockGraph,
    block_of_point: Int32Array,
    workload: FloatArray,
    present: PresentPlan,
    cells: int,
    tolerance: float,
) -> Kept | None:
    """Labels of the blocks in the plan in force; None where its cells are not known.

    A block that lies in several old cells, because lines or outline have changed, goes to the one that holds most of
    its workload, or without workload most of its area.

    Args:
        polygons: (blocks,) today's blocks.
        graph: their adjacency.
        block_of_point: (n,) block of each entity, -1 outside.
        workload: (n,) hours a year.
        present: the plan in force.
        cells: number of cells wanted; where it had more, those are given up that move the least workload.
        tolerance: largest |deviation| wanted.
    """
    if not len(present.cells):
        return None
    old = cells_of_blocks(polygons, block_of_point, workload, present)
    codes, fixed = (
        np.array(present.codes, dtype=object),
        [present.codes.index(c) for c in dict.fromkeys(present.locked)],
    )
    closed: tuple[int, ...] = ()
    _check_locks(old, fixed, present, cells)
    gone = [c for c in range(len(codes)) if not (old == c).any()]  # cells outside of today's outline
    if len(codes) - len(gone) > cells:
        inside = old[block_of_point[block_of_point >= 0]]
        known = inside >= 0
        work = total(inside[known], workload[block_of_point >= 0][known], len(codes))
        closed = closed_cells(
            work, _neighbours(graph, old, len(codes)), len(codes) - len(gone) - cells, tolerance, [*fixed, *gone]
        )
    stay = np.setdiff1d(np.arange(len(codes)), [*closed, *gone])
    number = np.full(len(codes) + 1, -1, np.int32)
    number[stay] = np.arange(len(stay), dtype=np.int32)
    number[list(closed)] = cells + np.arange(len(closed), dtype=np.int32)  # so that they count as moved
    return Kept(
        labels=number[old],
        codes=tuple(codes[stay]),
        fixed=tuple(int(number[c]) for c in fixed if number[c] >= 0),
        closed=tuple(codes[list(closed)]),
    )


def _check_locks(old: Int32Array, fixed: list[int], present: PresentPlan, cells: int) -> None:
    """Raise Infeasible where the locked cells leave no room for the number of cells wanted."""
    locked = [c for c in fixed if (old == c).any()]
    rest = int((~np.isin(old, locked)).sum()) if locked else len(old)
    room = len(locked) < cells <= len(locked) + rest or (len(locked) == cells and rest == 0)
    if room or not locked:  # without locks it is said where blocks are joined
        return
    codes = ", ".join(present.codes[c] for c in locked[:20]) + (", ..." if len(locked) > 20 else "")
    raise Infeasible(
        f"{cells} cells cannot be drawn while {len(locked)} cells are locked ({codes}): "
        + (
            f"only {rest} blocks lie outside of these: ask for at most {len(locked) + rest} cells"
            if cells > len(locked)
            else f"ask for at least {len(locked) + min(rest, 1)}{', one for what lies outside of these' if rest else ''}"
        )
        + ", or unlock some"
    )


def cells_of_blocks(
    polygons: GeometryArray, block_of_point: Int32Array, workload: FloatArray, present: PresentPlan
) -> Int32Array:
    """(blocks,) index of the old cell of each block, -1 = in none; see :func:`kept_plan`."""
    n, k = len(polygons), len(present.codes)
    locate = CellLocator(present.cells).locate
    inner = shapely.point_on_surface(polygons)
    old = locate(shapely.get_x(inner), shapely.get_y(inner)).astype(np.int32)
    x, y, block = _places(polygons)
    seen = locate(x, y)
    share = _most(np.concatenate([block, np.arange(n)]), np.concatenate([seen, old]), None, n, k)
    several = np.zeros(n, bool)
    several[block[seen != old[block]]] = True
    locked = np.isin(old, [present.codes.index(code) for code in present.locked])
    several &= ~locked  # their outlines are lines: no block lies in them by half
    index = {code: i for i, code in enumerate(present.codes)}
    was = np.array([index.get(str(code), -1) for code in present.code_of_point], np.int64)
    by_work = _most(block_of_point, was, workload, n, k)
    return np.where(several, np.where(by_work >= 0, by_work, share), old).astype(np.int32)


def old_codes(points: FloatArray, cells: GeometryArray, codes: tuple[str, ...]) -> NDArray[np.object_]:
    """(n,) code of the old cell that each point lies in by the border rule, "" = in none."""
    order = np.argsort(np.array(codes, dtype=str), kind="stable")
    found = CellLocator(cells[order]).locate(points[:, 0], points[:, 1])
    return np.append(np.array(codes, dtype=object)[order], "")[found]


def _places(polygons: GeometryArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Places inside the blocks on a grid in the box of each: x, y, block."""
    low_x, low_y, high_x, high_y = shapely.bounds(polygons).T
    step = (np.arange(SIDE) + 0.5) / SIDE
    u, v = (a.ravel() for a in np.meshgrid(step, step))
    x = (low_x[:, None] + u * (high_x - low_x)[:, None]).ravel()
    y = (low_y[:, None] + v * (high_y - low_y)[:, None]).ravel()
    block = np.repeat(np.arange(len(polygons)), SIDE * SIDE)
    shapely.prepare(polygons)
    inside = shapely.contains_xy(polygons[block], x, y)
    return x[inside], y[inside], block[inside]


def _most(block: NDArray[np.integer], cell: IntArray, weight: FloatArray | None, n: int, k: int) -> Int32Array:
    """(n,) the cell that holds most weight of each block, the lowest of equals; -1 = no weight."""
    known = (block >= 0) & (cell >= 0)
    key, row = np.unique(block[known].astype(np.int64) * k + cell[known], return_inverse=True)
    held = total(row, np.ones(len(row)) if weight is None else weight[known], len(key))
    order = np.lexsort((-(key % k), held, key // k))
    best = np.full(n, -1, np.int32)
    positive = order[held[order] > 0]
    best[key[positive] // k] = key[positive] % k  # the last of each block is written last
    return best


def _neighbours(graph: BlockGraph, cell: Int32Array, cells: int) -> IntArray:
    """(m, 2) ordered pairs of cells with a common border."""
    a, b = cell[graph.pairs[:, 0]].astype(np.int64), cell[graph.pairs[:, 1]].astype(np.int64)
    apart = (a != b) & (a >= 0) & (b >= 0) & (graph.border_length_m > 0)
    key = np.unique(np.concatenate([a[apart] * cells + b[apart], b[apart] * cells + a[apart]]))
    return np.stack([key // cells, key % cells], axis=1)
