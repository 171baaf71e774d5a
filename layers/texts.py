"""The words of the diagram in Chinese and English. Placeholders in braces are filled by the page's script."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_PAIRS: dict[str, tuple[str, str]] = {
    "title": ("辖区监管责任制示意图", "Supervision responsibility diagram"),
    "version": ("方案版本", "Plan version"),
    "as_of": ("截至", "As of"),
    "complaints": ("投诉举报电话", "Complaints"),
    "language": ("English", "中文"),
    "map": ("辖区网格地图", "Map of the cells"),
    "skip": ("跳到网格与监管人员一览表", "Skip to the list of cells and officers"),
    "find": ("查找我的店铺", "Find my shop"),
    "find_hint": ("点地图上的位置，或输入街道、姓名", "Tap the map, or type a street"),
    "placeholder": ("街道、网格、监管员、市场…", "Street, cell, officer, market…"),
    "results": ("查找结果", "Results"),
    "no_result": (
        "没有找到“{q}”。请点击地图上的位置，或拨打 {phone}。",
        "Nothing found for “{q}”. Tap the place on the map, or call {phone}.",
    ),
    "found_count": ("找到 {n} 项", "{n} found"),
    "more_results": ("还有 {n} 项，请输入更多字", "{n} more: type more letters"),
    "type_cell": ("网格", "Cell"),
    "type_officer": ("监管员", "Officer"),
    "type_street": ("街道", "Street"),
    "type_area": ("社区", "Community"),
    "type_market": ("重点市场", "Key market"),
    "street_cells": (
        "{name}经过 {n} 个网格，请选择您店铺所在的网格：",
        "{name} runs through {n} cells. Choose the one of your shop:",
    ),
    "street_cell": ("{name}所在网格：", "{name} lies in this cell:"),
    "table": ("网格与监管人员", "Cells and officers"),
    "table_plan": ("网格一览", "Cells"),
    "col_cell": ("网格", "Cell"),
    "col_officers": ("监管员 / 电话", "Officer / telephone"),
    "col_entities": ("市场主体（户）", "Businesses"),
    "col_workload": ("工作量（小时/年）", "Workload (hours a year)"),
    "total": ("合计", "Total"),
    "cell": ("网格", "Cell"),
    "lead": ("主责", "Lead"),
    "deputy": ("副责", "Deputy"),
    "first": ("第一责任人", "First responsible"),
    "direct": ("直接责任人", "Directly responsible"),
    "no_officer": ("本网格暂未公布监管员", "No officer has been named for this cell yet"),
    "station_answers": ("本网格暂无专人，由监管所负责：", "Nobody is named for this cell; its station answers:"),
    "bureau": ("本局负责人", "In charge of the bureau"),
    "bureau_answers": ("本网格暂无专人，由本局负责：", "Nobody is named for this cell; the bureau answers:"),
    "call": ("拨打 {name} 的电话 {telephone}", "Call {name} on {telephone}"),
    "entities": ("市场主体 {n} 户", "{n} businesses"),
    "workload": ("工作量 {n} 小时/年", "Workload {n} hours a year"),
    "area": ("面积 {n} 平方千米", "Area {n} km²"),
    "deviation": ("与平均工作量相差 {n}", "{n} from the mean workload"),
    "near_border": (
        "您点的位置离网格边界约 {m} 米，边界另一侧是{beyond}。如不确定，请拨打 {phone} 核实。",
        "This place is about {m} m from the border; beyond it lies {beyond}. If in doubt, call {phone}.",
    ),
    "near_border_far": (
        "您点的位置靠近{beyond}的边界。请放大地图再点一次，或拨打 {phone} 核实。",
        "This place is close to the border of {beyond}. Zoom in and tap again, or call {phone}.",
    ),
    "outside": (
        "这里不在本图所示辖区内。请拨打 {phone} 咨询。",
        "This place is outside the territory shown here. Please call {phone}.",
    ),
    "close": ("关闭", "Close"),
    "zoom_in": ("放大", "Zoom in"),
    "zoom_out": ("缩小", "Zoom out"),
    "whole": ("显示全图", "Show everything"),
    "markets": ("重点市场", "Key markets"),
    "industries": ("重点行业", "Key industries"),
    "industry_count": ("户", "businesses"),
    "legend": ("图例", "Legend"),
    "legend_cell": ("网格（颜色只为区分相邻网格）", "Cell (colours only tell neighbours apart)"),
    "legend_border": ("网格边界", "Border of cells"),
    "legend_station": ("监管所边界", "Border of stations"),
    "legend_outline": ("辖区边界", "Border of the territory"),
    "legend_market": ("重点市场", "Key market"),
    "legend_area": ("社区、村边界", "Border of communities"),
    "legend_gap": ("监管盲区", "Coverage gap"),
    "river": ("河流", "River"),
    "railway": ("铁路", "Railway"),
    "expressway": ("快速路", "Expressway"),
    "main": ("主要道路", "Main road"),
    "secondary": ("次要道路", "Secondary road"),
    "local": ("一般道路", "Street"),
    "service": ("内部道路", "Service way"),
    "block": ("基本单元边界（街道、河流等）", "Edges of blocks (streets, rivers, ...)"),
    "north": ("北", "N"),
    "approval": ("审图号", "Map approval no."),
    "approval_none": ("待审核", "pending"),
    "sources": ("数据来源", "Data sources"),
    "schematic": ("本图为示意图，边界以系统数据为准。", "Schematic: the borders held in the system are authoritative."),
    "schematic_more": ("显示时边界简化不超过约 {m} 米。", "For display, borders are simplified by up to about {m} m."),
    "noscript": ("地图需要 JavaScript；下表仍然可用。", "The map needs JavaScript; the table below works without it."),
}

TEXTS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "zh": MappingProxyType({key: pair[0] for key, pair in _PAIRS.items()}),
        "en": MappingProxyType({key: pair[1] for key, pair in _PAIRS.items()}),
    }
)
"""Language -> key -> words; both languages have the same keys and placeholders."""
