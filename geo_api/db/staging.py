"""How a frame becomes history: staged by COPY, compared by digest, and only what differs is written.

Each table is described by a :class:`Target`; the statements are the same for all. Rows are compared within their source
(the dataset), so that two datasets live side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from psycopg import sql

from geo_api.db.copy import copy_frame
from geo_api.db.engine import Connection
from geo_api.errors import RuleViolation
from geo_api.services.load_report import TableCounts
from gridding.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Target:
    """A table of the register.

    Attributes:
        name: the table.
        key: columns that identify a thing within its source; "digest" = the content itself.
        columns: content columns, staged and compared.
        text: content columns where a missing value is the empty string.
        gone: "end" = a row that is no longer in the dataset ends today; "keep" = it stays, and is counted.
        dated: False for tables without a ``valid`` period (visits).
        since_ever: a new row holds for the past too, even when its dataset was loaded before.
        extra: columns that are not staged -> SQL over ``s`` (staged) and ``o`` (the version replaced, maybe null).
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    text: tuple[str, ...] = ()
    gone: str = "keep"
    dated: bool = True
    since_ever: bool = False
    extra: tuple[tuple[str, str], ...] = ()


def stage(connection: Connection, target: Target, frame: pd.DataFrame, *, more: str = "") -> None:
    """COPY a frame into ``stage_<table>`` with a digest per row; ``more`` = further columns, as DDL."""
    run = _Statements(connection, target)
    run(
        "create temp table raw_{t} on commit drop as select {columns} from {target} with no data",
    )
    if more:
        run("alter table raw_{t} " + more)
    copy_frame(connection, f"raw_{target.name}", frame)
    for column in target.text:
        run("update raw_{t} set {c} = '' where {c} is null", c=sql.Identifier(column))
    run(
        "create temp table stage_{t} on commit drop as "
        "select r.*, md5(row({columns})::text) as digest, row_number() over () as row_no from raw_{t} r"
    )
    run("analyze stage_{t}")


def apply(connection: Connection, target: Target, source: str, today: date, *, first: bool) -> TableCounts:
    """Write what differs between ``stage_<table>`` and the current rows of the source."""
    run = _Statements(connection, target, source=source, today=today)
    run(
        "create temp table pair_{t} on commit drop as "
        "select s.row_no, c.id, c.digest is not distinct from s.digest as same "
        "from (select * from {target} c where c.recorded_to is null and c.source = %(source)s and {in_force}) c "
        "full join (select distinct on ({key}) * from stage_{t} order by {key}, row_no) s using ({key})",
        in_force=sql.SQL("c.valid @> %(today)s" if target.dated else "true"),
    )
    counted = run("select count(*) filter (where row_no is not null and id is null), "
                  "count(*) filter (where row_no is not null and not same and id is not null), "
                  "count(*) filter (where row_no is not null and same and id is not null), "
                  "count(*) filter (where row_no is null) from pair_{t}").fetchone()  # fmt: skip
    new, changed, same, gone = counted or (0, 0, 0, 0)
    ends = target.gone == "end"
    run(
        "create temp table old_{t} on commit drop as select o.*, p.row_no from {target} o join pair_{t} p using (id) "
        "where (p.row_no is not null and not p.same) or (p.row_no is null and {ends})",
        ends=sql.Literal(ends),
    )
    run("update {target} set recorded_to = now() where id in (select id from old_{t})")
    if target.dated:
        run(
            "insert into {target} ({all}, source, digest, valid) "
            "select {all}, source, digest, daterange(lower(valid), %(today)s) from old_{t} "
            "where lower(valid) is null or lower(valid) < %(today)s"
        )
    _insert_new(run, target, since_ever=first or target.since_ever)
    given = run("select count(*) from stage_{t}").fetchone()
    return TableCounts(given[0] if given else 0, new, changed, same, gone if ends else 0, 0 if ends else gone)


def refuse(problems: list[Any]) -> None:
    """Raise RuleViolation when there are problems: rows of (rule, where, message)."""
    if problems:
        findings = tuple(Finding(rule, Severity.ERROR, message, where=where) for rule, where, message in problems)
        raise RuleViolation(
            f"the dataset contradicts itself or what is stored in {len(findings)} place(s), nothing was changed; "
            f"first: {findings[0].message}",
            findings,
        )


def _insert_new(run: _Statements, target: Target, *, since_ever: bool) -> None:
    period = (
        "case when o.id is null and {ever} then daterange(null, null) else daterange(%(today)s, upper(o.valid)) end"
    )
    dated, value = (", valid", ", " + period) if target.dated else ("", "")
    statement = (
        "insert into {target} ({columns}{extra_names}, source, digest" + dated + ") "
        "select {staged}{extra_values}, %(source)s, s.digest" + value + " "
        "from stage_{t} s join pair_{t} p using (row_no) left join old_{t} o on o.id = p.id "
        "where p.id is null or not p.same order by s.row_no"
    )
    run(statement, ever=sql.Literal(since_ever))


class _Statements:
    """Runs statements with the names of one target filled in."""

    def __init__(self, connection: Connection, target: Target, **parameters: Any) -> None:
        self._connection = connection
        self._parameters = parameters
        everything = [*target.columns, *(name for name, _ in target.extra)]
        self._names: dict[str, sql.Composable] = {
            "t": sql.SQL(target.name),  # type: ignore[arg-type]
            "target": sql.Identifier("gridward", target.name),
            "key": _listed(target.key),
            "columns": _listed(target.columns),
            "all": _listed(everything),
            "staged": _listed(target.columns, "s"),
            "extra_names": sql.SQL("").join(sql.SQL(", ") + sql.Identifier(name) for name, _ in target.extra),
            "extra_values": sql.SQL("").join(sql.SQL(", " + value) for _, value in target.extra),  # type: ignore[arg-type]
        }

    def __call__(self, statement: str, **names: sql.Composable) -> Any:
        composed = sql.SQL(statement).format(**self._names, **names)  # type: ignore[arg-type]
        return self._connection.execute(composed, self._parameters)


def _listed(columns: Any, table: str = "") -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(table, c) if table else sql.Identifier(c) for c in columns)
