"""What the tests of noding, blocks, regions and tiling share: slow, plain checks and Hypothesis strategies."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import strategies as st

from gridding.boundaries import to_degrees
from gridding.types import BoundaryLines, IntArray, LineKind
from tests.drawing import boundary_lines

BASE = np.array([11_400_000_000, 3_000_000_000])  # 114 E, 30 N in grid units


def touching_pairs(xy: IntArray) -> list[tuple[int, int]]:
    """Pairs of segments that meet anywhere but at shared end points, by brute force in whole numbers."""
    a, b, c, d = xy[:, None, :2], xy[:, None, 2:], xy[None, :, :2], xy[None, :, 2:]

    def side(o, e, p):
        return (e[..., 0] - o[..., 0]) * (p[..., 1] - o[..., 1]) - (e[..., 1] - o[..., 1]) * (p[..., 0] - o[..., 0])

    def on(o, e, p):
        box = (np.minimum(o, e) <= p).all(-1) & (p <= np.maximum(o, e)).all(-1)
        return (side(o, e, p) == 0) & box & (p != o).any(-1) & (p != e).any(-1)

    crosses = (np.sign(side(a, b, c)) * np.sign(side(a, b, d)) < 0) & (
        np.sign(side(c, d, a)) * np.sign(side(c, d, b)) < 0
    )
    meets = crosses | on(a, b, c) | on(a, b, d) | on(c, d, a) | on(c, d, b)
    i, j = np.nonzero(meets)
    return [(int(p), int(q)) for p, q in zip(i, j, strict=True) if p < q]


def degrees(points: list[tuple[int, int]], scale: int) -> list[tuple[float, float]]:
    """Small whole numbers -> lon, lat near 114 E, 30 N, ``scale`` grid units apart."""
    return [tuple(p) for p in to_degrees(BASE + scale * np.array(points, dtype=np.int64).reshape(-1, 2)).tolist()]


coordinate = st.integers(0, 14)
point = st.tuples(coordinate, coordinate)
polyline = st.lists(point, min_size=2, max_size=4)
# A small closed ring: an island when nothing touches it, and rings lie in rings now and then.
ring = st.builds(
    lambda x, y, size: [(x, y), (x + size, y), (x, y + size), (x, y)], coordinate, coordinate, st.integers(1, 6)
)
# 1 = a grid unit apart, where rounding is at its worst; 50,000 = about 50 m.
scales = st.sampled_from([1, 2, 7, 1_000, 50_000])


@st.composite
def outlines(draw, scale: int):
    """A rectangle, a ragged ring, several parts, or a rectangle with a hole, within 0..14."""
    shape = draw(st.sampled_from(["box", "star", "parts", "hole"]))
    if shape == "box":
        rings = [[(0, 0), (14, 0), (14, 14), (0, 14)]]
    elif shape == "star":
        radii = draw(st.lists(st.integers(3, 7), min_size=5, max_size=12))
        angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
        xy = 7 * scale + np.rint(np.array(radii) * scale * np.array([np.cos(angle), np.sin(angle)])).astype(int)
        return _valid(shapely.Polygon(degrees(xy.T.tolist(), 1)))
    elif shape == "parts":
        x = draw(st.integers(3, 9))
        rings = [[(0, 0), (x, 0), (x, 14), (0, 14)], [(x + 1, 2), (14, 2), (14, draw(st.integers(3, 12)))]]
    else:
        x = draw(st.integers(2, 7))
        hole = [(x, 3), (x + 4, 4), (x + 1, 9)]
        return shapely.Polygon(degrees([(0, 0), (14, 0), (14, 14), (0, 14)], scale), [degrees(hole, scale)])
    return shapely.multipolygons([shapely.Polygon(degrees(ring, scale)) for ring in rings])


def _valid(polygon: shapely.Polygon) -> shapely.Geometry:
    return polygon if polygon.is_valid else shapely.box(*polygon.bounds)


@st.composite
def territories(draw, max_lines: int = 10):
    """(outline, BoundaryLines) with many crossings, overlaps and touching ends."""
    scale = draw(scales)
    outline = draw(outlines(scale))
    lines = draw(st.lists(st.one_of(polyline, ring), max_size=max_lines))
    kinds = draw(st.lists(st.sampled_from(list(LineKind)[:-1]), min_size=len(lines), max_size=len(lines)))
    return outline, boundary_lines([degrees(line, scale) for line in lines], [int(k) for k in kinds])


def reordered(lines: BoundaryLines, order: list[int], flip: list[bool]) -> BoundaryLines:
    """The same lines in another order, some backwards."""
    parts = [
        lines.coords[lines.offsets[i] : lines.offsets[i + 1]][:: -1 if f else 1]
        for i, f in zip(order, flip, strict=True)
    ]
    coords = np.vstack(parts) if parts else np.empty((0, 2))
    offsets = np.cumsum([0] + [len(p) for p in parts]).astype(np.int64)
    return BoundaryLines(coords, offsets, lines.kind[order])
