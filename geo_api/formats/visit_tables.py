"""Visits, rows that are none, due lists and classes as JSON and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from geo_api.formats.plain_json import whole_json
from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.visits.model import LeftList, PostAnswer, PostedVisit, VisitList

VISIT_HEAD = {
    "visit_id": "巡查编号", "entity_id": "主体编号", "name": "名称", "made_on": "日期", "kind": "类别", "result": "结果",
    "officers": "监管员", "purpose": "事由", "findings": "发现问题", "notice_no": "责改文书号", "rectify_by": "整改期限",
    "revisit_of": "回访", "minutes": "用时(分)", "received_at": "接收时间", "recorded_at": "入库时间", "actor": "上报者",
    "source": "来源",
}  # fmt: skip
LEFT_HEAD = {
    "file": "文件", "row_no": "行号", "reason": "原因", "detail": "说明", "visit_id": "巡查编号", "entity": "所写主体",
    "made_on": "日期", "kind": "类别", "result": "结果", "source": "来源",
}  # fmt: skip


def post_json(answer: PostAnswer) -> bytes:
    """Each visit with its verdict and what is wrong with it."""
    return orjson.dumps(
        {
            "jurisdiction": answer.jurisdiction,
            "received_at": answer.received_at,
            "counts": answer.counts,
            "visits": [_posted(v) for v in answer.visits],
        }
    )


def posted_json(answer: PostedVisit) -> bytes:
    """One visit."""
    return orjson.dumps(_posted(answer))


def _posted(visit: PostedVisit) -> dict[str, Any]:
    return {
        "visit_id": visit.visit_id,
        "verdict": visit.verdict,
        "entity_id": visit.entity_id,
        "message": visit.message,
        "message_zh": visit.message_zh,
        "findings": [f.as_dict() for f in visit.findings],
    }


def visits_csv(answer: VisitList) -> bytes:
    """One line a visit; officers in one field."""
    return csv_table(list(VISIT_HEAD), _visits(answer))


def visits_xlsx(answer: VisitList) -> bytes:
    """One row a visit, heads in Chinese."""
    return xlsx_table(f"巡查 {answer.jurisdiction}", list(VISIT_HEAD.values()), _visits(answer))


def _visits(answer: VisitList) -> list[list[Any]]:
    rows = fields_of(answer.visits, list(VISIT_HEAD))
    at = list(VISIT_HEAD).index("officers")
    return [[*row[:at], "; ".join(row[at]), *row[at + 1 :]] for row in rows]


def left_csv(answer: LeftList) -> bytes:
    """One line a row."""
    return csv_table(list(LEFT_HEAD), fields_of(answer.rows, list(LEFT_HEAD)))


def left_xlsx(answer: LeftList) -> bytes:
    """One row a row, heads in Chinese."""
    return xlsx_table("未入库巡查", list(LEFT_HEAD.values()), fields_of(answer.rows, list(LEFT_HEAD)))


VISITS: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (PostAnswer, "json"): post_json,
        (PostedVisit, "json"): posted_json,
        (VisitList, "json"): whole_json,
        (VisitList, "csv"): visits_csv,
        (VisitList, "xlsx"): visits_xlsx,
        (LeftList, "json"): whole_json,
        (LeftList, "csv"): left_csv,
        (LeftList, "xlsx"): left_xlsx,
    }
)
