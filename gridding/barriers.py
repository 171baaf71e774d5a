"""Barriers: lines that no cell crosses unless it must. Which borders of blocks lie on one, and where streets cross it.

A border counts as barred where all but an opening of a few metres of it lies on a barrier. A bridge is a node at which
streets leave a barrier on both of its sides: bars there may be declared passable.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.arrays import sums
from gridding.types import BlockGraph, IntArray, LineKind, Topology

OPENING_M = 5.0
"""A border between two blocks that is no barrier for so many metres is open."""

STRIP = 0.02
"""A region between barriers with no more work than this share of a cell is a strip: it belongs to a neighbour."""

OPEN, BARRED, BRIDGED = 0, 1, 2
"""What a border between two blocks is: open, on a barrier, on a barrier at a place where a street crosses it."""

STREETS = (LineKind.SERVICE, LineKind.LOCAL, LineKind.SECONDARY, LineKind.MAIN, LineKind.EXPRESSWAY)


@dataclass(frozen=True, slots=True)
class Barriers:
    """The barriers of a block graph.

    Attributes:
        edge: (edges,) bool, edges of the topology that lie on a barrier.
        state: (m,) int8, :data:`OPEN`, :data:`BARRED` or :data:`BRIDGED`, per row of ``BlockGraph.pairs``.
    """

    edge: NDArray[np.bool_]
    state: NDArray[np.int8]

    def closed(self, bridges_count: bool) -> NDArray[np.int8]:
        """(m,) int8 state as the partition takes it: with bridges that count, a border at a bridge is open."""
        return np.where(self.state == BRIDGED, OPEN, self.state).astype(np.int8) if bridges_count else self.state


def find_barriers(topology: Topology, graph: BlockGraph, kinds: Collection[LineKind] = ()) -> Barriers | None:
    """The borders that lie on barriers, None where there is none.

    Args:
        topology: the planar map of the blocks.
        graph: its adjacency, see :func:`gridding.adjacency.block_graph`.
        kinds: kinds of line that are barriers; lines of kind BARRIER always are.
    """
    left, right = topology.edge_left.astype(np.int64), topology.edge_right.astype(np.int64)
    inner = (left >= 0) & (right >= 0) & (left != right)
    edge = inner & np.isin(topology.edge_kind, [int(k) for k in {*kinds, LineKind.BARRIER}])
    if not edge.any():
        return None
    blocks = max(topology.blocks, 1)
    key = graph.pairs[:, 0].astype(np.int64) * blocks + graph.pairs[:, 1]
    row = np.full(len(left), -1, np.int64)
    row[inner] = np.searchsorted(key, np.minimum(left, right)[inner] * blocks + np.maximum(left, right)[inner])
    on_barrier = sums(row[edge], topology.edge_length_m[edge], len(key))
    state = np.full(len(key), OPEN, np.int8)
    barred = (on_barrier > 0) & (graph.border_length_m - on_barrier < OPENING_M)
    state[barred] = BARRED
    crossed = row[_bridges(topology, edge)]
    state[crossed[barred[crossed]]] = BRIDGED
    return Barriers(edge, state)


def _bridges(topology: Topology, barrier: NDArray[np.bool_]) -> IntArray:
    """Edges on barriers at an end of which streets lead away on both sides of the barrier."""
    ends = np.concatenate([topology.edge_start, topology.edge_end]).astype(np.int64)
    other = np.concatenate([topology.edge_end, topology.edge_start]).astype(np.int64)
    edge = np.tile(np.arange(len(barrier)), 2)
    at_barrier = np.zeros(len(topology.node_x), bool)
    at_barrier[ends[barrier[edge]]] = True
    street = np.isin(topology.edge_kind, [int(k) for k in STREETS]) & ~barrier
    spoke = np.flatnonzero(at_barrier[ends] & (barrier | street)[edge])
    node, edge = ends[spoke], edge[spoke]
    angle = np.arctan2(
        (topology.node_y[other[spoke]] - topology.node_y[node]).astype(np.float64),
        (topology.node_x[other[spoke]] - topology.node_x[node]).astype(np.float64),
    )
    order = np.lexsort((edge, angle, node))
    node, edge = node[order], edge[order]
    bar = barrier[edge]
    # sectors around a node lie between its barriers; the one before the first barrier is the one after the last
    first = np.flatnonzero(np.concatenate([[True], node[1:] != node[:-1]]))
    size = np.diff(np.append(first, len(node)))
    count = np.add.reduceat(bar.astype(np.int64), first)
    passed: IntArray = np.cumsum(bar) - bar
    within: IntArray = passed - np.repeat(passed[first], size) + bar  # barriers up to and with this spoke
    base = np.repeat(np.cumsum(count) - count, size)
    sector = base + within % np.repeat(np.maximum(count, 1), size)  # the sector that begins at, or holds, the spoke
    paved = np.zeros(int(count.sum()) + 1, bool)
    paved[sector[~bar]] = True
    before = base + (within - 1) % np.repeat(np.maximum(count, 1), size)
    found = bar & (np.repeat(count, size) > 1) & paved[sector] & paved[before]
    return np.unique(edge[found])
