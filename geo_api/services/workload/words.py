"""The workload of an entity as a sentence, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from geo_api.services.workload.answers import TravelStep, VisitStep
from geo_api.services.workload.store import EntityRow
from geo_api.supervision.frequency import Rules

KINDS_ZH = {"daily": "日常", "special": "专项", "priority": "重点"}


def in_words(
    row: EntityRow, counts_as: str, visits: Sequence[VisitStep], travel: TravelStep, hours: float, rules: Rules
) -> tuple[str, str]:
    """English and Chinese; numbers are rounded to hundredths."""
    if row.given_hours is not None:
        return (
            f"{_n(hours)} hours: named by the source of the register, whatever the rules say",
            f"{_n(hours)} 小时：由登记数据直接给出，不按规则计算",
        )
    parts = [
        f"{_n(v.visits_per_year)} {v.kind} visits ({_why(v, row, counts_as, rules)[0]}) x ({_n(v.minutes)} min a visit"
        f"{f' ({row.industry})' if v.minutes_setting.endswith(f'.{row.industry}') else ''}{_way(travel)[0]})"
        for v in visits
    ]
    parts_zh = [
        f"{KINDS_ZH[v.kind]}巡查 {_n(v.visits_per_year)} 次（{_why(v, row, counts_as, rules)[1]}）×（每次 {_n(v.minutes)} 分钟"
        f"{f'({row.industry})' if v.minutes_setting.endswith(f'.{row.industry}') else ''}{_way(travel)[1]})"
        for v in visits
    ]
    return f"{_n(hours)} hours = " + " + ".join(parts), f"{_n(hours)} 小时 = " + " + ".join(parts_zh)


def _why(visit: VisitStep, row: EntityRow, counts_as: str, rules: Rules) -> tuple[str, str]:
    setting = visit.visits_setting
    if setting.startswith("industry_min_visits."):
        return f"key industry {row.industry}, at least", f"重点行业 {row.industry} 的最低次数"
    if setting.startswith("sampling."):
        share = f"{rules.sampling.shares[row.industry]:.0%}"
        return f"sample of {share} of {row.industry}", f"{row.industry} 抽查比例 {share}"
    if setting.startswith("kinds."):
        return "planned for", "计划安排"
    if not row.licensed:
        return f"unlicensed counts as class {counts_as}", f"无照按 {counts_as} 类"
    if counts_as != row.credit_class:
        return (
            f"class {row.credit_class} is none of the rules', counts as {counts_as}",
            f"分类 {row.credit_class} 不在规则之中，按 {counts_as} 类",
        )
    if setting == "classes.exempt":
        return f"class {counts_as} is exempt", f"{counts_as} 类免于日常巡查"
    return f"class {counts_as}", f"{counts_as} 类"


def _way(travel: TravelStep) -> tuple[str, str]:
    if travel.method == "included":
        return ", the way included", "，含路程"
    if travel.leg_m is None:
        return f" + {_n(travel.minutes)} min of the way", f" + 路程 {_n(travel.minutes)} 分钟"
    return (
        f" + {_n(travel.minutes)} min of the way: {travel.leg_m:.0f} m x {travel.detour:g} at {travel.speed_kmh:g} km/h",
        f" + 路程 {_n(travel.minutes)} 分钟：{travel.leg_m:.0f} 米 × {travel.detour:g}，时速 {travel.speed_kmh:g} 公里",
    )


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
