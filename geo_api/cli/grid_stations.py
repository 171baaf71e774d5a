"""``gridward grid --stations COLUMN``: the cells of all stations of a bureau in one plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_api.services.grid_files import GridFiles
    from gridding.types import BuildParams


@dataclass(frozen=True, slots=True)
class StationColumns:
    """Columns of names and codes, the prefix of the codes, and how many stations are built at once."""

    names: str
    codes: str | None
    prefix: str
    workers: int | None


def draw_stations(files: GridFiles, params: BuildParams, output: Path, report: Path | None, by: StationColumns) -> int:
    """Draw and write all stations; the command's exit status."""
    from geo_api.cli.grid import RULE_BROKEN
    from geo_api.cli.progress import print_findings, progress_line
    from geo_api.formats.stations_report import stations_report
    from geo_api.services.grid_stations import grid_stations
    from geo_api.services.stopwatch import Stopwatch
    from gridding.findings import Severity
    from layers.whole_file import write_whole

    tell = progress_line()
    outcome = grid_stations(
        files,
        params,
        output,
        name_column=by.names,
        code_column=by.codes,
        station_code=by.prefix,
        workers=by.workers,
        watch=Stopwatch(tell),
        tell=tell,
    )
    if report is not None:
        write_whole(report, stations_report(outcome, params))
    print_findings(outcome.findings)
    built = [s.result for s in outcome.stations if s.result is not None]
    within = sum(r.metrics["max_abs_deviation"] <= params.tolerance + 1e-12 for r in built)
    print(
        f"{output}: {sum(len(r.codes) for r in built)} cells in {len(built)} of {len(outcome.stations)} stations, "
        f"{sum(int(r.entities.sum()) for r in built)} entities; {within} stations within the tolerance of "
        f"{params.tolerance:.2%}, tiling {'exact' if outcome.tiling.exact else 'BROKEN'}; {outcome.seconds['total']:.1f} s"
    )
    broken = any(finding.severity is Severity.ERROR for finding in outcome.findings)
    return RULE_BROKEN if broken else 0
