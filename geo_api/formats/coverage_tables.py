"""Coverage, gaps and posters as JSON, layers and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import orjson

from geo_api.formats.sheets import csv_table, fields_of, xlsx_book, xlsx_table
from geo_api.services.answers import CoverageAnswer, GapsAnswer, PosterList
from geo_api.services.coverage.figures import CoverageRow
from geo_api.supervision.gaps import Gap

ROW_HEAD = tuple(f.name for f in fields(CoverageRow))
ROW_ZH = (
    "代码", "名称", "户数", "应查", "已查", "完成率", "实际巡查", "漏查期数", "逾期户数", "最长逾期天数", "平均逾期天数",
    "应首次巡查", "首次巡查未做",
)  # fmt: skip
GAP_HEAD = (
    "rule", "severity", "where", "cell_code", "value", "limit", "unit", "since", "days", "lon", "lat", "message",
    "message_zh", "closes", "closes_zh",
)  # fmt: skip
GAP_ZH = (
    "类别", "级别", "对象", "网格", "数值", "限值", "单位", "起始日", "天数", "经度", "纬度", "说明（英）", "说明", "处置（英）",
    "处置",
)  # fmt: skip
POSTER_HEAD = ("jurisdiction_code", "place", "drawn_for", "plan_id", "posted_by", "posted_on", "removed_on")
POSTER_ZH = ("辖区", "张贴位置", "图示日期", "方案", "张贴人", "张贴日期", "撤下日期")


def coverage_json(answer: CoverageAnswer) -> bytes:
    """Every figure, and who is overdue."""
    plain = {f.name: getattr(answer, f.name) for f in fields(answer)}
    return orjson.dumps(plain | {"findings": [g.as_dict() for g in answer.findings]})


def coverage_csv(answer: CoverageAnswer) -> bytes:
    """One line a class, industry, cell, officer or station."""
    return csv_table(ROW_HEAD, fields_of(answer.rows, ROW_HEAD))


def coverage_xlsx(answer: CoverageAnswer) -> bytes:
    """A sheet of figures and a sheet of who is overdue."""
    return xlsx_book(
        [
            (f"巡查覆盖 {answer.period or answer.on}", ROW_ZH, fields_of(answer.rows, ROW_HEAD)),
            ("逾期", GAP_ZH, _gap_rows(answer.findings)),
        ]
    )


def coverage_geojson(answer: CoverageAnswer) -> bytes:
    """One feature a business that is overdue; figures beside them."""
    head = {
        "jurisdiction": answer.jurisdiction,
        "on": answer.on,
        "period_from": answer.period_from,
        "period_to": answer.period_to,
        "totals": answer.totals,
        "due": answer.due,
        "made": answer.made,
    }
    return _layer(head, answer.findings)


def gaps_json(answer: GapsAnswer) -> bytes:
    """Totals by kind, visits due and made by class, and every gap."""
    plain = {f.name: getattr(answer, f.name) for f in fields(answer)}
    return orjson.dumps(plain | {"findings": [g.as_dict() for g in answer.findings]})


def gaps_csv(answer: GapsAnswer) -> bytes:
    """One line a gap."""
    return csv_table(GAP_HEAD, _gap_rows(answer.findings))


def gaps_xlsx(answer: GapsAnswer) -> bytes:
    """A sheet of totals and a sheet of gaps."""
    return xlsx_book(
        [
            ("合计", ("类别", "数量"), list(answer.totals.items())),
            (f"监管盲区 {answer.on}", GAP_ZH, _gap_rows(answer.findings)),
        ]
    )


def gaps_geojson(answer: GapsAnswer) -> bytes:
    """One feature a gap: its area or its place (null geometry where it has none); totals beside them."""
    head = {
        "jurisdiction": answer.jurisdiction,
        "on": answer.on,
        "period_from": answer.period_from,
        "period_to": answer.period_to,
        "totals": answer.totals,
        "due": answer.due,
        "made": answer.made,
    }
    return _layer(head, answer.findings)


def posters_json(answer: PosterList) -> bytes:
    """The posters of a day."""
    return orjson.dumps(asdict(answer))


def posters_csv(answer: PosterList) -> bytes:
    """One line a poster."""
    return csv_table(POSTER_HEAD, fields_of(answer.posters, POSTER_HEAD))


def posters_xlsx(answer: PosterList) -> bytes:
    """One line a poster."""
    return xlsx_table(f"示意图张贴 {answer.on}", POSTER_ZH, fields_of(answer.posters, POSTER_HEAD))


def _gap_rows(gaps: Iterable[Gap]) -> Iterable[Sequence[Any]]:
    for g in gaps:
        lon, lat = g.at or ("", "")
        yield (
            g.rule, str(g.severity), g.where, g.cell_code, g.value, g.limit, g.unit, g.since, g.days, lon, lat,
            g.message, g.message_zh, g.closes, g.closes_zh,
        )  # fmt: skip


def _layer(head: Mapping[str, Any], gaps: Iterable[Gap]) -> bytes:
    features = []
    for number, gap in enumerate(gaps, start=1):
        properties = gap.as_dict()
        at, area = properties.pop("at", None), properties.pop("area", None)
        geometry = area or ({"type": "Point", "coordinates": at} if at else None)
        features.append({"type": "Feature", "id": number, "properties": properties, "geometry": geometry})
    return orjson.dumps({"type": "FeatureCollection", **head, "features": features})


COVERAGE: Mapping[tuple[type, str], Callable[[Any], bytes]] = {
    (CoverageAnswer, "json"): coverage_json,
    (CoverageAnswer, "geojson"): coverage_geojson,
    (CoverageAnswer, "csv"): coverage_csv,
    (CoverageAnswer, "xlsx"): coverage_xlsx,
    (GapsAnswer, "json"): gaps_json,
    (GapsAnswer, "geojson"): gaps_geojson,
    (GapsAnswer, "csv"): gaps_csv,
    (GapsAnswer, "xlsx"): gaps_xlsx,
    (PosterList, "json"): posters_json,
    (PosterList, "csv"): posters_csv,
    (PosterList, "xlsx"): posters_xlsx,
}
