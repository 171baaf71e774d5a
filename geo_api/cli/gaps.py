"""``gridward coverage``, ``gridward gaps`` and ``gridward posters``: visits due and made, and what nobody answers for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.asking import RecordedAt
from geo_api.cli.people import By, Key, Reason, Role, only_bureau

Jurisdiction = Annotated[
    str,
    typer.Option(
        help="code of the bureau, station or cell (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
On = Annotated[str | None, typer.Option(help="the day (default today)", metavar="DATE")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="write to a file: .json, .geojson, .csv, .xlsx", metavar="FILE")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("coverage")(coverage)
    app.command("gaps")(gaps)
    posters = typer.Typer(help="Diagrams that hang in public: which, where, since when.", no_args_is_help=True)
    posters.command("record")(record_poster)
    posters.command("list")(list_posters)
    app.add_typer(posters, name="posters")


def coverage(
    jurisdiction: Jurisdiction,
    of: Annotated[
        str | None, typer.Option("--of", help="a month 2026-10, a quarter 2026-Q4 or a year 2026", metavar="PERIOD")
    ] = None,
    period_from: Annotated[str | None, typer.Option(help="or from this day on", metavar="DATE")] = None,
    period_to: Annotated[str | None, typer.Option(help="up to, not including, this day", metavar="DATE")] = None,
    on: Annotated[
        str | None, typer.Option(help="or the year up to this day (default: the year up to today)", metavar="DATE")
    ] = None,
    by: Annotated[
        str, typer.Option(help="figures by total, class, industry, cell, officer, visitor or station")
    ] = "class",
    recorded_at: RecordedAt = None,
    output: Output = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Visits due and made in a period, and who is overdue."""
    from geo_api.cli.asking import known_at
    from geo_api.cli.files import write_bytes
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.formats.registry import render
    from geo_api.services.coverage.report import LISTED
    from geo_api.services.coverage.report import coverage as run

    form = file_format(output)
    with open_store() as store:
        answer = run(
            store.coverage,
            jurisdiction,
            caller=caller(store, by=None, role=role, key=key, scope="coverage"),
            today=store.planning.today(jurisdiction),
            on=day(on, "--on") if on else None,
            of=of,
            period_from=day(period_from, "--period-from") if period_from else None,
            period_to=day(period_to, "--period-to") if period_to else None,
            by=by,
            recorded_at=known_at(recorded_at),
            listed=None if output else LISTED,
        )
    if output is not None and form is not None:
        write_bytes(output, render(answer, form)[0])
    print(
        f"visits due and made from {answer.period_from} up to {answer.period_to}, {jurisdiction} {answer.name}".rstrip()
    )
    rows = [*answer.rows, *([answer.total] if answer.total and by != "total" else [])]
    print_table(
        [by, "name", "entities", "due", "made", "share", "visits", "overdue", "longest", "first due", "first missed"],
        [
            [
                "all" if row is answer.total else row.key or "(none)",
                row.name,
                row.entities,
                f"{row.due:.1f}",
                f"{row.made:.1f}",
                "" if row.share is None else f"{row.share:.1%}",
                f"{row.visits:.1f}",
                row.overdue,
                f"{row.overdue_days_longest} d" if row.overdue else "",
                row.first_due,
                row.first_missed,
            ]
            for row in rows
        ],
    )


def gaps(
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
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="write the gaps: a layer .geojson, a table .csv or .xlsx, a map .html",
            metavar="FILE",
        ),
    ] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Find the coverage gaps of a jurisdiction: territory, entities, staff, visits, posters, claims, tasks."""
    from geo_api.cli.asking import known_at
    from geo_api.cli.files import write_bytes
    from geo_api.cli.people import caller, day
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.formats.registry import render
    from geo_api.services.gaps import find_gaps

    form = file_format(output, also=("html",))
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="coverage")
        chosen = day(on, "--on") if on else store.planning.today(jurisdiction)
        then = store.as_recorded(known_at(recorded_at))
        answer = find_gaps(
            then.coverage,
            jurisdiction,
            chosen,
            caller=who,
            listed_per_rule=None,
            claims=then.claims,
            tasks=then.tasks,
        )
        page = None
        if form == "html":
            from geo_api.db.diagram_views import DiagramViews
            from geo_api.services.gaps_page import gaps_page
            from geo_api.settings import load_settings

            page = gaps_page(then.published, DiagramViews(then.database), answer, load_settings())
    print_table(["rule", "findings"], list(answer.totals.items()))
    shares = [[c, answer.due[c], answer.made[c], _share(answer.made[c], answer.due[c])] for c in answer.due]
    print_table(["class", "visits due", "made", "share"], shares)
    print_findings(answer.findings)
    if output is not None and form is not None:
        write_bytes(output, page or render(answer, form)[0])


def record_poster(
    jurisdiction: Jurisdiction,
    place: Annotated[str, typer.Option(help="where it hangs, in words that find it again")],
    posted_on: Annotated[
        str | None, typer.Option(help="since when it hangs, or no longer does (default today)", metavar="DATE")
    ] = None,
    drawn_for: Annotated[
        str | None, typer.Option(help="the day that it shows (default: the day it was put up)", metavar="DATE")
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="it was taken down")] = False,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Record that a diagram was put up at a place, or taken down."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.posters import record_poster as run

    with open_store() as store:
        run(
            store.posters,
            jurisdiction,
            place,
            caller=caller(store, by=by, role=role, key=key, scope="coverage"),
            posted_on=day(posted_on, "--posted-on") if posted_on else store.planning.today(jurisdiction),
            drawn_for=day(drawn_for, "--drawn-for") if drawn_for else None,
            removed=removed,
            reason=reason,
        )
    print(f"the poster of {jurisdiction} at {place} " + ("was taken down" if removed else "is recorded"))


def list_posters(
    jurisdiction: Jurisdiction,
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="write to a file", metavar="FILE")] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List the posters of a jurisdiction and of all below it that hang on a day."""
    from geo_api.cli.asking import known_at
    from geo_api.cli.people import caller, day
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.posters import list_posters as run

    with open_store() as store:
        answer = run(
            store.posters,
            jurisdiction,
            day(on, "--on") if on else store.planning.today(jurisdiction),
            caller=caller(store, by=by, role=role, key=key, scope="coverage"),
            recorded_at=known_at(recorded_at),
        )
    rows = [[p.jurisdiction_code, p.place, p.posted_on, p.drawn_for, p.removed_on, p.posted_by] for p in answer.posters]
    show_rows(answer, form, output, ["code", "place", "since", "drawn for", "removed", "by"], rows)


def file_format(path: Path | None, also: tuple[str, ...] = ()) -> str | None:
    """The format that a file's name asks for; BadRequest for any other."""
    from geo_api.errors import BadRequest

    if path is None:
        return None
    forms = ("json", "geojson", "csv", "xlsx", *also)
    form = path.suffix.lower().lstrip(".")
    if form not in forms:
        raise BadRequest(f"{path}: the name ends in none of {', '.join('.' + f for f in forms)}")
    return form


def _share(made: float, due: float) -> str:
    return f"{made / due:.1%}" if due else ""
