"""Use case: the cell of every row of a table, from a plan file (``gridward locate``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gridding.locate import CellLocator
from layers.crs import projection, territory_crs
from layers.datum import to_storage
from layers.errors import SourceError
from layers.plan_file import read_plan
from layers.tables import read_table
from layers.whole_file import check_target, write_whole

MILLIMETRES = 3
"""Digits of distances in metres."""


@dataclass(frozen=True, slots=True)
class LocateCounts:
    """Rows read, in a cell, outside every cell, and without usable coordinates."""

    rows: int
    inside: int
    outside: int
    unreadable: int


def locate_files(plan: Path, points: Path, *, lon: str, lat: str, datum: str, output: Path) -> LocateCounts:
    """Write the table again with cell_code, border_distance_m and beyond_code added; no row is lost.

    Raises:
        LayersError: a file or column that is missing or cannot be read.
    """
    check_target(output, inputs=(plan, points))
    (cells,) = read_plan(plan, "cells")
    cells = cells.sort_values("code").reset_index(drop=True)
    table = read_table(points)
    missing = [c for c in (lon, lat) if c not in table.columns]
    if missing:
        raise SourceError(
            f"{points}: no column {', '.join(map(repr, missing))}; the columns are {', '.join(map(str, table.columns))}"
        )
    x, y = (pd.to_numeric(table[c], errors="coerce").to_numpy(dtype=np.float64) for c in (lon, lat))
    x, y = to_storage(x, y, datum)
    locator = CellLocator(cells.geometry.to_numpy(), projection(territory_crs(tuple(cells.total_bounds))))
    index = locator.locate(x, y)
    distance, beyond = locator.border(x, y)
    codes = np.append(cells["code"].to_numpy(dtype=object), "")  # index -1 = no cell
    readable = np.isfinite(x) & np.isfinite(y)
    table = table.assign(
        cell_code=codes[index],
        border_distance_m=np.where(readable, np.round(distance, MILLIMETRES), np.nan),
        beyond_code=np.where(readable, codes[beyond], ""),
    )
    write_whole(output, table.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    inside = int((index >= 0).sum())
    return LocateCounts(len(table), inside, int(readable.sum()) - inside, int((~readable).sum()))
