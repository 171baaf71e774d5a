"""Boxes around edges, and boxes around these: a tree to find the edges near a point.

Edges follow their chains, so eight that stand one after another lie together. A box of the lowest level holds eight
edges, one of the next level eight boxes, and so on up to one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from gridding.border_chains import Chains
from gridding.types import IntArray

FAN = 8


class EdgeBoxes(NamedTuple):
    """The tree.

    Attributes:
        box: (n, 4) float32 x from, y from, x to, y to, counted from the corner of the edge grid and rounded outwards;
            from > to where it holds no edge.
        offset: (levels + 1,) int64 where each level begins in ``box``, the lowest first.
    """

    box: np.ndarray
    offset: IntArray


def build_edge_boxes(chains: Chains, x0: float, y0: float) -> EdgeBoxes:
    """The tree over the edges; x0, y0 are the place that it counts from."""
    sizes = [max(1, -(-len(chains.owners) // FAN))]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // FAN))
    offset = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offset[1:])
    box = np.empty((int(offset[-1]), 4), np.float32)
    box[:, :2], box[:, 2:] = np.inf, -np.inf
    _fill(chains.vertices, chains.owners, x0, y0, box, offset)
    return EdgeBoxes(box, offset)


@njit(cache=True, nogil=True, error_model="numpy")
def _fill(vertices: np.ndarray, owners: np.ndarray, x0: float, y0: float, box: np.ndarray, offset: np.ndarray) -> None:
    for b in range(offset[1]):
        for e in range(b * FAN, min((b + 1) * FAN, owners.shape[0])):
            if owners[e, 0] < 0 and owners[e, 1] < 0:
                continue
            for v in (e, e + 1):
                x, y = vertices[v, 0] - x0, vertices[v, 1] - y0
                box[b, 0], box[b, 1] = min(box[b, 0], _down(x)), min(box[b, 1], _down(y))
                box[b, 2], box[b, 3] = max(box[b, 2], -_down(-x)), max(box[b, 3], -_down(-y))
    for level in range(1, offset.size - 1):
        below = offset[level] - offset[level - 1]
        for b in range(offset[level + 1] - offset[level]):
            at = offset[level] + b
            for c in range(offset[level - 1] + b * FAN, offset[level - 1] + min((b + 1) * FAN, below)):
                box[at, 0], box[at, 1] = min(box[at, 0], box[c, 0]), min(box[at, 1], box[c, 1])
                box[at, 2], box[at, 3] = max(box[at, 2], box[c, 2]), max(box[at, 3], box[c, 3])


@njit(cache=True, nogil=True, error_model="numpy")
def _down(value: float) -> Any:
    """A float32 that is not above a value, and not far below."""
    return np.float32(value - abs(value) * 2.4e-7 - 1e-37)


@njit(cache=True, nogil=True, error_model="numpy")
def box_distance(box: np.ndarray, b: int, x: float, y: float, kx: float, ky: float) -> float:
    """Squared distance from a place, counted from the corner, to a box, a little too small rather than too large."""
    dx = max(box[b, 0] - x, x - box[b, 2], 0.0) * kx
    dy = max(box[b, 1] - y, y - box[b, 3], 0.0) * ky
    return float((dx * dx + dy * dy) * (1.0 - 1e-9))
