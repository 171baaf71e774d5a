"""``gridward explain``, ``gridward workload``, ``gridward staffing``: visits, hours, and the staff that they take."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau

Form = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx (xlsx with -o)")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("explain")(explain)
    app.command("workload")(workload)
    app.command("staffing")(show_staffing)


def explain(
    code: Annotated[str, typer.Argument(help="permanent id, entity code, credit code or number", metavar="ENTITY")],
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Why does an entity cost so many hours a year? Every step with the setting that it comes from."""
    from geo_api.cli.asking import known_at, show
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.workload.explain_entity import explain_entity

    known = known_at(recorded_at)
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="lookup")
        answer = explain_entity(store.as_recorded(known).workload, code, caller=who, on=day(on, "--on") if on else None)
    if form != "table":
        show(answer, form, output)
        return
    print(f"{answer.name} (entity {answer.entity_id}, {answer.jurisdiction}) on {answer.on}")
    print(answer.message)
    print(answer.message_zh)
    head = ["kind", "visits a year", "setting", "minutes", "setting", "way, minutes", "hours a year"]
    rows = [
        [v.kind, f"{v.visits_per_year:g}", v.visits_setting, f"{v.minutes:g}", v.minutes_setting,
         f"{v.travel_minutes:.2f}", f"{v.hours_per_year:.2f}"]
        for v in answer.visits
    ]  # fmt: skip
    print_table(head, rows)


def workload(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of the bureau, station or cell (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    on: On = None,
    recorded_at: RecordedAt = None,
    group: Annotated[str, typer.Option("--group", help="any of class, industry, cell, station")] = "class,industry",
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """The workload of a jurisdiction: entities, visits and hours a year by class and industry, cell or station."""
    from geo_api.cli.asking import known_at, show
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.workload.explain_place import KEYS, explain_place
    from geo_api.services.workload.shown import shown

    keys = tuple(part.strip() for part in group.split(",") if part.strip())
    known = known_at(recorded_at)
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="officers")
        chosen = day(on, "--on") if on else None
        answer = explain_place(store.as_recorded(known).workload, jurisdiction, caller=who, on=chosen, by=keys)
    if form != "table":
        show(answer, form, output)
        return
    print(
        f"{answer.name} on {answer.on}: {answer.entities} entities, {answer.hours_per_year:,.2f} hours of visits a year"
    )
    visits = shown([r.visits_per_year for r in answer.rows], answer.visits_per_year)
    hours = shown([r.hours_per_year for r in answer.rows], answer.hours_per_year)
    rows = [
        [*(getattr(r, KEYS[name]) for name in keys), r.entities, v, h]
        for r, v, h in zip(answer.rows, visits, hours, strict=True)
    ]
    total = [*(["all"] + [""] * (len(keys) - 1)), answer.entities]
    sums = [f"{answer.visits_per_year:.2f}", f"{answer.hours_per_year:.2f}"]
    print_table([*keys, "entities", "visits a year", "hours a year"], [*rows, [*total, *sums]])


def show_staffing(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of the bureau or station (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """The staff that stations need for their visits, the staff they have, and the cells that it carries."""
    from geo_api.cli.asking import known_at, show
    from geo_api.cli.people import caller, day
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.workload.staffing import staffing

    known = known_at(recorded_at)
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="officers")
        answer = staffing(
            store.as_recorded(known).workload, jurisdiction, caller=who, on=day(on, "--on") if on else None
        )
    if form != "table":
        show(answer, form, output)
        return
    head = ["code", "name", "entities", "hours needed", "officers needed", "there", "spare", "cells by staff", "in force",
            "hours a cell", "load"]  # fmt: skip
    rows = [
        [r.code, r.name, r.entities, f"{r.hours_needed:.2f}", r.officers_needed, r.officers_there, r.spare,
         r.cells_by_staff, r.cells_in_force, f"{r.hours_per_cell:.1f}", "" if r.load is None else f"{r.load:.1%}"]
        for r in (*answer.stations, answer.together)
    ]  # fmt: skip
    print_table(head, rows)
    print(answer.together.message)
    print(answer.together.message_zh)
    print_findings(answer.findings)
