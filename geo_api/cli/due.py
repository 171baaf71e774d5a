"""``gridward due``: what is due, and who is in charge of it."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("due")(due)


def due(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of a bureau, station or cell (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    list_name: Annotated[
        str | None,
        typer.Option("--list", help="only this list, such as licence (default: all of the profile)", metavar="NAME"),
    ] = None,
    officer: Annotated[str | None, typer.Option(help="only what this officer is in charge of", metavar="ID")] = None,
    on: On = None,
    until: Annotated[
        str | None,
        typer.Option(help="what each list warns of up to this day (default: the day asked about)", metavar="DATE"),
    ] = None,
    recorded_at: RecordedAt = None,
    limit: Annotated[int, typer.Option(help="at most so many rows", min=1)] = 1000,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")] = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List what is due: licences ending, rectifications, revisits, annual checks, first visits, the unlicensed."""
    from geo_api.cli.asking import moment
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.visits.due import find_due
    from geo_api.settings import load_settings

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        answer = find_due(
            store.due,
            store.profiles,
            jurisdiction,
            caller=who,
            on=day(on, "--on") if on else None,
            until=day(until, "--until") if until else None,
            list_name=list_name,
            officer=officer,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
            limit=limit,
        )
    rows = (
        [r.due_on, r.late_days or None, r.list, r.name, r.credit_code or r.entity_id, r.cell_code,
         ", ".join(r.officer_names), r.why]
        for r in answer.rows
    )  # fmt: skip
    found = [f"{name} {n} ({answer.late[name]} late)" for name, n in answer.counts.items() if n]
    said = f"{answer.jurisdiction} on {answer.on}: {', '.join(found) or 'nothing is due'}"
    more = f"; the first {len(answer.rows)} rows, more with --limit" if answer.more else ""
    show_rows(
        answer, form, output, ["due", "late", "list", "name", "entity", "cell", "officers", "why"], rows, said + more
    )
