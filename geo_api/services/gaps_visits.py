"""Visits due against visits made, and the entities that are overdue."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geo_api.services.coverage_store import CoverageStore, DueRow, Register, VisitPeriods
from geo_api.supervision.coverage import due_periods
from geo_api.supervision.frequency import Rules
from gridding.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class VisitBalance:
    """Due and made by class over the periods that ended in the year, and a finding per overdue entity."""

    due: dict[str, float]
    made: dict[str, float]
    period_from: date | None
    findings: tuple[Finding, ...]


def due_and_made(store: CoverageStore, register: Register, rules: Rules, on: date) -> VisitBalance:
    """Due and made of the entities of a register over the year up to a day."""
    periods = visit_periods(rules, on)
    rows = store.visits(register.ids.tolist(), periods)
    due: dict[str, float] = dict.fromkeys(rules.classes.order, 0.0)
    made: dict[str, float] = dict.fromkeys(rules.classes.order, 0.0)
    for row in rows:
        due[row.credit_class] += row.due
        made[row.credit_class] += row.made
    return VisitBalance(
        due={k: round(v, 2) for k, v in due.items()},
        made={k: round(v, 2) for k, v in made.items()},
        period_from=min((p[1] for p in periods.periods), default=None),
        findings=tuple(_overdue(rows, register, on)),
    )


def visit_periods(rules: Rules, on: date) -> VisitPeriods:
    """The calendar periods that count on a day, and the visits a year that each class and key industry asks for."""
    asks = tuple(
        (letter, industry, float(rules.visits(letter, industry)))
        for letter in rules.classes.order
        for industry in ("", *sorted(rules.industry_min_visits))
    )
    periods = tuple(
        (per_year, p.start, p.end, p.visits)
        for per_year in sorted({n for _, _, n in asks})
        for p in due_periods(per_year, on)
    )
    return VisitPeriods(periods, asks, rules.classes.unlicensed)


def _overdue(rows: Iterable[DueRow], register: Register, on: date) -> Iterable[Finding]:
    """One finding per overdue entity, longest overdue first."""
    late: dict[int, list[DueRow]] = defaultdict(list)
    for row in rows:
        if row.overdue_since is not None:
            late[row.entity_id].append(row)
    position = {int(i): n for n, i in enumerate(register.ids.tolist())}
    since = {i: max(r.overdue_since for r in found if r.overdue_since) for i, found in late.items()}
    for entity_id in sorted(late, key=lambda i: (-sum(r.due - r.made for r in late[i]), i)):
        n, found, days = position[entity_id], late[entity_id], (on - since[entity_id]).days
        letter = found[-1].credit_class
        due, made = sum(r.due for r in found), sum(r.made for r in found)
        lon, lat = float(register.lon[n]), float(register.lat[n])
        yield Finding(
            "coverage.overdue",
            Severity.WARNING,
            f"{register.name[n]} (entity {entity_id}, class {letter}) got {made:.3g} of {due:.3g} visits due in the year; "
            f"the last period missed ended {days} days ago: visit it",
            f"{register.name[n]}（{letter} 类）一年内应巡查 {due:.3g} 次，实际 {made:.3g} 次，最近一期逾期 {days} 天",
            where=str(entity_id),
            value=days,
            limit=0,
            unit="days",
            at=(lon, lat) if math.isfinite(lon) else None,
            details={
                "credit_class": letter,
                "due": round(due, 2),
                "made": round(made, 2),
                "missed_until": since[entity_id].isoformat(),
                "cell_code": str(register.cell_code[n]),
            },
        )
