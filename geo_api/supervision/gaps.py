"""Coverage gaps (监管盲区): kinds, what closes each of them, and since when it has been open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class Gap(Finding):
    """A finding that somebody has to close.

    Attributes:
        since: the day since which it has been open, where that is known: computed from what is recorded, never stored.
        days: from then to the day asked about.
        closes, closes_zh: what would close it.
        cell_code: the cell that it lies in or is about; "" = none.
        area: its extent as a GeoJSON geometry (EPSG:4490), of those that have one.
    """

    since: date | None = None
    days: int | None = None
    closes: str = ""
    closes_zh: str = ""
    cell_code: str = ""
    area: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The gap as JSON types; empty fields are left out."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        own["since"] = self.since.isoformat() if self.since else None
        return {name: value for name, value in own.items() if value not in ("", None, {})}


CLOSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "territory.no_station": ("correct the stations' outlines", "修正监管所边界"),
        "territory.no_plan": ("build, approve and publish a plan", "编制、批准并发布划分方案"),
        "territory.no_cell": ("correct the outlines, build and publish again", "修正边界后重新编制并发布方案"),
        "territory.two_cells": ("correct the outlines, build and publish again", "修正边界后重新编制并发布方案"),
        "territory.sub_area": ("gridward officers subarea: draw it anew, or --end", "重新绘制或撤销分区"),
        "entity.no_plan": ("publish a plan of the station", "发布该监管所的划分方案"),
        "entity.no_cell": ("publish a plan whose cells hold it", "发布覆盖该处的划分方案"),
        "entity.outside": ("correct its place, or hand it over to the bureau there", "更正位置或移交所在地"),
        "entity.impossible_place": ("correct its datum and coordinates", "更正坐标及坐标系"),
        "entity.unlocated": ("gridward place, or give it an address that is found", "人工定位或补全地址"),
        "entity.unlicensed": ("licence or removal", "办理执照或依法取缔"),
        "staffing.no_lead": ("gridward officers assign ... --as lead", "指定主责监管员"),
        "staffing.too_few": ("gridward officers assign ... --as deputy", "增配监管员"),
        "staffing.over_tenure": ("a handover to another officer", "轮岗交接"),
        "capacity.over": ("another officer, or a redraw that keeps codes", "增配监管员或重新划分"),
        "capacity.far": (
            "combined rounds, an officer who lives there, or a redraw",
            "合并巡查路线、就近配员或重新划分",
        ),
        "coverage.overdue": ("a visit", "完成一次巡查"),
        "coverage.first_visit": ("the first visit", "完成首次巡查"),
        "cluster.unlicensed": (
            "a special visit to the whole cluster; licence or removal of each",
            "对该片区专项检查，逐户处置",
        ),
        "cluster.overdue": ("one round through the whole cluster", "安排一次集中巡查"),
        "poster.none": ("print the diagram, post it, and gridward posters record", "打印并张贴示意图，登记张贴记录"),
        "poster.old": ("print the diagram of today, post it, and gridward posters record", "重新打印张贴示意图并登记"),
        "claims.late": ("gridward claims claim, or a transfer", "认领或移交"),
        "claims.elsewhere": ("gridward place, with its true place", "更正坐标"),
        "tasks.late": ("finish, hand over or refer the task", "办结、移交或抄告"),
    }
)
"""Kind of gap -> what would close it, in English and in Chinese."""


def as_gap(
    finding: Finding,
    on: date,
    *,
    since: date | None = None,
    cell_code: str = "",
    area: Mapping[str, Any] | None = None,
) -> Gap:
    """A finding as a gap of a day. What closes it follows from its kind."""
    closes, closes_zh = CLOSES.get(finding.rule, ("", ""))
    plain = {f.name: getattr(finding, f.name) for f in fields(Finding)}
    told = finding.details.get("since") or finding.details.get("due_on")
    began = since or (date.fromisoformat(told) if isinstance(told, str) else None)
    return Gap(
        **plain,
        since=began,
        days=(on - began).days if began else None,
        closes=closes,
        closes_zh=closes_zh,
        cell_code=cell_code or str(finding.details.get("cell_code", "")),
        area=area,
    )


def placed(gap: Gap, at: tuple[float, float] | None) -> Gap:
    """The gap with a place to look at, where it has none."""
    return gap if gap.at or at is None else replace(gap, at=at)
