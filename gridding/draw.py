"""Blocks and entities -> cells with codes, in which every entity counts where the border rule puts it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridding.base_units import KEEP
from gridding.blocks import dissolve
from gridding.border_points import blocks_in_cells
from gridding.border_repair import repair_borders
from gridding.guides import Guides
from gridding.keep import Kept
from gridding.locate import CellLocator
from gridding.tally import deviation_from_ideal, tally
from gridding.types import (
    BlockGraph,
    Blocks,
    BuildParams,
    FloatArray,
    GeometryArray,
    Int32Array,
    PartitionResult,
)

ROUNDS = 12
"""So often the cells are drawn again because entities on their borders count elsewhere than was reckoned."""

Codes = Callable[[GeometryArray, Int32Array], tuple[str, ...]]
"""(cells,) polygons and (n,) cell of each point -> code of each cell."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Cells in the order of their codes; see :class:`gridding.build.BuildResult` for what is not said here.

    Attributes:
        code_of_label: code of each label of ``partition``.
        block_of_point: (n,) block of each point, always one in the point's cell; -1 outside.
        exclusive: (k,) bool, declared to be cells of their own.
        locked: (k,) bool, cells that had to stay as they were.
    """

    partition: PartitionResult
    code_of_label: tuple[str, ...]
    cells: GeometryArray
    codes: tuple[str, ...]
    labels: Int32Array
    exclusive: NDArray[np.bool_]
    block_of_point: Int32Array
    cell_of_point: Int32Array
    block_workload: FloatArray
    workload: FloatArray
    deviation: FloatArray
    locked: NDArray[np.bool_]

    @property
    def worst(self) -> float:
        """Largest |deviation| of the cells that are not locked."""
        return float(np.abs(self.deviation[~self.locked]).max(initial=0.0))


def draw_cells(
    blocks: Blocks,
    graph: BlockGraph,
    points: FloatArray,
    workload: FloatArray,
    block_of_point: Int32Array,
    params: BuildParams,
    *,
    exclusive: Int32Array | None,
    centres: FloatArray,
    codes: Codes,
    guides: Guides | None = None,
    kept: Kept | None = None,
) -> Drawn:
    """Divide the blocks into cells and give them codes.

    Which cell an entity on a border counts in is decided by the codes, which are known only once the cells are drawn.
    Where that spoils the balance, the cells are drawn again from there, and the best is kept.

    Args:
        blocks, graph: the blocks and their adjacency.
        points: (n, 2) longitude and latitude, NaN = unlocated.
        workload: (n,) hours a year.
        block_of_point: (n,) a block that covers each point, -1 outside.
        params: cells, tolerance, seed, time limit.
        exclusive: (blocks,) exclusive area of each block, -1 = none.
        centres: (blocks, 2) metres.
        codes: gives codes to cells.
        guides: barriers and base units.
        kept: the plan in force, from which as little as possible is changed.
    """
    guides = guides or Guides()
    locked = {kept.codes[label] for label in kept.fixed} if kept is not None else set()

    def once(block_of_point: Int32Array, labels: Int32Array | None, fixed: Sequence[int] = ()) -> Drawn:
        partition = guides.divide(
            graph,
            tally(block_of_point, workload, blocks.topology.blocks),
            params,
            tolerance=params.tolerance,
            rng_seed=params.rng_seed,
            time_limit_s=params.time_limit_s,
            starts=params.starts if labels is None else 1,
            labels=labels,
            fixed_cells=fixed or None,
            exclusive=exclusive,
            centres=centres,
        )
        return _with_codes(blocks, points, workload, block_of_point, partition, codes, locked)

    best = drawn = once(block_of_point, None) if kept is None else once(block_of_point, kept.labels, kept.fixed)
    least = best.partition.moved_bound
    for r in range(ROUNDS):
        settled = bool((drawn.block_of_point == block_of_point).all())
        if best.worst <= params.tolerance or settled or params.time_limit_s is not None:
            break
        block_of_point = drawn.block_of_point
        if params.base_units_rule == KEEP and guides.units is not None:
            drawn = once(block_of_point, drawn.labels, np.flatnonzero(drawn.locked).tolist())
        else:
            partition = _repaired(guides.open_borders(graph, params), graph, blocks, points, workload, drawn, params, r)
            drawn = _with_codes(blocks, points, workload, block_of_point, partition, codes, locked)
        if drawn.worst < best.worst:
            best = drawn
    if kept is None:
        return best
    moved = kept.moved(best.codes, best.labels, best.block_workload)
    return replace(best, partition=replace(best.partition, moved_workload=moved, moved_bound=least))


def _repaired(
    within: BlockGraph,
    graph: BlockGraph,
    blocks: Blocks,
    points: FloatArray,
    workload: FloatArray,
    drawn: Drawn,
    params: BuildParams,
    r: int,
) -> PartitionResult:
    """The partition after exchanges that bring what cells really hold into the tolerance; ``within``: borders open to it."""
    was = drawn.partition
    rank = {code: i for i, code in enumerate(drawn.codes)}
    rank_of_label = np.array([rank[code] for code in drawn.code_of_label])
    held = drawn.locked | was.exclusive[np.argsort(rank_of_label)]
    found = repair_borders(
        within, blocks.polygons, points, workload, drawn.block_of_point, drawn.labels, held,
        max(params.tolerance, was.lower_bound), params.rng_seed + r,
    )  # fmt: skip
    labels = np.argsort(rank_of_label)[found].astype(np.int32)
    cut = labels[graph.pairs[:, 0]] != labels[graph.pairs[:, 1]]
    return replace(
        was,
        labels=labels,
        border_cost=math.fsum(graph.border_cost[cut]),
        border_length_m=math.fsum(graph.border_length_m[cut]),
        cost_proved=False,
        cost_bound=0.0,
    )


def _with_codes(
    blocks: Blocks,
    points: FloatArray,
    workload: FloatArray,
    block_of_point: Int32Array,
    partition: PartitionResult,
    codes: Codes,
    locked: Collection[str],
) -> Drawn:
    cells = dissolve(blocks.topology, partition.labels, partition.cells)
    code_of_label = codes(cells, np.append(partition.labels, np.int32(-1))[block_of_point])
    order = np.argsort(np.array(code_of_label))  # the lowest code wins, so cells stand in the order of codes
    cells = cells[order]
    # a giant block that nobody declared exclusive is held to the balance like any other: its cell misses it, and says so
    exclusive = (partition.exclusive & ~partition.giant)[order]
    labels = np.argsort(order)[partition.labels].astype(np.int32)
    cell_of_point = CellLocator(cells).locate(points[:, 0], points[:, 1])
    block_of_point = blocks_in_cells(blocks.polygons, labels, points, block_of_point, cell_of_point)
    of_cell = tally(cell_of_point, workload, len(cells))
    held = np.array([code_of_label[i] in locked for i in order], bool)
    return Drawn(
        partition=partition,
        code_of_label=code_of_label,
        cells=cells,
        codes=tuple(code_of_label[i] for i in order),
        labels=labels,
        exclusive=exclusive,
        block_of_point=block_of_point,
        cell_of_point=cell_of_point,
        block_workload=tally(block_of_point, workload, blocks.topology.blocks),
        workload=of_cell,
        deviation=deviation_from_ideal(of_cell, exclusive, held),
        locked=held,
    )
