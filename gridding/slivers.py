"""Slivers: faces too small or too thin to be a block, merged into a neighbour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridding.arrays import components, sums
from gridding.types import DEFAULT_COST_FACTOR, FloatArray, IntArray, LineKind

THIN_M = 2.0
"""A face whose mean width, 2 x area / perimeter, is below this many metres is a sliver whatever its area."""

_BARRIER = (LineKind.RAILWAY, LineKind.RIVER, LineKind.BARRIER)


def _weights(*, weakest_first: bool) -> FloatArray:
    """Weight of a metre of border by line kind, by which a sliver chooses its neighbour."""
    weight = np.zeros(max(LineKind) + 1)
    for kind in LineKind:
        if kind is LineKind.OUTLINE:
            continue
        if weakest_first:
            weight[kind] = 1000.0 ** (LineKind.OUTLINE - kind)
        else:
            # Across a river or a railway only where there is no other neighbour.
            weight[kind] = DEFAULT_COST_FACTOR[kind] * (1e-6 if kind in _BARRIER else 1.0)
    return weight


def find_slivers(area_m2: FloatArray, perimeter_m: FloatArray, sliver_m2: float) -> NDArray[np.bool_]:
    """Which faces are slivers: area below ``sliver_m2``, or mean width below :data:`THIN_M`. None if sliver_m2 <= 0."""
    if sliver_m2 <= 0:
        return np.zeros(len(area_m2), dtype=bool)
    return (area_m2 < sliver_m2) | (2 * area_m2 < THIN_M * perimeter_m)


def perimeters(left: IntArray, right: IntArray, length_m: FloatArray, faces: int) -> FloatArray:
    """(faces,) metres of border of each face; edges inside a face do not count."""
    apart = left != right
    total = np.zeros(faces)
    for side in (left, right):
        mine = apart & (side >= 0)
        total += sums(side[mine], length_m[mine], faces)
    return total


def merge_slivers(
    left: IntArray,
    right: IntArray,
    kind: NDArray[np.int8],
    length_m: FloatArray,
    area_m2: FloatArray,
    sliver_m2: float,
    occupied: NDArray[np.bool_],
) -> IntArray:
    """Blocks made of faces: slivers join a neighbour, nothing else changes.

    An empty sliver joins the neighbour with the greatest sum of border length x cost factor, so the border that planners
    like least goes. One that holds an entity joins across its weakest line: whoever serves it need not cross a main road.
    Two faces that are no slivers never become one block. Repeated until no sliver is left that has a neighbour.

    Args:
        left, right: (edges,) face on either side, -1 = outside.
        kind: (edges,) line kind; 0 = no line at all: its two faces are one.
        length_m: (edges,) metres.
        area_m2: (faces,) m2.
        sliver_m2: see :func:`find_slivers`.
        occupied: (faces,) whether an entity lies in the face.

    Returns:
        (faces,) block of each face, numbered in the order of the blocks' lowest faces.
    """
    faces = len(area_m2)
    fold = (kind == 0) & (left >= 0) & (right >= 0)
    block = components(left[fold], right[fold], faces) if fold.any() else np.arange(faces)
    plain, careful = _weights(weakest_first=False)[kind], _weights(weakest_first=True)[kind]
    outside = np.array([-1])
    while True:
        label = np.concatenate([block, outside])
        a, b = label[left], label[right]
        count = int(block.max()) + 1
        area = sums(block, area_m2, count)
        busy = sums(block, occupied, count) > 0
        sliver = find_slivers(area, perimeters(a, b, length_m, count), sliver_m2)
        source, target = np.concatenate([a, b]), np.concatenate([b, a])
        usable = np.flatnonzero((source >= 0) & (target >= 0) & (source != target) & sliver[source])
        if len(usable) == 0:
            return block
        edge = usable % len(a)
        source, target = source[usable], target[usable]
        weight = np.where(busy[source], careful[edge], plain[edge]) * length_m[edge]
        pair, row = np.unique(source * count + target, return_inverse=True)
        score = sums(row, weight, len(pair))
        source, target = pair // count, pair % count
        order = np.lexsort((-target, score, source))
        best = np.ones(len(order), dtype=bool)
        best[:-1] = source[order][1:] != source[order][:-1]
        chosen = order[best]
        block = components(source[chosen], target[chosen], count)[block]
