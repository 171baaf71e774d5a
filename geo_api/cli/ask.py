"""``gridward lookup``, ``entity``, ``changes``, ``export``: who answers, what changed, all that is published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from geo_api.cli.asking import On, Output, RecordedAt, Table
from geo_api.errors import BadRequest


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("lookup")(lookup)
    app.command("entity")(entity)
    app.command("changes")(changes)
    app.command("export")(export)


def lookup(
    lon: Annotated[float | None, typer.Option(help="longitude, degrees (x, east, for a projected EPSG:n)")] = None,
    lat: Annotated[float | None, typer.Option(help="latitude, degrees (y, north, for a projected EPSG:n)")] = None,
    datum: Annotated[str | None, typer.Option(help="what they are in: wgs84, cgcs2000, gcj02, bd09, EPSG:n")] = None,
    address: Annotated[str | None, typer.Option(help="instead of a point: an address")] = None,
    credit_code: Annotated[str | None, typer.Option(help="or an entity: unified social credit code")] = None,
    registration_no: Annotated[str | None, typer.Option(help="or its registration number")] = None,
    name: Annotated[str | None, typer.Option(help="or its name, as registered")] = None,
    entity: Annotated[str | None, typer.Option(help="or an entity code of any age, or the permanent id")] = None,
    cell: Annotated[str | None, typer.Option(help="or a cell code of any age")] = None,
    function: Annotated[
        str | None, typer.Option(help="only officers who hold this function, or all of them, e.g. food")
    ] = None,
    on: On = None,
    recorded_at: RecordedAt = None,
    output: Output = None,
) -> None:
    """Say which cell and which officers answer for a place, an entity or a code, on a day."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.entity_lookup import BY

    values = {"address": address, **dict(zip(BY, (credit_code, registration_no, name, entity, cell), strict=True))}
    others = {k: v for k, v in values.items() if v is not None}
    point = [v for v in (lon, lat, datum) if v is not None]
    if len(others) + bool(point) != 1 or (point and len(point) < 3):
        names = ", ".join(f"--{n.replace('_', '-')}" for n in values)
        raise BadRequest(f"give a point (--lon, --lat and --datum, all three) or one of {names}")
    with asking(on, recorded_at) as ask:
        named: dict[str, Any] = {"on": ask.on, "recorded_at": ask.moment, "with_telephones": True, "function": function}
        if lon is not None and lat is not None and datum is not None:
            answer = ask.lookup.point(lon, lat, datum=datum, **named)
        elif address is not None:
            answer = ask.lookup.address(address, **named)
        else:
            ((by, value),) = others.items()
            answer = ask.entities.find(by, value, with_place=True, **named)
    show(answer, "json", output)


def entity(
    code: Annotated[str, typer.Argument(help="entity code of any age, or permanent id", metavar="CODE")],
    on: On = None,
    recorded_at: RecordedAt = None,
    output: Output = None,
) -> None:
    """Show an entity's codes over time, and who answers for it on a day."""
    from geo_api.cli.asking import asking, show

    with asking(on, recorded_at) as ask:
        answer = ask.entities.entity(code, on=ask.on, recorded_at=ask.moment, with_telephones=True)
    show(answer, "json", output)


def changes(
    since: Annotated[
        str | None, typer.Option(help="'next' of the last answer, a revision, or a moment (default: the start)")
    ] = None,
    limit: Annotated[int, typer.Option(help="changes at most", min=1, max=10_000)] = 1_000,
    form: Table = "json",
    output: Output = None,
) -> None:
    """List what changed in what is published, in the order of commits: for systems that keep a copy."""
    from geo_api.cli.asking import asking, show
    from geo_api.services.changes import list_changes, since_of

    with asking(None, None) as ask:
        answer = list_changes(ask.store.history, since_of(since, ask.settings.zone), limit=limit)
    show(answer, form, output)


def export(
    output: Annotated[Path, typer.Argument(help="file to write: .gpkg, .geojson or .parquet", metavar="FILE")],
    on: On = None,
    recorded_at: RecordedAt = None,
) -> None:
    """Write all that is published on a day to one file, as the public may see it."""
    import tempfile

    from geo_api.cli.asking import asking
    from geo_api.formats.bulk import BULK_FORMATS
    from geo_api.services.bulk import everything
    from layers.whole_file import check_target, write_whole

    chosen = next((f for f in BULK_FORMATS.values() if f.suffix == output.suffix.lower()), None)
    if chosen is None:
        raise BadRequest(f"{output}: the name must end in {', '.join(f.suffix for f in BULK_FORMATS.values())}")
    check_target(output)
    with asking(on, recorded_at) as ask:
        answer = everything(ask.snapshot(), with_telephones=ask.todays)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / output.name
        chosen.write(answer, draft)
        write_whole(output, draft.read_bytes())
    print(
        f"{output}: {len(answer.cells.cells)} cells and {len(answer.stations.stations)} stations of {answer.on}, "
        f"revision {answer.revision}"
    )
