"""Use case: why an entity costs so many hours a year: "31.5 hours = 12 visits (class C) x (40 min + 6 min of the way)"."""

from __future__ import annotations

from datetime import date

import numpy as np

from geo_api.services.answers import Caller
from geo_api.services.workload.answers import EntityWorkload, TravelStep, VisitStep
from geo_api.services.workload.store import READERS, EntityRow, WorkloadStore
from geo_api.services.workload.travel import leg_metres, travel_minutes
from geo_api.services.workload.words import in_words
from geo_api.supervision.frequency import Rules, rules_from
from geo_api.supervision.roles import require


def explain_entity(store: WorkloadStore, entity: str, *, caller: Caller, on: date | None = None) -> EntityWorkload:
    """The hours of an entity on a day, step by step, each step with the setting that it comes from.

    Args:
        store: where it is asked.
        entity: permanent id, entity code, credit code or registration number.
        caller: of the jurisdiction that the entity lies in.
        on: the day; default: today.

    Raises:
        NotFound: no such entity that day. Conflict: several bear the number. NotAllowed: not the caller's to see.
    """
    day = on or store.today_of_entity(entity)
    row = store.entity(entity, day)
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(row.code),
        to=f"see the workload of {entity}",
    )
    rules = rules_from(row.rules)
    counts_as = rules.class_of(row.credit_class, licensed=row.licensed)
    travel = _travel(row, rules)
    visits = _visits(row, counts_as, rules, travel.minutes)
    by_rules = rules.hours_per_year(
        row.credit_class, row.industry, licensed=row.licensed, travel_minutes=travel.minutes
    )
    hours = by_rules if row.given_hours is None else row.given_hours
    message, message_zh = in_words(row, counts_as, visits, travel, hours, rules)
    return EntityWorkload(
        asked=entity,
        entity_id=row.entity_id,
        name=row.name,
        on=day,
        jurisdiction=row.code,
        credit_class=row.credit_class,
        counts_as=counts_as,
        industry=row.industry,
        licensed=row.licensed,
        given_hours=row.given_hours,
        visits=visits,
        travel=travel,
        hours_per_year=round(hours, 6),
        message=message,
        message_zh=message_zh,
        recorded_at=store.recorded_at,
    )


def _travel(row: EntityRow, rules: Rules) -> TravelStep:
    travel, around = rules.travel, np.asarray(row.around, np.float64).reshape(-1, 2)
    if travel.method != "distance":
        minutes = 0.0 if travel.method == "included" else travel.minutes
        setting = "travel.method" if travel.method == "included" else "travel.minutes"
        return TravelStep(travel.method, minutes, None, None, None, None, setting)
    if len(around) < 2:  # without a place, or alone in its station
        return TravelStep("unlocated", travel.minutes, None, None, None, None, "travel.minutes")
    leg = float(leg_metres(around, travel.neighbours)[0])
    return TravelStep(
        method="distance",
        minutes=float(travel_minutes(around, travel)[0]),
        leg_m=round(leg, 1),
        neighbours=min(travel.neighbours, len(around) - 1),
        detour=travel.detour,
        speed_kmh=travel.speed_kmh,
        setting="travel.speed_kmh",
    )


def _visits(row: EntityRow, counts_as: str, rules: Rules, way: float) -> tuple[VisitStep, ...]:
    steps = []
    for kind, number in rules.visits_by_kind(row.credit_class, row.industry, licensed=row.licensed).items():
        if not number and kind != "daily":
            continue
        minutes, minutes_setting = rules.minutes_and_setting(row.industry, kind)
        setting = daily_setting(rules, counts_as, row.industry) if kind == "daily" else _kind_setting(rules, kind, row)
        hours = round(number * (minutes + way) / 60, 6)
        steps.append(VisitStep(kind, number, setting, minutes, minutes_setting, way, hours))
    return tuple(steps)


def daily_setting(rules: Rules, counts_as: str, industry: str) -> str:
    """The setting that decides how many daily visits there are: class, key industry or sample, whichever asks most."""
    by_class = rules.class_visits(counts_as)
    least, share = rules.industry_min_visits.get(industry, 0.0), rules.sampling.shares.get(industry, 0.0)
    if share > max(by_class, least):
        return f"sampling.{industry}"
    if least > by_class:
        return f"industry_min_visits.{industry}"
    return "classes.exempt" if counts_as in rules.classes.exempt else f"visits_per_year.{counts_as}"


def _kind_setting(rules: Rules, kind: str, row: EntityRow) -> str:
    name = row.industry if row.industry in rules.kinds.visits_per_year.get(kind, {}) else "default"
    return f"kinds.visits_per_year.{kind}.{name}"
