"""Claims, the unlicensed and duplicates as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from geo_api.formats.documents import DOCUMENT_TYPES, render_document
from geo_api.formats.plain_json import whole_json
from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.claims.store import ClaimAnswer, ClaimList
from geo_api.services.documents.model import Document

CLAIM_HEAD = {
    "entity_id": "主体编号", "name": "名称", "address": "地址", "industry": "行业", "credit_class": "信用分类",
    "cell_code": "落入网格", "fell_on": "落入日期", "state": "状态", "waits_for": "待办方", "held_by": "监管网格",
    "officer_id": "监管员", "since": "自", "due_on": "期限", "late_days": "逾期天数", "to_cell": "移交至",
    "document": "移交单号", "reason": "理由", "claim_no": "认领序号", "lon": "经度", "lat": "纬度",
}  # fmt: skip
"""Columns of claims, with what a sheet calls them."""


def claims_csv(answer: ClaimList) -> bytes:
    """One line a claim."""
    return csv_table(list(CLAIM_HEAD), _rows(answer.claims, CLAIM_HEAD))


def claims_xlsx(answer: ClaimList) -> bytes:
    """One row a claim, heads in Chinese."""
    return xlsx_table(f"认领 {answer.on}", list(CLAIM_HEAD.values()), _rows(answer.claims, CLAIM_HEAD))


def _rows(things: Sequence[Any], head: dict[str, str]) -> list[list[Any]]:
    return fields_of(things, list(head))


def _document(answer: Document, form: str) -> bytes:
    return render_document(answer, form)[0]


LIFE: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (ClaimList, "json"): whole_json,
        (ClaimList, "csv"): claims_csv,
        (ClaimList, "xlsx"): claims_xlsx,
        (ClaimAnswer, "json"): whole_json,
        **{(Document, form): partial(_document, form=form) for form in DOCUMENT_TYPES},
    }
)
"""(type of answer, format) -> bytes."""
