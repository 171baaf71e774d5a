"""``gridward plan ...``: the life of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.people import By, Key, Reason, Role

if TYPE_CHECKING:
    from geo_api.services.answers import PlanSummary

SHOWN = 20
"""So many entities that change cell are printed."""

PlanId = Annotated[int, typer.Argument(help="id of the plan", metavar="PLAN")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    plans = typer.Typer(help="Draw, check, submit, approve and publish plans.", no_args_is_help=True)
    plans.command("build")(build)
    plans.command("check")(check)
    plans.command("submit")(submit)
    plans.command("return")(give_back)
    plans.command("approve")(approve)
    plans.command("publish")(publish)
    plans.command("list")(show_list)
    plans.command("show")(show)
    plans.command("compare")(compare)
    app.add_typer(plans, name="plan")


def build(
    station: Annotated[str, typer.Argument(help="code of the station", metavar="STATION")],
    cells: Annotated[int | None, typer.Option(min=1, help="number of cells (default: from the staff)")] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of all randomness")] = 0,
    tolerance: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="largest deviation accepted (default: the rule)")
    ] = None,
    time_limit: Annotated[float | None, typer.Option(min=0.1, help="seconds after which to stop improving")] = None,
    on: Annotated[str | None, typer.Option(help="day whose register counts (default today)", metavar="DATE")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="change as little as possible of the plan in force")] = False,
    lock: Annotated[
        list[str] | None, typer.Option(help="cell of the plan in force that stays as it is", metavar="CODE")
    ] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> int:
    """Draw the cells of a station and store them as a draft with proposed officers."""
    from geo_api.cli.main import RULE_BROKEN
    from geo_api.cli.people import caller, day
    from geo_api.cli.progress import print_findings, progress_line
    from geo_api.db import open_store
    from geo_api.services.build_plan import build_plan

    with open_store() as store:
        plan = build_plan(
            store.planning,
            station,
            caller=caller(store, by=by, role=role, key=key),
            cells=cells,
            rng_seed=seed,
            tolerance=tolerance,
            time_limit_s=time_limit,
            on=day(on, "--on") if on else None,
            keep=keep,
            lock=tuple(lock or ()),
            on_progress=progress_line(),
        )
    print_findings(plan.findings)
    _say(plan)
    return RULE_BROKEN if plan.max_abs_deviation > plan.tolerance else 0


def check(plan_id: PlanId) -> int:
    """Prove a stored plan: tiling, contiguity, balance, every entity in one cell, staffing."""
    from geo_api.cli.main import RULE_BROKEN
    from geo_api.db import open_store
    from geo_api.services.gate import check_plan
    from gridding.findings import Severity

    with open_store() as store:
        findings = check_plan(store.planning, plan_id)
    for finding in findings:
        print(f"{finding.severity:8s} {finding.rule}: {finding.message}")
    errors = sum(f.severity is Severity.ERROR for f in findings)
    print(f"plan {plan_id}: {errors} error(s), {len(findings) - errors} other finding(s)")
    return RULE_BROKEN if errors else 0


def submit(plan_id: PlanId, reason: Reason = "", by: By = None, role: Role = "admin", key: Key = None) -> None:
    """Hand a plan in for approval; the integrity gate comes first."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.plan_transitions import submit_plan

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key)
        _say(submit_plan(store.planning, plan_id, caller=who, reason=reason))


def give_back(plan_id: PlanId, reason: Reason = "", by: By = None, role: Role = "admin", key: Key = None) -> None:
    """Return a submitted or approved plan with a reason."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.plan_transitions import return_plan

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key)
        _say(return_plan(store.planning, plan_id, caller=who, reason=reason))


def approve(
    plan_id: PlanId,
    waive_balance: Annotated[
        bool, typer.Option("--waive-balance", help="accept a missed balance; needs --reason")
    ] = False,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Approve a submitted plan; nobody approves what they submitted."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.plan_transitions import approve_plan

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key)
        _say(approve_plan(store.planning, plan_id, caller=who, reason=reason, waive_balance=waive_balance))


def publish(
    plan_id: PlanId,
    valid_from: Annotated[
        str | None,
        typer.Option("--from", help="first day in force (default today); past days need --reason", metavar="DATE"),
    ] = None,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Put an approved plan in force from a day on."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.plan_transitions import publish_plan

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key)
        first = (
            day(valid_from, "--from") if valid_from else store.planning.today(store.plans.plan(plan_id).station_code)
        )
        _say(publish_plan(store.planning, plan_id, caller=who, valid_from=first, reason=reason))


def show_list(
    station: Annotated[str | None, typer.Option(help="only of this station")] = None,
    state: Annotated[str | None, typer.Option(help="only in this state")] = None,
) -> None:
    """List the plans, newest first."""
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store

    with open_store() as store:
        plans = store.plans.plans(station, state)
    print_table(
        ["plan", "station", "version", "state", "cells", "deviation", "from", "to", "by"],
        [
            [
                p.plan_id,
                p.station_code,
                p.version,
                p.state,
                p.cells,
                f"{p.max_abs_deviation:.2%}",
                p.valid_from,
                p.valid_to,
                p.created_by,
            ]
            for p in plans
        ],
    )


def show(
    plan_id: PlanId,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="write the cells as GeoJSON", metavar="CELLS.geojson")
    ] = None,
) -> None:
    """Show one plan, its cells with the officers that they keep and those proposed, and its findings."""
    import json

    from geo_api.cli.files import write_bytes
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store

    with open_store() as store:
        plan, cells = store.plans.plan(plan_id), store.plans.plan_cells_geojson(plan_id)
        content = store.planning.content(plan_id, store.planning.today(plan.station_code))
        kept, locked = store.plans.redrawn(plan_id)
    _say(plan)
    if kept:
        print(f"redrawn from the plan in force; locked: {', '.join(locked) or 'no cell'}")
    officers: dict[str, list[str]] = {}
    for duties, word in ((content.duties, ""), (content.proposed, ", proposed")):
        for duty in duties:
            officers.setdefault(duty.cell_code, []).append(f"{duty.officer_id} ({duty.role}{word})")
    rows = [f["properties"] for f in json.loads(cells)["features"]]
    print_table(
        ["cell", "name", "hours a year", "deviation", "entities", "officers"],
        [
            [
                r["code"],
                r["name"],
                r["workload_hours_per_year"],
                f"{r['deviation']:+.2%}",
                r["entities"],
                ", ".join(officers.get(r["code"], [])),
            ]
            for r in rows
        ],
    )
    print_findings(plan.findings)
    if output is not None:
        write_bytes(output, cells)


def compare(
    old: Annotated[int, typer.Argument(help="id of the earlier plan", metavar="OLD")],
    new: Annotated[int, typer.Argument(help="id of the later plan", metavar="NEW")],
    on: Annotated[str | None, typer.Option(help="day whose register counts (default today)", metavar="DATE")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="write all rows of the list", metavar="F.csv|.xlsx")
    ] = None,
) -> None:
    """Say what became of each cell from one plan of a station to another, and which entities change cell."""
    from geo_api.cli.people import day
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.plan_compare import compare_stored
    from geo_api.services.realignment import check_realignment, write_rows

    if output is not None:
        check_realignment(output)
    with open_store() as store:
        found = compare_stored(store.planning, old, new, on=day(on, "--on") if on else None)
    if output is not None:
        write_rows(output, found.moves)
    _say(found.old)
    _say(found.new)
    print_table(
        ["old", "new", "change", "entities", "hours a year", "of old", "of new"],
        [
            [k.old, k.new, k.change, k.entities, f"{k.workload:.1f}", f"{k.share_of_old:.1%}", f"{k.share_of_new:.1%}"]
            for k in found.change.links
        ],
    )
    for word, codes in (("new", found.change.created), ("given up", found.change.retired)):
        if codes:
            print(f"{word}: {', '.join(codes)}")
    moved = len(found.moves)
    print(
        f"{moved} of {found.entities} entities with {found.change.moved_workload_share:.2%} of the workload change cell"
        + (f": {output}" if output is not None else "")
    )
    if moved:
        print_table(
            ["entity", "name", "from", "to", "hours a year"],
            [
                [row.entity_id, row.name, row.old_code, row.new_code, f"{row.hours:.1f}"]
                for row in found.moves.head(SHOWN)
                .rename(columns={"workload_hours_per_year": "hours"})
                .itertuples(index=False)
            ],
        )
    if moved > SHOWN:
        print(f"... and {moved - SHOWN} more" + ("" if output is not None else ": -o F.csv writes all of them"))


def _say(plan: PlanSummary) -> None:
    """One plan in one line."""
    period = f", in force from {plan.valid_from}" if plan.valid_from else ""
    period += f" to {plan.valid_to}" if plan.valid_to else ""
    print(
        f"plan {plan.plan_id}: station {plan.station_code}, version {plan.version}, {plan.state}, {plan.cells} cells, "
        f"largest deviation {plan.max_abs_deviation:.2%} of {plan.tolerance:.2%}{period}"
    )
