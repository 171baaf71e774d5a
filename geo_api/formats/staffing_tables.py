"""Checks, proposals, patrol groups and departments as tables, and departments as a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any

import orjson

from geo_api.formats.plain_json import whole_json
from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.assign import Released
from geo_api.services.staffing.assign_checked import Assigned
from geo_api.services.staffing.check import StaffingCheck
from geo_api.services.staffing.departments import DepartmentMatrix
from geo_api.services.staffing.groups import PatrolGroups
from geo_api.services.staffing.propose import StaffingProposal
from geo_api.services.staffing.set_sub_area import SubAreaSet
from geo_api.supervision.absences import Absence
from gridding.findings import Finding

FINDING_HEAD = {
    "rule": "规则", "severity": "程度", "where": "位置", "value": "数值", "limit": "限值", "unit": "单位",
    "message_zh": "说明", "message": "Message",
}  # fmt: skip
POST_HEAD = {
    "cell_code": "网格", "role": "角色", "officer_id": "人员编号", "officer_name": "姓名", "function": "职能",
    "state": "状态", "since": "自",
}  # fmt: skip
GROUP_HEAD = {
    "code": "巡查组", "name": "名称", "station_code": "监管所", "cells": "网格", "hours_per_year": "年工时",
    "deviation": "偏差", "entities": "主体数",
}  # fmt: skip
STATE_WORDS = {
    "own": "本职能", "general": "综合", "station": "由监管所负责", "bureau": "由本局负责", "nobody": "空缺",
}  # fmt: skip
POST_WORDS = {"lead": "主责", "deputy": "副责", "first": "第一责任人", "direct": "直接责任人", "away": "缺勤"}
STYLE = (
    "body{font-family:sans-serif;margin:1.5em}table{border-collapse:collapse}"
    "th,td{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}th{background:#eee}"
    ".own{background:#dfd}.general{background:#efe}.station{background:#ffd}.bureau{background:#fed}"
    ".nobody{background:#fbb;font-weight:bold}"
)


def with_findings_json(answer: Any) -> bytes:
    """A typed answer; empty fields of findings are left out."""
    return orjson.dumps(_plain(answer))


def _plain(value: Any) -> Any:
    if isinstance(value, Finding):
        return value.as_dict()
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if hasattr(type(value), "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in type(value).__dataclass_fields__}
    return value


def absence_json(answer: Absence) -> bytes:
    """An absence with its days."""
    return orjson.dumps(
        {
            "officer_id": answer.officer_id,
            "substitute_id": answer.substitute_id,
            "kind": answer.kind,
            "valid_from": answer.period.start,
            "valid_to": answer.period.end,
        }
    )


def check_csv(answer: StaffingCheck) -> bytes:
    """One line a finding."""
    return csv_table(list(FINDING_HEAD), _findings(answer.findings))


def check_xlsx(answer: StaffingCheck) -> bytes:
    """One row a finding, heads in Chinese."""
    return xlsx_table(f"人员检查 {answer.on}", list(FINDING_HEAD.values()), _findings(answer.findings))


def _findings(findings: Iterable[Finding]) -> list[list[Any]]:
    return [[str(v) if name == "severity" else v for name, v in zip(FINDING_HEAD, row, strict=True)]
            for row in fields_of(findings, list(FINDING_HEAD))]  # fmt: skip


def proposal_csv(answer: StaffingProposal) -> bytes:
    """One line a post: those that stay, begin and end."""
    return csv_table(["station_code", *POST_HEAD], _posts(answer))


def proposal_xlsx(answer: StaffingProposal) -> bytes:
    """One row a post, heads in Chinese."""
    return xlsx_table(f"人员建议 {answer.on}", ["监管所", *POST_HEAD.values()], _posts(answer))


def _posts(answer: StaffingProposal) -> list[list[Any]]:
    return [[s.station_code, *row] for s in answer.stations for row in fields_of(s.posts, list(POST_HEAD))]


def groups_csv(answer: PatrolGroups) -> bytes:
    """One line a patrol group."""
    return csv_table(list(GROUP_HEAD), _groups(answer))


def groups_xlsx(answer: PatrolGroups) -> bytes:
    """One row a patrol group, heads in Chinese."""
    return xlsx_table(f"巡查组 {answer.on}", list(GROUP_HEAD.values()), _groups(answer))


def _groups(answer: PatrolGroups) -> list[list[Any]]:
    return [[" ".join(g.cells) if name == "cells" else getattr(g, name) for name in GROUP_HEAD] for g in answer.groups]


def departments_csv(answer: DepartmentMatrix) -> bytes:
    """One line a place, a column a function: names, or who answers instead."""
    return csv_table(["code", "name", "station_name", *_functions(answer)], _departments(answer))


def departments_xlsx(answer: DepartmentMatrix) -> bytes:
    """One row a place, a column a function."""
    head = ["编码", "名称", "监管所", *(f or "综合" for f in answer.functions)]
    rows = [
        [r.code, r.name, r.station_name, *(_said_in_chinese(d.state, d.officers) for d in r.departments)]
        for r in answer.rows
    ]
    return xlsx_table(f"职能 {answer.on}", head, rows)


def _said_in_chinese(state: str, officers: tuple[str, ...]) -> str:
    names = "、".join(map(in_chinese, officers))
    return names if state == "own" else f"{STATE_WORDS[state]}：{names}".rstrip("：")


def _functions(answer: DepartmentMatrix) -> list[str]:
    return [f or "(all)" for f in answer.functions]


def _departments(answer: DepartmentMatrix) -> list[list[Any]]:
    return [[r.code, r.name, r.station_name, *(_said(d.state, d.officers) for d in r.departments)] for r in answer.rows]


def _said(state: str, officers: tuple[str, ...]) -> str:
    names = "; ".join(officers)
    return names if state == "own" else f"[{state}] {names}".strip()


def in_chinese(told: str) -> str:
    """Who holds a post, in Chinese.

    >>> in_chinese("李伟 (deputy, stands in for P010)"), in_chinese("郑凯 (lead, away)")
    ('李伟（副责，代 P010）', '郑凯（主责，缺勤）')
    """
    name, _, post = told.partition(" (")
    if not post:
        return told
    words = [
        f"代 {word.removeprefix('stands in for ')}" if word.startswith("stands in for ") else POST_WORDS.get(word, word)
        for word in post.removesuffix(")").split(", ")
    ]
    return f"{name}（{'，'.join(words)}）"


def departments_html(answer: DepartmentMatrix) -> bytes:
    """A page of its own, holes in red: nothing is loaded from outside."""
    head = "".join(f"<th>{escape(f or '综合')}</th>" for f in answer.functions)
    rows = "".join(
        f"<tr><td>{escape(r.code)}</td><td>{escape(r.name)}</td><td>{escape(r.station_name)}</td>"
        + "".join(
            f'<td class="{d.state}" title="{STATE_WORDS[d.state]}">{escape("、".join(map(in_chinese, d.officers))) or "空缺"}</td>'
            for d in r.departments
        )
        + "</tr>"
        for r in answer.rows
    )
    legend = " ".join(f'<span class="{k}">{escape(v)}</span>' for k, v in STATE_WORDS.items())
    title = f"{escape(answer.jurisdiction)} 职能矩阵 {answer.on}"
    page = (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{legend}</p><table><thead><tr><th>编码</th><th>名称</th><th>监管所</th>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></body></html>"
    )
    return page.encode()


STAFFING: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (Assigned, "json"): with_findings_json,
        (Absence, "json"): absence_json,
        (SubAreaSet, "json"): whole_json,
        (Released, "json"): whole_json,
        (StaffingCheck, "json"): with_findings_json,
        (StaffingCheck, "csv"): check_csv,
        (StaffingCheck, "xlsx"): check_xlsx,
        (StaffingProposal, "json"): with_findings_json,
        (StaffingProposal, "csv"): proposal_csv,
        (StaffingProposal, "xlsx"): proposal_xlsx,
        (PatrolGroups, "json"): with_findings_json,
        (PatrolGroups, "csv"): groups_csv,
        (PatrolGroups, "xlsx"): groups_xlsx,
        (DepartmentMatrix, "json"): whole_json,
        (DepartmentMatrix, "csv"): departments_csv,
        (DepartmentMatrix, "xlsx"): departments_xlsx,
        (DepartmentMatrix, "html"): departments_html,
    }
)
"""(type of answer, format) -> bytes."""
