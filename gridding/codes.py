"""Codes of cells and entities: numbering, layout, and codes that stay with their cell from plan to plan."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gridding.errors import GriddingError
from gridding.types import IntArray


@dataclass(frozen=True, slots=True)
class CodeLayout:
    """Widths of the parts of a code: station code, then the cell's number, then the entity's serial in the cell.

    Attributes:
        cell_digits: digits of the cell's number, zero-padded.
        serial_digits: digits of an entity's serial.
        first: number of the first cell.
    """

    cell_digits: int = 3
    serial_digits: int = 5
    first: int = 1

    def cell_code(self, station_code: str, number: int) -> str:
        """Code of cell ``number`` of a station, e.g. ``110108001`` + 7 -> ``110108001007``.

        Raises:
            GriddingError: a number that the layout has no room for.
        """
        if not 0 <= number < 10**self.cell_digits:
            raise GriddingError(
                f"cell number {number} does not fit into {self.cell_digits} digits: widen cell_digits of the code layout"
            )
        return f"{station_code}{number:0{self.cell_digits}d}"

    def entity_code(self, cell_code: str, serial: int) -> str:
        """Code of entity ``serial`` of a cell, e.g. ``110108001007`` + 42 -> ``11010800100700042``."""
        if not 0 <= serial < 10**self.serial_digits:
            raise GriddingError(
                f"serial {serial} does not fit into {self.serial_digits} digits: widen serial_digits of the code layout"
            )
        return f"{cell_code}{serial:0{self.serial_digits}d}"

    def number(self, station_code: str, cell_code: str) -> int | None:
        """Number in a cell code, None if the code is not one of this station and layout."""
        digits = cell_code[len(station_code) :]
        fits = cell_code.startswith(station_code) and len(digits) == self.cell_digits and digits.isascii()
        return int(digits) if fits and digits.isdigit() else None


DEFAULT_LAYOUT = CodeLayout()


def number_cells(centres: ArrayLike) -> IntArray:
    """Order of the cells in reading order: west to east, then north to south.

    The box of all centres is cut into ``round(sqrt(cells))`` rows of equal height. Rows are read from north to south; in
    a row the centre farther west comes first, then the one farther north, then the one given first. A centre on the
    line between two rows belongs to the northern one. Centres are rounded to the millimetre first.

    Args:
        centres: (cells, 2) x to the east and y to the north, metres.

    Returns:
        (cells,) ``order[i]`` is the cell that gets number ``i``.
    """
    xy = np.round(np.asarray(centres, np.float64).reshape(-1, 2), 3)
    if not len(xy):
        return np.empty(0, np.int64)
    x, y = xy[:, 0], xy[:, 1]
    rows = max(1, round(len(xy) ** 0.5))
    height = float(y.max() - y.min())
    below_top = (y.max() - y) / height * rows if height > 0 else np.zeros(len(xy))
    row = np.clip(np.ceil(np.round(below_top, 9)) - 1, 0, rows - 1)
    return np.lexsort((np.arange(len(xy)), -y, x, row)).astype(np.int64)


def cell_codes(station_code: str, cells: int, layout: CodeLayout = DEFAULT_LAYOUT) -> tuple[str, ...]:
    """Codes of a first plan's cells, in the order of :func:`number_cells`."""
    return tuple(layout.cell_code(station_code, layout.first + i) for i in range(cells))


def keep_codes(
    old_cells_of_entities: Sequence[str] | ArrayLike,
    new_labels: ArrayLike,
    cells: int,
    *,
    station_code: str = "",
    workload: ArrayLike | None = None,
    used_codes: Collection[str] = (),
    layout: CodeLayout = DEFAULT_LAYOUT,
) -> tuple[str, ...]:
    """Codes of a redrawn plan's cells: a code stays with the cell that keeps most of its entities.

    Pairs of an old and a new cell are taken by the work that they share, most first. A new cell takes the old code if
    both are still free and it holds more of the old cell than any other new cell does, or more of it than of any other
    old cell. What is left over gets numbers above all that were ever used, in the order of the labels.

    Args:
        old_cells_of_entities: (n,) code of each entity's cell in the present plan, "" = none.
        new_labels: (n,) index of each entity's new cell, -1 = none.
        cells: number of new cells.
        station_code: prefix of new codes.
        workload: (n,) weight of each entity; default: every entity weighs one.
        used_codes: all codes ever used in the station, so that none is used again.
        layout: widths.

    Returns:
        (cells,) codes, each once.

    Raises:
        GriddingError: arrays of different lengths, labels out of range, or no number left in the layout.
    """
    old = np.asarray(old_cells_of_entities, dtype=str).ravel()
    new = np.asarray(new_labels, np.int64).ravel()
    weight = np.ones(len(new)) if workload is None else np.asarray(workload, np.float64).ravel()
    if not len(old) == len(new) == len(weight):
        raise GriddingError(f"{len(old)} old cells, {len(new)} new labels, {len(weight)} weights: they must match")
    if len(new) and new.max() >= cells:
        raise GriddingError(f"label {new.max()} is out of range: there are {cells} cells")
    known = (old != "") & (new >= 0)
    old_codes, index = np.unique(old[known], return_inverse=True)
    shared = np.zeros((len(old_codes), cells))
    np.add.at(shared, (index, new[known]), weight[known] + 1e-9)  # without any work the number of entities decides

    codes = [""] * cells
    taken: set[int] = set()
    rows, columns = np.nonzero(shared)
    for i in np.lexsort((columns, rows, -shared[rows, columns])):
        o, c = int(rows[i]), int(columns[i])
        most = shared[o, c] >= shared[o].max() or shared[o, c] >= shared[:, c].max()
        if most and o not in taken and not codes[c]:
            codes[c] = str(old_codes[o])
            taken.add(o)
    used = [layout.number(station_code, str(code)) for code in (*used_codes, *np.unique(old))]
    following = max((n + 1 for n in used if n is not None), default=layout.first)
    for c in range(cells):
        if not codes[c]:
            codes[c] = layout.cell_code(station_code, following)
            following += 1
    return tuple(codes)
