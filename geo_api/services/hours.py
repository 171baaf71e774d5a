"""Hours a year of many entities, from class, industry and place by the rules of the bureau."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo_api.services.workload.travel import travel_minutes
from geo_api.supervision.frequency import Rules
from gridding.types import FloatArray

if TYPE_CHECKING:
    from geo_api.services.plan_store import EntityArrays


def hours_by_rules(
    credit_class: ArrayLike,
    industry: ArrayLike,
    licensed: ArrayLike,
    rules: Rules,
    travel: ArrayLike | None = None,
) -> FloatArray:
    """Hours a year of each entity: computed once for each distinct kind of entity, not once for each entity.

    Args:
        credit_class: (n,) classes of the place.
        industry: (n,) industries, "" = unknown.
        licensed: (n,) bool.
        rules: visits a year and minutes a visit.
        travel: (n,) minutes of the way to one visit; default: none.

    Returns:
        (n,) over the kinds of visit: visits a year x (minutes a visit + minutes of the way) / 60.
    """
    kinds = pd.MultiIndex.from_arrays([np.asarray(credit_class), np.asarray(industry), np.asarray(licensed)])
    code, distinct = kinds.factorize()
    if not len(code):
        return np.zeros(0)
    hours = [rules.hours_per_year(letter, trade, licensed=bool(known)) for letter, trade, known in distinct]
    found: FloatArray = np.array(hours, dtype=np.float64)[code]
    if travel is None:
        return found
    visits = [sum(rules.visits_by_kind(c, i, licensed=bool(known)).values()) for c, i, known in distinct]
    on_the_way: FloatArray = np.array(visits, dtype=np.float64)[code] * np.asarray(travel, np.float64) / 60
    return found + on_the_way


def hours_of_entities(entities: EntityArrays, rules: Rules, group: ArrayLike | None = None) -> FloatArray:
    """(n,) workload in hours a year: what the source names, else visits x (minutes + the way) by the rules.

    ``group``: (n,) station of each entity, where they are of more than one.
    """
    travel = None if rules.travel.method == "included" else travel_minutes(entities.points, rules.travel, group)
    from_rules = hours_by_rules(entities.credit_class, entities.industry, entities.licensed, rules, travel)
    return np.where(np.isnan(entities.given_hours), from_rules, entities.given_hours)
