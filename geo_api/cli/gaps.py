"""``gridward gaps``: what nobody answers for, or not often enough."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.people import By, Key, Role


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("gaps")(gaps)


def gaps(
    jurisdiction: Annotated[str, typer.Option(help="code of the bureau or station", metavar="CODE")],
    on: Annotated[str | None, typer.Option(help="the day (default today)", metavar="DATE")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="write the findings as a layer", metavar="GAPS.geojson")
    ] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Find the coverage gaps of a jurisdiction: territory, entities, staff, visits."""
    import json

    from geo_api.cli.files import write_bytes
    from geo_api.cli.people import caller, day
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.gaps import find_gaps
    from geo_api.services.gaps_layer import gaps_geojson

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="coverage")
        chosen = day(on, "--on") if on else store.planning.today(jurisdiction)
        answer = find_gaps(store.coverage, jurisdiction, chosen, caller=who, listed_per_rule=None)
    print_table(["rule", "findings"], list(answer.totals.items()))
    shares = [[c, answer.due[c], answer.made[c], _share(answer.made[c], answer.due[c])] for c in answer.due]
    print_table(["class", "visits due", "made", "share"], shares)
    print_findings(answer.findings)
    if output is not None:
        write_bytes(output, json.dumps(gaps_geojson(answer), ensure_ascii=False).encode())


def _share(made: float, due: float) -> str:
    return f"{made / due:.1%}" if due else ""
