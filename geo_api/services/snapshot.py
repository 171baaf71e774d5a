"""An immutable picture of what is published on one day, made for answering questions without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_api.services.answers import (
    CellRef,
    CellRow,
    OfficerOnDuty,
    PatrolGroupRef,
    PlanRef,
    PublishedTerritory,
    StationRow,
)
from geo_api.services.finder import CellFinder, FinderFactory
from geo_api.services.on_duty import answering
from geo_api.services.sub_areas import SubAreaFinder, sub_area_finders
from gridding.types import FloatArray, GeometryArray

READ_AT_ONCE = 100
"""Polygons that are read without a pause."""


@dataclass(frozen=True, slots=True)
class BareStation:
    """A station that has no plan in force: its outline, and the officers of the station or the bureau."""

    code: str
    outline: Any
    officers: tuple[OfficerOnDuty, ...]
    fallback: str | None

    def covers(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.bool_]:
        """Which points lie in it, its border included."""
        inside: NDArray[np.bool_] = shapely.intersects_xy(self.outline, lon, lat)
        return inside


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is published and in force on one day, in memory.

    Attributes:
        territory: as read from the database; its cells are sorted by code, and every tuple below follows their order.
        recorded_at: None, or the moment whose knowledge this is.
        polygons: (cells,) shapely geometry in EPSG:4490.
        refs, officers, fallback: cell and station; who answers for it; None, or "station", "sub-bureau",
            "bureau" where the officers are not the cell's own.
        index_of: cell code -> position.
        finder: point -> cell; None where nothing is published.
        bare: stations without a cell in force: code, outline, who answers there, and at which level.
        groups: the patrol group of each cell, None = in none.
        divided: cell position -> its sub-areas, for the cells that have some.
    """

    territory: PublishedTerritory
    recorded_at: datetime | None
    polygons: GeometryArray
    refs: tuple[CellRef, ...]
    officers: tuple[tuple[OfficerOnDuty, ...], ...]
    fallback: tuple[str | None, ...]
    index_of: dict[str, int]
    finder: CellFinder | None
    bare: tuple[BareStation, ...] = ()
    groups: tuple[PatrolGroupRef | None, ...] = ()
    divided: Mapping[int, SubAreaFinder] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """The day that it holds for."""
        return self.territory.on

    @property
    def revision(self) -> str:
        """The store's revision that it was read at."""
        return self.territory.revision

    @property
    def cells(self) -> tuple[CellRow, ...]:
        """The cells, sorted by code."""
        return self.territory.cells

    def plan(self, index: int) -> PlanRef:
        """The plan that a cell comes from."""
        return self.territory.cells[index].plan


def build_snapshot(
    territory: PublishedTerritory,
    make_finder: FinderFactory,
    *,
    recorded_at: datetime | None = None,
    before: Snapshot | None = None,
) -> Snapshot:
    """Make the picture; cells are sorted by code, because the lowest code wins on a shared border.

    Where stations and cells are those of ``before``, its polygons and its point index are taken over.
    """
    cells = tuple(sorted(territory.cells, key=lambda c: c.code))
    stations = tuple(sorted(territory.stations, key=lambda s: s.code))
    same = before is not None and _same_ground(before, stations, cells)
    polygons = before.polygons if same and before else _polygons([c.wkb for c in cells])
    station_at = {s.code: i for i, s in enumerate(stations)}
    cell_station = np.array([station_at.get(c.station_code, -1) for c in cells], dtype=np.int32)
    who = [answering(territory, c.code, c.station_code) for c in cells]
    index_of = {c.code: i for i, c in enumerate(cells)}
    finder = before.finder if same and before else None
    if finder is None and cells:
        finder = make_finder(_polygons([s.outline_wkb for s in stations]), polygons, cell_station)
    return Snapshot(
        territory=replace(territory, cells=cells, stations=stations),
        recorded_at=recorded_at,
        polygons=polygons,
        refs=tuple(_ref(c, territory) for c in cells),
        officers=tuple(officers for officers, _ in who),
        fallback=tuple(level for _, level in who),
        index_of=index_of,
        finder=finder,
        bare=_bare_stations(territory, stations, {c.station_code for c in cells}),
        groups=tuple(territory.groups.get(c.code) for c in cells),
        divided=sub_area_finders(territory, index_of),
    )


def _same_ground(before: Snapshot, stations: tuple[StationRow, ...], cells: tuple[CellRow, ...]) -> bool:
    """Whether codes, cells and outlines are those of another snapshot, byte for byte."""
    held = before.territory
    return [(c.code, c.station_code, c.wkb) for c in cells] == [
        (c.code, c.station_code, c.wkb) for c in held.cells
    ] and [(s.code, s.outline_wkb) for s in stations] == [(s.code, s.outline_wkb) for s in held.stations]


def _bare_stations(
    territory: PublishedTerritory, stations: tuple[StationRow, ...], drawn: set[str]
) -> tuple[BareStation, ...]:
    bare = [s for s in stations if s.code not in drawn]
    outlines = _polygons([s.outline_wkb for s in bare])
    shapely.prepare(outlines)
    who = [answering(territory, s.code, s.code) for s in bare]
    return tuple(
        BareStation(station.code, outline, officers, level)
        for station, outline, (officers, level) in zip(bare, outlines, who, strict=True)
    )


def _polygons(wkb: list[bytes]) -> GeometryArray:
    """In parts: reading them holds the interpreter, and questions are being answered meanwhile."""
    out = np.empty(len(wkb), dtype=object)
    for first in range(0, len(wkb), READ_AT_ONCE):
        out[first : first + READ_AT_ONCE] = shapely.from_wkb(wkb[first : first + READ_AT_ONCE])
    return out


def _ref(cell: CellRow, territory: PublishedTerritory) -> CellRef:
    return CellRef(cell.code, cell.name, cell.station_code, territory.names.get(cell.station_code, ""))


def cells_under(snapshot: Snapshot, code: str) -> list[int]:
    """Positions of the cells of a station or of a jurisdiction above it."""
    above: dict[str, set[str]] = {}
    for station in {c.station_code for c in snapshot.cells}:
        chain, at = {station}, snapshot.territory.parents.get(station, "")
        while at and at not in chain:
            chain.add(at)
            at = snapshot.territory.parents.get(at, "")
        above[station] = chain
    return [i for i, c in enumerate(snapshot.cells) if code in above[c.station_code]]
