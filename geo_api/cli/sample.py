"""``gridward sample``: write the fictional sample county, or the reference city and all that follows from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo_api.sample.city.scale import CityScale

DEFAULT_ENTITIES = 9000


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("sample")(sample)


def sample(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder to write into; made if missing.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another county.")] = 7,
    entities: Annotated[
        int | None,
        typer.Option("--entities", min=200, max=200_000, help="How many businesses (9,000; of the city 110,000)."),
    ] = None,
    city: Annotated[
        bool,
        typer.Option("--city", help="The reference city: 39 stations, 351 officers, 244 cells, 113 patrol groups."),
    ] = False,
    small: Annotated[bool, typer.Option("--small", help="With --city: three stations and 300 businesses.")] = False,
    visits: Annotated[
        int | None,
        typer.Option("--visits", min=1000, max=5_000_000, help="With --city: visits in two years (default as due)."),
    ] = None,
    run: Annotated[
        bool, typer.Option("--run", help="With --city: load it, draw and publish all stations, staff, report.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="With --run: processes that draw cells (default: one a core)."),
    ] = None,
) -> None:
    """Write a fictional county, or a city: map, registers, officers and inspections, with a manifest to load them."""
    if city:
        from geo_api.sample.city.scale import REFERENCE, SMALL

        _city(out, seed, _scaled(SMALL if small else REFERENCE, entities, visits), run=run, workers=workers)
        return
    if small or run or visits is not None or workers is not None:
        raise typer.BadParameter("--small, --visits, --run and --workers go with --city")
    wanted = DEFAULT_ENTITIES if entities is None else entities
    if wanted > 60_000:
        raise typer.BadParameter("the county holds 60,000 entities at most; a city holds more (--city)")
    from geo_api.sample.county import make_county
    from geo_api.sample.write import write_county

    county = make_county(seed, entities=wanted)
    _tell_files(write_county(county, out))
    streets = len({road.name for road in county.streets.roads})
    typer.echo(
        f"{len(county.entities):,} entities on {streets:,} streets, {len(county.territory.stations)} stations, "
        f"{len(county.territory.units)} communities and villages, {len(county.officers)} officers, "
        f"{len(county.inspections):,} visits (seed {seed})"
    )
    typer.echo(f"load it: gridward load {out / 'manifest.toml'}")


def _scaled(scale: CityScale, entities: int | None, visits: int | None) -> CityScale:
    from dataclasses import replace

    return replace(scale, entities=scale.entities if entities is None else entities, visits=visits)


def _tell_files(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"{path}  {path.stat().st_size / 1024:,.0f} KiB")


def _city(out: Path, seed: int, scale: CityScale, *, run: bool, workers: int | None) -> None:
    """Write the city, unless just this one is there, and carry it through."""
    from time import perf_counter

    from geo_api.cli.whole_job import peak_mb
    from geo_api.sample.city.scale import RECORD_YEARS, REFERENCE_DAY
    from geo_api.sample.city.write import mark_of, written_before

    begun = perf_counter()
    mark = mark_of(seed, scale)
    if written_before(out, mark):
        typer.echo(f"{out}: already written")
    else:
        from geo_api.sample.city.make import make_city
        from geo_api.sample.city.write import write_city

        made = make_city(seed, scale)
        _tell_files(write_city(made, out))
        typer.echo(
            f"{len(made.entities):,} entities on {len(made.streets.roads):,} streets, {scale.stations} stations, "
            f"{len(made.territory.units)} communities and villages, {len(made.officers)} officers, "
            f"{len(made.visits):,} visits (seed {seed}) in {perf_counter() - begun:.1f} s, {peak_mb():,.0f} MB"
        )
    if run:
        from geo_api.cli.whole_steps import run_whole
        from layers.manifest import read_manifest

        first = date(REFERENCE_DAY.year - RECORD_YEARS, REFERENCE_DAY.month, REFERENCE_DAY.day)
        run_whole(
            read_manifest(out / "manifest.toml"), valid_from=first, on=REFERENCE_DAY, rng_seed=seed, workers=workers,
            folder=out / "run", tell=typer.echo,
        )  # fmt: skip
    else:
        typer.echo(f"load it: gridward load {out / 'manifest.toml'}; all steps: gridward sample --city --run -o {out}")
