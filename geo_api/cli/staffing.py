"""``gridward officers leave``, ``return``, ``check``, ``propose``, ``subarea``: who is there, and who should be."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import Output
from geo_api.cli.people import By, Key, Reason, Role, only_bureau
from geo_api.errors import BadRequest

if TYPE_CHECKING:
    from geo_api.services.staffing.propose import StaffingProposal

Officer = Annotated[str, typer.Argument(help="id of the officer", metavar="OFFICER")]
Jurisdiction = Annotated[
    str,
    typer.Option(
        "--jurisdiction",
        help="code of the station or bureau (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]
From = Annotated[str | None, typer.Option("--from", help="first day (default today)", metavar="DATE")]
To = Annotated[str | None, typer.Option("--to", help="first day no longer", metavar="DATE")]
On = Annotated[str | None, typer.Option("--on", help="the day (default today)", metavar="DATE")]
Plan = Annotated[int | None, typer.Option("--plan", help="for the cells of this plan (default: the one in force)")]
Form = Annotated[str | None, typer.Option("--format", help="json, csv or xlsx (default: a table to read)")]
SCOPE = "officers"


def add_commands(officers: typer.Typer) -> None:
    """Add the commands to ``gridward officers``."""
    officers.command("leave")(leave)
    officers.command("leave-import")(leave_import)
    officers.command("return")(come_back)
    officers.command("check")(check)
    officers.command("propose")(propose)
    officers.command("subarea")(subarea)


def leave(
    officer: Officer,
    valid_from: From = None,
    valid_to: To = None,
    substitute: Annotated[
        str, typer.Option("--substitute", help="id of the officer who stands in; empty = nobody")
    ] = "",
    kind: Annotated[str, typer.Option("--kind", help="leave, sick, training, secondment or other")] = "leave",
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Record that an officer is away, and who stands in; lookups of those days name the substitute."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.staffing.leave import leave as run

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        first = _day(valid_from, "--from") or store.staffing.today(store.staffing.station_of_officer(officer))
        run(
            store.staffing,
            officer,
            caller=who,
            valid_from=first,
            valid_to=_day(valid_to, "--to"),
            substitute=substitute,
            kind=kind,
            reason=reason,
        )
    told = f"{substitute} stands in" if substitute else "nobody stands in: the level above answers"
    print(f"officer {officer} is away from {first}" + (f" to {valid_to}" if valid_to else "") + f"; {told}")


def leave_import(
    leave: Annotated[
        Path,
        typer.Argument(help="CSV or XLSX: officer, valid_from, valid_to, substitute, kind, reason", metavar="LEAVE"),
    ],
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="store the good rows and report the others")] = False,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Record the leave of many officers at once; again changes nothing."""
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.staffing.leave_many import record_leave

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        answer = record_leave(store.staffing, leave, caller=who, reason=reason, skip_bad=skip_bad)
    if answer.rejected:
        print_table(["row", "officer", "reason"], [[r.row, r.officer, r.reason] for r in answer.rejected])
    print(
        f"{answer.given} rows: {answer.stored} stored, {answer.same} recorded already, "
        f"{len(answer.rejected)} not stored"
    )


def come_back(
    officer: Officer, valid_from: From = None, reason: Reason = "", by: By = None, role: Role = "admin", key: Key = None
) -> None:
    """Record that an officer is there again from a day on."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.staffing.leave import come_back_on

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        first = _day(valid_from, "--from") or store.staffing.today(store.staffing.station_of_officer(officer))
        come_back_on(store.staffing, officer, caller=who, valid_from=first, reason=reason)
    print(f"officer {officer} is back on {first}")


def check(
    jurisdiction: Jurisdiction,
    on: On = None,
    form: Form = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> int:
    """Say which rules of staffing the officers of a station or bureau break. Exit status 2 when one is broken."""
    from geo_api.cli.asking import show
    from geo_api.cli.people import caller
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.staffing.check import check_staffing
    from gridding.findings import Severity, worst

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        day = _day(on, "--on") or store.staffing.today(jurisdiction)
        answer = check_staffing(store.staffing, jurisdiction, day, caller=who)
    if form or output:
        show(answer, form or "json", output)
    else:
        print(f"{answer.stations} station(s), {answer.cells} cells, {answer.officers} officers on {answer.on}")
        print_table(["rule", "findings"], list(answer.totals.items()))
        print_findings(answer.findings)
    return 2 if worst(answer.findings) is Severity.ERROR else 0


def propose(
    jurisdiction: Jurisdiction,
    valid_from: From = None,
    plan: Plan = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="put it in force from that day; an approver, with a reason")
    ] = False,
    reason: Reason = "",
    form: Form = None,
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Propose officers for the cells of a station, or of every station of a bureau; nothing is written without --apply."""
    from geo_api.cli.asking import show
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.staffing.apply_proposal import apply_proposal
    from geo_api.services.staffing.propose import propose_officers

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        first = _day(valid_from, "--from")
        if apply:
            answer = apply_proposal(
                store.staffing, jurisdiction, caller=who, reason=reason, valid_from=first, plan=plan
            )
        else:
            answer = propose_officers(store.staffing, jurisdiction, caller=who, valid_from=first, plan=plan)
    if form or output:
        show(answer, form or "json", output)
    else:
        _print_proposal(answer)


def _print_proposal(answer: StaffingProposal) -> None:
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table

    for station in answer.stations:
        told = f" for {station.function}" if station.function else ""
        print(f"{station.station_code} {station.station_name}{told}, plan {station.plan_id}, from {answer.on}")
        rows = [[p.cell_code, p.role, p.officer_id, p.officer_name, p.state, p.since] for p in station.posts]
        print_table(["cell", "role", "officer", "name", "state", "since"], rows)
        parts = [[p.words, f"{p.now_amount:g}", f"{p.amount:g}", f"{p.cost:g}"] for p in station.parts]
        print_table(["what it costs", "now", "proposed", "cost"], parts)
        sure = "nothing cheaper exists" if station.proven else f"nothing costs less than {station.bound:g}"
        sure = sure if station.bound else "no exchange makes it cheaper"
        print(f"cost {station.cost:g}, now {station.now_cost:g}; {station.changes} post(s) begin; {sure}")
    print_findings(answer.findings)
    if answer.applied:
        print(f"in force from {answer.on}")


def subarea(
    code: Annotated[str, typer.Argument(help="code of the sub-area, e.g. that of its cell and -A", metavar="CODE")],
    cell: Annotated[str, typer.Option("--cell", help="code of its cell")] = "",
    name: Annotated[str, typer.Option("--name", help="its name")] = "",
    shape: Annotated[
        Path | None, typer.Option("--shape", help="file with its polygon", metavar="SHAPE.geojson")
    ] = None,
    datum: Annotated[
        str, typer.Option("--datum", help="what the shape is in: wgs84, cgcs2000, gcj02, bd09, EPSG:n")
    ] = "",
    valid_from: From = None,
    end: Annotated[bool, typer.Option("--end", help="give it up from that day")] = False,
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Divide a cell: a part with officers of its own, who are assigned to its code. Or give one up (--end)."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.shapes import shape_from_geojson
    from geo_api.services.staffing.set_sub_area import end_sub_area, set_sub_area

    first = _day(valid_from, "--from")
    if not end and not (cell and shape and datum):
        raise BadRequest("give --cell, --shape and --datum (it is never guessed), or --end to give the sub-area up")
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        if end or shape is None:
            made = end_sub_area(store.staffing, code, caller=who, valid_from=first, reason=reason)
        else:
            polygon = shape_from_geojson(_read(shape), datum)
            made = set_sub_area(
                store.staffing, code, cell=cell, name=name, shape=polygon, caller=who, valid_from=first, reason=reason
            )
    print(f"sub-area {code} of cell {made.cell} {'ends' if made.ended else 'holds from'} {made.valid_from}")


def _read(path: Path) -> object:
    import json

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise BadRequest(f"{path}: no GeoJSON ({problem})") from None


def _day(text: str | None, option: str) -> date | None:
    from geo_api.cli.people import day

    return day(text, option) if text else None
