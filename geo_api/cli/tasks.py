"""``gridward tasks ...``: cases and campaigns as tasks of the officers of each address's cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.asking import Output
from geo_api.cli.people import By, Key, Role, only_bureau
from geo_api.cli.templates import CasesTemplate

if TYPE_CHECKING:
    from datetime import date

TaskId = Annotated[int, typer.Argument(help="number of the task", metavar="TASK")]
On = Annotated[str | None, typer.Option("--on", help="the day (default today)", metavar="DATE")]
Due = Annotated[str | None, typer.Option("--due", help="last day in time (default: as the rules say)", metavar="DATE")]
Function = Annotated[str, typer.Option("--function", help="whose officers, e.g. food; empty = all functions")]
SCOPE = "tasks"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    tasks = typer.Typer(help="Cases and campaigns as tasks of the officers of each cell.", no_args_is_help=True)
    tasks.command("open")(open_)
    tasks.command("import")(import_)
    tasks.command("campaign")(campaign)
    tasks.command("list")(show_list)
    tasks.command("show")(show)
    tasks.command("step")(step)
    tasks.command("escalate")(escalate)
    app.add_typer(tasks, name="tasks")


def open_(
    title: Annotated[str, typer.Option("--title", help="what is to be done")],
    kind: Annotated[
        str, typer.Option("--kind", help="case, visit, rectification, ...: the kinds of the rules")
    ] = "case",
    address: Annotated[str, typer.Option("--address", help="where: an address")] = "",
    entity: Annotated[int | None, typer.Option("--entity", help="or at whom: the permanent id of an entity")] = None,
    due: Due = None,
    source: Annotated[str, typer.Option("--source", help="where it comes from, e.g. 12315")] = "",
    source_id: Annotated[
        str, typer.Option("--source-id", help="its number there: given twice, it is opened once")
    ] = "",
    function: Function = "",
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", help="whose it is while no cell is known (default: the only bureau)")
    ] = "",
    on: On = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Open a task at an address or an entity; it goes to the officers of the cell."""
    from geo_api.cli.asking import asking
    from geo_api.cli.people import caller
    from geo_api.services.tasks.open import Wanted, open_task

    with asking(on, None) as ask:
        _refuse_future(ask.on, ask.settings.today())
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        wanted = Wanted(kind, title, address, entity, _day(due, "--due"), source, source_id, function, jurisdiction)
        answer = open_task(ask.store.tasks, ask.lookup, ask.snapshot().territory, wanted, caller=who)
    task = answer.task
    people = ", ".join(f"{o.name} ({o.officer_id})" for o in task.officers) or "nobody"
    was = "stands already" if answer.repeated else "opened"
    where = (
        f"cell {task.cell_code}: {people}" if task.cell_code else f"not placed ({task.note or 'no address'}): assign it"
    )
    print(f"task {task.task_id} {was}, {task.state}, due {task.due_on}; {where}")


def import_(
    rows: Annotated[
        Path, typer.Argument(help="CSV or XLSX of cases: source_id, title, address or entity", metavar="FILE")
    ],
    source: Annotated[str, typer.Option("--source", help="where they come from, e.g. 12315")],
    kind: Annotated[str, typer.Option("--kind", help="where a row names none")] = "case",
    function: Function = "",
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", help="whose they are while no cell is known (default: the only bureau)")
    ] = "",
    columns: Annotated[
        list[str] | None, typer.Option("--columns", help="our name of a column and its head", metavar="OURS=THEIRS")
    ] = None,
    template: CasesTemplate = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="of a CSV (default: UTF-8, else GB18030)")] = None,
    on: On = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="the verdict on every row: .csv, .xlsx or .json", metavar="FILE"),
    ] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> int:
    """Open the cases of a file; every row gets its verdict. The same file again opens nothing twice."""
    from geo_api.cli.asking import asking
    from geo_api.cli.asking import show as write
    from geo_api.cli.main import RULE_BROKEN
    from geo_api.cli.people import caller, pairs
    from geo_api.cli.tables import print_table
    from geo_api.errors import BadRequest
    from geo_api.services.tasks.batch import Batch
    from geo_api.services.tasks.import_file import import_cases

    if output is not None and output.suffix.lower() not in (".csv", ".xlsx", ".json"):
        raise BadRequest(f"{output}: the name must end in .csv, .xlsx or .json")
    with asking(on, None) as ask:
        _refuse_future(ask.on, ask.settings.today())
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        answer, unused = import_cases(
            ask.store.tasks,
            ask.lookup,
            ask.snapshot().territory,
            rows,
            Batch((), source, kind, function, jurisdiction),
            caller=who,
            columns=pairs(columns),
            encoding=encoding,
        )
    if output is not None:
        write(answer, output.suffix.lower()[1:], output)
    left = [v for v in answer.rows if v.verdict not in ("opened", "repeated")]
    if left:
        print_table(
            ["row", "source_id", "verdict", "message"], [[v.row, v.source_id, v.verdict, v.message] for v in left]
        )
    print(
        f"{rows.name}: {len(answer.rows)} rows: " + ", ".join(f"{n} {verdict}" for verdict, n in answer.counts.items())
    )
    if unused:
        print(f"columns not used: {', '.join(unused)}")
    return RULE_BROKEN if answer.counts["conflict"] or answer.counts["refused"] else 0


def campaign(
    name: Annotated[str, typer.Argument(help="name of the campaign", metavar="NAME")],
    title: Annotated[str, typer.Option("--title", help="what is to be done at each entity")],
    jurisdiction: Annotated[
        str,
        typer.Option(
            "--jurisdiction",
            help="code of the station or bureau (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    industry: Annotated[str, typer.Option("--industry", help="only entities of this industry")] = "",
    credit_class: Annotated[str, typer.Option("--credit-class", help="only entities of this class")] = "",
    entities: Annotated[
        Path | None, typer.Option("--entities", help="only these: a CSV with a column entity_id", metavar="LIST.csv")
    ] = None,
    due: Due = None,
    function: Function = "",
    on: On = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Open one task for each entity that a campaign is about; said again, only for those that are new to it."""
    from geo_api.cli.asking import asking
    from geo_api.cli.people import caller
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.services.tasks.campaign import Campaign, open_campaign

    ids = _entity_ids(entities) if entities else None
    with asking(on, None) as ask:
        _refuse_future(ask.on, ask.settings.today())
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        asked = Campaign(name, title, jurisdiction, industry, credit_class, ids, _day(due, "--due"), function)
        answer = open_campaign(ask.store.tasks, ask.snapshot().territory, asked, caller=who)
    print_table(["cell", "tasks"], [[cell or "no cell", n] for cell, n in answer.by_cell.items()])
    print(f"{answer.opened} task(s) opened, {answer.already} stood already")
    print_findings(answer.findings)


def show_list(
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", help="code of a cell, station or bureau")] = "",
    officer: Annotated[str, typer.Option("--officer", help="only tasks of this officer's cells")] = "",
    state: Annotated[str, typer.Option("--state", help="opened, assigned, accepted, done, returned, ...")] = "",
    kind: Annotated[str, typer.Option("--kind", help="case, campaign, visit, rectification, ...")] = "",
    campaign: Annotated[str, typer.Option("--campaign", help="only tasks of this campaign")] = "",
    late: Annotated[bool, typer.Option("--late", help="only those that are late")] = False,
    on: On = None,
    after: Annotated[int, typer.Option("--after", help="go on behind this task", min=0)] = 0,
    limit: Annotated[int, typer.Option("--limit", help="tasks at most", min=1, max=10_000)] = 1000,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")] = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List tasks as they stand, or stood, on a day."""
    from geo_api.cli.asking import asking, show
    from geo_api.cli.people import caller
    from geo_api.cli.tables import print_table
    from geo_api.errors import BadRequest
    from geo_api.services.tasks.listing import list_tasks
    from geo_api.services.tasks.model import TaskFilter

    if form == "xlsx" and output is None:
        raise BadRequest("a workbook goes to a file: give -o TASKS.xlsx")
    with asking(on, None) as ask:
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        wanted = TaskFilter(
            ask.on, jurisdiction=jurisdiction, states=(state,) if state else (), kind=kind, campaign=campaign, late=late,
            after=after, limit=limit,
        )  # fmt: skip
        answer = list_tasks(ask.store.tasks, ask.snapshot().territory, wanted, caller=who, officer=officer)
    if form != "table":
        show(answer, form, output)
        return
    rows = [
        [t.task_id, t.kind, t.state, t.due_on, t.days_late or None, t.cell_code,
         ", ".join(o.name for o in t.officers), t.address, t.title]
        for t in answer.tasks
    ]  # fmt: skip
    print_table(["task", "kind", "state", "due", "late", "cell", "officers", "address", "title"], rows)
    if answer.next is not None:
        print(f"there are more: --after {answer.next}")


def show(
    task_id: TaskId, on: On = None, output: Output = None, by: By = None, role: Role = "admin", key: Key = None
) -> None:
    """Show a task with all its steps."""
    from geo_api.cli.asking import asking
    from geo_api.cli.asking import show as print_answer
    from geo_api.cli.people import caller
    from geo_api.services.tasks.listing import show_task

    with asking(on, None) as ask:
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        answer = show_task(ask.store.tasks, ask.snapshot().territory, task_id, caller=who)
    print_answer(answer, "json", output)


def step(
    task_id: TaskId,
    verb: Annotated[
        str, typer.Argument(help="assign, accept, done, return, hand_over, refer, reply or close", metavar="VERB")
    ],
    note: Annotated[str, typer.Option("--note", help="what was found, or why")] = "",
    officer: Annotated[str, typer.Option("--officer", help="who does it; for assign: who gets it")] = "",
    cell: Annotated[str, typer.Option("--cell", help="for assign: the cell whose officers get it")] = "",
    department: Annotated[str, typer.Option("--department", help="for refer and hand_over: to whom")] = "",
    due: Due = None,
    on: On = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Take a step of a task."""
    from geo_api.cli.asking import asking
    from geo_api.cli.people import caller
    from geo_api.services.tasks.steps import Doing, take_step

    with asking(on, None) as ask:
        _refuse_future(ask.on, ask.settings.today())
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        doing = Doing(note, officer, cell, department, _day(due, "--due"))
        task = take_step(ask.store.tasks, ask.snapshot().territory, task_id, verb, doing, caller=who).task
    print(f"task {task.task_id} is {task.state}" + (f", due {task.due_on}" if task.state != "closed" else ""))


def escalate(
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", help="code of the station or bureau (default: the only bureau)")
    ] = "",
    on: On = None,
    form: Annotated[
        str, typer.Option("--format", help="table, json (what was done), csv or xlsx (the list of late tasks)")
    ] = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Run a day: open tasks follow the plan in force, the level above is told of late ones. Run it daily."""
    from geo_api.cli.asking import asking, show
    from geo_api.cli.people import caller
    from geo_api.cli.progress import print_findings
    from geo_api.cli.tables import print_table
    from geo_api.errors import BadRequest
    from geo_api.services.tasks.escalate import escalate_tasks
    from geo_api.services.tasks.listing import list_tasks
    from geo_api.services.tasks.model import TaskFilter

    if form == "xlsx" and output is None:
        raise BadRequest("a workbook goes to a file: give -o LATE.xlsx")
    with asking(on, None) as ask:
        _refuse_future(ask.on, ask.settings.today())
        who = caller(ask.store, by=by, role=role, key=key, scope=SCOPE)
        answer = escalate_tasks(ask.store.tasks, ask.snapshot().territory, jurisdiction, caller=who)
        if form in ("csv", "xlsx"):
            wanted = TaskFilter(ask.on, jurisdiction=jurisdiction, late=True, limit=None)
            show(list_tasks(ask.store.tasks, ask.snapshot().territory, wanted, caller=who), form, output)
            return
    if form != "table":
        show(answer, form, output)
        return
    if answer.late_by_station:
        print_table(["station", "late_tasks"], list(answer.late_by_station.items()))
    told = ", ".join(f"{code}: {n}" for code, n in answer.told.items())
    print(
        f"{answer.moved} task(s) moved to another cell, {answer.escalated} escalated" + (f" ({told})" if told else "")
    )
    late = sum(answer.late_by_station.values())
    if late:
        print(f"{late} task(s) late, in the hands of {len(answer.late_by_officer)} officer(s); --format csv lists them")
    print_findings(f for f in answer.findings if f.rule != "tasks.late")


def _day(text: str | None, option: str) -> date | None:
    from geo_api.cli.people import day

    return day(text, option) if text else None


def _refuse_future(on: date, today: date) -> None:
    from geo_api.services.tasks.days import refuse_future

    refuse_future(on, today)


def _entity_ids(path: Path) -> tuple[int, ...]:
    from geo_api.services.tasks.days import entity_ids

    return entity_ids(path.read_text(encoding="utf-8-sig"), str(path))
