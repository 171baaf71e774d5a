"""``gridward groups ...``, ``gridward departments``: cells that act together, and who answers for which function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import Output
from geo_api.cli.people import By, Key, Reason, Role
from geo_api.cli.staffing import SCOPE, Form, From, Jurisdiction, On, Plan, _day
from geo_api.errors import BadRequest

if TYPE_CHECKING:
    from pathlib import Path

    from geo_api.services.staffing.groups import PatrolGroups


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    groups = typer.Typer(help="Patrol groups: adjacent cells of one station that act together.", no_args_is_help=True)
    groups.command("list")(show_list)
    groups.command("propose")(propose)
    groups.command("set")(set_)
    app.add_typer(groups, name="groups")
    app.command("departments")(departments)


def show_list(
    jurisdiction: Jurisdiction,
    on: On = None,
    form: Form = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List the patrol groups in force on a day, with their work and what is wrong with them."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.staffing.groups import list_groups

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        day = _day(on, "--on") or store.staffing.today(jurisdiction)
        answer = list_groups(store.staffing, jurisdiction, day, caller=who)
    _show(answer, form, output)


def propose(
    jurisdiction: Jurisdiction,
    valid_from: From = None,
    plan: Plan = None,
    form: Form = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Propose groups of adjacent cells with about the same work; nothing is written."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.staffing.groups import propose_groups

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        first = _day(valid_from, "--from")
        answer = propose_groups(store.staffing, jurisdiction, caller=who, valid_from=first, plan=plan)
    _show(answer, form, output)


def set_(
    jurisdiction: Jurisdiction,
    groups: Annotated[
        list[str] | None,
        typer.Option(
            "--group", help="a group with its cells (again for each; none = those proposed)", metavar="CODE=CELL,CELL"
        ),
    ] = None,
    valid_from: From = None,
    reason: Reason = "",
    form: Form = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Make these the patrol groups of a station from a day on; without --group those proposed, for a whole bureau too."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.staffing.groups import set_groups

    named = {}
    for text in groups or ():
        code, equals, cells = text.partition("=")
        if not equals or code in named:
            raise BadRequest(f"--group {text!r}: CODE=CELL,CELL was expected, each code once")
        named[code] = [c.strip() for c in cells.split(",") if c.strip()]
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        answer = set_groups(
            store.staffing,
            jurisdiction,
            caller=who,
            reason=reason,
            groups=named or None,
            valid_from=_day(valid_from, "--from"),
        )
    _show(answer, form, output)


def _show(answer: PatrolGroups, form: str | None, output: Path | None) -> None:
    from geo_api.cli.asking import show
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table

    if form or output:
        show(answer, form or "json", output)
        return
    print(f"{len(answer.groups)} patrol group(s) {answer.state} on {answer.on}")
    rows = [
        [g.code, g.name, ", ".join(g.cells), f"{g.hours_per_year:.0f}", f"{g.deviation:+.1%}", g.entities]
        for g in answer.groups
    ]
    print_table(["group", "name", "cells", "hours a year", "deviation", "entities"], rows)
    print_findings(answer.findings)


def departments(
    jurisdiction: Jurisdiction,
    level: Annotated[str, typer.Option("--level", help="one row a cell or a station")] = "cell",
    on: On = None,
    form: Annotated[
        str | None, typer.Option("--format", help="json, csv, xlsx or html (default: a table to read)")
    ] = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Show which departments answer where: a table of places and functions, with its holes."""
    from geo_api.cli.asking import asking, show
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.services.staffing.departments import department_matrix

    with asking(on, None) as ask:
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        answer = department_matrix(ask.store.staffing, ask.snapshot(), jurisdiction, caller=who, level=level)
    if form or output:
        show(answer, form or "json", output)
        return
    head = ["code", "name", *(f or "(all)" for f in answer.functions)]
    print_table(
        head, [[r.code, r.name, *("; ".join(d.officers) or d.state for d in r.departments)] for r in answer.rows]
    )
    print(
        "places where nobody of their own answers: " + ", ".join(f"{f or '(all)'} {n}" for f, n in answer.holes.items())
    )
