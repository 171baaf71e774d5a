"""``gridward visits ...``: visits made, from files and handhelds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.asking import Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau
from geo_api.cli.templates import VisitsTemplate

Jurisdiction = Annotated[
    str,
    typer.Option(
        help="code of a bureau, station or cell (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
Form = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")]
Limit = Annotated[int, typer.Option(help="at most so many rows", min=1)]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    visits = typer.Typer(help="Visits: import, post, list, withdraw.", no_args_is_help=True)
    visits.command("import")(take)
    visits.command("post")(post)
    visits.command("list")(show_list)
    visits.command("left")(show_left)
    visits.command("withdraw")(withdraw)
    visits.command("rematch")(rematch)
    app.add_typer(visits, name="visits")


def take(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX of visits", metavar="FILE")],
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="bureau or station whose register the entities are in (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    columns: Annotated[
        list[str] | None, typer.Option(help="our name of a column and its name in the file", metavar="OURS=THEIRS")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="of a CSV (default: UTF-8, else GB18030)")] = None,
    template: VisitsTemplate = None,
    same_day: Annotated[
        bool, typer.Option("--same-day", help="a file without ids: also visits on days that have one already")
    ] = False,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Store the visits of a file; every row is stored, or kept with its number and the reason."""
    from geo_api.cli.people import caller, pairs
    from geo_api.cli.progress import print_findings
    from geo_api.db import open_store
    from geo_api.services.visits.take_file import take_file

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        answer = take_file(
            store.visits,
            file,
            jurisdiction=jurisdiction,
            caller=who,
            columns=pairs(columns),
            encoding=encoding,
            same_day=same_day,
        )
    print_findings(answer.findings)
    print(f"{answer.file}: {answer.given} rows: {answer.new} new, {answer.changed} changed, {answer.same} same")
    for reason, count in answer.left.items():
        print(f"  {reason:10s} {count:8d} kept with file and row: gridward visits left --reason {reason}")


def post(
    file: Annotated[Path, typer.Argument(help="a visit or a list of visits as JSON", metavar="FILE.json")],
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="bureau or station that the entities lie in (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> int:
    """Post visits as a handheld does; sending again changes nothing."""
    import orjson

    from geo_api.cli.main import RULE_BROKEN
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.errors import BadRequest
    from geo_api.services.visits.post import post_visits

    try:
        said = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"{file}: no JSON: {problem}") from None
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        given = said if isinstance(said, list) else [said]
        answer = post_visits(store.visits, store.profiles, given, jurisdiction=jurisdiction, caller=who)
    print_table(
        ["visit", "verdict", "entity", "message"],
        [[v.visit_id, v.verdict, v.entity_id, v.message] for v in answer.visits],
    )
    return RULE_BROKEN if {"refused", "conflict"} & set(answer.counts) else 0


def show_list(
    jurisdiction: Jurisdiction,
    entity: Annotated[str | None, typer.Option(help="only visits to it: any of its numbers")] = None,
    officer: Annotated[str | None, typer.Option(help="only visits at which this officer was", metavar="ID")] = None,
    since: Annotated[str | None, typer.Option(help="first day", metavar="DATE")] = None,
    before: Annotated[str | None, typer.Option(help="first day no longer", metavar="DATE")] = None,
    recorded_at: RecordedAt = None,
    limit: Limit = 1000,
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List visits, newest first."""
    from geo_api.cli.asking import moment
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.visits.listing import list_visits
    from geo_api.settings import load_settings

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        answer = list_visits(
            store.visits,
            jurisdiction,
            caller=who,
            entity=entity,
            officer=officer,
            since=day(since, "--since") if since else None,
            before=day(before, "--before") if before else None,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
            limit=limit,
        )
    rows = (
        [v.made_on, v.visit_id, v.name, v.credit_code or v.entity_id, v.kind, v.result, ", ".join(v.officers),
         v.rectify_by, v.findings or v.purpose]
        for v in answer.visits
    )  # fmt: skip
    head = ["day", "visit", "name", "entity", "kind", "result", "officers", "put right by", "findings"]
    said = f"the newest {len(answer.visits)}, more with --limit" if answer.more else ""
    show_rows(answer, form, output, head, rows, said)


def show_left(
    jurisdiction: Jurisdiction,
    reason: Annotated[str | None, typer.Option(help="unmatched, repeat, refused or withdrawn")] = None,
    limit: Limit = 1000,
    form: Form = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List rows of files and reports that are no visits, with file, row and reason."""
    from geo_api.cli.people import caller
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.visits.listing import list_left

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        answer = list_left(store.visits, jurisdiction, caller=who, reason=reason, limit=limit)
    rows = (
        [r.reason, r.file or r.source, r.row_no or None, r.visit_id, r.entity, r.made_on, r.kind, r.detail]
        for r in answer.rows
    )
    counts = ", ".join(f"{n} {reason}" for reason, n in answer.counts.items()) or "none left"
    more = f"; the first {len(answer.rows)} rows, more with --limit" if answer.more else ""
    head = ["reason", "file", "row", "visit", "entity as written", "day", "kind", "detail"]
    show_rows(answer, form, output, head, rows, f"{answer.stored} visits stored; {counts}{more}")


def withdraw(
    visit_id: Annotated[str, typer.Argument(help="id of the visit", metavar="VISIT")],
    jurisdiction: Jurisdiction,
    reason: Annotated[str, typer.Option("--reason", help="why, as recorded")],
    source: Annotated[str | None, typer.Option(help="handheld or file (default: found out)")] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Take a visit back: it no longer counts, and what was recorded stays."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.visits.withdraw import withdraw_visit

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        withdraw_visit(store.visits, visit_id, jurisdiction=jurisdiction, reason=reason, caller=who, source=source)
    print(f"visit {visit_id} no longer counts")


def rematch(
    jurisdiction: Jurisdiction,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Store kept visits whose entity is in the register by now; every change of the register does so by itself."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.visits.rematch import rematch_visits

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="inspections")
        matched = rematch_visits(store.visits, jurisdiction, caller=who)
    print(f"{matched} kept visits have found their entity")
