"""Visits of a file that no manifest names: into the register of a jurisdiction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.file_heads import columns_by_head
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
    "entity": (
        "主体编号", "统一社会信用代码", "社会信用代码", "信用代码", "注册号", "营业执照注册号", "主体代码", "主体",
    ),
    "visit_id": ("巡查编号", "记录编号", "检查编号", "巡查记录编号", "编号"),
    "date": ("巡查日期", "检查日期", "巡查时间", "检查时间", "日期"),
    "kind": ("巡查类型", "检查类型", "巡查种类", "检查种类", "巡查类别", "检查类别", "类型", "种类", "类别"),
    "officers": ("巡查人员", "检查人员", "巡查人", "检查人"),
    "officer_id": ("监管员编号", "人员编号", "监管员"),
    "result": ("巡查结果", "检查结果", "检查结论", "结果", "结论"),
    "purpose": ("巡查事由", "检查事由", "事由"),
    "findings": ("发现问题", "存在问题", "检查情况", "问题"),
    "notice_no": ("责令改正通知书号", "责令改正通知书文号", "通知书文号", "文书号"),
    "rectify_by": ("整改期限", "改正期限", "整改截止日期"),
    "revisit_of": ("复查的巡查编号", "原巡查编号", "回访编号"),
    "minutes": ("用时（分钟）", "用时（分）", "用时", "时长（分钟）"),
}  # fmt: skip
"""Our name of a column, and the heads that it also goes by, the best first. 编号 is the visit's, where another column names
the business; alone it names the business, as in files of the register."""
EXAMPLE = {
    "entity": "91350100M000100Y43", "visit_id": "2026-000871", "date": "2026-11-20", "kind": "日常", "officers": "P007;P008",
    "result": "责令改正", "findings": "过道堆物", "notice_no": "责改〔2026〕7号", "rectify_by": "2026-11-27", "minutes": "25",
}  # fmt: skip
"""A row for a template."""
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
    found = columns_by_head(heads, HEADS, said)
    if "entity" not in found and "visit_id" not in said and found.get("visit_id", "").strip() == "编号":
        found["entity"] = found.pop("visit_id")
    return found


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
