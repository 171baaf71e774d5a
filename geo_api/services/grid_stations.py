"""Use case: the cells of all stations of a bureau from files, in one plan (``gridward grid --stations COLUMN``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_api.errors import BadRequest
from geo_api.services.arrays import boundary_lines
from geo_api.services.grid_files import GridFiles, name_of_cell
from geo_api.services.grid_inputs import GridInputs, read_inputs, unplaced_once
from geo_api.services.plan_frames import CRS, plan_frames
from geo_api.services.station_jobs import StationJob, StationResult, build_stations, cores, prepare_workers
from geo_api.services.station_outlines import Stations, read_stations
from geo_api.services.stopwatch import Stopwatch
from gridding.build import BuildResult
from gridding.exclusive import units_near
from gridding.findings import Finding, Severity, gravest_first
from gridding.points import points_outside
from gridding.stations import cells_by_workload, heaviest_first, lines_near, station_of_points
from gridding.tally import tally
from gridding.tiling import check_tiling
from gridding.types import BuildParams, Int32Array, IntArray, TilingReport
from layers.datum import datum_fit, from_storage
from layers.plan_file import write_plan


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One station's share of the plan; ``result`` is None where it failed, ``failure`` then says why."""

    code: str
    name: str
    cells: int
    entities: int
    result: BuildResult | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class StationsOutcome:
    """All stations in the order of their codes, the proof that their cells tile them, findings, seconds by stage.

    The proof holds for all stations that were built, together.
    """

    stations: tuple[StationPlan, ...]
    tiling: TilingReport
    findings: tuple[Finding, ...]
    seconds: dict[str, float]


def grid_stations(
    files: GridFiles,
    params: BuildParams,
    plan_file: Path,
    *,
    name_column: str,
    code_column: str | None = None,
    station_code: str = "",
    workers: int | None = None,
    watch: Stopwatch | None = None,
    tell: Callable[[str], None] | None = None,
) -> StationsOutcome:
    """Read the files, draw the cells of every station and write one PLAN.gpkg.

    The outlines are noded once, together. Every entity belongs to the first station that covers it, by code. Each
    station gets a share of ``params.cells`` by its workload, at least one cell. A station that cannot be built is
    reported, and the others go on.

    Args:
        files: ``files.outline`` is the layer of the stations.
        params: for all stations; ``params.cells`` is the number of all cells together.
        plan_file: the plan to write.
        name_column, code_column: columns of the stations' layer.
        station_code: goes before each station's code.
        workers: processes, None = one a core.
        watch: told each stage.
        tell: told of each station as it is done.

    Raises:
        LayersError, BadRequest: files that cannot be read. GriddingError: outlines that cannot be used, fewer cells
            than stations, or not one station could be built.
    """
    watch = watch or Stopwatch()
    workers = workers or cores()
    if workers > 1:
        prepare_workers()
    watch("read")
    inputs = read_inputs(files)
    watch("outlines")
    stations = read_stations(
        files.outline, datum=files.datum, name_column=name_column, code_column=code_column, prefix=station_code
    )
    station_of = station_of_points(stations.outlines, inputs.points)
    cells = cells_by_workload(tally(station_of, inputs.hours, len(stations)), params.cells)
    watch("stations")
    done: list[StationResult | None] = [None] * len(stations)
    jobs = _jobs(stations, inputs, station_of, cells, params)
    for finished, one in enumerate(build_stations(jobs, workers), 1):
        done[one.index] = one
        if tell is not None:
            tell(f"{finished}/{len(stations)} {_line(stations, one, params.tolerance)}")
    results = [one for one in done if one is not None]
    if not any(one.result for one in results):
        raise BadRequest(f"none of the {len(stations)} stations could be built; the first: {results[0].failure}")

    watch("proof")
    built = [one.result for one in results if one.result is not None]
    whole = shapely.coverage_union_all([result.blocks.outline for result in built])
    tiling = check_tiling(whole, np.concatenate([result.cells for result in built]), stations.to_metres)
    watch("write")
    pattern = name_of_cell(stations.bounds)
    write_plan(plan_file, _frames(stations, inputs, station_of, results, pattern))
    misfit = datum_fit(
        *from_storage(inputs.points[:, 0], inputs.points[:, 1], files.datum),
        inputs.lines.geometry.to_numpy(),
        shapely.union_all(stations.outlines, grid_size=1e-8),
        files.datum,
    )
    findings = [*inputs.findings, *stations.findings, *((misfit,) if misfit else ())]
    findings += unplaced_once(inputs.findings, points_outside(inputs.points, station_of))
    findings += _told_together([_station_findings(stations, one) for one in results])
    findings += tiling.findings
    plans = tuple(
        StationPlan(
            stations.codes[one.index],
            stations.names[one.index],
            int(cells[one.index]),
            int((station_of == one.index).sum()),
            one.result,
            one.failure,
        )
        for one in results
    )
    return StationsOutcome(plans, tiling, gravest_first(findings), watch.seconds())


def _jobs(
    stations: Stations, inputs: GridInputs, station_of: Int32Array, cells: IntArray, params: BuildParams
) -> list[StationJob]:
    """One job a station, those that take longest first."""
    lines = boundary_lines(inputs.lines)
    limit = params.time_limit_s
    if limit is not None:  # of the whole command: each station has its share of the cores' time
        limit = limit * cores() / len(stations)
    factors = dict(params.cost_factor)  # what goes to another process must be a plain mapping
    jobs = []
    for i in heaviest_first(stations.outlines, lines, cells).tolist():
        mine = station_of == i
        jobs.append(
            StationJob(
                index=i,
                outline=stations.outlines[i],
                lines=lines_near(lines, shapely.bounds(stations.outlines[i])),
                points=inputs.points[mine],
                workload=inputs.hours[mine],
                params=replace(params, cells=int(cells[i]), time_limit_s=limit, cost_factor=factors),
                station_code=stations.codes[i],
                bounds=stations.bounds,
                base_units=None if inputs.base_units is None else units_near(inputs.base_units, stations.outlines[i]),
            )
        )
    return jobs


def _line(stations: Stations, one: StationResult, tolerance: float) -> str:
    name = f"{stations.codes[one.index]} {stations.names[one.index]}"
    if one.result is None:
        return f"{name}: FAILED: {one.failure}"
    worst = one.result.metrics["max_abs_deviation"]
    late = "" if worst <= tolerance else f" (tolerance {tolerance:.2%})"
    return (
        f"{name}: {counted(len(one.result.codes), 'cell')} from "
        f"{counted(one.result.blocks.topology.blocks, 'block')}, "
        f"largest deviation {worst:.2%}{late}"
    )


def counted(number: int, what: str) -> str:
    """``1 cell``, ``2 cells``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _station_findings(stations: Stations, one: StationResult) -> list[Finding]:
    """A station's findings with its name, entities outside left out: those are in another station."""
    code, name = stations.codes[one.index], stations.names[one.index]
    if one.result is None:
        at = shapely.point_on_surface(stations.outlines[one.index])
        return [
            Finding(
                "station.failed",
                Severity.ERROR,
                f"station {code} {name} has no cells: {one.failure}",
                f"监管所 {code} {name} 未能划分：{one.failure}",
                where=code,
                at=(round(float(at.x), 7), round(float(at.y), 7)),
                details={"findings": [finding.as_dict() for finding in one.findings]},
            )
        ]
    return [
        replace(
            finding,
            message=f"{name}: {finding.message}",
            message_zh=f"{name}:{finding.message_zh}" if finding.message_zh else "",
            where=finding.where or code,
            details={**finding.details, "station": code},
        )
        for finding in one.result.findings
    ]


def _told_together(by_station: list[list[Finding]]) -> list[Finding]:
    """All findings; what is merely worth knowing is said once for all stations, with the sum."""
    told = [finding for findings in by_station for finding in findings if finding.severity is not Severity.INFO]
    rules: dict[str, list[Finding]] = {}
    for findings in by_station:
        for finding in findings:
            if finding.severity is Severity.INFO:
                rules.setdefault(finding.rule, []).append(finding)
    for rows in rules.values():
        if len(rows) == 1:
            told.append(rows[0])
            continue
        total = sum(row.value or 0.0 for row in rows)
        stations = sorted({str(row.details["station"]) for row in rows})
        told.append(
            replace(
                rows[0],
                message=f"{len(stations)} stations, {total:g} {rows[0].unit} in all; the first: {rows[0].message}",
                message_zh=f"涉及 {len(stations)} 个监管所；第一处：{rows[0].message_zh}",
                value=total,
                where="",
                details={"stations": stations},
            )
        )
    return told


def _frames(
    stations: Stations,
    inputs: GridInputs,
    station_of: Int32Array,
    results: list[StationResult],
    pattern: str,
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of one plan file for all stations; each row names its station."""
    cell_code = np.full(len(station_of), None, dtype=object)
    layers: dict[str, list[gpd.GeoDataFrame]] = {name: [] for name in ("cells", "blocks", "borders")}
    blocks = 0
    for one in results:
        if one.result is None:
            continue
        mine = np.flatnonzero(station_of == one.index)
        name = stations.names[one.index].replace("{", "(").replace("}", ")")
        frames = plan_frames(one.result, inputs.entities.iloc[mine], f"{name} {pattern}")
        for layer, kept in layers.items():
            kept.append(frames[layer].assign(station=stations.codes[one.index]))
        layers["blocks"][-1]["block_id"] += blocks
        blocks += len(frames["blocks"])
        cell_code[mine] = frames["entities"]["cell_code"].to_numpy()
    whole = {layer: _joined(kept) for layer, kept in layers.items()}
    named = inputs.entities.rename(columns={"cell_code": "source_cell_code"}).reset_index(drop=True)
    station = np.array([*stations.codes, None], dtype=object)[station_of]
    column = "station" if "station" not in named.columns else "station_code"
    extra = {} if column in named.columns else {column: station}
    return {
        "outline": gpd.GeoDataFrame(
            {"name": list(stations.names), "code": list(stations.codes)}, geometry=_met(stations, results), crs=CRS
        ),
        **whole,
        "entities": named.assign(**extra, cell_code=cell_code),
    }


def _met(stations: Stations, results: list[StationResult]) -> np.ndarray:
    """The outlines as the cells meet them, with every vertex on them; as noded where a station failed."""
    shapes = stations.outlines.copy()
    for one in results:
        if one.result is not None:
            shapes[one.index] = one.result.blocks.outline
    return shapes


def _joined(frames: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    rows = [frame for frame in frames if len(frame)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(rows, ignore_index=True), crs=CRS)
