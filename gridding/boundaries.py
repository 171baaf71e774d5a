"""Outline and boundary lines -> checked segments on the integer grid."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.errors import GeometryError, OutlineError
from gridding.findings import Finding, Severity
from gridding.numbering import directed, pieces_in_box
from gridding.rings import ring_edges
from gridding.types import GRID_DEG, BoundaryLines, FloatArray, IntArray, LineKind

UNITS_PER_DEGREE = round(1 / GRID_DEG)
MAX_EXTENT = 2**31 - 2**20
"""Widest territory in grid units (21 degrees): up to here every predicate is exact in 64 bits."""

TOO_SMALL = "The outline is smaller than the grid of 1e-8 degrees (1 mm): nothing is left of it."
_MARGIN = 2**16
# Lines are kept up to this far (70 m) beyond the outline's box: more than any gap that is bridged, so that stations which
# share a border see the same lines at it and get the same vertices on it.


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight pieces on the integer grid, in coordinates counted from ``origin``.

    Attributes:
        xy: (n, 4) int64 start x, start y, end x, end y; start < end (by x, then y), never equal.
        kind: (n,) int8 :class:`LineKind`; 0 for a piece that is nothing but outline.
        winding: (n,) int8 +1 = the territory begins on the left of start -> end, -1 = on the right, 0 = not outline.
        origin: grid coordinates (x, y) of local (0, 0).
    """

    xy: IntArray
    kind: NDArray[np.int8]
    winding: NDArray[np.int8]
    origin: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LineEnds:
    """Where polylines begin and end, as candidates for gaps to bridge.

    Attributes:
        xy: (k, 2) int64 the end, in local grid units.
        neighbour: (k, 2) int64 the other end of the line's last (or first) segment.
        kind: (k,) int8 the line's kind.
    """

    xy: IntArray
    neighbour: IntArray
    kind: NDArray[np.int8]


def to_grid(degrees: FloatArray) -> IntArray:
    """Degrees -> integer grid coordinates."""
    return np.rint(np.asarray(degrees, dtype=np.float64) * UNITS_PER_DEGREE).astype(np.int64)


def to_degrees(grid: IntArray) -> FloatArray:
    """Integer grid coordinates -> degrees: the same float for the same coordinate, everywhere."""
    return np.asarray(grid, dtype=np.int64) / UNITS_PER_DEGREE


def check_outline(outline: shapely.Geometry) -> None:
    """Raise :class:`GeometryError` in one clear sentence if the outline is not a usable polygon or multipolygon."""
    if not isinstance(outline, shapely.Polygon | shapely.MultiPolygon):
        kind = getattr(outline, "geom_type", type(outline).__name__)
        hint = " (an open or bare line: close it and make it a polygon)" if "Line" in kind else ""
        raise OutlineError(f"The outline is a {kind}{hint}; a Polygon or MultiPolygon in degrees was expected.")
    if outline.is_empty:
        raise OutlineError("The outline is empty; a polygon with an area was expected.")
    coords = shapely.get_coordinates(outline)
    bad = np.flatnonzero(~np.isfinite(coords).all(axis=1))
    if len(bad):
        raise OutlineError(
            f"The outline has {len(bad)} coordinates that are not finite numbers (the first is vertex {bad[0]})."
        )
    _check_degrees(coords, "The outline")
    reason = shapely.is_valid_reason(outline)
    # A ring that touches itself at a point still has a definite inside; many shapefiles are written so.
    if reason != "Valid Geometry":
        touches = reason.startswith("Ring Self-intersection")
        # Only the first fault is named: lobes of a ring that crosses itself elsewhere would count against each other.
        if not touches or not np.isclose(shapely.make_valid(outline).area, outline.area, rtol=1e-9, atol=0):
            raise _invalid_outline(reason.removeprefix("Ring "))
    if outline.area == 0:
        raise OutlineError("The outline has no area: all its vertices lie on one line.")


def _invalid_outline(reason: str) -> GeometryError:
    what, place = reason, ""
    at: tuple[float, float] | None = None
    if found := re.search(r"\[(\S+) (\S+)\]", reason):
        at = (float(found[1]), float(found[2]))
        what, place = reason[: found.start()].strip(), f" at {at[0]:.7f}, {at[1]:.7f}"
    if what == "Self-intersection":
        message = (
            f"The outline crosses or overlaps itself{place}; correct the ring there (parts may touch in points only)."
        )
    else:
        message = f"The outline is not a valid polygon ({what.lower()}{place}); correct it there."
    finding = Finding(
        "outline.invalid",
        Severity.ERROR,
        message,
        f"辖区边界无效（{what}），位置 {at}；请先修正边界。",
        where="outline",
        at=at,
    )
    return GeometryError(message, (finding,))


def _check_degrees(coords: FloatArray, what: str) -> None:
    if len(coords) and (np.abs(coords[:, 0]).max() > 180 or np.abs(coords[:, 1]).max() > 90):
        worst = coords[np.abs(coords).max(axis=1).argmax()]
        raise GeometryError(
            f"{what} has the coordinate {worst[0]:.6g}, {worst[1]:.6g}, which is not a longitude and latitude in degrees; "
            "transform it to EPSG:4490 first (x = longitude, y = latitude)."
        )


def check_lines(lines: BoundaryLines) -> None:
    """Raise :class:`GeometryError` naming the first line that cannot be used, and how many there are."""
    coords, offsets, kind = np.asarray(lines.coords), np.asarray(lines.offsets), np.asarray(lines.kind)
    if coords.ndim != 2 or coords.shape[1] != 2 or len(offsets) != len(kind) + 1:
        raise GeometryError(
            f"BoundaryLines do not fit together: coords {coords.shape} should be (n, 2), and {len(offsets)} offsets "
            f"should be one more than {len(kind)} kinds."
        )
    if offsets[0] != 0 or offsets[-1] != len(coords) or (np.diff(offsets) < 0).any():
        raise GeometryError(f"BoundaryLines.offsets should rise from 0 to the number of vertices, {len(coords)}.")
    if not np.isfinite(coords).all():
        bad = np.flatnonzero(~np.isfinite(coords).all(axis=1))
        line = int(np.searchsorted(offsets, bad[0], side="right")) - 1
        raise GeometryError(
            f"Boundary line {line} has a coordinate that is not a finite number ({len(bad)} such in all)."
        )
    _check_degrees(coords, "A boundary line")
    strange = np.flatnonzero((kind < LineKind.SERVICE) | (kind > LineKind.BARRIER))
    if len(strange):
        raise GeometryError(
            f"Boundary line {strange[0]} has kind {kind[strange[0]]}; {LineKind.SERVICE.value} (service) to "
            f"{LineKind.BARRIER.value} (barrier) was expected ({len(strange)} such in all)."
        )


def segments_on_grid(outline: shapely.Geometry, lines: BoundaryLines) -> tuple[Segments, LineEnds]:
    """Check outline and lines, snap them to the grid, and cut them into segments.

    Lines whose segments all lie beyond the outline's bounding box are left out: they cannot bound a block.
    """
    check_outline(outline)
    check_lines(lines)
    edges = ring_edges(np.array([outline], dtype=object))
    ring = to_grid(np.hstack([edges.start, edges.end]))
    low, high = ring[:, :2].min(axis=0), ring[:, :2].max(axis=0)
    if (low == high).any():
        raise OutlineError(TOO_SMALL)
    if (high - low).max() > MAX_EXTENT - 4 * _MARGIN:
        raise OutlineError(
            f"The outline is {(high - low).max() * GRID_DEG:.1f} degrees wide or high; at most 21 degrees can be built "
            "at once: give the outline of a station or a bureau, in longitude and latitude."
        )
    pieces, piece_kind, ends = _line_segments(lines, low - _MARGIN, high + _MARGIN)
    everything = np.vstack([ring, pieces])
    # Beyond the box only the far ends of lines that reach into it remain: their extent counts too.
    columns = np.ascontiguousarray(everything.T)
    low = np.minimum(columns[:2].min(axis=1), columns[2:].min(axis=1)) - _MARGIN
    high = np.maximum(columns[:2].max(axis=1), columns[2:].max(axis=1)) + _MARGIN
    if (high - low).max() > MAX_EXTENT:
        raise GeometryError(
            f"A boundary line that crosses the outline reaches {(high - low).max() * GRID_DEG:.1f} degrees; "
            "cut it near the outline first (at most 21 degrees can be built at once)."
        )
    xy = everything - np.tile(low, 2)
    kind = np.concatenate([np.zeros(len(ring), np.int8), piece_kind])
    winding = np.concatenate([np.ones(len(ring), np.int8), np.zeros(len(pieces), np.int8)])
    segments = canonical(xy, kind, winding, (int(low[0]), int(low[1])))
    return segments, LineEnds(ends.xy - low, ends.neighbour - low, ends.kind)


def canonical(xy: IntArray, kind: NDArray[np.int8], winding: NDArray[np.int8], origin: tuple[int, int]) -> Segments:
    """Segments directed from the lower to the higher end point, without those of zero length."""
    ordered, kinds, windings = directed(
        np.ascontiguousarray(xy, dtype=np.int64),
        np.ascontiguousarray(kind, dtype=np.int8),
        np.ascontiguousarray(winding, dtype=np.int8),
    )
    return Segments(ordered, kinds, windings, origin)


def _line_segments(lines: BoundaryLines, low: IntArray, high: IntArray) -> tuple[IntArray, NDArray[np.int8], LineEnds]:
    """Segments of the lines that meet the box, their kinds, and the lines' ends, all in grid coordinates."""
    pieces, kind, ends, beside, end_kind = pieces_in_box(
        np.ascontiguousarray(to_grid(lines.coords)).reshape(-1, 2),
        np.ascontiguousarray(lines.offsets, dtype=np.int64),
        np.ascontiguousarray(lines.kind, dtype=np.int8),
        np.ascontiguousarray(low, dtype=np.int64),
        np.ascontiguousarray(high, dtype=np.int64),
    )
    return pieces, kind, LineEnds(ends, beside, end_kind)
