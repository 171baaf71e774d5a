"""Use case: the cell of every row of a table (``gridward locate``), from a plan file or from what is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import shapely

from geo_api.errors import BadRequest
from geo_api.services.answers import LookupAnswer
from geo_api.services.finder import CellFinder
from geo_api.services.point_tables import PlaceTable, check_places_target, read_places, write_places
from gridding.locate import CellLocator
from gridding.types import FloatArray, Int32Array
from layers.crs import projection, territory_crs
from layers.datum import datum_name, to_storage
from layers.errors import SourceError
from layers.plan_file import read_plan
from layers.whole_file import check_target

MILLIMETRES = 3
"""Digits of distances in metres."""

PART = 200_000
"""Rows that are located between two words about progress."""


@dataclass(frozen=True, slots=True)
class LocateCounts:
    """Rows read, in a cell, outside every cell (or not matched), and without usable coordinates or address."""

    rows: int
    inside: int
    outside: int
    unreadable: int
    renamed: tuple[str, ...] = ()


class Ground(Protocol):
    """The cells that a table is located in; distances and codes are those of the nearest cell for points outside."""

    codes: Sequence[str]

    def locate(self, lon: FloatArray, lat: FloatArray) -> tuple[Int32Array, FloatArray, Int32Array]:
        """(cell, metres to the border, cell beyond) of points in the storage datum; -1 = none."""
        ...


class PlanGround:
    """The cells of a plan file."""

    def __init__(self, plan: Path) -> None:
        (cells,) = read_plan(plan, "cells")
        cells = cells.sort_values("code").reset_index(drop=True)
        self.codes: Sequence[str] = cells["code"].tolist()
        self._locator = CellLocator(cells.geometry.to_numpy(), projection(territory_crs(tuple(cells.total_bounds))))

    def locate(self, lon: FloatArray, lat: FloatArray) -> tuple[Int32Array, FloatArray, Int32Array]:
        """See :class:`Ground`."""
        return self._locator.locate_with_border(lon, lat)


class PublishedGround:
    """The cells in force on a day."""

    def __init__(self, codes: Sequence[str], finder: CellFinder | None) -> None:
        if finder is None:
            raise BadRequest("no plan is published for that day: name a plan file, or another day")
        self.codes, self._finder = codes, finder

    def locate(self, lon: FloatArray, lat: FloatArray) -> tuple[Int32Array, FloatArray, Int32Array]:
        """See :class:`Ground`; nan where coordinates are missing."""
        good = np.isfinite(lon) & np.isfinite(lat)
        cell, beyond = np.full(len(lon), -1, np.int32), np.full(len(lon), -1, np.int32)
        metres = np.full(len(lon), np.nan)
        cell[good], metres[good], beyond[good] = self._finder.many(lon[good], lat[good])
        for row in np.flatnonzero(good & (cell < 0)).tolist():  # outside: few, as a rule
            beyond[row], metres[row] = self._finder.nearest(float(lon[row]), float(lat[row]))
        return cell, metres, beyond


def locate_points(
    ground: Ground,
    points: str | Path,
    *,
    lon: str | None,
    lat: str | None,
    datum: str | None,
    output: Path,
    tell: Callable[[str], None] = lambda line: None,
) -> LocateCounts:
    """Write the table again with cell_code, status, border_distance_m and beyond_code added; no row is lost.

    Without ``lon`` and ``lat`` the points of the file itself are located.

    Raises:
        LayersError: a file or column that is missing or cannot be read.
    """
    table = _read(points, output)
    x, y, name = _coordinates(table, lon, lat, datum)
    x, y = to_storage(x, y, name)
    n = len(x)
    cell, beyond, metres = np.full(n, -1, np.int32), np.full(n, -1, np.int32), np.full(n, np.nan)
    for first in range(0, n, PART):
        part = slice(first, first + PART)
        cell[part], metres[part], beyond[part] = ground.locate(x[part], y[part])
        if n > PART:
            tell(f"{min(first + PART, n):,} of {n:,} rows located")
    codes = np.append(np.array(ground.codes, dtype=object), "")  # index -1 = no cell
    readable = np.isfinite(x) & np.isfinite(y)
    status = np.where(readable, np.where(cell >= 0, "found", "outside"), "invalid")
    added = {
        "cell_code": codes[cell],
        "status": status,
        "border_distance_m": np.where(readable, np.round(metres, MILLIMETRES), np.nan),
        "beyond_code": np.where(readable, codes[beyond], ""),
    }
    places = np.where(readable, shapely.points(np.where(readable, x, 0.0), np.where(readable, y, 0.0)), None)
    renamed = _write(table, added, output, np.asarray(places, dtype=object))
    inside = int((cell >= 0).sum())
    return LocateCounts(n, inside, int(readable.sum()) - inside, int((~readable).sum()), renamed)


def locate_addresses(
    answers: Callable[[Sequence[str]], list[LookupAnswer]],
    table_file: str | Path,
    *,
    address: str,
    output: Path,
    tell: Callable[[str], None] = lambda line: None,
) -> LocateCounts:
    """The same for a column of addresses: cell_code, status, matched_address, method, confidence, candidates."""
    table = _read(table_file, output)
    _check_columns(table, [address])
    column = table.frame[address]
    texts = [str(v) for v in column.astype(object).where(column.notna(), "").tolist()]
    asked = [i for i, text in enumerate(texts) if any(c.isalnum() for c in text)]
    found: dict[int, LookupAnswer] = {}
    for first in range(0, len(asked), PART // 10):
        part = asked[first : first + PART // 10]
        found.update(zip(part, answers([texts[i] for i in part]), strict=True))
        if len(asked) > PART // 10:
            tell(f"{len(found):,} of {len(asked):,} addresses answered")
    each = [found.get(i) for i in range(len(texts))]
    added: dict[str, Any] = {
        "cell_code": [a.cell.code if a and a.cell else "" for a in each],
        "status": [a.status if a else "invalid" for a in each],
        "matched_address": [(a.matched_address or "") if a else "" for a in each],
        "method": [(a.method or "") if a else "" for a in each],
        "confidence": [np.nan if a is None or a.confidence is None else a.confidence for a in each],
        "candidates": [" ".join(dict.fromkeys(c.cell.code for c in a.candidates if c.cell)) if a else "" for a in each],
    }
    places = [shapely.Point(a.lon, a.lat) if a and a.lon is not None and a.lat is not None else None for a in each]
    renamed = _write(table, added, output, np.array(places, dtype=object))
    inside = sum(bool(code) for code in added["cell_code"])
    return LocateCounts(len(texts), inside, len(asked) - inside, len(texts) - len(asked), renamed)


def _read(source: str | Path, output: Path) -> PlaceTable:
    table = read_places(source)
    check_places_target(output, len(table.frame))
    check_target(output, inputs=(source,))
    return table


def _coordinates(
    table: PlaceTable, lon: str | None, lat: str | None, datum: str | None
) -> tuple[FloatArray, FloatArray, str]:
    if (lon is None) != (lat is None):
        raise BadRequest("give --lon and --lat both, or neither: then the points of the file itself are located")
    if lon is not None and lat is not None:
        _check_columns(table, [lon, lat])
        if datum is None:
            raise BadRequest("--datum is missing: say what the coordinates are in; it is never guessed")
        x, y = (
            pd.to_numeric(table.frame[c].astype(object), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
            for c in (lon, lat)
        )
        return x, y, datum_name(datum)
    if table.points is None:
        raise BadRequest(f"{table.name} has no points of its own: name its columns with --lon and --lat")
    said = datum or table.crs
    if said is None:
        raise BadRequest(f"{table.name} does not say what its points are in: add --datum")
    return *table.xy(), datum_name(said)


def _check_columns(table: PlaceTable, names: Sequence[str]) -> None:
    missing = [c for c in names if c not in table.frame.columns]
    if missing:
        known = ", ".join(map(str, table.frame.columns))
        raise SourceError(f"{table.name}: no column {', '.join(map(repr, missing))}; the columns are {known}")


def _write(table: PlaceTable, added: dict[str, Any], output: Path, places: Any) -> tuple[str, ...]:
    """Write the table with its new columns, under other names where these are taken; those that were renamed."""
    frame, renamed = table.frame.copy(), []
    if any(table.torn):
        added = {**added, "row_problem": table.torn}
    for name, values in added.items():
        free = name
        while free in frame.columns:
            free = f"gridward_{free}"
        if free != name:
            renamed.append(f"{name} as {free}")
        frame[free] = values
    kind = output.suffix.lower()
    own = table.points is not None
    points = (table.points if own else places) if kind == ".gpkg" or own else None
    write_places(output, frame, points, (table.crs if own else "EPSG:4490"))
    return tuple(renamed)
