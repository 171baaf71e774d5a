"""``gridward evaluate addresses``: how well addresses are answered, against places that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    evaluate = typer.Typer(help="Measure answers against what is known to be right.", no_args_is_help=True)
    evaluate.callback()(lambda: None)
    evaluate.command("addresses")(addresses)
    app.add_typer(evaluate, name="evaluate")


def addresses(
    truth: Annotated[
        Path, typer.Option(help="table of id, text, kind, lon, lat, expected", metavar="FILE", show_default=True)
    ] = Path("data/sample/addresses_test.csv"),
    datum: Annotated[
        str, typer.Option(help="datum of its coordinates: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")
    ] = "wgs84",
    on: Annotated[str | None, typer.Option(help="day asked about (default today)", metavar="DATE")] = None,
    confidence: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="least confidence at which a cell is named (default: the setting)"),
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="whose forms of address: cn or us (default: the setting)", metavar="REGION")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="table of every row and what became of it", metavar="OUT.csv")
    ] = None,
) -> None:
    """Ask every address of a test set and count: right cell, wrong cell, nobody named; metres and milliseconds.

    expected is match (the cell of lon, lat), ambiguous or none (nobody must be named).
    """
    import pandas as pd

    from geo_api.cli.people import day
    from geo_api.cli.rejected import write_rejected
    from geo_api.db import open_store
    from geo_api.errors import BadRequest
    from geo_api.services.addresses.evaluate import report
    from geo_api.services.addresses.evaluate_store import evaluate_store
    from geo_api.settings import load_settings

    settings = load_settings()
    if region not in (None, "cn", "us"):
        raise BadRequest(f"--region {region!r} is not known; expected cn or us")
    try:
        rows = pd.read_csv(truth, dtype={"id": str, "text": str, "kind": str, "expected": str})
    except (OSError, ValueError) as problem:
        raise BadRequest(f"{truth}: cannot be read as a CSV table ({problem})") from problem
    with open_store() as store:
        store.ping()
        found = evaluate_store(
            store.gazetteer,
            store.published,
            rows,
            datum=datum,
            region=region or settings.address_region,
            on=day(on, "--on") if on else settings.today(),
            threshold=settings.address_confidence if confidence is None else confidence,
        )
    for line in report(found):
        print(line)
    if output is not None:
        write_rejected(found.outcomes, output)
