"""``gridward grid``: balanced cells from files, no database needed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

RULE_BROKEN = 2


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("grid")(grid)


def grid(
    lines: Annotated[list[str], typer.Option(help="boundary lines, may be given several times", metavar="F[:LAYER]")],
    entities: Annotated[
        str, typer.Option(help="entities: points, or a table with --lon and --lat", metavar="F[:LAYER]")
    ],
    datum: Annotated[str, typer.Option(help="datum of longitudes and latitudes: wgs84, cgcs2000, gcj02, bd09, EPSG:n")],
    output: Annotated[Path, typer.Option("-o", "--output", help="the plan to write", metavar="PLAN.gpkg")],
    cells: Annotated[int | None, typer.Option(help="number of cells", min=1)] = None,
    staff: Annotated[int | None, typer.Option(help="officers, instead of --cells", min=1)] = None,
    officers_per_cell: Annotated[
        float | None, typer.Option(help="officers that a cell needs, for --staff; default: 2")
    ] = None,
    outline: Annotated[
        str, typer.Option(help="polygon file; 'network' = what the lines enclose", metavar="F[:LAYER]")
    ] = "network",
    workload: Annotated[
        str | None, typer.Option(help="column with hours a year; default: from class and industry")
    ] = None,
    tolerance: Annotated[float, typer.Option(help="largest |deviation| from the ideal workload, 0 to 1")] = 0.03,
    seed: Annotated[int, typer.Option(help="seed of all randomness", min=0)] = 0,
    time_limit: Annotated[
        float | None, typer.Option(help="seconds after which the best result so far is taken")
    ] = None,
    starts: Annotated[
        int | None, typer.Option(help="independent searches on all cores, best plan taken; default: 2", min=1)
    ] = None,
    barriers: Annotated[
        list[str] | None,
        typer.Option(help="lines that no cell crosses unless it must, several times", metavar="F[:LAYER]"),
    ] = None,
    barrier_kinds: Annotated[
        str,
        typer.Option(help="kinds among --lines that no cell crosses unless it must; none = no kind", metavar="KINDS"),
    ] = "river,railway",
    bridges_count: Annotated[bool, typer.Option(help="cells may cross a barrier where a street does")] = False,
    base_units: Annotated[
        str | None, typer.Option(help="communities that cells keep whole", metavar="F[:LAYER]")
    ] = None,
    base_units_rule: Annotated[
        str, typer.Option(help="keep, prefer (where the tolerance allows) or ignore")
    ] = "prefer",
    cost: Annotated[
        list[str] | None,
        typer.Option(help="cost of a metre of border by kind of line, several times", metavar="KIND=N"),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="the plan in force: change as little as possible", metavar="PLAN.gpkg")
    ] = None,
    lock: Annotated[
        list[str] | None, typer.Option(help="cell of --keep that stays as it is, several times", metavar="CODE")
    ] = None,
    realigned: Annotated[
        Path | None, typer.Option("--realignment", help="list of the entities that change cell", metavar="F.csv|.xlsx")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="JSON report to write", metavar="REPORT.json")] = None,
    lon: Annotated[str | None, typer.Option(help="column of longitudes in a table of entities")] = None,
    lat: Annotated[str | None, typer.Option(help="column of latitudes in a table of entities")] = None,
    station_code: Annotated[str, typer.Option(help="prefix of the cell codes")] = "",
    stations: Annotated[
        str | None, typer.Option(help="features of the outline are stations: column of their names", metavar="COLUMN")
    ] = None,
    station_codes: Annotated[
        str | None, typer.Option(help="column of the stations' codes; default: numbered by name", metavar="COLUMN")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="stations built at once; default: one a core", min=1)] = None,
) -> int:
    """Draw balanced, connected cells along boundary lines and write them as a plan file.

    Exit status 2: the plan was written, but breaks a rule or misses the tolerance; the findings say why.
    """
    from geo_api.cli.grid_keep import cells_kept, check_kept, print_changes
    from geo_api.cli.grid_options import all_at_once, check_numbers, check_outputs, check_together, line_checks
    from geo_api.cli.grid_stations import StationColumns, draw_stations
    from geo_api.cli.grid_summary import summary
    from geo_api.cli.progress import print_findings, progress_line
    from geo_api.formats.build_report import build_report
    from geo_api.services.grid_files import GridFiles, grid_files
    from geo_api.services.grid_outline import from_network
    from geo_api.services.line_rules import parsed_costs, parsed_kinds, with_line_rules
    from geo_api.services.stopwatch import Stopwatch
    from gridding.findings import Severity
    from gridding.types import BuildParams
    from layers.raw import split_spec
    from layers.whole_file import write_whole

    files_named = (*(() if from_network(outline) else (outline,)), *lines, entities, *(barriers or ()))
    files_named += () if base_units is None else (base_units,)
    inputs = [*(split_spec(spec)[0] for spec in files_named), *(() if keep is None else (keep,))]
    params = BuildParams(
        cells=1,
        tolerance=tolerance,
        rng_seed=seed,
        time_limit_s=time_limit,
        starts=starts or (1 if stations else 2),  # stations side by side keep all cores busy
    )
    given = {"keep": keep, "lock": lock, "realignment": realigned, "station-codes": station_codes}
    kinds = parsed_kinds(barrier_kinds)
    rules = partial(with_line_rules, barriers=kinds, bridges_count=bridges_count, base_units_rule=base_units_rule)
    all_at_once(
        lambda: check_numbers(
            tolerance=tolerance, time_limit=time_limit, staff=staff, officers_per_cell=officers_per_cell
        ),
        lambda: check_kept(keep, lock, realigned, cells, staff),
        lambda: check_together(given, stations=stations, base_units=base_units, base_units_rule=base_units_rule),
        *line_checks(cost, lambda costs: rules(params, border_cost=costs)),
    )
    check_outputs({"--output": output, "--report": report, "--realignment": realigned}, inputs)
    params = rules(params, border_cost=parsed_costs(cost or ()))
    params = replace(params, cells=cells_kept(keep, cells, staff, officers_per_cell or 2.0))
    files = GridFiles(
        outline,
        tuple(lines),
        entities,
        datum,
        lon,
        lat,
        workload,
        barriers=tuple(barriers or ()),
        base_units=base_units,
        keep=keep,
        locks=tuple(lock or ()),
    )
    if stations is not None:
        by = StationColumns(stations, station_codes, station_code, workers)
        return draw_stations(files, params, output, report, by)
    outcome = grid_files(files, params, output, station_code=station_code, watch=Stopwatch(progress_line()))
    if report is not None:
        write_whole(report, build_report(outcome.result, params, outcome.seconds, outcome.findings))
    print_findings(outcome.findings)
    print(f"{output}: {summary(outcome.result, tolerance)}; {outcome.seconds['total']:.1f} s")
    print_changes(outcome.result, outcome.realignment, realigned)
    broken = any(finding.severity is Severity.ERROR for finding in outcome.findings)
    return RULE_BROKEN if broken else 0
