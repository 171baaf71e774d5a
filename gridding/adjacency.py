"""Rook adjacency of blocks: who shares a border of positive length with whom, and what the border is worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gridding.arrays import components, sums
from gridding.numbering import distinct
from gridding.types import DEFAULT_COST_FACTOR, BlockGraph, Int32Array, IntArray, LineKind, Topology

_KINDS = max(LineKind) + 1


def block_graph(topology: Topology, cost_factor: Mapping[LineKind, float] = DEFAULT_COST_FACTOR) -> BlockGraph:
    """The graph of the blocks of a topology.

    Args:
        topology: from :func:`gridding.blocks.make_blocks`.
        cost_factor: cost of a metre of border by line kind; a kind that is left out has its default.

    Returns:
        pairs of blocks, sorted, with length, cost and prevailing kind of their shared border. Of two kinds with equal length the
        stronger prevails. An edge has a length of at least one grid unit, so blocks that touch in a point are no pair.
    """
    left, right = topology.edge_left.astype(np.int64), topology.edge_right.astype(np.int64)
    shared = np.flatnonzero((left >= 0) & (right >= 0) & (left != right))
    left, right = left[shared], right[shared]
    length, kind = topology.edge_length_m[shared], topology.edge_kind[shared].astype(np.int64)
    blocks = max(topology.blocks, 1)
    key, row = distinct(np.minimum(left, right) * blocks + np.maximum(left, right))
    pairs = np.stack([key // blocks, key % blocks], axis=1).astype(np.int32)
    factor = np.zeros(_KINDS)
    for line_kind in LineKind:
        factor[line_kind] = cost_factor.get(line_kind, DEFAULT_COST_FACTOR[line_kind])
    by_kind = sums(row * _KINDS + kind, length, len(key) * _KINDS).reshape(-1, _KINDS)
    strongest = _KINDS - 1 - by_kind[:, ::-1].argmax(axis=1) if len(key) else np.empty(0)
    return BlockGraph(
        pairs=pairs,
        border_length_m=sums(row, length, len(key)),
        border_cost=sums(row, length * factor[kind], len(key)),
        border_kind=strongest.astype(np.int8),
    )


def connected_parts(left: IntArray, right: IntArray, blocks: int) -> Int32Array:
    """(blocks,) index of the part each block lies in: blocks joined by borders of positive length; -1 = outside."""
    both = (left >= 0) & (right >= 0)
    return components(left[both], right[both], blocks).astype(np.int32)
