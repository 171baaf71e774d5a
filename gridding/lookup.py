"""What CellLocator asks of an index of polygons; two fulfil it, with the same answers.

``lookup_plain`` is ready at once and good for some thousands of points; ``lookup_compiled`` takes a second to load, a
few to compile on a machine that has never done it, and then answers millions.
"""

from __future__ import annotations

from typing import Protocol

from gridding.types import FloatArray, Int32Array, IntArray

INSIDE = -2
"""Given for "the second polygon on this border" where the point lies on no border."""
ANY = -1
"""As the group of polygons wanted: edges of all polygons count."""


class Lookup(Protocol):
    """An index of polygons by their edges.

    Attributes:
        edges: (m, 4) ax, ay, bx, by of each different edge, pointing up, or to the right where it is level.
        owners: (m, 2) int32 index of the polygon on its left and on its right, -1 = none.
        nbytes: memory of the index.
    """

    edges: FloatArray
    owners: Int32Array
    nbytes: int

    def cover(self, x: FloatArray, y: FloatArray, *, want_second: bool) -> tuple[Int32Array, Int32Array]:
        """The lowest polygon that covers each point, -1 = none, NaN too; and the second lowest if on a border.

        The second is INSIDE where the point lies on no border and -1 where no other polygon covers it; an empty array
        unless wanted.
        """
        ...

    def nearest(
        self,
        x: FloatArray,
        y: FloatArray,
        per_degree: FloatArray,
        group: Int32Array,
        wanted: Int32Array,
        *,
        rank_own: bool,
    ) -> tuple[IntArray, FloatArray]:
        """The nearest edge of each point (-1 = none), and the place on it that is nearest, (n, 2).

        Only edges count that have a polygon of the wanted group on one side (``group[polygon] == wanted[i]``; ANY =
        all). Of edges equally near, the one with the lowest polygon wins: of the group, or with ``rank_own=False`` of
        the others. Points are finite; ``per_degree`` is (n, 2) metres per degree of longitude and latitude at each.
        """
        ...
