"""Use case: two plans of a station side by side, by the entities that the register holds on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from geo_api.errors import BadRequest
from geo_api.services.answers import PlanSummary
from geo_api.services.hours import hours_of_entities
from geo_api.services.plan_store import PlanPair
from geo_api.supervision.frequency import rules_from
from gridding.compare import PlanChange, compare_plans


class PairStore(Protocol):
    """What is needed of the store."""

    def summary(self, plan_id: int) -> PlanSummary:
        """One plan; NotFound."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def pair(self, old_id: int, new_id: int, station_code: str, on: date) -> PlanPair:
        """The entities of a station with their cells in either plan; NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """What became of the cells of one plan in another.

    Attributes:
        old, new: the plans.
        on: the day whose entities were counted.
        entities: their number.
        change: lineage of the cells.
        moves: one row for each entity that changes cell, by old code, new code and id: entity_id, name, old_code,
            new_code ("" = no cell), change (:class:`gridding.compare.Change`), workload_hours_per_year.
    """

    old: PlanSummary
    new: PlanSummary
    on: date
    entities: int
    change: PlanChange
    moves: pd.DataFrame


def compare_stored(store: PairStore, old_id: int, new_id: int, *, on: date | None = None) -> PlanComparison:
    """Compare two stored plans of a station, in any state.

    Every entity counts in the cell that the border rule gives it to in either plan.

    Args:
        store: where plans and register are.
        old_id, new_id: the plans.
        on: the day whose register counts; default today.

    Raises:
        NotFound: no such plan, or the station did not exist on the day. BadRequest: the same plan twice, or plans of
            two stations.
    """
    old, new = store.summary(old_id), store.summary(new_id)
    if old_id == new_id:
        raise BadRequest(f"plan {old_id} was to be compared with itself: name two plans (gridward plan list)")
    if old.station_code != new.station_code:
        raise BadRequest(
            f"plan {old_id} is of station {old.station_code}, plan {new_id} of station {new.station_code}: only plans of "
            f"one station can be compared (gridward plan list --station {old.station_code})"
        )
    day = on or store.today(old.station_code)
    pair = store.pair(old_id, new_id, old.station_code, day)
    hours = hours_of_entities(pair.entities, rules_from(pair.rules))
    change = compare_plans(pair.old_cells, pair.new_cells, hours, old_codes=pair.old_codes, new_codes=pair.new_codes)
    kind = {(link.old, link.new): str(link.change) for link in change.links}
    before, after = pair.old_cells[change.moved], pair.new_cells[change.moved]
    moves = pd.DataFrame(
        {
            "entity_id": pair.entities.ids[change.moved],
            "name": pair.names[change.moved],
            "old_code": before,
            "new_code": after,
            "change": np.array([kind[a, b] for a, b in zip(before, after, strict=True)], dtype=object),
            "workload_hours_per_year": hours[change.moved],
        }
    )
    moves = moves.sort_values(["old_code", "new_code", "entity_id"], ignore_index=True)
    return PlanComparison(old, new, day, len(pair.entities.ids), change, moves)
