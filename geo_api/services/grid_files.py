"""Use case: cells from files alone, with no database (``gridward grid``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from geo_api.errors import BadRequest
from geo_api.services.arrays import boundary_lines
from geo_api.services.grid_inputs import hours_per_year, read_inputs, unplaced_once
from geo_api.services.grid_keep import cells_of_plan, overlaps, present_plan, realignment, station_prefix
from geo_api.services.grid_outline import grid_outline
from geo_api.services.plan_frames import plan_frames
from geo_api.services.stopwatch import Stopwatch
from gridding.build import BuildResult, build_cells
from gridding.errors import OutlineError
from gridding.findings import Finding, gravest_first
from gridding.types import BuildParams
from layers.crs import projection, territory_crs
from layers.datum import datum_fit, from_storage
from layers.plan_file import write_plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["GridFiles", "GridOutcome", "grid_files", "hours_per_year", "name_of_cell"]

CHINA_LON, CHINA_LAT = (73.0, 136.0), (3.0, 54.0)


@dataclass(frozen=True, slots=True)
class GridFiles:
    """What to read: ``FILE`` or ``FILE:LAYER`` each; the outline may be ``network``, made from the lines.

    ``lon`` and ``lat`` name the columns of a CSV's coordinates; ``workload`` names a column of hours a year, None =
    from ``class`` and ``industry`` by the frequency table. ``barriers`` are lines that no cell crosses unless it must,
    ``base_units`` polygons (communities). ``keep`` is the plan file of the plan in force, from which as little as possible
    is changed, ``locks`` the codes of its cells that stay as they are.
    """

    outline: str
    lines: tuple[str, ...]
    entities: str
    datum: str
    lon: str | None = None
    lat: str | None = None
    workload: str | None = None
    barriers: tuple[str, ...] = ()
    base_units: str | None = None
    keep: Path | None = None
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GridOutcome:
    """The result, all findings (reading and building) gravest first, and seconds by stage.

    ``realignment``: the entities that go to another cell, None without a plan in force.
    """

    result: BuildResult
    findings: tuple[Finding, ...]
    seconds: dict[str, float]
    realignment: gpd.GeoDataFrame | None = None


def grid_files(
    files: GridFiles, params: BuildParams, plan_file: Path, *, station_code: str = "", watch: Stopwatch | None = None
) -> GridOutcome:
    """Read the files, draw the cells and write PLAN.gpkg.

    Raises:
        LayersError: a file that cannot be read or used; the message says which, where and why.
        GriddingError: an outline that cannot be used, or more cells than blocks.
    """
    watch = watch or Stopwatch()
    watch("read")
    inputs = read_inputs(files)
    lines, entities, points = inputs.lines, inputs.entities, inputs.points
    outline, outline_findings = grid_outline(files.outline, files.datum, lines, points)
    _refuse_without_lines(files, lines, outline, params.cells)
    misfit = datum_fit(
        *from_storage(points[:, 0], points[:, 1], files.datum), lines.geometry.to_numpy(), outline, files.datum
    )

    present = None if files.keep is None else present_plan(files.keep, files.locks, outline, points)
    if present is not None and not station_code:
        station_code = station_prefix(present.codes)
    try:
        result = build_cells(
            outline,
            boundary_lines(lines),
            points,
            inputs.hours,
            params,
            projection(territory_crs(outline.bounds)),
            station_code=station_code,
            base_units=inputs.base_units,
            present=present,
            on_progress=watch,
        )
    except OutlineError as problem:
        raise OutlineError(f"{files.outline}: {problem}") from problem

    watch("write")
    frames = plan_frames(result, entities, name_of_cell(outline.bounds))
    if present is not None:
        frames["realignment"] = realignment(result, entities, present, inputs.hours)
    write_plan(plan_file, frames)
    findings = (
        *outline_findings,
        *inputs.findings,
        *((misfit,) if misfit else ()),
        *(() if files.keep is None else overlaps(cells_of_plan(files.keep), files.keep)),
        *unplaced_once(inputs.findings, result.findings),
    )
    return GridOutcome(result, gravest_first(findings), watch.seconds(), frames.get("realignment"))


def _refuse_without_lines(files: GridFiles, lines: gpd.GeoDataFrame, outline: Any, cells: int) -> None:
    """Without a line in the outline there is one block only: say which files and where, not how many blocks."""
    if cells == 1 or (len(lines) and shapely.intersects(lines.geometry.to_numpy(), outline).any()):
        return
    names = ", ".join(Path(f).name for f in files.lines)
    within = "{:.4f}, {:.4f}, {:.4f}, {:.4f}".format
    where = f"they are within {within(*lines.total_bounds)}" if len(lines) else "none of them can be a border"
    raise BadRequest(
        f"{names}: no boundary line lies inside the outline ({len(lines)} lines were read; {where}; the outline is within "
        f"{within(*outline.bounds)}: west, south, east, north), so it cannot be divided into {cells} cells: add streets, "
        f"check --datum and that the files are of the same place"
    )


def name_of_cell(bounds: tuple[float, float, float, float]) -> str:
    """Pattern of the cells' names in the language of the place."""
    lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    in_china = CHINA_LON[0] < lon < CHINA_LON[1] and CHINA_LAT[0] < lat < CHINA_LAT[1]
    return "网格{number}" if in_china else "Cell {number}"
