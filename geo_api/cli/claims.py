"""``gridward claims ...``: new and moved entities, and which cell's officers take them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau
from geo_api.cli.templates import ClaimsTemplate

if TYPE_CHECKING:
    from geo_api.services.claims.store import ClaimAnswer

Entity = Annotated[str, typer.Argument(help="permanent id, entity code or credit code", metavar="ENTITY")]
Officer = Annotated[
    str, typer.Option("--officer", help="id of the officer who takes it (default: whose key it is)", metavar="ID")
]
To = Annotated[str, typer.Option("--to", help="code of the cell that it belongs to", metavar="CELL")]
Document = Annotated[str, typer.Option("--document", help="number of the transfer form (移交单)", metavar="NO")]
Why = Annotated[str, typer.Option("--reason", help="why, as recorded")]
Day = Annotated[str | None, typer.Option("--on", help="day on which it was done (default today)", metavar="DATE")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    claims = typer.Typer(help="New and moved entities: claim them, hand them on, decide.", no_args_is_help=True)
    claims.command("list")(show_claims)
    claims.command("claim")(claim)
    claims.command("wrong")(wrong)
    claims.command("accept")(accept)
    claims.command("dispute")(dispute)
    claims.command("decide")(decide)
    claims.command("form")(form_of_transfer)
    claims.command("import")(import_steps)
    app.add_typer(claims, name="claims")


def show_claims(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of a bureau, station or cell (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    state: Annotated[
        str,
        typer.Option(
            help="open, late, all, or one of waiting, transfer, disputed, claimed, transferred, decided, lapsed"
        ),
    ] = "open",
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")] = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List entities that wait to be claimed, are late, or were claimed, as they stood on a day."""
    from geo_api.cli.asking import moment
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.claims.lists import list_claims
    from geo_api.settings import load_settings

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        answer = list_claims(
            store.claims,
            jurisdiction,
            caller=who,
            on=day(on, "--on") if on else store.claims.today(jurisdiction),
            state=state,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
        )
    rows = (
        [c.name, c.entity_id, c.state, c.cell_code, c.fell_on, c.waits_for or c.held_by, ", ".join(c.officers), c.due_on,
         -c.late_days if c.late_days else c.days_left, c.address]
        for c in answer.claims
    )  # fmt: skip
    head = ["name", "entity", "state", "fell into", "on", "with", "officers", "due", "days left", "address"]
    said = ", ".join(f"{n} {state}" for state, n in answer.totals.items()) or "no claims"
    show_rows(answer, form, output, head, rows, f"{answer.jurisdiction} on {answer.on}: {said}")


def claim(
    entity: Entity,
    officer: Officer = "",
    reason: Why = "",
    on: Day = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Claim an entity for the cell that it fell into."""
    _step(entity, "claim", officer=officer, reason=reason, on=on, by=by, role=role, key=key)


def wrong(
    entity: Entity,
    to: To,
    document: Document,
    reason: Why,
    on: Day = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Send an entity to the cell that it belongs to, with a transfer form."""
    _step(entity, "wrong", to=to, document=document, reason=reason, on=on, by=by, role=role, key=key)


def accept(
    entity: Entity,
    officer: Officer = "",
    reason: Why = "",
    on: Day = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Accept an entity that another cell sent. Nobody accepts what they sent themselves."""
    _step(entity, "accept", officer=officer, reason=reason, on=on, by=by, role=role, key=key)


def dispute(entity: Entity, reason: Why, on: Day = None, by: By = None, role: Role = "admin", key: Key = None) -> None:
    """Refuse an entity that another cell sent: the level above both cells decides."""
    _step(entity, "dispute", reason=reason, on=on, by=by, role=role, key=key)


def decide(
    entity: Entity, to: To, reason: Why, on: Day = None, by: By = None, role: Role = "admin", key: Key = None
) -> None:
    """Decide which cell a disputed entity belongs to. Nobody decides what they raised."""
    _step(entity, "decide", to=to, reason=reason, on=on, by=by, role=role, key=key)


def form_of_transfer(
    entity: Entity,
    output: Annotated[Path, typer.Option("-o", "--output", help="file to write: .pdf, .xlsx or .html", metavar="FILE")],
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Write the transfer form (移交单) of an entity, to be printed, signed and filed."""
    from geo_api.cli.files import write_bytes
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.errors import BadRequest
    from geo_api.formats.documents import render_document
    from geo_api.services.claims.form import transfer_form

    if language not in ("zh", "en"):
        raise BadRequest(f"--language {language!r}: zh or en was expected")
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        document = transfer_form(store.claims, entity, caller=who, language="en" if language == "en" else "zh")
    body, _ = render_document(document, output.suffix.lower().lstrip("."))
    write_bytes(output, body)
    print(f"{output}: {document.title}, {document.subtitle}")


def import_steps(
    steps: Annotated[
        Path, typer.Argument(help="CSV or XLSX: entity, verb, officer, to, document, reason, on", metavar="STEPS")
    ],
    template: ClaimsTemplate = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="take the good steps and report the others")] = False,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Take many steps at once, in the order of the file; again changes nothing."""
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.claims.step_many import step_claims

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        answer = step_claims(store.claims, steps, caller=who, skip_bad=skip_bad)
    if answer.rejected:
        print_table(["row", "entity", "reason"], [[r.row, r.entity, r.reason] for r in answer.rejected])
    new = ", ".join(f"{count} {step}" for step, count in answer.taken.items()) or "none"
    print(f"{answer.given} steps: new: {new}; recorded already: {answer.same}; not taken: {len(answer.rejected)}")


def _step(
    entity: str,
    verb: str,
    *,
    officer: str = "",
    to: str = "",
    document: str = "",
    reason: str = "",
    on: str | None,
    by: str | None,
    role: str,
    key: str | None,
) -> None:
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.claims.step import step_claim

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        answer = step_claim(
            store.claims,
            entity,
            verb,
            caller=who,
            officer=officer,
            to=to,
            document=document,
            reason=reason,
            on=day(on, "--on") if on else None,
        )
    print(_said(answer))


def _said(answer: ClaimAnswer) -> str:
    """One line about the claim as it is now."""
    view = answer.claim
    name = f"{view.name} (entity {view.entity_id})"
    if view.held_by:
        return f"{name} is {view.state}: cell {view.held_by} answers for it since {view.since}"
    if view.waits_for is None:
        return f"{name}: {view.state}"
    words = {"transfer": "was sent to another cell", "disputed": "is disputed"}.get(view.state, "waits to be claimed")
    return f"{name} {words}: {view.waits_for} must act by {view.due_on}"
