"""Line ends that stop just short of another line, and the short pieces that carry them on to it."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from gridding.boundaries import LineEnds
from gridding.types import Int32Array, IntArray


@numba.njit("b1[::1](i8[:, ::1], i4[::1], i4[::1], f8, i8, i8[:, ::1], i8[:, ::1], f8, f8, f8, i8[:, ::1])", cache=True)
def _nearest(xy, start, items, inverse, rows, ends, neighbours, scale_x, scale_y, limit, target):  # type: ignore[no-untyped-def]
    """Whether each end has a gap to bridge; ``target`` receives the nearest point of the line beyond the gap."""
    wanted = np.zeros(len(ends), np.bool_)
    for e in range(len(ends)):
        px, py, qx, qy = ends[e, 0], ends[e, 1], neighbours[e, 0], neighbours[e, 1]
        cell = int(px * inverse) * rows + int(py * inverse)
        if px < 0 or py < 0 or int(py * inverse) >= rows or cell >= len(start) - 1:
            continue
        best = limit
        for k in range(start[cell], start[cell + 1]):
            s = items[k]
            ax, ay, bx, by = xy[s, 0], xy[s, 1], xy[s, 2], xy[s, 3]
            if (ax == px and ay == py and bx == qx and by == qy) or (ax == qx and ay == qy and bx == px and by == py):
                continue  # the end's own segment
            rx, ry = float(bx - ax) * scale_x, float(by - ay) * scale_y
            wx, wy = float(px - ax) * scale_x, float(py - ay) * scale_y
            t = min(1.0, max(0.0, (wx * rx + wy * ry) / (rx * rx + ry * ry)))
            gap = np.sqrt((wx - t * rx) ** 2 + (wy - t * ry) ** 2)
            if gap > best:
                continue
            tx, ty = ax + round(t * (bx - ax)), ay + round(t * (by - ay))
            if tx == px and ty == py:
                wanted[e] = False  # the end lies on a line as nearly as the grid can say: noding joins them
                break
            if (ax == qx and ay == qy) or (bx == qx and by == qy):
                continue  # the segment before the end's own
            side_p = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            side_q = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
            side_a = (qx - px) * (ay - py) - (qy - py) * (ax - px)
            side_b = (qx - px) * (by - py) - (qy - py) * (bx - px)
            apart = side_p != 0 and (side_q == 0 or (side_p > 0) != (side_q > 0))
            if apart and not ((side_a > 0 and side_b > 0) or (side_a < 0 and side_b < 0)):
                continue  # the end sticks out beyond this line: no gap
            if gap == best and wanted[e] and (tx, ty) >= (target[e, 0], target[e, 1]):
                continue  # of two equally near the same one always wins
            best, wanted[e] = gap, True
            target[e, 0], target[e, 1] = tx, ty
    return wanted


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
    target = ends.xy.copy()
    wanted = _nearest(xy, start, items, inverse, rows, ends.xy, ends.neighbour, *reach, target)
    low, high = ends.xy[wanted], target[wanted]
    swap = (low[:, 0] > high[:, 0]) | ((low[:, 0] == high[:, 0]) & (low[:, 1] > high[:, 1]))
    low, high = np.where(swap[:, None], high, low), np.where(swap[:, None], low, high)
    return np.hstack([low, high]), ends.kind[wanted]
