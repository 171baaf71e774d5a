"""One judge for everybody: what a partition is worth is computed from the block graph alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import coo_array, vstack
from scipy.sparse.csgraph import connected_components

from gridding.types import FloatArray, Int32Array
from tests.benchmarks.graphs import Graph


@dataclass(frozen=True)
class Quality:
    """How good the cells are.

    Attributes:
        deviation: largest |workload / mean - 1| over the cells asked for, empty ones included.
        cost_km: length x factor of the line, over all borders between cells.
        whole: cells that are one piece (through borders of positive length, within a part of the territory) and not empty.
        empty: cells without a block.
    """

    deviation: float
    cost_km: float
    whole: int
    empty: int


def judge(graph: Graph, labels: Int32Array, cells: int) -> Quality:
    """Quality of labels 0 .. cells - 1; a label beyond them counts as a piece too many."""
    labels = np.asarray(labels)
    count = max(cells, int(labels.max()) + 1)
    work = np.bincount(labels, graph.workload, minlength=count)
    cut = labels[graph.pairs[:, 0]] != labels[graph.pairs[:, 1]]
    firm = graph.border_length_m > 0
    pieces = _pieces(graph, graph.pairs[firm & ~cut])
    part = _pieces(graph, graph.pairs[firm])
    place = np.unique(np.column_stack([labels, part, pieces]), axis=0)
    torn = np.unique(place[:-1][(place[1:, :2] == place[:-1, :2]).all(axis=1), 0])
    used = np.unique(labels)
    return Quality(
        deviation=float(np.abs(work / (graph.workload.sum() / cells) - 1).max()),
        cost_km=float(graph.border_cost[cut].sum()) / 1000,
        whole=len(used) - len(torn),
        empty=cells - len(used[used < cells]),
    )


def _pieces(graph: Graph, pairs: Int32Array) -> np.ndarray:
    net = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(graph.blocks,) * 2)
    return np.asarray(connected_components(net, directed=False)[1])


def moved(workload: FloatArray, before: Int32Array, after: Int32Array) -> float:
    """Share of the workload that changes its cell."""
    return float(workload[before != after].sum() / workload.sum())


def matched(workload: FloatArray, before: Int32Array, after: Int32Array, cells: int) -> Int32Array:
    """New labels renamed so that as much workload as possible keeps its label: the best a plan from scratch can hope for."""
    kept = np.bincount(after.astype(np.int64) * cells + before, workload, minlength=cells * cells).reshape(cells, cells)
    new, old = linear_sum_assignment(-kept)
    name = np.zeros(cells, np.int32)
    name[new] = old
    return np.asarray(name[after])


def flow_bound(graph: Graph, labels: Int32Array, cells: int, tolerance: float) -> float:
    """Least share of the workload that must cross borders of the plan until every cell is within the tolerance.

    A linear programme: flows between neighbouring cells, each cell ends within mean x (1 +- tolerance). Blocks are whole
    and cells connected, so that no plan can do better and most cannot reach it.
    """
    a, b = labels[graph.pairs].T
    cut = (a != b) & (graph.border_length_m > 0)
    ways = np.unique(np.concatenate([np.column_stack([a, b])[cut], np.column_stack([b, a])[cut]]), axis=0)
    flow = np.arange(len(ways))
    sign = np.concatenate([np.ones(len(ways)), -np.ones(len(ways))])
    gain = coo_array((sign, (np.concatenate([ways[:, 1], ways[:, 0]]), np.tile(flow, 2))), shape=(cells, len(ways)))
    work = np.bincount(labels, graph.workload, minlength=cells)
    mean = work.sum() / cells
    least = linprog(
        np.ones(len(ways)),
        A_ub=vstack([gain, -gain]).tocsr(),
        b_ub=np.concatenate([mean * (1 + tolerance) - work, work - mean * (1 - tolerance)]),
    )
    return float(least.fun / work.sum()) if least.success else float("nan")
