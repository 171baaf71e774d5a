"""Visits of a file that no manifest names: into the register of a jurisdiction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.visits.frames import visit_frame
from geo_api.services.visits.model import ImportAnswer, VisitStore
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity
from layers.errors import SchemaError
from layers.manifest import Source
from layers.raw import read_source
from layers.schema import TABLES, column_of, missing_columns
from layers.visits import inspections

HEADS: Mapping[str, tuple[str, ...]] = {
    "visit_id": ("巡查编号", "记录编号", "检查编号"),
    "entity": ("主体编号", "统一社会信用代码", "信用代码", "注册号", "主体"),
    "date": ("巡查日期", "检查日期", "日期"),
    "kind": ("巡查类型", "检查类型", "类型", "种类"),
    "officer_id": ("监管员编号", "人员编号", "监管员"),
    "officers": ("巡查人员", "检查人员"),
    "result": ("巡查结果", "检查结果", "结果"),
    "purpose": ("巡查事由", "事由"),
    "findings": ("发现问题", "问题"),
    "notice_no": ("责令改正通知书号", "文书号"),
    "rectify_by": ("整改期限", "改正期限"),
    "minutes": ("用时（分钟）", "用时(分钟)", "用时（分）", "用时(分)", "用时"),  # not a text: heads of files
}
"""Our name of a column, and the heads that it also goes by, the best first."""
IMPORTERS = frozenset({"planner", "approver", "system"})


def take_file(
    store: VisitStore,
    path: Path,
    *,
    jurisdiction: str,
    caller: Caller,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    same_day: bool = False,
) -> ImportAnswer:
    """Store the visits of a CSV or XLSX file; every row is stored, or kept with its number and the reason.

    The same visit in two files, or in the manifest's, is one visit. Visits that are in the register and not in the file
    stay.

    Args:
        store: where visits are kept.
        path: the file.
        jurisdiction: bureau or station whose register the entities are in.
        caller: who imports.
        columns: our name of a column -> its name in the file, where they differ.
        encoding: of a CSV, where it is neither UTF-8 nor found out.
        same_day: also where a file without ids of visits has visits on days that have one already.

    Raises:
        BadRequest: an unknown column; visits that may be stored already, under an id made of other columns; then nothing is
        stored. SchemaError: a column that the file does not have. SourceError: no such file.
    """
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=IMPORTERS, ancestors=ancestors, to=f"import visits of {jurisdiction}"
    )
    known = [c.name for c in TABLES["inspections"].columns]
    odd = sorted(set(columns or {}) - set(known))
    if odd:
        raise BadRequest(f"no column {', '.join(odd)}: visits have {', '.join(known)}")
    raw = read_source(path, encoding=encoding)
    source = Source(
        key="inspections",
        files=(path,),
        names=(path.name,),
        layer=None,
        datum="",
        encoding=encoding,
        columns=_named(raw.frame.columns, columns or {}),
    )
    missing = missing_columns("inspections", raw, source.columns, {}, "inspections")
    if missing:
        raise SchemaError("; ".join(f.message for f in missing), tuple(missing))
    visits, left, _rejected, findings = inspections([(source, raw)], None, store.officers(jurisdiction))
    made_up = column_of("inspections", "visit_id", raw, source.columns) is None
    answer = store.take(
        store.register_of(jurisdiction),
        visit_frame(visits, left),
        caller=caller,
        file=path.name,
        refuse_same_day=made_up and not same_day,
    )
    return replace(answer, findings=(*findings, *_twice(answer)))


def _named(heads: Collection[str], said: Mapping[str, str]) -> dict[str, str]:
    """What the caller said of columns, and the usual heads of what was left out."""
    usual = {
        name: head
        for name, others in HEADS.items()
        if name not in said and name not in heads and (head := next((h for h in others if h in heads), ""))
    }
    return {**usual, **said}


def _twice(answer: ImportAnswer) -> tuple[Finding, ...]:
    """A doubt where visits of one day and entity came under different ids: then they count twice."""
    if not answer.same_day:
        return ()
    return (
        Finding(
            "visits.same_day", Severity.WARNING,
            f"{answer.file}: {answer.same_day} of {answer.new} new visits are on a day on which their entity had a visit "
            "already, under another id. If they are the same visits, give the ids that they had (or the same columns entity, "
            "date and kind, from which ids are made) and withdraw these.",
            f"{answer.file}：{answer.same_day} 次新增巡查与库中同一主体同一日的记录编号不同，请核对是否重复。",
            where=answer.file, value=float(answer.same_day), unit="rows",
        ),
    )  # fmt: skip
