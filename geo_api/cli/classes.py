"""``gridward classes ...``: credit classes follow from the record, and a person confirms them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau

Jurisdiction = Annotated[
    str,
    typer.Option(
        help="code of a bureau, station or cell (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
Letter = Annotated[str, typer.Option("--class", help="the class", metavar="CLASS")]
Why = Annotated[str, typer.Option("--reason", help="why, as recorded")]
From = Annotated[str | None, typer.Option("--on", help="first day of the class (default today)", metavar="DATE")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    classes = typer.Typer(help="Credit classes: propose from the record, confirm.", no_args_is_help=True)
    classes.command("propose")(propose)
    classes.command("suggest")(suggest)
    classes.command("confirm")(confirm)
    classes.command("confirm-file")(confirm_file)
    app.add_typer(classes, name="classes")


def propose(
    jurisdiction: Jurisdiction,
    on: On = None,
    everything: Annotated[bool, typer.Option("--everything", help="also where the class stays")] = False,
    recorded_at: RecordedAt = None,
    limit: Annotated[int, typer.Option(help="at most so many rows", min=1)] = 1000,
    form: Annotated[
        str, typer.Option("--format", help="table, json, csv or xlsx (with a column to decide in)")
    ] = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List the classes that follow from the record of the last years, with the visits that each rests on."""
    from geo_api.cli.asking import moment
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.visits.classing import propose_classes
    from geo_api.settings import load_settings

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        answer = propose_classes(
            store.classing,
            store.profiles,
            jurisdiction,
            caller=who,
            on=day(on, "--on") if on else None,
            everything=everything,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
            limit=limit,
        )
    rows = (
        [p.name, p.credit_code or p.entity_id, p.cell_code, p.industry, p.was, p.proposed, len(p.visits) or None, p.why,
         p.proposed_by]
        for p in answer.proposals
    )  # fmt: skip
    said = f"{answer.jurisdiction} on {answer.on}: " + (
        ", ".join(f"{change} {n}" for change, n in answer.counts.items()) or "no class changes"
    )
    more = f"; the first {len(answer.proposals)} rows, more with --limit" if answer.more else ""
    head = ["name", "entity", "cell", "industry", "was", "proposed", "visits", "why", "by"]
    show_rows(answer, form, output, head, rows, said + more)


def suggest(
    entity: Annotated[str, typer.Argument(help="any number of the entity", metavar="ENTITY")],
    to: Letter,
    reason: Why,
    jurisdiction: Jurisdiction,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Propose a class by hand; somebody else confirms it."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.visits.classes_confirm import suggest_class

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        found = suggest_class(
            store.classing, store.profiles, entity, to=to, reason=reason, jurisdiction=jurisdiction, caller=who
        )
    print(
        f"{found.name} (entity {found.entity_id}): {found.was} -> {found.proposed} proposed; somebody else confirms it"
    )


def confirm(
    entity: Annotated[str, typer.Argument(help="any number of the entity", metavar="ENTITY")],
    to: Letter,
    reason: Why,
    jurisdiction: Jurisdiction,
    on: From = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Give an entity a class from a day on; it takes an approver, and not who proposed it."""
    from geo_api.services.visits.class_model import Decision

    _confirm([Decision(entity, to, reason)], jurisdiction, on=on, by=by, role=role, key=key)


def confirm_file(
    file: Annotated[
        Path, typer.Argument(help="proposals as XLSX or CSV with the column decision filled in", metavar="FILE")
    ],
    reason: Why,
    jurisdiction: Jurisdiction,
    on: From = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Confirm what stands in the column decision of a table of proposals; rows without one stay as they are."""
    from geo_api.services.visits.decision_file import read_decisions

    _confirm(read_decisions(file, reason), jurisdiction, on=on, by=by, role=role, key=key)


def _confirm(given: list, jurisdiction: str, *, on: str | None, by: str | None, role: str, key: str | None) -> None:
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.visits.classes_confirm import confirm_classes

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        answer = confirm_classes(
            store.classing,
            store.profiles,
            given,
            jurisdiction=jurisdiction,
            caller=who,
            on=day(on, "--on") if on else None,
        )
    rows = [[d.entity_id, d.name, d.was, d.confirmed, d.on] for d in answer.decisions]
    print_table(["entity", "name", "was", "class", "from"], rows)
