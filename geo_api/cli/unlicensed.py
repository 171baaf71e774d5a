"""``gridward unlicensed ...``: entities without a licence, from discovery to a licence or removal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau

if TYPE_CHECKING:
    from geo_api.services.register.unlicensed import UnlicensedFile

Jurisdiction = Annotated[
    str,
    typer.Option(
        help="code of a bureau, station or cell (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
Officer = Annotated[str, typer.Option(help="id of the officer", metavar="ID")]
Note = Annotated[str, typer.Option(help="what was seen, said or ordered")]
ClientId = Annotated[str, typer.Option(help="id made by a handheld: the same report counts once")]
Day = Annotated[str | None, typer.Option("--on", help="day on which it was done (default today)", metavar="DATE")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    group = typer.Typer(help="Unlicensed entities: found, warned, licensed or removed.", no_args_is_help=True)
    group.command("add")(add)
    group.command("step")(step)
    group.command("import")(import_steps)
    group.command("list")(show_files)
    app.add_typer(group, name="unlicensed")


def add(
    jurisdiction: Jurisdiction,
    name: Annotated[str, typer.Option(help="its name, or what its sign says")] = "",
    address: Annotated[str, typer.Option(help="where it is")] = "",
    industry: Annotated[str, typer.Option(help="what it does")] = "",
    lon: Annotated[float | None, typer.Option(help="longitude, degrees")] = None,
    lat: Annotated[float | None, typer.Option(help="latitude, degrees")] = None,
    datum: Annotated[str | None, typer.Option(help="of lon and lat: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")] = None,
    officer: Officer = "",
    note: Note = "",
    client_id: ClientId = "",
    on: Day = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Report an unlicensed entity: it falls into its cell and counts as the worst class."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.register.unlicensed import add_unlicensed

    with open_store() as store:
        file = add_unlicensed(
            store.life,
            jurisdiction,
            caller=caller(store, by=by, role=role, key=key, scope="register"),
            name=name,
            address=address,
            industry=industry,
            lon=lon,
            lat=lat,
            datum=datum,
            officer=officer,
            note=note,
            client_id=client_id,
            on=day(on, "--on") if on else None,
        )
    print(_said(file))


def step(
    entity: Annotated[str, typer.Argument(help="permanent id or entity code", metavar="ENTITY")],
    step: Annotated[str, typer.Argument(help="notice, guided, referred, licensed, removed or closed", metavar="STEP")],
    officer: Officer = "",
    note: Note = "",
    credit_code: Annotated[str, typer.Option(help="of licensed: its new credit code")] = "",
    registration_no: Annotated[str, typer.Option(help="of licensed: its new registration number")] = "",
    credit_class: Annotated[str, typer.Option(help="of licensed: its class from now on")] = "",
    client_id: ClientId = "",
    on: Day = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Take a step in its file. With a credit code it becomes licensed, or joins the licensed entity that has it."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.register.unlicensed import step_unlicensed

    with open_store() as store:
        file = step_unlicensed(
            store.life,
            entity,
            step,
            caller=caller(store, by=by, role=role, key=key, scope="register"),
            officer=officer,
            note=note,
            credit_code=credit_code,
            registration_no=registration_no,
            credit_class=credit_class,
            client_id=client_id,
            on=day(on, "--on") if on else None,
        )
    print(_said(file))


def import_steps(
    steps: Annotated[
        Path,
        typer.Argument(help="CSV or XLSX: source_id, step, on, officer, note, credit_code, ...", metavar="STEPS"),
    ],
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of the bureau (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    datum: Annotated[
        str | None, typer.Option(help="of lon and lat in discoveries: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")
    ] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="store the good rows and report the others")] = False,
    reason: Annotated[str, typer.Option("--reason", help="why, as recorded")] = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Take the steps of many files, discoveries too, in the order of their days; again changes nothing."""
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.register.unlicensed_many import import_unlicensed

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        answer = import_unlicensed(
            store.life, steps, jurisdiction, caller=who, datum=datum, reason=reason, skip_bad=skip_bad
        )
    if answer.rejected:
        print_table(["row", "source_id", "reason"], [[r.row, r.source_id, r.reason] for r in answer.rejected])
    done = ", ".join(f"{count} {step}" for step, count in answer.taken.items()) or "none taken"
    print(f"{answer.given} rows: {done}, {answer.same} in the files already, {len(answer.rejected)} not stored")


def show_files(
    jurisdiction: Jurisdiction,
    state: Annotated[str, typer.Option(help="open, settled (licensed, removed, closed) or all")] = "open",
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Annotated[str | None, typer.Option("--format", help="json, csv or xlsx: one line a step")] = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List the unlicensed of a jurisdiction as they stood on a day, the oldest discovery first."""
    from geo_api.cli.asking import moment, show
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.register.unlicensed import list_unlicensed
    from geo_api.settings import load_settings

    with open_store() as store:
        answer = list_unlicensed(
            store.life,
            jurisdiction,
            caller=caller(store, by=by, role=role, key=key, scope="register"),
            on=day(on, "--on") if on else store.life.today(jurisdiction),
            state=state,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
        )
    if form or output:
        show(answer, form or (output.suffix.lstrip(".").lower() if output else "") or "csv", output)
        return
    head = ["entity", "name", "address", "cell", "state", "discovered", "days", "since", "officer", "note"]
    rows = [
        [
            f.entity_id,
            f.name,
            f.address,
            f.cell_code,
            f.state,
            f.discovered_on,
            f.open_days,
            f.since,
            f.officer_id,
            f.note,
        ]
        for f in answer.files
    ]
    print_table(head, rows)


def _said(file: UnlicensedFile) -> str:
    """One line about the file as it now stands."""
    where = f"cell {file.cell_code}" if file.cell_code else "no cell"
    became = file.became_entity_id
    joined = f", as entity {became}" if became not in (None, file.entity_id) else ""
    return f"{file.name or file.address} (entity {file.entity_id}) in {where}: {file.state} since {file.since}{joined}"
