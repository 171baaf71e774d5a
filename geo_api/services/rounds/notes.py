"""What a visit plan says about itself: nothing that is due is left out in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from geo_api.services.rounds.model import VisitPlan
from geo_api.supervision.rounds_rules import RoundRules
from gridding.findings import Finding, Severity


def plan_findings(plan: VisitPlan, rules: RoundRules, away: Sequence[date]) -> tuple[Finding, ...]:
    """What has no room, what has no place, what falls on days on which the officer is ``away``."""
    full = sum(1 for n in plan.not_planned if n.reason == "full")
    others = sum(1 for n in plan.not_planned if n.reason == "away")
    unplaced = len(plan.not_planned) - full - others
    found = []
    if full:
        found.append(
            Finding(
                "rounds.full",
                Severity.WARNING,
                f"{full} of {plan.due} places where something is due have no room in {len(plan.days)} round(s) of at most "
                f"{rules.visits_per_day} visits and {rules.hours_per_day:g} h: plan more days, or get help",
                f"到期 {plan.due} 户中有 {full} 户排不下（每天至多 {rules.visits_per_day} 户、{rules.hours_per_day:g} 小时）",
                where=plan.officer_id or ",".join(plan.cells),
                value=full,
                limit=0,
                unit="places",
            )
        )
    if away or others:
        days = ", ".join(f"{d:%m-%d}" for d in away)
        found.append(
            Finding(
                "rounds.away",
                Severity.INFO if away and plan.officer_id else Severity.WARNING,
                f"away on {len(away)} working day(s) {days}: {others} visit(s) are left to the others of the cell, or to who "
                "stands in"
                if away
                else f"{others} place(s) are due where nobody is there and nobody stands in: name a substitute",
                f"缺勤 {len(away)} 个工作日，{others} 户由网格其他监管员或代班人员前往"
                if away
                else f"{others} 户到期而网格内无人在岗、无人代班，请指定代班人员",
                where=plan.officer_id or ",".join(plan.cells),
                value=others,
                limit=0,
                unit="visits",
            )
        )
    if unplaced:
        found.append(
            Finding(
                "rounds.unplaced",
                Severity.WARNING,
                f"{unplaced} task(s) have no place: they are in no round; give the entity a place, or call",
                f"{unplaced} 项任务没有坐标，未排入路线",
                where=plan.officer_id or ",".join(plan.cells),
                value=unplaced,
                limit=0,
                unit="tasks",
            )
        )
    return tuple(found)
