"""What is published on a day, as lists: stations and cells with those who answer for them. From memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from geo_api.errors import NotFound
from geo_api.services.answers import CellRef, OfficerOnDuty, PlanRef, StationRow
from geo_api.services.lineage import CellHistory, CellLink, standing
from geo_api.services.snapshot import Snapshot, cells_under
from gridding.types import GeometryArray


@dataclass(frozen=True, slots=True)
class StationDetail:
    """A station: its code and name, the bureau above it, how many cells it has, and its own responsible persons."""

    code: str
    name: str
    bureau_code: str
    bureau_name: str
    cells: int
    officers: tuple[OfficerOnDuty, ...]


@dataclass(frozen=True, slots=True)
class StationList:
    """The stations in force on a day, sorted by code; ``rows`` holds their outlines, in the same order."""

    on: date
    revision: str
    stations: tuple[StationDetail, ...]
    rows: tuple[StationRow, ...]


@dataclass(frozen=True, slots=True)
class CellDetail:
    """A published cell: what it is, from which plan, its size, and who answers for it.

    ``workload_hours_per_year``: inspection hours; ``deviation``: signed fraction from the plan's ideal; ``area_m2``;
    ``fallback``: None where the officers are the cell's own, else "station", "sub-bureau" or "bureau".
    """

    cell: CellRef
    plan: PlanRef
    entities: int
    workload_hours_per_year: float
    deviation: float
    area_m2: float
    officers: tuple[OfficerOnDuty, ...]
    fallback: str | None


@dataclass(frozen=True, slots=True)
class CellList:
    """The cells in force on a day, sorted by code; ``polygons`` holds their geometry (EPSG:4490), in the same order."""

    on: date
    revision: str
    cells: tuple[CellDetail, ...]
    polygons: GeometryArray


@dataclass(frozen=True, slots=True)
class OneCell:
    """One cell code on a day.

    Attributes:
        on, revision: as in lists.
        status: "in_force", "superseded" or "not_yet" (see :class:`geo_api.services.lineage.Lineage`).
        since: first day of that status (for "not_yet": the day on which the code begins).
        cells, polygons: the cell while it is in force, else empty.
        successors: while it is not, the cells that hold its ground on that day, most ground first.
    """

    on: date
    revision: str
    status: str
    since: date
    cells: tuple[CellDetail, ...]
    polygons: GeometryArray
    successors: tuple[CellLink, ...] = ()


def list_stations(snapshot: Snapshot, *, with_telephones: bool) -> StationList:
    """All stations in force."""
    territory = snapshot.territory
    counts: dict[str, int] = {}
    for cell in territory.cells:
        counts[cell.station_code] = counts.get(cell.station_code, 0) + 1
    stations = tuple(
        StationDetail(
            code=s.code,
            name=s.name,
            bureau_code=s.bureau_code,
            bureau_name=territory.names.get(s.bureau_code, ""),
            cells=counts.get(s.code, 0),
            officers=shown_officers(territory.officers.get(s.code, ()), with_telephones=with_telephones),
        )
        for s in territory.stations
    )
    return StationList(snapshot.on, snapshot.revision, stations, territory.stations)


def list_cells(snapshot: Snapshot, *, with_telephones: bool, under: str | None = None) -> CellList:
    """All cells in force, or those of the station or bureau ``under``; NotFound if unknown."""
    chosen = list(range(len(snapshot.cells)))
    if under is not None:
        chosen = cells_under(snapshot, under)
        if not chosen and under not in snapshot.territory.names:
            raise NotFound(f"no jurisdiction has the code {under!r} on {snapshot.on}; /v1/stations lists the stations")
    return CellList(
        on=snapshot.on,
        revision=snapshot.revision,
        cells=tuple(cell_detail(snapshot, i, with_telephones=with_telephones) for i in chosen),
        polygons=snapshot.polygons[chosen],
    )


def one_cell(
    snapshot: Snapshot,
    history: CellHistory,
    *,
    code: str,
    with_telephones: bool,
    recorded_at: datetime | None = None,
) -> OneCell:
    """The cell of that code, or the cells that hold its ground where it is not in force; NotFound: never used.

    A code in force is answered from the snapshot alone.
    """
    index = snapshot.index_of.get(code)
    if index is None:
        where = standing(history, code=code, on=snapshot.on, recorded_at=recorded_at)
        if where.status != "in_force":
            nothing = snapshot.polygons[:0]
            return OneCell(snapshot.on, snapshot.revision, where.status, where.since, (), nothing, where.successors)
        raise NotFound(f"cell {code!r} came into force a moment ago; ask again")
    detail = cell_detail(snapshot, index, with_telephones=with_telephones)
    polygon = snapshot.polygons[[index]]
    return OneCell(snapshot.on, snapshot.revision, "in_force", detail.plan.valid_from, (detail,), polygon)


def cell_detail(snapshot: Snapshot, index: int, *, with_telephones: bool) -> CellDetail:
    """The cell at a position of the snapshot."""
    row = snapshot.cells[index]
    return CellDetail(
        cell=snapshot.refs[index],
        plan=row.plan,
        entities=row.entities,
        workload_hours_per_year=row.workload_hours_per_year,
        deviation=row.deviation,
        area_m2=row.area_m2,
        officers=shown_officers(snapshot.officers[index], with_telephones=with_telephones),
        fallback=snapshot.fallback[index],
    )


def shown_officers(officers: tuple[OfficerOnDuty, ...], *, with_telephones: bool) -> tuple[OfficerOnDuty, ...]:
    """Officers as a caller may see them."""
    if with_telephones:
        return officers
    return tuple(replace(o, telephone=None) for o in officers)
