"""``gridward stations``, ``gridward cells ...``: what is published, old codes, and how cells lie to each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.asking import Datum, Lat, Lon, On, Output, RecordedAt, Table
from geo_api.cli.people import By, Key, Role, only_bureau
from geo_api.errors import BadRequest

Form = Annotated[str, typer.Option("--format", help="json, geojson or csv")]
Code = Annotated[str, typer.Argument(help="cell code of any age", metavar="CODE")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("stations")(stations)
    cells = typer.Typer(help="What is published: cells, their past, their neighbours.", no_args_is_help=True)
    cells.command("list")(show_list)
    cells.command("show")(show_one)
    cells.command("lineage")(show_lineage)
    cells.command("relations")(relations)
    cells.command("near")(show_near)
    cells.command("levels")(show_levels)
    cells.command("spread")(spread)
    app.add_typer(cells, name="cells")


def stations(on: On = None, recorded_at: RecordedAt = None, form: Form = "json", output: Output = None) -> None:
    """List the stations in force on a day, with their responsible persons."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.published import list_stations

    with asking(on, recorded_at) as ask:
        show(list_stations(ask.snapshot(), with_telephones=True), form, output)


def show_list(
    under: Annotated[str | None, typer.Option(help="only of this station or bureau", metavar="CODE")] = None,
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Form = "csv",
    output: Output = None,
) -> None:
    """List the cells in force on a day, with their officers."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.published import list_cells

    with asking(on, recorded_at) as ask:
        show(list_cells(ask.snapshot(), with_telephones=True, under=under), form, output)


def show_one(
    code: Code, on: On = None, recorded_at: RecordedAt = None, form: Form = "json", output: Output = None
) -> None:
    """Show one cell, or, for a code that is not in force, the cells that hold its ground."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.published import one_cell

    with asking(on, recorded_at) as ask:
        answer = one_cell(ask.snapshot(), ask.store.history, code=code, with_telephones=True, recorded_at=ask.moment)
    show(answer, form, output)


def show_lineage(
    code: Code, on: On = None, recorded_at: RecordedAt = None, form: Table = "json", output: Output = None
) -> None:
    """Show all versions of a cell code, with what was there before and after."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.lineage import lineage

    with asking(on, recorded_at) as ask:
        show(lineage(ask.store.history, code=code, on=ask.on, recorded_at=ask.moment), form, output)


def relations(
    relation: Annotated[str, typer.Option(help="intersects, touches, overlaps, covers or within")],
    of: Annotated[str | None, typer.Option(help="code of a cell or a station", metavar="CODE")] = None,
    wkt: Annotated[str | None, typer.Option(help="or a shape as WKT", metavar="WKT")] = None,
    shape: Annotated[Path | None, typer.Option(help="or a file with a GeoJSON shape", metavar="SHAPE.geojson")] = None,
    datum: Annotated[
        str | None, typer.Option(help="what the shape is in: wgs84, cgcs2000, gcj02, bd09, EPSG:n")
    ] = None,
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Table = "json",
    output: Output = None,
) -> None:
    """List the cells that touch, overlap or cover a shape, a cell or a station."""
    import json

    from geo_api.cli.asking import asking, show
    from geo_api.services.relations import Ground, relate
    from geo_api.services.shapes import shape_from_geojson, shape_from_wkt

    if sum(v is not None for v in (of, wkt, shape)) != 1:
        raise BadRequest("give one of --of CODE, --wkt SHAPE and --shape FILE")
    if of is None and datum is None:
        raise BadRequest("--datum is missing: say what the shape is in; it is never guessed")
    geometry = None
    if wkt is not None:
        geometry = shape_from_wkt(wkt, datum or "")
    if shape is not None:
        try:
            given = json.loads(shape.read_text(encoding="utf-8"))
        except ValueError as problem:
            raise BadRequest(f"{shape}: no GeoJSON ({problem})") from None
        geometry = shape_from_geojson(given, datum or "")
    with asking(on, recorded_at) as ask:
        show(relate(Ground(ask.snapshot()), relation=relation, shape=geometry, of=of), form, output)


def show_near(
    lon: Lon,
    lat: Lat,
    datum: Datum,
    metres: Annotated[float, typer.Option(help="how far, at most 20000", min=0)],
    limit: Annotated[int, typer.Option(help="cells at most", min=1, max=1_000)] = 100,
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Table = "json",
    output: Output = None,
) -> None:
    """List the cells within so many metres of a point, nearest first."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.datums import point_to_storage
    from geo_api.services.relations import Ground, near

    x, y = point_to_storage(lon, lat, datum)
    with asking(on, recorded_at) as ask:
        ground = Ground(ask.snapshot())
        show(near(ground, lon=x, lat=y, metres=metres, with_telephones=True, limit=limit), form, output)


def show_levels(
    lon: Lon,
    lat: Lat,
    datum: Datum,
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Table = "json",
    output: Output = None,
) -> None:
    """Show cell, station and bureau of a point, with the officers of each."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.datums import point_to_storage
    from geo_api.services.relations import levels

    x, y = point_to_storage(lon, lat, datum)
    with asking(on, recorded_at) as ask:
        show(levels(ask.snapshot(), lon=x, lat=y, with_telephones=True), form, output)


def spread(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of a bureau or station (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    on: On = None,
    against: Annotated[
        Path | None, typer.Option(help="a CSV or XLSX with another division, such as today's districts", metavar="FILE")
    ] = None,
    id_column: Annotated[
        str, typer.Option(help="its column with the ids of the register", metavar="COLUMN")
    ] = "source_id",
    group_column: Annotated[str, typer.Option(help="its column with the division", metavar="COLUMN")] = "district",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """How evenly the cells share out entities and hours, beside another division of the same entities."""
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.spread import spread_of
    from layers.raw import read_source

    groups = None
    if against is not None:
        table = read_source(against).frame
        missing = [c for c in (id_column, group_column) if c not in table.columns]
        if missing:
            raise BadRequest(
                f"{against} has no column {', '.join(missing)}; its columns are: {', '.join(map(str, table.columns))}"
            )
        groups = dict(zip(table[id_column].astype(str), table[group_column].astype(str), strict=True))
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="coverage")
        answer = spread_of(
            store.spread,
            jurisdiction,
            day(on, "--on") if on else store.planning.today(jurisdiction),
            caller=who,
            groups=groups,
            division=group_column,
        )
    head = ["division", "measure", "parts", "least", "most", "mean", "variation"]
    rows = [
        [s.division, s.measure, s.parts, f"{s.least:,.0f}", f"{s.most:,.0f}", f"{s.mean:,.0f}", f"{s.variation:.2f}"]
        for s in answer.spreads
    ]
    print_table(head, rows)
