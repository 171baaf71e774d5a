"""Entities exactly on a border of blocks: they belong to the block that lies in the cell that the border rule names."""

from __future__ import annotations

import numpy as np

from gridding.locate import CellLocator
from gridding.types import FloatArray, GeometryArray, Int32Array


def blocks_in_cells(
    polygons: GeometryArray,
    labels: Int32Array,
    points: FloatArray,
    block_of_point: Int32Array,
    cell_of_point: Int32Array,
) -> Int32Array:
    """(n,) block of each point such that the block's cell is the point's cell.

    Which block a point on a border belongs to is only decided once cells have codes: the lowest code wins.

    Args:
        polygons: (blocks,) polygons.
        labels: (blocks,) cell of each block, in the order of codes.
        points: (n, 2) longitude and latitude.
        block_of_point: (n,) a block that covers each point, -1 outside.
        cell_of_point: (n,) the first cell that covers each point, -1 outside.
    """
    there = block_of_point >= 0
    astray = np.flatnonzero(there & (labels[block_of_point] != cell_of_point))
    if not len(astray):
        return block_of_point
    rank = np.lexsort((np.arange(len(labels)), labels))
    found = CellLocator(polygons[rank]).locate(points[astray, 0], points[astray, 1])
    settled = block_of_point.copy()
    settled[astray] = np.where(found >= 0, rank[found], block_of_point[astray])
    return settled
