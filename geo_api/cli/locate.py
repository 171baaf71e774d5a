"""``gridward locate``: the cell of every point of a table, from a plan file, no database needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("locate")(locate)


def locate(
    plan: Annotated[Path, typer.Argument(help="plan written by 'gridward grid'", metavar="PLAN.gpkg")],
    points: Annotated[Path, typer.Argument(help="table of points (CSV)", metavar="POINTS.csv")],
    lon: Annotated[str, typer.Option(help="column of longitudes")],
    lat: Annotated[str, typer.Option(help="column of latitudes")],
    datum: Annotated[str, typer.Option(help="datum of the coordinates: wgs84, cgcs2000, gcj02, bd09, EPSG:n")],
    output: Annotated[Path, typer.Option("-o", "--output", help="table to write", metavar="OUT.csv")],
) -> None:
    """Add cell_code, border_distance_m and beyond_code to every row.

    A point outside every cell gets an empty cell_code, and the distance to the nearest cell with that cell's code.
    """
    from geo_api.services.locate_files import locate_files

    counts = locate_files(plan, points, lon=lon, lat=lat, datum=datum, output=output)
    print(
        f"{output}: {counts.rows} rows; {counts.inside} in a cell, {counts.outside} outside, "
        f"{counts.unreadable} without usable coordinates"
    )
