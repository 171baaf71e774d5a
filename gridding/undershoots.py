"""Line ends that stop just short of another line, and the short pieces that carry them on to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridding.boundaries import LineEnds
from gridding.types import Int32Array, IntArray


def bridges(
    xy: IntArray,
    start: Int32Array,
    items: Int32Array,
    inverse: float,
    rows: int,
    ends: LineEnds,
    reach: tuple[float, float, float],
) -> tuple[IntArray, NDArray[np.int8]]:
    """Pieces from line ends to the nearest point of another line.

    An end is bridged when it touches nothing yet, and another line comes within ``reach``. Not counted as another line:
    the end's own segment, segments that meet that segment's far end, and segments that it crosses (then the end sticks out
    beyond the line, and is no gap).

    Args:
        xy: (n, 4) segments.
        start, items, inverse, rows: their cell index, with a margin of at least the reach.
        ends: the lines' ends.
        reach: (metres per unit in x, metres per unit in y, widest gap in metres).

    Returns:
        (k, 4) int64 pieces between end and line, directed from the lower to the higher point; (k,) int8 kinds of the lines
        carried on.
    """
    if len(ends.xy) == 0 or len(xy) == 0:
        return np.empty((0, 4), np.int64), np.empty(0, np.int8)
    scale_x, scale_y, limit = reach
    cell = (ends.xy[:, 0] * inverse).astype(np.int64) * rows + (ends.xy[:, 1] * inverse).astype(np.int64)
    inside = (cell >= 0) & (cell < len(start) - 1)
    cell = np.where(inside, cell, 0)
    count = np.where(inside, start[cell + 1] - start[cell], 0)
    end = np.repeat(np.arange(len(cell)), count)
    within = np.arange(len(end)) - np.repeat(np.cumsum(count) - count, count)
    segment = items[np.repeat(start[cell], count) + within]
    a, b = xy[segment, :2], xy[segment, 2:]
    p, q = ends.xy[end], ends.neighbour[end]
    box = np.array([limit / scale_x, limit / scale_y])
    near = ((np.minimum(a, b) - box <= p) & (np.maximum(a, b) + box >= p)).all(axis=1)
    own = (a == p).all(axis=1) & (b == q).all(axis=1) | (b == p).all(axis=1) & (a == q).all(axis=1)
    keep = near & ~own
    end, a, b, p, q = end[keep], a[keep], b[keep], p[keep], q[keep]

    r, w = (b - a).astype(np.float64), (p - a).astype(np.float64)
    metric = np.array([scale_x, scale_y]) ** 2
    t = np.clip((r * w * metric).sum(axis=1) / (r * r * metric).sum(axis=1), 0, 1)
    target = a + np.rint(t[:, None] * r).astype(np.int64)
    gap = np.sqrt((((w - t[:, None] * r) ** 2) * metric).sum(axis=1))
    # Touching: the end lies on the line as nearly as the grid can say, so noding joins them.
    touching = (target == p).all(axis=1)
    connected = np.zeros(len(ends.xy), dtype=bool)
    connected[end[touching]] = True
    beside = (a == q).all(axis=1) | (b == q).all(axis=1)
    keep = (gap <= limit) & ~touching & ~beside & ~_cross(a, b, p, q) & ~connected[end]
    end, target, gap, p = end[keep], target[keep], gap[keep], p[keep]
    order = np.lexsort((target[:, 1], target[:, 0], gap, end))
    end, target, p = end[order], target[order], p[order]
    nearest = np.ones(len(end), dtype=bool)
    nearest[1:] = end[1:] != end[:-1]
    pieces = np.hstack([p, target])[nearest]
    swap = (pieces[:, 0] > pieces[:, 2]) | ((pieces[:, 0] == pieces[:, 2]) & (pieces[:, 1] > pieces[:, 3]))
    pieces[swap] = pieces[swap][:, [2, 3, 0, 1]]
    return pieces, ends.kind[end[nearest]]


def _cross(a: IntArray, b: IntArray, p: IntArray, q: IntArray) -> NDArray[np.bool_]:
    """Whether segments a-b and p-q meet, exactly."""

    def side(o: IntArray, e: IntArray, v: IntArray) -> IntArray:
        return np.sign((e[:, 0] - o[:, 0]) * (v[:, 1] - o[:, 1]) - (e[:, 1] - o[:, 1]) * (v[:, 0] - o[:, 0]))

    return (side(a, b, p) * side(a, b, q) <= 0) & (side(p, q, a) * side(p, q, b) <= 0)
