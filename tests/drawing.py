"""A station drawn in ASCII.

    station = draw('''
        #######
        #a|b  #
        #-+---#
        #c    #
        #######
    ''')

``#`` is the outline (rings inside rings are holes, several rings are several parts). ``-`` and ``|`` are local streets, ``=``
and ``!`` main roads (across and down), ``~`` and ``{`` rivers; ``+`` belongs to any line beside it. A run of one kind of
character is one line from end to end, so lines cross without a vertex, and a run that ends beside ``#`` ends on the outline. Letters
name blocks: the same letter is the same block, another letter another block. One character is 20 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from textwrap import dedent

import numpy as np
import shapely

from gridding.types import BoundaryLines, FloatArray, LineKind

LON, LAT, STEP = 114.0, 30.0, 2e-4
_ACROSS = {"-": LineKind.LOCAL, "=": LineKind.MAIN, "~": LineKind.RIVER}
_DOWN = {"|": LineKind.LOCAL, "!": LineKind.MAIN, "{": LineKind.RIVER}


def metres(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """An equirectangular projection, good enough for a few hundred metres around 114 E, 30 N."""
    return (np.asarray(lon) - LON) * 96_486.0, (np.asarray(lat) - LAT) * 110_852.0


def boundary_lines(lines: list[list[tuple[float, float]]], kinds: list[int] | None = None) -> BoundaryLines:
    """BoundaryLines from lists of (lon, lat); local streets unless kinds are given."""
    coords = np.array([p for line in lines for p in line], dtype=float).reshape(-1, 2)
    offsets = np.cumsum([0] + [len(line) for line in lines]).astype(np.int64)
    return BoundaryLines(coords, offsets, np.array(kinds or [LineKind.LOCAL] * len(lines), dtype=np.int8))


@dataclass(frozen=True)
class Drawing:
    """A drawn station: outline, lines, and the letters' places (letter -> (n, 2) lon, lat)."""

    outline: shapely.Geometry
    lines: BoundaryLines
    letters: dict[str, FloatArray]

    def blocks_of(self, polygons: np.ndarray) -> dict[str, set[int]]:
        """Indices of the polygons that each letter lies in."""
        tree = shapely.STRtree(polygons)
        return {
            letter: set(tree.query(shapely.points(places), predicate="within")[1].tolist())
            for letter, places in self.letters.items()
        }


def place(column: float, row: float) -> tuple[float, float]:
    """Longitude and latitude of a character."""
    return LON + STEP * column, LAT - STEP * row


def draw(text: str) -> Drawing:
    """Read a drawing; see the module's text."""
    rows = dedent(text).strip("\n").splitlines()
    width = max(map(len, rows))
    grid = [row.ljust(width) for row in rows]
    outline = [
        (place(c, r), place(c + dc, r + dr))
        for r, row in enumerate(grid)
        for c, char in enumerate(row)
        for dc, dr in ((1, 0), (0, 1))
        if char == "#" and r + dr < len(grid) and c + dc < width and grid[r + dr][c + dc] == "#"
    ]
    lines, kinds = [], []
    for r, row in enumerate(grid):
        for start, end, kind in _runs(row, _ACROSS):
            lines.append([place(start, r), place(end, r)])
            kinds.append(kind)
    for c in range(width):
        for start, end, kind in _runs("".join(row[c] for row in grid), _DOWN):
            lines.append([place(c, start), place(c, end)])
            kinds.append(kind)
    letters: dict[str, list[tuple[float, float]]] = {}
    for r, row in enumerate(grid):
        for c, char in enumerate(row):
            if char.isalpha():
                letters.setdefault(char, []).append(place(c, r))
    # Rings inside rings are holes, and islands in them; simplified, so that the outline has no vertex but its corners.
    rings = [shapely.Polygon(face.exterior) for face in shapely.polygonize(shapely.linestrings(outline)).geoms]
    area = shapely.simplify(reduce(shapely.symmetric_difference, rings), 0)
    return Drawing(area, boundary_lines(lines, kinds), {k: np.array(v) for k, v in letters.items()})


def _runs(row: str, kinds: dict[str, LineKind]) -> list[tuple[int, int, LineKind]]:
    """Runs of line characters of one kind, from ``+`` or ``#`` beside them to the other end: (first, last, kind)."""
    found: list[tuple[int, int, LineKind]] = []
    for i, char in enumerate(row):
        if char not in kinds:
            continue
        kind = kinds[char]
        first = i - 1 if i > 0 and row[i - 1] in "+#" else i
        last = i + 1 if i + 1 < len(row) and row[i + 1] in "+#" else i
        if found and found[-1][2] == kind and first - found[-1][1] <= (0 if row[first] == "+" else 1):
            found[-1] = (found[-1][0], last, kind)
        else:
            found.append((first, last, kind))
    return found
