"""``gridward assess``, ``gridward report``, ``gridward reports ...``: scores, and reports that are issued once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import On, RecordedAt
from geo_api.cli.ledger import SCOPE, Form, Jurisdiction, Lang, Written
from geo_api.cli.people import By, Key, Reason, Role

if TYPE_CHECKING:
    from datetime import datetime

PERIOD = "a month 2026-10, a quarter 2026-Q4 or a year 2026"
Of = Annotated[str, typer.Option("--of", help=PERIOD, metavar="PERIOD")]
RECORD_HEADS = {
    "zh": ["记录", "编号", "名称", "网格", "计", "应", "说明"],
    "en": ["record", "id", "name", "cell", "count", "of", "note"],
}
ReportId = Annotated[int, typer.Argument(help="number of the issued report", metavar="REPORT")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("assess")(assess)
    app.command("report")(report)
    reports = typer.Typer(help="Reports and ledgers that are issued once and never change.", no_args_is_help=True)
    reports.command("issue")(issue)
    reports.command("list")(show_list)
    reports.command("show")(show)
    reports.command("check")(check)
    reports.command("verify")(verify)
    app.add_typer(reports, name="reports")


def assess(
    jurisdiction: Jurisdiction,
    of: Of,
    officer: Annotated[str | None, typer.Option("--officer", help="only this officer", metavar="OFFICER")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="take the score apart to its records")] = False,
    recorded_at: RecordedAt = None,
    language: Lang = "zh",
    form: Form = None,
    output: Written = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Scores of a bureau, station or cell, its parts and its officers, with what follows from failing."""
    from geo_api.cli.ledger import language_of, write_answer
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.assessment.assess import assess as run
    from geo_api.services.reports.answer import PrintedAssessment
    from geo_api.supervision.report_periods import named

    spoken, period = language_of(language), named(of)
    with open_store() as store:
        answer = run(
            store,
            jurisdiction,
            period,
            caller=caller(store, by=by, role=role, key=key, scope=SCOPE),
            recorded_at=_moment(recorded_at),
            officer=officer,
            explained=explain,
        )
    if output is not None or form is not None:
        write_answer(PrintedAssessment(spoken, answer), form, output)
        return
    from geo_api.cli.tables import print_table

    keys = [w.key for w in answer.weights]
    rows = []
    for row in answer.rows:
        points = {p.key: p.points for p in row.points}
        shown = [None if points.get(k) is None else f"{points[k]:.1f}" for k in keys]
        follows = row.consequence_zh if spoken == "zh" else row.consequence_en
        rows.append([row.subject, row.code, row.name, row.score, row.band, *shown, row.failures or "", follows])
    print_table(["subject", "code", "name", "score", "band", *keys, "failures", "follows"], rows)
    if answer.explanation is not None:
        from geo_api.services.assessment.words import INDICATOR_EN, INDICATOR_ZH

        found = answer.explanation
        print(found.sentence_zh if spoken == "zh" else found.sentence)
        for one in found.indicators:
            costly = [r for r in one.records if (r.count if one.key == "overdue" else r.of - r.count) > 0]
            others = len(one.records) - len(costly) + one.left_out
            if spoken == "zh":
                print(f"{INDICATOR_ZH[one.key]}：{one.count:g}/{one.of:g}；失分记录 {len(costly)} 条，其余 {others} 条")
            else:
                print(
                    f"{INDICATOR_EN[one.key]}: {one.count:g} of {one.of:g}; "
                    f"{len(costly)} record(s) that cost points, {others} other(s)"
                )
            listed = [[r.kind, r.record_id, r.name, r.cell_code, f"{r.count:g}", f"{r.of:g}", r.note] for r in costly]
            if listed:
                print_table(RECORD_HEADS[spoken], listed)


def report(
    jurisdiction: Jurisdiction,
    of: Of,
    recorded_at: RecordedAt = None,
    language: Lang = "zh",
    form: Form = None,
    output: Written = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """The report of a month, quarter or year: coverage, arrears, gaps, scores. `gridward reports issue` makes it final."""
    from geo_api.cli.ledger import language_of, write_answer
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.reports.answer import PrintedReport
    from geo_api.services.reports.coverage_report import coverage_report
    from geo_api.supervision.report_periods import named

    spoken, period = language_of(language), named(of)
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        answer = coverage_report(store, jurisdiction, period, caller=who, recorded_at=_moment(recorded_at))
    if output is not None or form is not None:
        write_answer(PrintedReport(spoken, answer), form, output)
        return
    rows = [
        [
            r.key,
            r.name,
            r.entities,
            f"{r.due:.1f}",
            f"{r.made:.1f}",
            "" if r.share is None else f"{r.share:.1%}",
            r.overdue,
        ]
        for r in (*answer.by_station, *answer.by_cell, answer.total)
    ]
    print_table(["code", "name", "entities", "due", "made", "share", "overdue"], rows)
    print_table(["gap", "number"], [[g.name_zh if spoken == "zh" else g.name_en, g.count] for g in answer.gaps])


def issue(
    jurisdiction: Jurisdiction,
    kind: Annotated[str, typer.Option("--kind", help="coverage, assessment or ledger")] = "coverage",
    of: Annotated[str | None, typer.Option("--of", help=f"{PERIOD}; a ledger has a day", metavar="PERIOD")] = None,
    on: On = None,
    subject: Annotated[
        str, typer.Option("--subject", help="of a ledger: entities, key_industries or unlicensed")
    ] = "entities",
    reason: Reason = "",
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Issue a report of a period that has ended, or a ledger of a day: it is kept and never changes."""
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.reports.desk import Wanted
    from geo_api.services.reports.desk import issue as run
    from geo_api.supervision.report_periods import named

    wanted = Wanted(kind, jurisdiction, named(of) if of else None, day(on, "--on") if on else None, subject)
    with open_store() as store:
        issued = run(store, wanted, caller=caller(store, by=by, role=role, key=key, scope=SCOPE), reason=reason)
    print(f"report {issued.report_id} issued: {kind} of {jurisdiction}, {issued.period_from} up to {issued.period_to}")
    print(f"digest {issued.digest}")


def show_list(
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="only of this code and all below it", metavar="CODE")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="coverage, assessment or ledger")] = None,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")] = "table",
    output: Written = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List the reports and ledgers that were issued, newest first."""
    from geo_api.cli.ledger import write_answer
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store
    from geo_api.services.reports.desk import listed

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope=SCOPE)
        answer = listed(store, caller=who, jurisdiction=jurisdiction, kind=kind)
    if form != "table" or output is not None:
        write_answer(answer, None if form == "table" else form, output)
        return
    head = ["report", "kind", "ledger", "of", "from", "up to", "issued", "by", "digest"]
    rows = [
        [
            r.report_id,
            r.kind,
            r.subject,
            r.jurisdiction_code,
            r.period_from,
            r.period_to,
            r.issued_at.date(),
            r.issued_by,
            r.digest[:16],
        ]
        for r in answer.reports
    ]
    print_table(head, rows)
    if answer.more:
        print("these are the newest: there are more; --jurisdiction or --kind narrow the list")


def show(
    report_id: ReportId,
    language: Lang = "zh",
    form: Form = None,
    output: Written = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Write an issued report or ledger again, as it was issued."""
    from geo_api.cli.ledger import language_of, write_answer
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.reports.answer import PrintedIssued
    from geo_api.services.reports.desk import shown

    spoken = language_of(language)
    with open_store() as store:
        found = shown(store, report_id, caller=caller(store, by=by, role=role, key=key, scope=SCOPE))
    write_answer(PrintedIssued(spoken, found), form, output)


def check(report_id: ReportId, by: By = None, role: Role = "admin", key: Key = None) -> int:
    """Compute an issued report again from what was recorded then; exit status 2 where a figure differs."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.services.reports.desk import checked

    with open_store() as store:
        answer = checked(store, report_id, caller=caller(store, by=by, role=role, key=key, scope=SCOPE))
    if answer.same:
        print(f"report {report_id}: computed again, every figure is the same (digest {answer.report.digest[:16]})")
        return 0
    print(f"report {report_id}: {len(answer.differences)} figure(s) differ")
    for difference in answer.differences:
        print(f"  - {difference}")
    return 2


def verify(
    file: Annotated[Path, typer.Argument(help="workbook of an issued report or ledger", metavar="FILE.xlsx")],
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> int:
    """Tell whether a workbook is the one that was issued; exit status 2 where it is not."""
    from geo_api.cli.people import caller
    from geo_api.db import open_store
    from geo_api.errors import BadRequest
    from geo_api.formats.registry import render
    from geo_api.services.reports.verify import verify_file

    try:
        content = file.read_bytes()
    except OSError as problem:
        raise BadRequest(f"{file}: cannot be read ({problem.strerror})") from problem
    with open_store() as store:
        answer = verify_file(
            store.reports, content, render, caller=caller(store, by=by, role=role, key=key, scope=SCOPE)
        )
    row = answer.report
    if answer.verdict == "issued" and row is not None:
        print(f"{file}: is report {row.report_id}, issued by {row.issued_by} on {row.issued_at:%Y-%m-%d}")
        return 0
    if row is None:
        print(f"{file}: names no report that was issued here (a draft, or of another database)")
    else:
        print(f"{file}: is not report {row.report_id} as it was issued")
    for difference in answer.differences:
        print(f"  - {difference}")
    return 2


def _moment(text: str | None) -> datetime | None:
    """A moment, in the deployment's time zone where it has no offset."""
    from geo_api.cli.asking import moment
    from geo_api.settings import load_settings

    return moment(text, load_settings()) if text else None
