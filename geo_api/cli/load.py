"""``gridward load`` and ``gridward place``: the register goes in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.people import By, Key, Reason, Role

if TYPE_CHECKING:
    from geo_api.services.load_report import LoadResult


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("load")(load)
    app.command("place")(place)


def load(
    manifest: Annotated[Path, typer.Argument(help="manifest of the data (TOML)", metavar="MANIFEST")],
    rejected: Annotated[
        Path | None, typer.Option(help="table of the rows that were not stored, with reasons", metavar="FILE")
    ] = None,
    on: Annotated[str | None, typer.Option(help="day from which changes hold (default today)", metavar="DATE")] = None,
    by: By = None,
) -> None:
    """Load what a manifest names into the database: all of it, or nothing. Loading twice changes nothing."""
    from geo_api.cli.people import day, login_name
    from geo_api.cli.progress import print_findings
    from geo_api.cli.rejected import write_rejected
    from geo_api.db import open_store
    from geo_api.services.addresses.store import build as read_addresses
    from geo_api.services.load import load as run
    from geo_api.settings import load_settings
    from layers import read_dataset

    today = day(on, "--on") if on else None
    with open_store() as store:
        store.ping()
        dataset = read_dataset(manifest)
        actor = by or login_name()
        result = run(dataset, store.register, actor=actor, today=today)
        read_addresses(store.gazetteer, load_settings().address_region, actor=actor)
    print_findings(result.findings)
    if rejected is not None:
        write_rejected(result.rejected, rejected)
    _report(result, rejected)


def _report(result: LoadResult, rejected: Path | None) -> None:
    """What was stored, as text."""
    if result.unchanged:
        print(f"{result.dataset}: nothing to store, all of it is stored already")
    for table, counts in result.counts.items():
        if counts.given or counts.touched or counts.kept:
            print(
                f"  {table:14s} {counts.given:8d} given {counts.new:8d} new {counts.changed:7d} changed "
                f"{counts.same:8d} same {counts.ended:6d} ended {counts.kept:6d} kept"
            )
    if len(result.rejected):
        where = f"see {rejected}" if rejected else "give --rejected FILE to see them with their reasons"
        print(f"{len(result.rejected)} rows were not stored: {where}")


def place(
    entity: Annotated[int, typer.Argument(help="permanent id of the entity, as the gaps list it", metavar="ENTITY")],
    lon: Annotated[float, typer.Option(help="longitude, degrees")],
    lat: Annotated[float, typer.Option(help="latitude, degrees")],
    datum: Annotated[str, typer.Option(help="datum of the place: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")],
    by: By = None,
    role: Role = "admin",
    key: Key = None,
    reason: Reason = "",
) -> None:
    """Give an entity its place by hand. A later load of its register keeps it, until the source names one itself."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.place import place_entity

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key)
        placed = place_entity(store.places, entity, lon, lat, datum=datum, caller=who, reason=reason)
    where = f"cell {placed.cell_code}" if placed.cell_code else "no cell"
    print(f"{placed.name} (entity {entity}) is at {placed.lon:.8f}, {placed.lat:.8f} (EPSG:4490), in {where}")
