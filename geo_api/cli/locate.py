"""``gridward locate``: the cell of every row of a table, from a plan file or from what is published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.errors import BadRequest

if TYPE_CHECKING:
    from geo_api.services.locate_files import LocateCounts


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("locate")(locate)


def locate(
    files: Annotated[
        list[str],
        typer.Argument(help="plan written by 'gridward grid', if any; the table", metavar="[PLAN.gpkg] TABLE"),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="table to write: .csv, .xlsx, .gpkg or .parquet", metavar="OUT")
    ],
    lon: Annotated[str | None, typer.Option(help="column of longitudes")] = None,
    lat: Annotated[str | None, typer.Option(help="column of latitudes")] = None,
    datum: Annotated[
        str | None, typer.Option(help="datum of the coordinates: wgs84, cgcs2000, gcj02, bd09, EPSG:n")
    ] = None,
    address: Annotated[str | None, typer.Option(help="column of addresses, matched in the database")] = None,
    on: Annotated[str | None, typer.Option("--on", help="without a plan: the day asked about", metavar="DATE")] = None,
) -> None:
    """Add the cell of every row: cell_code, status, border_distance_m and beyond_code.

    TABLE is CSV, XLSX, Parquet, GeoPackage, GeoJSON or Shapefile. With a plan no database is needed; without one the cells
    in force in the database of DATABASE_URL are used. A point outside every cell gets an empty cell_code, and the distance
    to the nearest cell with that cell's code. No row is lost: what cannot be read has the status 'invalid'.
    """
    from geo_api.cli.progress import progress_line
    from geo_api.services.locate_files import PlanGround, locate_points

    if len(files) > 2:
        raise BadRequest("one table, or a plan and a table, are expected")
    table, tell = files[-1], progress_line()
    if address is not None or len(files) == 1:
        counts = _in_database(files, table, output, lon, lat, datum, address, on)
    else:
        if on is not None:
            raise BadRequest("--on goes without a plan file: it chooses among the plans in the database")
        counts = locate_points(
            PlanGround(Path(files[0])), table, lon=lon, lat=lat, datum=datum, output=output, tell=tell
        )
    where = "in a cell" if address is None else "in one cell"
    what = "coordinates" if address is None else "address"
    print(
        f"{output}: {counts.rows} rows; {counts.inside} {where}, {counts.outside} "
        f"{'outside' if address is None else 'not answered with one cell'}, {counts.unreadable} without usable {what}"
    )
    if counts.renamed:
        print(f"columns of these names were there already; written: {', '.join(counts.renamed)}")


def _in_database(
    files: list[str],
    table: str,
    output: Path,
    lon: str | None,
    lat: str | None,
    datum: str | None,
    address: str | None,
    on: str | None,
) -> LocateCounts:
    from geo_api.cli.asking import asking
    from geo_api.cli.progress import progress_line
    from geo_api.services.locate_files import PublishedGround, locate_addresses, locate_points

    if address is not None and (len(files) > 1 or lon or lat or datum):
        raise BadRequest("--address asks the database: it goes without a plan file, --lon, --lat and --datum")
    with asking(on, None) as ask:
        if address is not None:
            return locate_addresses(
                lambda texts: ask.lookup.addresses(texts, on=ask.on),
                table,
                address=address,
                output=output,
                tell=progress_line(),
            )
        snapshot = ask.lookup.snapshot(ask.on)
        ground = PublishedGround([ref.code for ref in snapshot.refs], snapshot.finder)
        return locate_points(ground, table, lon=lon, lat=lat, datum=datum, output=output, tell=progress_line())
