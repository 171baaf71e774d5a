"""``gridward intervals``: days between visits to the same business."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_api.cli.asking import Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("intervals")(intervals)


def intervals(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of a bureau, station or cell (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    period_from: Annotated[str | None, typer.Option(help="first day whose visits count", metavar="DATE")] = None,
    period_to: Annotated[str | None, typer.Option(help="first day whose visits count no more", metavar="DATE")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="daily (default), special, priority; may be repeated")] = None,
    purpose: Annotated[str, typer.Option(help="only visits with this purpose")] = "",
    limit_days: Annotated[int, typer.Option(min=0, help="an interval is too long above it")] = 365,
    as_given: Annotated[
        bool, typer.Option("--as-given", help="count rows outside the register and repeats too")
    ] = False,
    recorded_at: RecordedAt = None,
    form: Annotated[str, typer.Option("--format", help="json, csv or xlsx")] = "csv",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Days between visits: median, quartiles and the share above a limit, for a jurisdiction and its stations."""
    from geo_api.cli.asking import moment, show
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.coverage.intervals import visit_intervals
    from geo_api.settings import load_settings

    with open_store() as store:
        answer = visit_intervals(
            store.intervals,
            jurisdiction,
            caller=caller(store, by=by, role=role, key=key, scope="coverage"),
            period_from=day(period_from, "--period-from") if period_from else None,
            period_to=day(period_to, "--period-to") if period_to else None,
            kinds=tuple(kind or ("daily",)),
            purpose=purpose,
            limit_days=limit_days,
            as_given=as_given,
            recorded_at=moment(recorded_at, load_settings()) if recorded_at else None,
        )
    show(answer, form, output)
