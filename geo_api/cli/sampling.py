"""``gridward sampling ...``: the entities of hot industries that are drawn to be visited in a year."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_api.cli.asking import On, Output
from geo_api.cli.people import By, Key, Role, only_bureau

Jurisdiction = Annotated[
    str,
    typer.Option(
        help="code of the bureau or station (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
Year = Annotated[int | None, typer.Option(help="the year drawn for (default: that of the day)", min=1900, max=2199)]
Form = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx (the list of those drawn)")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    sampling = typer.Typer(help="Samples of hot industries: draw them, list who was drawn.", no_args_is_help=True)
    sampling.command("draw")(draw)
    sampling.command("list")(show_list)
    app.add_typer(sampling, name="sampling")


def draw(
    jurisdiction: Jurisdiction,
    seed: Annotated[int, typer.Option(help="any whole number; the same seed draws the same entities", min=0)],
    year: Year = None,
    on: On = None,
    reason: Annotated[str, typer.Option("--reason", help="why a draw is replaced (admins only)")] = "",
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Draw the share of each hot industry that the rules ask for, station by station, and keep the draw."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.sampling.draw_samples import draw_samples

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        chosen = day(on, "--on") if on else None
        answer = draw_samples(store.workload, jurisdiction, caller=who, seed=seed, year=year, on=chosen, reason=reason)
    _show(answer, form, output)


def show_list(
    jurisdiction: Jurisdiction,
    year: Year = None,
    on: On = None,
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Quota, visits and draws of each hot industry; with --format csv or xlsx everybody who was drawn."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.sampling.figures import sampling_figures

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        chosen = day(on, "--on") if on else None
        answer = sampling_figures(store.workload, jurisdiction, caller=who, year=year, on=chosen)
    _show(answer, form, output)


def _show(answer: object, form: str, output: Output) -> None:
    from geo_api.cli.asking import show
    from geo_api.cli.tables import print_table
    from geo_api.services.sampling.model import SamplingAnswer

    if form != "table" or not isinstance(answer, SamplingAnswer):
        show(answer, form, output)
        return
    head = ["industry", "share", "entities", "quota", "visited", "counted", "drawn", "of them visited", "seed"]
    rows = [
        [g.industry, f"{g.share:g}", g.entities, g.quota, g.visited, g.counted, g.drawn, g.drawn_visited, g.seed]
        for g in answer.groups
    ]
    print_table(head, rows)
