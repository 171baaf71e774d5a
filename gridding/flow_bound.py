"""The least workload that must change cell: a flow between neighbouring cells that brings every cell into its band.

With ``f(a, b) >= 0`` the workload that goes from cell ``a`` to its neighbour ``b``, ``W(c)`` the workload of the present
cells and ``[low(c), high(c)]`` their bands, the linear program is

    minimise    sum of f(a, b)
    subject to  low(c) <= W(c) + pool(c) + sum of f(a, c) - sum of f(c, b) <= high(c)   for every cell c
                sum of pool(c) = workload that is in no cell yet

A cell keeps at least the workload of its locked blocks, whatever its band; workload in no cell yet goes anywhere and is
not counted. Blocks are taken as divisible. A block that goes to a cell that was not its cell's neighbour counts as one move, where the flow
needs two: such moves are rare, so the flow is the bound that plans are measured by, while :attr:`Flow.proved` holds for
every plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from gridding.csr import Graph, total
from gridding.task import Task
from gridding.types import FloatArray, Int32Array, IntArray

MISSED = 1e3
"""Price of a unit of workload left outside a band: far above any way through neighbours."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Workload that goes from cell to cell, in the unit of the workloads given.

    Attributes:
        giver, taker: (m,) cells; only rows with workload.
        amount: (m,) workload.
        moved: their sum: the flow lower bound.
        proved: workload above or below the bands, whichever is more: no plan at all moves less.
        missed: workload outside the bands that no flow can bring in (locks, parts of the territory).
    """

    giver: IntArray
    taker: IntArray
    amount: FloatArray
    moved: float
    proved: float
    missed: float


def least_flow(
    work: FloatArray,
    low: FloatArray,
    high: FloatArray,
    neighbours: IntArray,
    *,
    locked: FloatArray | None = None,
    pool: float = 0.0,
) -> Flow:
    """Solve the linear program of this module's docstring.

    Args:
        work: (cells,) workload of the present cells.
        low, high: (cells,) bands.
        neighbours: (m, 2) ordered pairs: workload may go from the first to the second.
        locked: (cells,) workload that cannot leave each cell; default: none.
        pool: workload in no cell yet.
    """
    from scipy.optimize import linprog  # slow to load, and only a redraw needs it

    cells, m = len(work), len(neighbours)
    if locked is not None:
        low, high = np.maximum(low, locked), np.maximum(high, locked)
    excess = np.maximum(work - high, 0.0).sum(), np.maximum(low - work, 0.0).sum() - pool
    proved = float(max(*excess, 0.0))
    if excess[0] <= 0 and excess[1] <= 0 and pool <= 0:
        return Flow(*(np.empty(0, np.int64),) * 2, np.empty(0), 0.0, 0.0, 0.0)
    giver, taker = neighbours[:, 0], neighbours[:, 1]
    flow, eye = np.arange(m), np.arange(cells)
    # columns: flows, pool to each cell, shortage and surplus of each cell
    change = sp.coo_array(
        (
            np.concatenate([np.ones(m), -np.ones(m), np.ones(cells), np.ones(cells), -np.ones(cells)]),
            (
                np.concatenate([taker, giver, eye, eye, eye]),
                np.concatenate([flow, flow, m + eye, m + cells + eye, m + 2 * cells + eye]),
            ),
        ),
        shape=(cells, m + 3 * cells),
    ).tocsr()
    price = np.concatenate([np.ones(m), np.zeros(cells), np.full(2 * cells, MISSED)])
    found = linprog(
        price,
        A_ub=sp.vstack([change, -change]),
        b_ub=np.concatenate([high - work, work - low]),
        A_eq=sp.coo_array((np.ones(cells), (np.zeros(cells, int), m + eye)), shape=(1, m + 3 * cells)).tocsr(),
        b_eq=[pool],
        method="highs",
    )
    if found.x is None:
        return Flow(*(np.empty(0, np.int64),) * 2, np.empty(0), proved, proved, 0.0)
    amount = np.asarray(found.x[:m], np.float64)
    used = np.flatnonzero(amount > 1e-9)
    return Flow(
        giver[used],
        taker[used],
        amount[used],
        float(amount[used].sum()),
        proved,
        float(np.asarray(found.x[m + cells :]).sum()),
    )


def cell_neighbours(graph: Graph, labels: Int32Array, cells: int) -> IntArray:
    """(m, 2) ordered pairs of cells with a common border, sorted; unlabelled nodes (-1) count for nobody."""
    rows = np.repeat(labels, np.diff(graph.xadj)).astype(np.int64)
    cols = labels[graph.adj].astype(np.int64)
    apart = (rows != cols) & (rows >= 0) & (cols >= 0)
    key = np.unique(rows[apart] * cells + cols[apart])
    return np.stack([key // cells, key % cells], axis=1)


def task_flow(task: Task, hosts: dict[int, IntArray] | None = None) -> Flow:
    """The least flow from the present cells of a task to its bands; what is in no cell yet goes to neighbours, uncounted.

    Args:
        task: its graph knows the home of each node.
        hosts: new cell -> cells that it can be cut out of.
    """
    graph, cells = task.graph, task.cells
    home = np.where(graph.home >= 0, graph.home, cells).astype(np.int32)
    work, locked = total(home, graph.load, cells + 1), total(home, graph.load * (1 - graph.movable), cells + 1)
    locked[cells] = 0.0
    low, high = (np.append(side, 0.0) for side in task.band())
    pairs = cell_neighbours(graph, home, cells + 1)
    for new, old in (hosts or {}).items():
        fresh = np.stack([np.full(len(old), new), old], axis=1)
        pairs = np.concatenate([pairs, fresh, fresh[:, ::-1]])
    flow = least_flow(work, low, high, pairs, locked=locked)
    kept = (flow.giver < cells) & (flow.taker < cells)
    return replace(
        flow,
        giver=flow.giver[kept],
        taker=flow.taker[kept],
        amount=flow.amount[kept],
        moved=max(flow.moved - float(work[cells]), 0.0),
    )


def active_cells(flow: Flow, neighbours: IntArray, cells: int, rings: int = 1) -> NDArray[np.bool_]:
    """(cells,) the cells that a flow passes through, and their neighbours to ``rings`` steps away."""
    active = np.zeros(cells, bool)
    active[flow.giver] = active[flow.taker] = True
    for _ in range(rings):
        active[neighbours[active[neighbours[:, 0]], 1]] = True
    return active
