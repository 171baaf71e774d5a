"""Hours a year of many entities, from class, industry and place by the rules of the bureau."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geo_api.services.workload.travel import travel_minutes
from geo_api.supervision.frequency import Rules
from gridding.types import FloatArray

if TYPE_CHECKING:
    from geo_api.services.plan_store import EntityArrays


def kinds_of_entities(
    credit_class: ArrayLike, industry: ArrayLike, licensed: ArrayLike
) -> tuple[NDArray[np.int64], list[tuple[str, str, bool]]]:
    """The distinct combinations of class, industry and licence, and (n,) which of them each entity is."""
    columns = [np.asarray(column) for column in (credit_class, industry, licensed)]
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        numbers, values = pd.factorize(column, use_na_sentinel=False)
        code = code * len(values) + numbers
    _, first, of = np.unique(code, return_index=True, return_inverse=True)
    return of, [(columns[0][n], columns[1][n], bool(columns[2][n])) for n in first]


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
    code, distinct = kinds_of_entities(credit_class, industry, licensed)
    hours = [rules.hours_per_year(letter, trade, licensed=known) for letter, trade, known in distinct]
    found: FloatArray = np.array(hours, dtype=np.float64)[code]
    if travel is None:
        return found
    visits = [sum(rules.visits_by_kind(c, i, licensed=known).values()) for c, i, known in distinct]
    on_the_way: FloatArray = np.array(visits, dtype=np.float64)[code] * np.asarray(travel, np.float64) / 60
    return found + on_the_way


def hours_of_entities(entities: EntityArrays, rules: Rules, group: ArrayLike | None = None) -> FloatArray:
    """(n,) workload in hours a year: what the source names, else visits x (minutes + the way) by the rules.

    ``group``: (n,) station of each entity, where they are of more than one.
    """
    travel = None if rules.travel.method == "included" else travel_minutes(entities.points, rules.travel, group)
    from_rules = hours_by_rules(entities.credit_class, entities.industry, entities.licensed, rules, travel)
    return np.where(np.isnan(entities.given_hours), from_rules, entities.given_hours)
