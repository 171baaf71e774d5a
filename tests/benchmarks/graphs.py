"""Block graphs that every contender divides: of a territory, of a piece of one, of published units with people in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from gridding import CellLocator, block_graph, make_blocks
from gridding.types import FloatArray, GeometryArray, Int32Array
from tests.benchmarks.city import city
from tests.benchmarks.inputs import Territory


@dataclass(frozen=True, eq=False)
class Graph:
    """A block graph as :func:`gridding.partition_graph` takes it, and what some peers need besides.

    Attributes:
        pairs, border_length_m, border_cost, workload: see :class:`gridding.BlockGraph`.
        centres: (blocks, 2) metres.
        polygons: (blocks,) in metres or degrees; only what wants geometry looks at them.
    """

    name: str
    pairs: Int32Array
    border_length_m: FloatArray
    border_cost: FloatArray
    workload: FloatArray
    centres: FloatArray
    polygons: GeometryArray

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.workload)


@dataclass(frozen=True, eq=False)
class Csr:
    """The graph as METIS and KaHIP take it: neighbours in one array, whole weights."""

    start: np.ndarray
    neighbour: np.ndarray
    border: np.ndarray
    workload: np.ndarray


def of_territory(territory: Territory) -> Graph:
    """Blocks of a territory with the workload that lies in them."""
    t = territory
    blocks = make_blocks(t.outline, t.lines, t.to_metres, points=t.points[np.isfinite(t.points).all(axis=1)])
    graph = block_graph(blocks.topology)
    block = CellLocator(blocks.polygons).locate(t.points[:, 0], t.points[:, 1])
    inside = block >= 0
    workload = np.bincount(block[inside], t.workload[inside], minlength=blocks.topology.blocks)
    centroid = shapely.centroid(blocks.polygons)
    centres = np.column_stack(t.to_metres(shapely.get_x(centroid), shapely.get_y(centroid)))
    return Graph(t.name, graph.pairs, graph.border_length_m, graph.border_cost, workload, centres, blocks.polygons)


@lru_cache(maxsize=6)
def of_city(blocks: int, seed: int) -> Graph:
    """Blocks of a generated city."""
    return of_territory(city(blocks, seed).territory)


def capped(graph: Graph, cells: int) -> Graph:
    """The same graph for contenders that know nothing of giants: no block has more work than the target of a cell.

    A block above the target is a cell of its own, and the target is the mean of the others; with giants cut to the target the
    mean of all cells is the same target, so that everybody is judged alike.
    """
    work, target = graph.workload, float(graph.workload.sum()) / cells
    while True:
        cut = np.minimum(work, target)
        lower = float(cut.sum()) / cells
        if target - lower <= 1e-12 * target:
            return replace(graph, workload=cut)
        target = lower


def csr(graph: Graph) -> Csr:
    """Neighbours of each block; borders and workloads as whole numbers whose sums fit into 32 bits."""
    ends = np.concatenate([graph.pairs, graph.pairs[:, ::-1]])
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    start = np.searchsorted(ends[order, 0], np.arange(graph.blocks + 1))
    cost = np.tile(graph.border_cost, 2)[order]
    border = np.maximum(1, np.round(cost * min(1.0, 2**29 / max(cost.sum(), 1.0))))
    work = graph.workload
    scale = 1.0 if (work == np.round(work)).all() else 100.0
    scale = min(scale, 2**30 / max(float(work.sum()), 1.0))
    return Csr(start, ends[order, 1], border.astype(np.int64), np.round(work * scale).astype(np.int64))


def piece(graph: Graph, blocks: int, seed: int, largest: float = 0.25) -> Graph:
    """A connected piece of so many blocks, most of them with work, none with more than the share ``largest`` of it all."""
    rng = np.random.default_rng([blocks, seed])
    a, b = graph.pairs.T
    net = coo_array((np.ones(2 * len(a)), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(graph.blocks,) * 2)
    net = net.tocsr()
    while True:
        near = breadth_first_order(net, int(rng.integers(graph.blocks)), return_predecessors=False)[:blocks]
        work = graph.workload[near]
        if len(near) == blocks and (work > 0).mean() > 0.75 and work.max() < work.sum() * largest:
            break
    number = np.full(graph.blocks, -1)
    number[near] = np.arange(blocks)
    inner = (number[a] >= 0) & (number[b] >= 0)
    return Graph(
        f"{blocks} blocks, piece {seed}",
        np.sort(number[graph.pairs[inner]], axis=1).astype(np.int32),
        graph.border_length_m[inner],
        graph.border_cost[inner],
        work,
        graph.centres[near],
        graph.polygons[near],
    )
