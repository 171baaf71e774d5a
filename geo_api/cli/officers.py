"""``gridward officers ...``: who answers for what."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_api.cli import staffing
from geo_api.cli.people import By, Key, Reason, Role

Officer = Annotated[str, typer.Argument(help="id of the officer", metavar="OFFICER")]
Code = Annotated[str, typer.Argument(help="code of the cell, station or bureau", metavar="CODE")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    officers = typer.Typer(help="Who answers for what: assigned, on leave, checked, proposed.", no_args_is_help=True)
    officers.command("assign")(assign)
    officers.command("release")(release)
    officers.command("list")(show_list)
    staffing.add_commands(officers)
    app.add_typer(officers, name="officers")


def assign(
    officer: Officer,
    code: Code,
    post: Annotated[str, typer.Option("--as", help="lead, deputy, first or direct")] = "deputy",
    valid_from: Annotated[str | None, typer.Option("--from", help="first day (default today)", metavar="DATE")] = None,
    valid_to: Annotated[str | None, typer.Option("--to", help="first day no longer", metavar="DATE")] = None,
    function: Annotated[str, typer.Option(help="what it is for, e.g. food; empty = everything")] = "",
    reason: Reason = "",
    waive: Annotated[
        bool, typer.Option("--waive", help="go on where a rule of staffing forbids it; give a reason")
    ] = False,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Make an officer answer for a code. A lead takes the place of the one before."""
    from geo_api.cli.people import caller, day
    from geo_api.cli.progress import print_findings
    from geo_api.db import open_store
    from geo_api.services.staffing.assign_checked import assign_checked

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="officers")
        made = assign_checked(
            store.planning,
            store.staffing,
            officer,
            code,
            post,
            caller=who,
            valid_from=day(valid_from, "--from") if valid_from else None,
            valid_to=day(valid_to, "--to") if valid_to else None,
            function=function,
            reason=reason,
            waive=waive,
        )
    print(f"officer {officer} is {post} of {code} from {made.valid_from}" + (f" to {valid_to}" if valid_to else ""))
    print_findings(made.findings)


def release(
    officer: Officer,
    code: Code,
    valid_from: Annotated[
        str | None, typer.Option("--from", help="first day without the officer (default today)", metavar="DATE")
    ] = None,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Take an officer out of every post of a code."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.assign import release as run

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="officers")
        first = day(valid_from, "--from") if valid_from else store.planning.today(code)
        ended = run(store.planning, officer, code, caller=who, valid_from=first, reason=reason)
    print(f"officer {officer} left {ended} post(s) of {code} on {first}")


def show_list(
    jurisdiction: Annotated[str, typer.Option(help="only codes that begin so")] = "",
    on: Annotated[str | None, typer.Option(help="the day (default today)", metavar="DATE")] = None,
) -> None:
    """List who answers for what on a day."""
    from geo_api.cli.people import day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.settings import load_settings

    chosen = day(on, "--on") if on else load_settings().today()
    with open_store() as store:
        territory = store.published.territory(chosen)
    rows = [
        [
            code,
            territory.names.get(code),
            o.officer_id,
            o.name,
            o.title,
            o.role,
            o.function,
            o.telephone,
            "away" if o.absent else f"for {o.substitutes_for}" if o.substitutes_for else "",
        ]
        for code, people in sorted(territory.officers.items())
        if code.startswith(jurisdiction)
        for o in people
    ]
    print_table(["code", "place", "officer", "name", "title", "role", "function", "telephone", "leave"], rows)
