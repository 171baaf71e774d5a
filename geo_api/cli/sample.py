"""``gridward sample``: write the fictional sample county."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("sample")(sample)


def sample(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write into; made if missing.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another county.")] = 7,
    entities: Annotated[int, typer.Option("--entities", min=200, max=60000, help="How many businesses.")] = 9000,
) -> None:
    """Write a fictional county: map, registers, officers and a year of inspections, with a manifest to load them."""
    from geo_api.sample.county import make_county
    from geo_api.sample.write import write_county

    county = make_county(seed, entities=entities)
    for path in write_county(county, out):
        typer.echo(f"{path}  {path.stat().st_size / 1024:,.0f} KiB")
    streets = len({road.name for road in county.streets.roads})
    typer.echo(
        f"{len(county.entities):,} entities on {streets:,} streets, {len(county.territory.stations)} stations, "
        f"{len(county.territory.units)} communities and villages, {len(county.officers)} officers, "
        f"{len(county.inspections):,} visits (seed {seed})"
    )
    typer.echo(f"load it: gridward load {out / 'manifest.toml'}")
