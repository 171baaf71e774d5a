"""Node segments on the integer grid: afterwards they meet at shared end points only.

Iterated snap rounding. In each round every pair of near segments is tested with exact 64-bit predicates; a segment is cut

* at an end point of the other whose grid cell (side 1) it passes through, and
* at a proper crossing, rounded to the grid.

Cutting bends a segment by at most half a grid unit, which can make new crossings, so changed segments are tested again
until nothing changes. Then every pair has been tested since either last changed: the result is noded, proved by exact
arithmetic and not by a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from gridding.boundaries import LineEnds, Segments, canonical, to_degrees
from gridding.errors import GeometryError
from gridding.findings import Finding, Severity
from gridding.held import MAX_ROUNDS as HELD_ROUNDS
from gridding.held import HeldBorders
from gridding.types import Int32Array, IntArray
from gridding.undershoots import bridges

MAX_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class CellIndex:
    """Which segments pass through which cell of a regular grid (cells column after column).

    Attributes:
        start: (cells + 1,) int32 ``items[start[c]:start[c + 1]]`` are the segments of cell ``c``.
        items: int32 segment indices.
        inverse: 1 / cell size, in 1 / grid units.
        rows: number of cells in a column.
    """

    start: Int32Array
    items: Int32Array
    inverse: float
    rows: int


@numba.njit("Tuple((i4[::1], i4[::1]))(i8[:, ::1], i8, f8, i8, i8)", cache=True)
def _bin(xy, margin, inverse, columns, rows):  # type: ignore[no-untyped-def]
    """CSR of segments by the cells they pass through, with a margin; long segments are followed column by column."""
    n = xy.shape[0]
    size = 1.0 / inverse
    start = np.zeros(columns * rows + 2, np.int32)
    items = np.empty(0, np.int32)
    for fill in range(2):
        if fill == 1:
            for c in range(columns * rows):
                start[c + 2] += start[c + 1]
            items = np.empty(start[columns * rows + 1], np.int32)
        for i in range(n):
            ax, bx = xy[i, 0], xy[i, 2]
            ay, by = xy[i, 1], xy[i, 3]
            c0 = max(0, int((ax - margin) * inverse))
            c1 = min(columns - 1, int((bx + margin) * inverse))
            y0, y1 = float(min(ay, by)), float(max(ay, by))
            slope = (by - ay) / (bx - ax) if c1 > c0 and bx > ax else 0.0
            for c in range(c0, c1 + 1):
                lo, hi = y0, y1
                if slope != 0.0:
                    left = ay + slope * (c * size - margin - ax)
                    right = ay + slope * ((c + 1) * size + margin - ax)
                    lo = max(lo, min(left, right))
                    hi = min(hi, max(left, right))
                r0 = max(0, int((lo - margin - 1) * inverse))
                r1 = min(rows - 1, int((hi + margin + 1) * inverse))
                for r in range(r0, r1 + 1):
                    cell = c * rows + r
                    if fill == 0:
                        start[cell + 2] += 1
                    else:
                        items[start[cell + 1]] = i
                        start[cell + 1] += 1
    return start[:-1].copy(), items


def index_segments(xy: IntArray, margin: int) -> CellIndex:
    """Index of segments by cell; a cell lists all segments that come within ``margin`` grid units of it."""
    width = float(max(xy[:, 2].max(), 1)) + margin + 1
    height = float(max(xy[:, 1].max(), xy[:, 3].max(), 1)) + margin + 1
    # About one cell per segment; a cell much smaller than a segment would list each segment many times over.
    size = max(float(np.sqrt(width * height / len(xy))), 4.0 * margin, 16.0)
    columns, rows = int(width / size) + 1, int(height / size) + 1
    start, items = _bin(xy, margin, 1 / size, columns, rows)
    return CellIndex(start, items, 1 / size, rows)


@numba.njit("i8(i8[:, ::1], b1[::1], i4[::1], i4[::1], i4[::1], i8[:, ::1])", cache=True)
def _find_cuts(xy, changed, start, items, cut, at):  # type: ignore[no-untyped-def]
    """Write (segment, point) for every cut that pairs with a changed segment need; return how many there are.

    Counts on beyond the capacity of ``cut`` and ``at``, so that the caller can make room and call again.
    """
    found = 0
    room = len(cut)
    hit = np.empty(4, np.int64)
    for cell in range(len(start) - 1):
        for p in range(start[cell], start[cell + 1]):
            i = items[p]
            for q in range(p + 1, start[cell + 1]):
                j = items[q]
                if not (changed[i] or changed[j]):
                    continue
                ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i, 2], xy[i, 3]
                cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j, 2], xy[j, 3]
                if bx + 1 < cx or dx + 1 < ax:
                    continue
                if max(ay, by) + 1 < min(cy, dy) or max(cy, dy) + 1 < min(ay, by):
                    continue
                rx, ry, sx, sy = bx - ax, by - ay, dx - cx, dy - cy
                # A line passes through the open unit cell around a point when |cross| < (|rx| + |ry|) / 2. Were a line through
                # a cell's corner bent too, a unit square with both diagonals would never settle.
                near_i, near_j = (rx + abs(ry) - 1) >> 1, (sx + abs(sy) - 1) >> 1
                side_c = rx * (cy - ay) - ry * (cx - ax)
                side_d = rx * (dy - ay) - ry * (dx - ax)
                if (side_c > near_i and side_d > near_i) or (side_c < -near_i and side_d < -near_i):
                    continue
                side_a = sx * (ay - cy) - sy * (ax - cx)
                side_b = sx * (by - cy) - sy * (bx - cx)
                if (side_a > near_j and side_b > near_j) or (side_a < -near_j and side_b < -near_j):
                    continue
                snapped = False
                for end in range(4):
                    if end < 2:
                        px, py, side = (cx, cy, side_c) if end == 0 else (dx, dy, side_d)
                        ox, oy, ex, ey, ux, uy, near, who = ax, ay, bx, by, rx, ry, near_i, i
                    else:
                        px, py, side = (ax, ay, side_a) if end == 2 else (bx, by, side_b)
                        ox, oy, ex, ey, ux, uy, near, who = cx, cy, dx, dy, sx, sy, near_j, j
                    if abs(side) > near or (px == ox and py == oy) or (px == ex and py == ey):
                        continue
                    if ux * (px - ox) + uy * (py - oy) <= 0 or ux * (px - ex) + uy * (py - ey) >= 0:
                        continue
                    snapped = True
                    if found < room:
                        cut[found] = who
                        at[found, 0] = px
                        at[found, 1] = py
                    found += 1
                if snapped:
                    continue
                if side_c == 0 or side_d == 0 or side_a == 0 or side_b == 0:
                    continue
                if (side_c > 0) == (side_d > 0) or (side_a > 0) == (side_b > 0):
                    continue
                # The same pair must give the same point whatever the order it came in.
                first = (ax, ay, bx, by) < (cx, cy, dx, dy)
                if first:
                    t = float(side_a) / (float(side_a) - float(side_b))
                    px, py = ax + round(t * rx), ay + round(t * ry)
                else:
                    t = float(side_c) / (float(side_c) - float(side_d))
                    px, py = cx + round(t * sx), cy + round(t * sy)
                hit[0] = 0 if (px == ax and py == ay) or (px == bx and py == by) else 1
                hit[1] = 0 if (px == cx and py == cy) or (px == dx and py == dy) else 1
                for side in range(2):
                    if hit[side] == 1:
                        if found < room:
                            cut[found] = i if side == 0 else j
                            at[found, 0] = px
                            at[found, 1] = py
                        found += 1
    return found


def find_cuts(xy: IntArray, changed: NDArray[np.bool_], index: CellIndex) -> tuple[Int32Array, IntArray]:
    """The cuts that the pairs with at least one changed segment need: (k,) segment, (k, 2) point."""
    room = max(1024, 2 * int(changed.sum()))
    while True:
        cut, at = np.empty(room, np.int32), np.empty((room, 2), np.int64)
        found = _find_cuts(xy, changed, index.start, index.items, cut, at)
        if found <= room:
            return cut[:found], at[:found]
        room = found


def node_segments(
    segments: Segments,
    ends: LineEnds,
    reach: tuple[float, float, float] | None,
    held: HeldBorders | None = None,
) -> tuple[Segments, int]:
    """Node the segments; line ends that stop short of another line are first carried on to it.

    Args:
        segments: from :func:`gridding.boundaries.segments_on_grid`.
        ends: the lines' ends.
        reach: (x, y, limit): metres per grid unit in x and in y, and the widest gap to bridge in metres; None = none.
        held: borders among the segments that get no new vertices where there are old ones near by.

    Returns:
        the noded segments (the same piece may still be there twice), and the number of gaps bridged.

    Raises:
        GeometryError: if it does not settle, naming the place.
    """
    margin = 1 if reach is None else 1 + int(np.ceil(reach[2] / min(reach[0], reach[1])))
    changed = np.ones(len(segments.xy), dtype=bool)
    index = index_segments(segments.xy, margin)
    added, added_kind, bridged = np.empty((0, 4), np.int64), np.empty(0, np.int8), 0
    if reach is not None:
        xy, near = (segments.xy, index) if held is None else _indexed(held.others(segments), margin)
        added, added_kind = bridges(xy, near.start, near.items, near.inverse, near.rows, ends, reach)
    for round_ in range(MAX_ROUNDS):
        cut, at = find_cuts(segments.xy, changed, index)
        moved = np.zeros(len(segments.xy), dtype=bool)
        if held is not None and round_ < HELD_ROUNDS:
            segments, moved, cut, at = held.give_way(segments, cut, at)
        if len(cut) == 0 and len(added) == 0 and not moved.any():
            return segments, bridged
        segments, changed = _apply(segments, cut, at, moved)
        if len(added):
            bridged, segments, changed = len(added), *_append(segments, changed, added, added_kind)
            added = added[:0]
        index = index_segments(segments.xy, 1)
    place = to_degrees(at[0] + np.array(segments.origin))
    message = (
        f"The boundary lines near {place[0]:.7f}, {place[1]:.7f} cross so often within millimetres that they could not be "
        f"cut at their crossings in {MAX_ROUNDS} rounds; simplify the lines there."
    )
    at_place = (float(place[0]), float(place[1]))
    raise GeometryError(message, (Finding("lines.not_noded", Severity.ERROR, message, at=at_place),))


def _indexed(xy: IntArray, margin: int) -> tuple[IntArray, CellIndex]:
    return xy, index_segments(xy, margin)


def _apply(
    segments: Segments, cut: Int32Array, at: IntArray, moved: NDArray[np.bool_]
) -> tuple[Segments, NDArray[np.bool_]]:
    """Cut segments at the points given; the pieces, and the segments that were moved, come last: the changed ones."""
    xy = segments.xy
    a, r = xy[cut, :2], xy[cut, 2:] - xy[cut, :2]
    along = (at[:, 0] - a[:, 0]) * r[:, 0] + (at[:, 1] - a[:, 1]) * r[:, 1]
    order = np.lexsort((at[:, 1], at[:, 0], along, cut))
    cut, at = cut[order], at[order]
    if len(cut):
        fresh = np.ones(len(cut), dtype=bool)
        fresh[1:] = (cut[1:] != cut[:-1]) | (at[1:, 0] != at[:-1, 0]) | (at[1:, 1] != at[:-1, 1])
        cut, at = cut[fresh], at[fresh]
    whole = np.ones(len(xy), dtype=bool)
    whole[cut] = False
    parent, count = np.unique(cut, return_counts=True)
    last = np.cumsum(count + 1) - 1
    is_first = np.zeros(len(cut) + len(parent), dtype=bool)
    is_last = is_first.copy()
    is_first[last - count] = True
    is_last[last] = True
    pieces = np.empty((len(is_first), 4), np.int64)
    pieces[is_first, :2], pieces[~is_first, :2] = xy[parent, :2], at
    pieces[is_last, 2:], pieces[~is_last, 2:] = xy[parent, 2:], at
    owner = np.repeat(parent, count + 1)
    alone = np.flatnonzero(moved & whole)
    whole[alone] = False
    pieces, owner = np.vstack([pieces, xy[alone]]), np.concatenate([owner, alone])
    fresh_pieces = canonical(pieces, segments.kind[owner], segments.winding[owner], segments.origin)
    return _join(segments, whole, fresh_pieces)


def _append(
    segments: Segments, changed: NDArray[np.bool_], added: IntArray, kind: NDArray[np.int8]
) -> tuple[Segments, NDArray[np.bool_]]:
    """The segments with those that bridge gaps, which are changed ones too."""
    bridge = Segments(added, kind, np.zeros(len(added), np.int8), segments.origin)
    joined, _ = _join(segments, np.ones(len(segments.xy), dtype=bool), bridge)
    return joined, np.concatenate([changed, np.ones(len(added), dtype=bool)])


def _join(segments: Segments, keep: NDArray[np.bool_], more: Segments) -> tuple[Segments, NDArray[np.bool_]]:
    joined = Segments(
        np.vstack([segments.xy[keep], more.xy]),
        np.concatenate([segments.kind[keep], more.kind]),
        np.concatenate([segments.winding[keep], more.winding]),
        segments.origin,
    )
    changed = np.zeros(len(joined.xy), dtype=bool)
    changed[len(joined.xy) - len(more.xy) :] = True
    return joined, changed
