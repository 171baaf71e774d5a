"""How the diagram looks: colours that neighbours never share, and the pens of lines and outlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

PALETTE = ("#8fb8e0", "#f3e4a1", "#f2a384", "#6fc7ab", "#b5e3f5", "#cdd96b")
"""Fills of cells: pale enough for black text, and apart from each other for every kind of colour vision."""


COARSE_M = 14.0
"""Beyond so many metres a pixel, streets are drawn as single thin lines."""


@dataclass(frozen=True, slots=True)
class Pen:
    """A line on the map.

    Attributes:
        colour: CSS colour.
        width: pixels on the screen.
        dash: SVG dash pattern, "" = solid.
        casing: colour of a wider line beneath, "" = none.
        seen_m: hidden where one pixel is more metres than this; 0 = always seen.
        coarse: width where one pixel is more than :data:`COARSE_M`; None = narrows gradually. A white line is then
            hidden and its casing drawn alone.
    """

    colour: str
    width: float
    dash: str = ""
    casing: str = ""
    seen_m: float = 0.0
    coarse: float | None = None


_LINE_PENS = {
    "river": Pen("#5b9bd0", 5.0, coarse=2.4),
    "railway": Pen("#6b6b6b", 2.4, dash="9 6", casing="#ffffff", seen_m=120, coarse=1.2),
    "expressway": Pen("#ffffff", 4.5, casing="#8a8f94", seen_m=400, coarse=1.5),
    "main": Pen("#ffffff", 3.4, casing="#8a8f94", seen_m=120, coarse=0.9),
    "secondary": Pen("#ffffff", 2.2, casing="#a3a8ad", seen_m=40, coarse=0.6),
    "local": Pen("#8d949b", 0.9, seen_m=9),
    "service": Pen("#a7adb3", 0.7, seen_m=4),
    "block": Pen("#7f868d", 0.8, seen_m=18),
}


@dataclass(frozen=True, slots=True)
class DiagramStyle:
    """Looks and limits of a diagram; part of what a cached page is keyed by.

    Attributes:
        palette: fills of cells, at least four.
        fill_opacity: 0 to 1.
        border, station, outline: pens of cell borders, station outlines and the outer outline.
        lines: pen by kind of line; kinds that are not here are not drawn.
        display_tolerance_m: borders are simplified, together, by at most about this much.
        line_tolerance_m: the same for streets, rivers and railways.
        line_vertices: lines are drawn from the strongest kind on until this many vertices are spent, so that the
            page stays light.
    """

    palette: tuple[str, ...] = PALETTE
    fill_opacity: float = 0.78
    border: Pen = field(default_factory=lambda: Pen("#3a3f45", 2.0))
    station: Pen = field(default_factory=lambda: Pen("#7a1f2b", 4.0, casing="#ffffff"))
    outline: Pen = field(default_factory=lambda: Pen("#4a0f18", 5.5, casing="#ffffff"))
    lines: Mapping[str, Pen] = field(default_factory=lambda: MappingProxyType(_LINE_PENS))
    display_tolerance_m: float = 1.5
    line_tolerance_m: float = 3.0
    line_vertices: int = 60_000


def pen_options(pen: Pen) -> dict[str, Any]:
    """The pen as path options of the map library."""
    options: dict[str, Any] = {"color": pen.colour, "weight": pen.width, "lineCap": "butt" if pen.dash else "round"}
    return options | ({"dashArray": pen.dash} if pen.dash else {})


def neighbours(polygons: NDArray[np.object_]) -> NDArray[np.int64]:
    """Pairs of polygons that touch, be it in a corner: rows (i, j) with i < j, sorted.

    >>> neighbours(np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2), shapely.box(5, 5, 6, 6)])).tolist()
    [[0, 1]]
    """
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = np.column_stack([first, second])[first < second].astype(np.int64)
    return np.unique(pairs, axis=0).reshape(-1, 2)


def colour_neighbours(count: int, pairs: NDArray[np.int64], colours: int) -> NDArray[np.int64]:
    """A colour for each of ``count`` things so that no pair shares one, each colour used about equally often.

    Greedy, the most hemmed-in thing first (DSATUR); ties go to the lower index, so the result is always the same.
    Where the colours do not suffice, the colour that the fewest neighbours have is taken.

    Args:
        count: number of things.
        pairs: (m, 2) indices of neighbours.
        colours: number of colours, at least 1.

    Returns:
        (count,) colour indices below ``colours``.
    """
    around: list[set[int]] = [set() for _ in range(count)]
    for first, second in pairs.tolist():
        around[first].add(second)
        around[second].add(first)
    chosen = np.full(count, -1, dtype=np.int64)
    seen: list[list[int]] = [[0] * colours for _ in range(count)]
    used = [0] * colours
    waiting = set(range(count))
    while waiting:
        item = min(waiting, key=lambda i: (-sum(n > 0 for n in seen[i]), -len(around[i]), i))
        colour = min(range(colours), key=lambda c: (seen[item][c], used[c], c))
        chosen[item] = colour
        used[colour] += 1
        waiting.remove(item)
        for other in around[item]:
            seen[other][colour] += 1
    return chosen
