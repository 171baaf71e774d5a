"""``gridward rounds ...``: what is due in a week or a month, as one round a working day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.people import By, Key, Reason, Role

if TYPE_CHECKING:
    from geo_api.cli.asking import Asking
    from geo_api.services.answers import Caller
    from geo_api.services.rounds.model import VisitPlan

Officer = Annotated[str, typer.Option("--officer", help="id of the officer", metavar="ID")]
Cell = Annotated[str, typer.Option("--cell", help="or the code of a cell", metavar="CODE")]
Of = Annotated[
    str | None,
    typer.Option("--of", help="a week 2026-W45 or a month 2026-11 (default: this week)", metavar="PERIOD"),
]
PerDay = Annotated[
    int | None, typer.Option("--per-day", help="visits a day at most (default: by the rules)", min=1, max=200)
]
FORMATS = (".xlsx", ".gpx", ".html", ".csv", ".json")
SCOPE = "inspections"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    rounds = typer.Typer(help="Visit plans: what is due, as rounds in a short order.", no_args_is_help=True)
    rounds.command("plan")(plan)
    rounds.command("keep")(keep)
    rounds.command("kept")(kept)
    app.add_typer(rounds, name="rounds")


def plan(
    officer: Officer = "",
    cell: Cell = "",
    of: Of = None,
    per_day: PerDay = None,
    language: Annotated[str, typer.Option("--language", help="of the page: zh or en")] = "zh",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="write to PLAN.xlsx, .gpx, .html, .csv or .json", metavar="PLAN"),
    ] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Plan what is due for an officer or a cell in a week or a month: the most urgent, near places on one day."""
    from geo_api.cli.asking import asking
    from geo_api.cli.files import write_bytes
    from geo_api.cli.people import caller
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.errors import BadRequest
    from geo_api.formats.registry import render
    from geo_api.services.rounds.model import PlanPage

    if language not in ("zh", "en"):
        raise BadRequest(f"--language {language!r}: zh or en was expected")
    if output is not None and output.suffix.lower() not in FORMATS:
        raise BadRequest(f"{output}: the name must end in {', '.join(FORMATS)}")
    with asking(None, None) as ask:
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        made = _make(ask, officer, cell, of, per_day, who)
    print_table(
        ["day", "visits", "km", "hours", "first"],
        [
            [
                d.day,
                len(d.stops),
                f"{d.length_m / 1000:.1f}",
                f"{(d.visit_minutes + d.way_minutes) / 60:.1f}",
                d.stops[0].name,
            ]
            for d in made.days
        ],
    )
    print_findings(made.findings)
    if output is not None:
        form = output.suffix.lower()[1:]
        write_bytes(output, render(PlanPage(made, language) if form == "html" else made, form)[0])


def keep(
    officer: Officer = "",
    cell: Cell = "",
    of: Of = None,
    per_day: PerDay = None,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Keep a visit plan, to compare it later with the visits made."""
    from geo_api.cli.asking import asking
    from geo_api.cli.people import caller
    from geo_api.services.rounds.keep import keep_plan

    with asking(None, None) as ask:
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        made = _make(ask, officer, cell, of, per_day, who)
        stored = keep_plan(ask.store.rounds, made, caller=who, reason=reason)
    visits = sum(len(d.stops) for d in stored.days)
    print(f"plan {stored.round_id}: {visits} visits on {len(stored.days)} days, {len(stored.not_planned)} not planned")


def kept(
    round_id: Annotated[int, typer.Argument(help="number of the plan", metavar="PLAN")],
    on: Annotated[str | None, typer.Option("--on", help="as known on this day (default today)", metavar="DATE")] = None,
    form: Annotated[str, typer.Option("--format", help="table, json or csv")] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="write to a file", metavar="FILE")] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Compare a kept plan with the visits made: kept, on another day, missed, still to come."""
    from geo_api.cli.asking import asking, show
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.services.rounds.keep import kept_visits

    with asking(on, None) as ask:
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        answer = kept_visits(ask.store.rounds, round_id, ask.on, caller=who)
    if form != "table":
        show(answer, form, output)
        return
    print_table(
        ["day", "no.", "name", "why", "outcome", "made on"],
        [[v.day, v.position, v.name, v.why, v.outcome, v.made_on] for v in answer.visits],
    )
    print(", ".join(f"{name}: {number}" for name, number in answer.counts.items()))


def _make(ask: Asking, officer: str, cell: str, of: str | None, per_day: int | None, who: Caller) -> VisitPlan:
    from geo_api.services.rounds.make import make_plan
    from geo_api.services.rounds.period import period_of
    from geo_api.services.rounds.plan import Asked

    period = period_of(of, ask.on)
    territory = ask.lookup.snapshot(period[0], None).territory
    store, asked = ask.store, Asked(*period, officer, cell, per_day)
    return make_plan(store.rounds, store.due, store.profiles, territory, asked, caller=who)
