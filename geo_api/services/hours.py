"""Hours a year of many entities, from class and industry by the rules of the bureau."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo_api.supervision.frequency import Rules
from gridding.types import FloatArray

if TYPE_CHECKING:
    from geo_api.services.plan_store import EntityArrays


def hours_by_rules(credit_class: ArrayLike, industry: ArrayLike, licensed: ArrayLike, rules: Rules) -> FloatArray:
    """Hours a year of each entity: computed once for each distinct kind of entity, not once for each entity.

    Args:
        credit_class: (n,) class letters A to D.
        industry: (n,) industries, "" = unknown.
        licensed: (n,) bool.
        rules: visits a year and minutes a visit.

    Returns:
        (n,) visits a year x hours a visit.
    """
    kinds = pd.MultiIndex.from_arrays([np.asarray(credit_class), np.asarray(industry), np.asarray(licensed)])
    code, distinct = kinds.factorize()
    hours = [rules.hours_per_year(letter, trade, licensed=bool(known)) for letter, trade, known in distinct]
    return np.array(hours, dtype=np.float64)[code] if len(code) else np.zeros(0)


def hours_of_entities(entities: EntityArrays, rules: Rules) -> FloatArray:
    """(n,) workload in hours a year: what the source names, else visits x minutes by the rules."""
    from_rules = hours_by_rules(entities.credit_class, entities.industry, entities.licensed, rules)
    return np.where(np.isnan(entities.given_hours), from_rules, entities.given_hours)
