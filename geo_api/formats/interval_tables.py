"""Days between visits as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from geo_api.formats.plain_json import whole_json
from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.coverage.intervals import IntervalAnswer

HEAD = {
    "code": "编码", "name": "名称", "visits": "巡查次数", "entities": "主体数", "intervals": "间隔数", "median_days": "间隔中位数（天）",
    "quarter_days": "下四分位（天）", "three_quarter_days": "上四分位（天）", "over": "超期间隔数", "share_over": "超期占比",
}  # fmt: skip
"""Columns, with what a sheet calls them."""


def intervals_csv(answer: IntervalAnswer) -> bytes:
    """One line for the whole, then one a station."""
    return csv_table(list(HEAD), _rows(answer))


def intervals_xlsx(answer: IntervalAnswer) -> bytes:
    """One row for the whole, then one a station."""
    return xlsx_table("巡查间隔", list(HEAD.values()), _rows(answer))


def _rows(answer: IntervalAnswer) -> list[list[Any]]:
    return fields_of((answer.whole, *answer.stations), list(HEAD))


INTERVALS: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (IntervalAnswer, "json"): whole_json,
        (IntervalAnswer, "csv"): intervals_csv,
        (IntervalAnswer, "xlsx"): intervals_xlsx,
    }
)
"""(type of answer, format) -> bytes."""
