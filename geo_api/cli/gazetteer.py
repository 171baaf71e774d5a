"""``gridward gazetteer ...``: what addresses are found by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.people import By


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    gazetteer = typer.Typer(help="What addresses are found by: build it, import files.", no_args_is_help=True)
    gazetteer.command("build")(build)
    gazetteer.command("import")(import_)
    app.add_typer(gazetteer, name="gazetteer")


def build(by: By = None) -> None:
    """Read every address that was not read yet by this version, and keep what it says. Done again, it does nothing.

    'gridward load' and 'gridward gazetteer import' do it by themselves; do it after an upgrade.
    """
    from geo_api.cli.people import login_name
    from geo_api.db import open_store
    from geo_api.services.addresses.store import build as run
    from geo_api.settings import load_settings

    def tell(done: int, of: int) -> None:
        typer.echo(f"  {done} of {of} addresses read", err=True)

    with open_store() as store:
        store.ping()
        done = run(store.gazetteer, load_settings().address_region, actor=by or login_name(), tell=tell)
    print(f"{done} addresses read" if done else "nothing to do: every address is read already")


def import_(
    kind: Annotated[str, typer.Argument(help="points, places, streets, former or divisions", metavar="KIND")],
    file: Annotated[str, typer.Argument(help="the file, with its layer where it has several", metavar="FILE[:LAYER]")],
    datum: Annotated[
        str | None, typer.Option(help="datum of its coordinates: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="name of the origin: a later file of it replaces this one; default: the file's name"),
    ] = None,
    address: Annotated[str | None, typer.Option(help="column of addresses (points)")] = None,
    lon: Annotated[str | None, typer.Option(help="column of longitudes")] = None,
    lat: Annotated[str | None, typer.Option(help="column of latitudes")] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="table of the rows that were not stored, with reasons", metavar="FILE")
    ] = None,
    by: By = None,
) -> None:
    """Import address points, named places, street lines, former names, or administrative divisions: all or nothing."""
    from geo_api.cli.people import login_name
    from geo_api.cli.progress import print_findings
    from geo_api.cli.rejected import write_rejected
    from geo_api.db import open_store
    from geo_api.services.addresses.imports import import_file
    from geo_api.services.addresses.store import build as read_addresses
    from geo_api.settings import load_settings
    from layers.raw import split_spec

    settings, actor = load_settings(), by or login_name()
    with open_store() as store:
        store.ping()
        done = import_file(
            store.gazetteer,
            kind,
            file,
            datum=datum,
            source=source or split_spec(file)[0].name,
            address=address,
            lon=lon,
            lat=lat,
            actor=actor,
            today=settings.today(),
        )
        read = read_addresses(store.gazetteer, settings.address_region, actor=actor)
    print_findings(done.findings)
    if rejected is not None:
        write_rejected(done.rejected, rejected)
    c = done.counts
    print(f"{kind}: {c.given} given, {c.new} new, {c.same} same, {c.ended} ended; {read} addresses read")
    if len(done.rejected):
        where = f"see {rejected}" if rejected else "give --rejected FILE to see them with their reasons"
        print(f"{len(done.rejected)} rows were not stored: {where}")
