"""Slivers: faces too small or too thin to be a block, merged into a neighbour.

1. A face below ``sliver_m2``, or less than :data:`THIN_M` wide on average, is a sliver.
2. So is an empty strip or junction box between carriageways, whatever its area (:mod:`gridding.carriageways`).
3. An empty sliver joins the neighbour with the greatest sum of border length x cost factor, so that the border that planners
   like least goes. A strip joins as a whole across its less liked side, or on the same side as the other strips of its street.
   Neither joins across a river, a railway or a barrier while there is another neighbour.
4. A sliver that holds an entity joins across its weakest line: whoever serves it need not cross a main road.
5. Two faces that are no slivers never become one block, and no face is lost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridding.arrays import components, sums
from gridding.carriageways import Edges, find_strips, towards_one_side
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


def slivers_of(edges: Edges, area_m2: FloatArray, sliver_m2: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which faces are slivers by size (rule 1), and which by lying between carriageways (rule 2, if nobody is in it)."""
    perimeter = perimeters(edges.left, edges.right, edges.length_m, len(area_m2))
    small = find_slivers(area_m2, perimeter, sliver_m2)
    if sliver_m2 <= 0:
        return small, small
    return small, find_strips(edges, area_m2, perimeter)


def merge_slivers(
    edges: Edges,
    area_m2: FloatArray,
    sliver_m2: float,
    occupied: NDArray[np.bool_],
    shut: NDArray[np.bool_] | None = None,
    slivers: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
) -> IntArray:
    """Blocks made of faces: slivers join a neighbour by the rules of this module, nothing else changes.

    Repeated until no sliver is left that has a neighbour. A line of kind 0 is no line at all: its two faces are one.

    Args:
        edges: edges between faces.
        area_m2: (faces,) m2.
        sliver_m2: see :func:`find_slivers`.
        occupied: (faces,) whether an entity lies in the face; only asked of slivers.
        shut: (edges,) edges across which nothing joins; None = none.
        slivers: what :func:`slivers_of` said of these faces, if it was asked before.

    Returns:
        (faces,) block of each face, numbered in the order of the blocks' lowest faces.
    """
    faces = len(area_m2)
    passable = np.ones(len(edges.kind), bool) if shut is None else ~shut
    fold = (edges.kind == 0) & (edges.left >= 0) & (edges.right >= 0)
    block = np.arange(faces)
    if fold.any():
        block, slivers = components(edges.left[fold], edges.right[fold], faces), None
    count = int(block.max()) + 1
    area, busy = sums(block, area_m2, count), sums(block, occupied, count) > 0
    label = np.append(block, -1)
    now = replace(edges, left=label[edges.left], right=label[edges.right])
    small, strip = slivers_of(now, area, sliver_m2) if slivers is None else slivers
    # What was no sliver to begin with is a block, and stays one however it grows.
    solid = ~(small | (strip & ~busy))
    while True:
        # Only edges of what is no block yet matter from here on: a few among many.
        soft = np.append(~solid, False)
        near = soft[now.left] | soft[now.right]
        now, passable = now.of(near), passable[near]
        target = _chosen(now, passable, area, busy, solid, sliver_m2)
        if target is None:
            return block
        merged = components(*target, count)
        count = int(merged.max()) + 1
        area, busy = sums(merged, area, count), sums(merged, busy, count) > 0
        solid = sums(merged, solid, count) > 0
        block, label = merged[block], np.append(merged, -1)
        now = replace(now, left=label[now.left], right=label[now.right])


def _chosen(
    edges: Edges,
    passable: NDArray[np.bool_],
    area: FloatArray,
    busy: NDArray[np.bool_],
    solid: NDArray[np.bool_],
    sliver_m2: float,
) -> tuple[IntArray, IntArray] | None:
    """Each sliver that has a neighbour, and the neighbour that it joins; None when there is none left."""
    small, strip = slivers_of(edges, area, sliver_m2)
    strip &= ~busy
    sliver = ~solid & (small | strip)
    source, target = np.concatenate([edges.left, edges.right]), np.concatenate([edges.right, edges.left])
    usable = np.flatnonzero((source >= 0) & (target >= 0) & (source != target) & sliver[source] & np.tile(passable, 2))
    if len(usable) == 0:
        return None
    edge = usable % len(edges.kind)
    kind, source, target = edges.kind[edge], source[usable], target[usable]
    plain = _weights(weakest_first=False)
    weight = np.where(busy[source], _weights(weakest_first=True)[kind], plain[kind]) * edges.length_m[edge]
    on_side = strip[source]
    if on_side.any():
        # Without a neighbour on that side the longest border decides.
        side = towards_one_side(edges, plain[edges.kind], len(area))[usable] + 1e-3 * edges.length_m[edge]
        weight[on_side] = (side * np.where(np.isin(kind, _BARRIER), 1e-6, 1.0))[on_side]
    pair, row = np.unique(source * len(area) + target, return_inverse=True)
    score = sums(row, weight, len(pair))
    source, target = pair // len(area), pair % len(area)
    order = np.lexsort((-target, score, source))
    best = np.ones(len(order), dtype=bool)
    best[:-1] = source[order][1:] != source[order][:-1]
    return source[order[best]], target[order[best]]
