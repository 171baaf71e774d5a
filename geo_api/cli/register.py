"""``gridward register ...``: daily changes, duplicates, histories of entities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau

if TYPE_CHECKING:
    from geo_api.services.register.same import SameAnswer
    from geo_api.services.register.store import ImportAnswer

Entity = Annotated[str, typer.Argument(help="permanent id, entity code or credit code", metavar="ENTITY")]
Other = Annotated[str, typer.Argument(help="the other one", metavar="OTHER")]
Why = Annotated[str, typer.Option("--reason", help="why, as recorded")]
Form = Annotated[str, typer.Option("--format", help="json, csv or xlsx")]
TableForm = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")]
Day = Annotated[str | None, typer.Option("--on", help="day from which it holds (default today)", metavar="DATE")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    group = typer.Typer(help="The register: daily changes, duplicates, histories.", no_args_is_help=True)
    group.command("import")(import_file)
    group.command("history")(history)
    group.command("duplicates")(duplicates)
    group.command("same")(same)
    group.command("different")(different)
    app.add_typer(group, name="register")


def import_file(
    changes: Annotated[Path, typer.Argument(help="CSV or XLSX of daily changes", metavar="CHANGES")],
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of the bureau (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    on: Annotated[
        str | None,
        typer.Option("--on", help="day of the import, for rows without a date (default today)", metavar="DATE"),
    ] = None,
    datum: Annotated[
        str | None, typer.Option(help="what coordinates are in: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")
    ] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="store the good rows and report the others")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, store nothing")] = False,
    reason: Why = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Bring daily changes into the register: opened, changed, moved, closed, opened again. Again changes nothing."""
    from geo_api.cli.asking import asking
    from geo_api.cli.people import caller, day
    from geo_api.services.register.receive import receive_changes

    with asking(on, None) as ask:
        answer = receive_changes(
            ask.store.life,
            changes,
            jurisdiction,
            datum=datum,
            caller=caller(ask.store, by=by, role=role, key=key, scope="register"),
            on=day(on, "--on") if on else None,
            skip_bad=skip_bad,
            dry_run=dry_run,
            reason=reason,
            find_places=lambda texts: ask.lookup.addresses(list(texts), on=ask.on),
        )
    _report(answer)


def _report(answer: ImportAnswer) -> None:
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table

    print_findings(answer.findings)
    if answer.rejected:
        print_table(["row", "reason", "value"], [[r.row, r.reason, r.value] for r in answer.rejected])
    done = ", ".join(
        f"{getattr(answer, kind)} {kind}" for kind in ("opened", "changed", "moved", "closed", "reopened", "same")
    )
    said = " (a dry run: nothing was stored)" if answer.dry_run else ""
    print(f"{answer.given} rows of {answer.on}: {done}, {len(answer.rejected)} not stored{said}")
    print(f"{answer.fell} entities wait to be claimed, {answer.lapsed} open claims ended")


def history(
    code: Annotated[str, typer.Argument(help="entity code of any age, permanent id or credit code", metavar="ENTITY")],
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Form = "csv",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Tell all that happened to an entity: opened, changed, moved, licensed, closed; its codes and claims (json)."""
    from geo_api.cli.asking import moment, show
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.register.history import entity_past
    from geo_api.settings import load_settings

    with open_store() as store:
        answer = entity_past(
            store.life,
            code,
            caller=caller(store, by=by, role=role, key=key, scope="register"),
            on=day(on, "--on") if on else None,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
        )
    show(answer, form, output)


def duplicates(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of a bureau or station (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    on: On = None,
    form: TableForm = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List entities that may be one: same credit code or registration number, same name and address, or near each other."""
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.register.duplicates import find_duplicates

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        chosen = day(on, "--on") if on else store.life.today(jurisdiction)
        answer = find_duplicates(store.life, jurisdiction, caller=who, on=chosen)
    rows = [
        [n, e.entity_id, e.name, ", ".join(group.why), e.address, e.credit_code or e.registration_no]
        for n, group in enumerate(answer.groups, 1)
        for e in group.entities
    ]
    said = ", ".join(f"{why}: {count}" for why, count in answer.totals.items()) or "no duplicates"
    show_rows(answer, form, output, ["group", "entity", "name", "why", "address", "code"], rows, said)


def same(
    entity: Entity,
    other: Other,
    keep: Annotated[str, typer.Option(help="which of the two goes on", metavar="ENTITY")],
    reason: Why,
    on: Day = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Decide that two entities are one: the other closes as a duplicate, its codes lead to the one that is kept."""
    answer = _decide(entity, other, "same", on=on, by=by, role=role, key=key, keep=keep, reason=reason)
    print(f"entity {answer.closed} is entity {answer.kept} from {answer.on} on")


def different(
    entity: Entity, other: Other, reason: Why, on: Day = None, by: By = None, role: Role = "admin", key: Key = None
) -> None:
    """Decide that two entities are not one: they are no longer listed; what an earlier decision closed opens again."""
    answer = _decide(entity, other, "different", on=on, by=by, role=role, key=key, reason=reason)
    again = f"; entity {answer.reopened} is open again and waits to be claimed" if answer.reopened else ""
    print(f"entities {answer.entity_id} and {answer.other_id} are different{again}")


def _decide(
    entity: str, other: str, verdict: str, *, on: str | None, by: str | None, role: str, key: str | None, **more: Any
) -> SameAnswer:
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.register.same import decide_same

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        return decide_same(store.life, entity, other, verdict, caller=who, on=day(on, "--on") if on else None, **more)
