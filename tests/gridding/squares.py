"""A row of unit squares as a planar map, for tests of metrics and rules."""

from __future__ import annotations

import numpy as np

from gridding.types import BlockGraph, LineKind, Topology


def row_of_squares(blocks: int, side_m: float = 100.0) -> Topology:
    """``blocks`` squares side by side; odd borders between them are main streets, even ones local."""
    top = [(i, i + 1, -1, i, LineKind.OUTLINE) for i in range(blocks)]  # west to east: the block is to the right
    n = blocks + 1
    bottom = [(n + i, n + i + 1, i, -1, LineKind.OUTLINE) for i in range(blocks)]
    sides = []
    for i in range(n):  # south to north: the west is to the left
        left, right = (i - 1 if i > 0 else -1), (i if i < blocks else -1)
        outer = left < 0 or right < 0
        kind = LineKind.OUTLINE if outer else LineKind.MAIN if left % 2 else LineKind.LOCAL
        sides.append((n + i, i, left, right, kind))
    edges = np.array([*top, *bottom, *sides])
    return Topology(
        node_x=np.tile(np.arange(n), 2).astype(np.int64),
        node_y=np.repeat([1, 0], n).astype(np.int64),
        edge_start=edges[:, 0].astype(np.int32),
        edge_end=edges[:, 1].astype(np.int32),
        edge_left=edges[:, 2].astype(np.int32),
        edge_right=edges[:, 3].astype(np.int32),
        edge_kind=edges[:, 4].astype(np.int8),
        edge_length_m=np.full(len(edges), side_m),
        block_area_m2=np.full(blocks, side_m**2),
        block_part=np.zeros(blocks, np.int32),
    )


def row_graph(blocks: int, side_m: float = 100.0) -> BlockGraph:
    """Adjacency of :func:`row_of_squares`."""
    left = np.arange(blocks - 1, dtype=np.int32)
    kind = np.where(left % 2, int(LineKind.MAIN), int(LineKind.LOCAL)).astype(np.int8)
    length = np.full(blocks - 1, side_m)
    return BlockGraph(np.column_stack([left, left + 1]), length, length * np.where(left % 2, 0.3, 1.0), kind)
