"""Visits, rows that are none, due lists and classes as JSON and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson

from geo_api.formats.plain_json import whole_json
from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.visits.class_model import ClassProposal, DecidedList, ProposalList
from geo_api.services.visits.decision_file import DECISION, ENTITY, REASON
from geo_api.services.visits.due_model import DueAnswer
from geo_api.services.visits.model import LeftList, PostAnswer, PostedVisit, VisitList

VISIT_HEAD = {
    "visit_id": "巡查编号", "entity_id": "主体编号", "credit_code": "统一社会信用代码", "name": "名称",
    "made_on": "日期", "kind": "类别", "result": "结果",
    "officers": "监管员", "purpose": "事由", "findings": "发现问题", "notice_no": "责改文书号", "rectify_by": "整改期限",
    "revisit_of": "回访", "minutes": "用时（分）", "received_at": "接收时间", "recorded_at": "入库时间", "actor": "上报者",
    "source": "来源",
}  # fmt: skip
LEFT_HEAD = {
    "file": "文件", "row_no": "行号", "reason": "原因", "detail": "说明", "visit_id": "巡查编号", "entity": "所写主体",
    "made_on": "日期", "kind": "类别", "result": "结果", "source": "来源",
}  # fmt: skip


DUE_HEAD = {
    "due_on": "期限", "late_days": "逾期天数", "title_zh": "清单", "list": "清单代码", "entity_id": "主体编号",
    "credit_code": "统一社会信用代码", "name": "名称", "address": "地址",
    "cell_code": "网格", "officer_names": "负责人", "officers": "人员编号", "answers_for": "负责范围",
    "why": "原因（英文）", "why_zh": "原因", "credit_class": "信用分类", "industry": "行业", "subject": "责改巡查编号",
}  # fmt: skip
CLASS_HEAD = {
    ENTITY[0]: ENTITY[1], "credit_code": "统一社会信用代码", "name": "名称",
    "cell_code": "网格", "industry": "行业", "was": "现类别", "proposed": "建议类别",
    "rule": "规则", "why": "依据（英文）", "why_zh": "依据", "visits": "所据巡查", "proposed_by": "建议人",
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


def due_csv(answer: DueAnswer) -> bytes:
    """One line a thing that is due."""
    return csv_table(list(DUE_HEAD), _due(answer))


def due_xlsx(answer: DueAnswer) -> bytes:
    """One row a thing that is due, heads in Chinese."""
    return xlsx_table(f"到期 {answer.on}", list(DUE_HEAD.values()), _due(answer))


def _due(answer: DueAnswer) -> list[list[Any]]:
    names = list(DUE_HEAD)
    return [["; ".join(v) if isinstance(v, tuple) else v for v in row] for row in fields_of(answer.rows, names)]


def proposals_csv(answer: ProposalList) -> bytes:
    """One line a proposal, with columns to decide in."""
    return csv_table([*CLASS_HEAD, DECISION[0], REASON[0]], _proposals(answer))


def proposals_xlsx(answer: ProposalList) -> bytes:
    """One row a proposal, heads in Chinese, with columns to decide in."""
    return xlsx_table(f"分类建议 {answer.on}", [*CLASS_HEAD.values(), DECISION[1], REASON[1]], _proposals(answer))


def _proposals(answer: ProposalList) -> list[list[Any]]:
    at = list(CLASS_HEAD).index("visits")
    rows = fields_of(answer.proposals, list(CLASS_HEAD))
    return [
        [*row[:at], "; ".join(f"{v} {day} {result}" for v, day, result in row[at]), *row[at + 1 :], "", ""]
        for row in rows
    ]


VISITS: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (PostAnswer, "json"): post_json,
        (PostedVisit, "json"): posted_json,
        (VisitList, "json"): whole_json,
        (VisitList, "csv"): visits_csv,
        (VisitList, "xlsx"): visits_xlsx,
        (DueAnswer, "json"): whole_json,
        (DueAnswer, "csv"): due_csv,
        (DueAnswer, "xlsx"): due_xlsx,
        (ProposalList, "json"): whole_json,
        (ProposalList, "csv"): proposals_csv,
        (ProposalList, "xlsx"): proposals_xlsx,
        (ClassProposal, "json"): whole_json,
        (DecidedList, "json"): whole_json,
        (LeftList, "json"): whole_json,
        (LeftList, "csv"): left_csv,
        (LeftList, "xlsx"): left_xlsx,
    }
)
