"""What CellLocator asks of an index of polygons; two fulfil it, with the same answers.

``lookup_plain`` is ready at once and good for some thousands of points; ``lookup_compiled`` takes a second to load, a
few to compile on a machine that has never done it, and then answers millions.
"""

from __future__ import annotations

from typing import Protocol

from gridding.types import FloatArray, Int32Array

INSIDE = -2
"""Given for "the second polygon on this border" where the point lies on no border."""
ANY = -1
"""As the group of polygons wanted: edges of all polygons count."""


class Lookup(Protocol):
    """An index of polygons by their edges; ``nbytes`` is its memory. Arrays of points are flat and contiguous."""

    @property
    def nbytes(self) -> int:
        """Memory of the index in bytes."""
        ...

    def cover(self, x: FloatArray, y: FloatArray) -> Int32Array:
        """The lowest polygon that covers each point, -1 = none, NaN too."""
        ...

    def borders(
        self, x: FloatArray, y: FloatArray, given: Int32Array | None
    ) -> tuple[Int32Array, FloatArray, Int32Array]:
        """(cell, distance to its border, cell beyond) of each point, see CellLocator.border().

        ``given``: the cell of each point where that was decided elsewhere, -1 = outside.
        """
        ...

    def nearest_of_group(self, x: FloatArray, y: FloatArray, group: Int32Array, wanted: Int32Array) -> Int32Array:
        """The cell nearest to each point among those of a group, see CellLocator.nearest_of_group()."""
        ...
