"""``gridward ledger``: what a cell, a station or a bureau looks after, and who answers for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import On, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau

if TYPE_CHECKING:
    from datetime import date, datetime

    from geo_api.db.store import Store
    from geo_api.services.answers import Caller
    from geo_api.services.documents.model import Language

Jurisdiction = Annotated[
    str,
    typer.Option(
        "--jurisdiction",
        "--cell",
        help="code of the cell, station or bureau (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
Written = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="write to a file: its ending is the format", metavar="FILE.xlsx|.pdf|.html"),
]
Form = Annotated[str | None, typer.Option("--format", help="json, csv, xlsx, pdf or html (default: by the file)")]
Lang = Annotated[str, typer.Option("--language", help="zh or en, of what is printed")]
SCOPE = "reports"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("ledger")(ledger)


def ledger(
    jurisdiction: Jurisdiction,
    on: On = None,
    recorded_at: RecordedAt = None,
    subject: Annotated[str, typer.Option("--subject", help="entities, key_industries or unlicensed")] = "entities",
    entities: Annotated[
        bool | None,
        typer.Option("--entities/--no-entities", help="list every entity (default: for a cell alone)"),
    ] = None,
    each_cell: Annotated[
        bool, typer.Option("--each-cell", help="one file a cell, into the folder -o (PDF, or as --format says)")
    ] = False,
    language: Lang = "zh",
    form: Form = None,
    output: Written = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Write the ledger (台账): entities by class and industry, officers with title and every change, lines to sign on."""
    from geo_api.cli.asking import moment
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.ledger.read import read_ledger
    from geo_api.services.reports.answer import PrintedLedger
    from geo_api.settings import load_settings

    spoken = language_of(language)
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        chosen = day(on, "--on") if on else store.reports.today(jurisdiction)
        then = moment(recorded_at, load_settings()) if recorded_at else None
        if each_cell:
            _write_each(store, jurisdiction, chosen, then, subject, spoken, form, output, who)
            return
        found = read_ledger(
            store.ledgers, store.published, jurisdiction, on=chosen, caller=who, recorded_at=then, entities=entities
        )
    if output is not None or form is not None:
        write_answer(PrintedLedger(spoken, found, subject), form, output)
        return
    print(f"{found.level} {found.jurisdiction} {found.name} on {found.on}: {found.total.entities} entities")
    known = len(found.classes) - (
        not found.total.by_class[-1]
    )  # the last stands for classes that the rules do not know
    letters = [c or "other" for c in found.classes[:known]]
    rows = [[c.industry, c.entities, *c.by_class[:known], c.unlicensed] for c in (*found.counts, found.total)]
    rows[-1][0] = "total"
    print_table(["industry", "entities", *letters, "unlicensed"], rows)
    if found.level != "cell":
        print_table(
            ["code", "name", "head", "officers", "entities"],
            [[p.code or "in no cell", p.name, p.head, p.officers, p.entities] for p in found.places],
        )


def _write_each(
    store: Store,
    jurisdiction: str,
    on: date,
    recorded_at: datetime | None,
    subject: str,
    language: Language,
    form: str | None,
    folder: Path | None,
    who: Caller,
) -> None:
    """One file a cell, named by its code; done again, each file is replaced as a whole."""
    from geo_api.cli.files import write_whole
    from geo_api.cli.progress import progress_line
    from geo_api.errors import BadRequest
    from geo_api.formats.registry import render
    from geo_api.services.ledger.each_cell import each_cell
    from geo_api.services.reports.answer import PrintedLedger

    if folder is None or (folder.exists() and not folder.is_dir()):
        raise BadRequest("--each-cell writes one file a cell: name a folder with -o FOLDER")
    tell, ending = progress_line(), form or "pdf"
    number, ledgers = each_cell(
        store.ledgers, store.published, jurisdiction, on=on, caller=who, recorded_at=recorded_at
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadRequest(f"{folder}: cannot be made ({problem.strerror}); choose another folder") from problem
    size = 0
    for n, found in enumerate(ledgers, start=1):
        body = render(PrintedLedger(language, found, subject), ending)[0]
        name = found.jurisdiction if subject == "entities" else f"{found.jurisdiction}-{subject}"
        write_whole(folder / f"{name}.{ending}", body)
        size += len(body)
        tell(f"{n} of {number}: {name}.{ending}, {found.total.entities} entities")
    print(f"{folder}: {number} ledgers of {jurisdiction} on {on}, {size / 1e6:.1f} MB")


def language_of(text: str) -> Language:
    """The language "zh" or "en"; BadRequest for anything else."""
    from geo_api.errors import BadRequest
    from geo_api.services.documents.model import LANGUAGES

    for language in LANGUAGES:
        if text == language:
            return language
    raise BadRequest(f"there is no language {text!r}: it is one of {', '.join(LANGUAGES)}")


def write_answer(answer: object, form: str | None, output: Path | None) -> None:
    """An answer in a format, to a file or to standard output; the ending of the file is the format where none is given."""
    import sys

    from geo_api.cli.asking import show
    from geo_api.cli.files import write_bytes
    from geo_api.errors import BadRequest
    from geo_api.formats.registry import render

    chosen = form or (output.suffix.lstrip(".").lower() if output else "") or "json"
    if output is None and chosen in ("json", "csv"):
        show(answer, chosen, None)
        return
    if output is None:
        if chosen == "html":
            sys.stdout.write(render(answer, chosen)[0].decode())
            return
        raise BadRequest(f"{chosen} is written to a file: name it with -o FILE.{chosen}")
    body, _ = render(answer, chosen)
    write_bytes(output, body)
    print(f"{output}: {len(body) / 1000:.0f} kB")
