"""Claims, the unlicensed and duplicates as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from types import MappingProxyType
from typing import Any

import orjson

from geo_api.formats.documents import DOCUMENT_TYPES, render_document
from geo_api.formats.plain_json import whole_json
from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.claims.step_many import StepsAnswer
from geo_api.services.claims.store import ClaimAnswer, ClaimList
from geo_api.services.documents.model import Document
from geo_api.services.register.duplicates import DuplicateList
from geo_api.services.register.history import EntityPast
from geo_api.services.register.same import SameAnswer
from geo_api.services.register.store import ImportAnswer
from geo_api.services.register.unlicensed import UnlicensedFile, UnlicensedLedger

CLAIM_HEAD = {
    "entity_id": "主体编号", "name": "名称", "address": "地址", "industry": "行业", "credit_class": "信用分类",
    "cell_code": "落入网格", "fell_on": "落入日期", "state": "状态", "waits_for": "待办方", "held_by": "监管网格",
    "officers": "责任人员", "officer_id": "办理人员", "since": "自", "due_on": "期限", "days_left": "剩余天数",
    "late_days": "逾期天数", "to_cell": "移交至",
    "document": "移交单号", "reason": "理由", "claim_no": "认领序号", "lon": "经度", "lat": "纬度",
}  # fmt: skip
"""Columns of claims, with what a sheet calls them."""


def claims_csv(answer: ClaimList) -> bytes:
    """One line a claim."""
    return csv_table(list(CLAIM_HEAD), _rows(answer.claims, CLAIM_HEAD))


def claims_xlsx(answer: ClaimList) -> bytes:
    """One row a claim, heads in Chinese."""
    return xlsx_table(f"认领 {answer.on}", list(CLAIM_HEAD.values()), _rows(answer.claims, CLAIM_HEAD))


def _with_findings(answer: ImportAnswer) -> bytes:
    """All its fields; empty fields of findings are left out."""
    plain = {f.name: getattr(answer, f.name) for f in fields(answer)}
    return orjson.dumps(plain | {"findings": [f.as_dict() for f in answer.findings]})


def _rows(things: Sequence[Any], head: dict[str, str]) -> list[list[Any]]:
    return [["、".join(v) if isinstance(v, tuple) else v for v in row] for row in fields_of(things, list(head))]


UNLICENSED_HEAD = {
    "entity_id": "主体编号", "name": "名称", "address": "地址", "industry": "行业", "cell_code": "网格", "state": "状态",
    "discovered_on": "发现日期", "open_days": "历时天数", "became_entity_id": "办照后主体编号", "lon": "经度", "lat": "纬度",
}  # fmt: skip
STEP_HEAD = {"step": "环节", "day": "办理日期", "officer_id": "监管员", "note": "记录", "actor": "登记人"}
DUPLICATE_HEAD = {
    "group": "组", "why": "原因", "entity_id": "主体编号", "name": "名称", "address": "地址", "credit_code": "信用代码",
    "registration_no": "注册号", "lon": "经度", "lat": "纬度",
}  # fmt: skip
HISTORY_HEAD = {
    "day": "日期",
    "what": "事项",
    "before": "变更前",
    "after": "变更后",
    "by": "经办",
    "recorded_at": "入库时间",
}


def unlicensed_csv(answer: UnlicensedLedger) -> bytes:
    """One line a step; an entity without a step has one line."""
    return csv_table([*UNLICENSED_HEAD, *STEP_HEAD], _unlicensed(answer))


def unlicensed_xlsx(answer: UnlicensedLedger) -> bytes:
    """The same with Chinese heads."""
    return xlsx_table(f"无照 {answer.on}", [*UNLICENSED_HEAD.values(), *STEP_HEAD.values()], _unlicensed(answer))


def duplicates_csv(answer: DuplicateList) -> bytes:
    """One line an entity; those that may be one have the same number of group."""
    return csv_table(list(DUPLICATE_HEAD), _duplicates(answer))


def duplicates_xlsx(answer: DuplicateList) -> bytes:
    """The same with Chinese heads."""
    return xlsx_table(f"疑似重复 {answer.on}", list(DUPLICATE_HEAD.values()), _duplicates(answer))


def history_csv(answer: EntityPast) -> bytes:
    """One line for all that happened, oldest first."""
    return csv_table(list(HISTORY_HEAD), _history(answer))


def history_xlsx(answer: EntityPast) -> bytes:
    """The same with Chinese heads."""
    return xlsx_table(f"沿革 {answer.entity_id}", list(HISTORY_HEAD.values()), _history(answer))


def _unlicensed(answer: UnlicensedLedger) -> list[list[Any]]:
    rows = []
    for file in answer.files:
        (own,) = fields_of([file], list(UNLICENSED_HEAD))
        steps = fields_of(file.steps, list(STEP_HEAD)) or [["", "", "", "", ""]]
        rows += [[*own, *step] for step in steps]
    return rows


def _duplicates(answer: DuplicateList) -> list[list[Any]]:
    names = [name for name in DUPLICATE_HEAD if name not in ("group", "why")]
    return [
        [n, " ".join(group.why), *row]
        for n, group in enumerate(answer.groups, start=1)
        for row in fields_of(group.entities, names)
    ]


def _history(answer: EntityPast) -> list[list[Any]]:
    return [[h.day, h.what, _words(h.before), _words(h.after), h.by, h.recorded_at] for h in answer.happenings]


def _words(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in values.items() if value is not None)


def _document(answer: Document, form: str) -> bytes:
    return render_document(answer, form)[0]


LIFE: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (ClaimList, "json"): whole_json,
        (ClaimList, "csv"): claims_csv,
        (ClaimList, "xlsx"): claims_xlsx,
        (ClaimAnswer, "json"): whole_json,
        (StepsAnswer, "json"): whole_json,
        (ImportAnswer, "json"): _with_findings,
        (SameAnswer, "json"): whole_json,
        (EntityPast, "json"): whole_json,
        (EntityPast, "csv"): history_csv,
        (EntityPast, "xlsx"): history_xlsx,
        (DuplicateList, "json"): whole_json,
        (DuplicateList, "csv"): duplicates_csv,
        (DuplicateList, "xlsx"): duplicates_xlsx,
        (UnlicensedFile, "json"): whole_json,
        (UnlicensedLedger, "json"): whole_json,
        (UnlicensedLedger, "csv"): unlicensed_csv,
        (UnlicensedLedger, "xlsx"): unlicensed_xlsx,
        **{(Document, form): partial(_document, form=form) for form in DOCUMENT_TYPES},
    }
)
"""(type of answer, format) -> bytes."""
