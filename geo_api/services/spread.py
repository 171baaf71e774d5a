"""How evenly a division shares out the businesses: what a bureau has today, against the cells of its published plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})


@dataclass(frozen=True, slots=True)
class Spread:
    """How unlike the parts of a division are.

    Attributes:
        division: what is divided by: "cells", or the column of a file.
        measure: "entities", or "hours_per_year" (workload).
        parts: how many.
        least, most, mean: of the measure, over the parts.
        variation: standard deviation (of a sample, n - 1) / mean: 0 = all alike.
    """

    division: str
    measure: str
    parts: int
    least: float
    most: float
    mean: float
    variation: float


@dataclass(frozen=True, slots=True)
class SpreadAnswer:
    """The cells in force on a day, and the division of a file beside them (two lines a division: entities, then hours)."""

    jurisdiction: str
    on: date
    spreads: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class CellLoads:
    """(cells,) code, entities and hours a year of each cell in force; ``ids``: (n,) the register's own ids of its entities."""

    codes: tuple[str, ...]
    entities: NDArray[np.float64]
    hours: NDArray[np.float64]
    ids: tuple[str, ...]


class SpreadReader(Protocol):
    """Where cells and entities are read."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction and of every level above it, lowest first; NotFound."""
        ...

    def loads(self, code: str, on: date) -> CellLoads:
        """The cells in force on a day under a bureau or station, and the entities of its register."""
        ...


def spread_of(
    reader: SpreadReader,
    jurisdiction: str,
    on: date,
    *,
    caller: Caller,
    groups: Mapping[str, str] | None = None,
    division: str = "groups",
) -> SpreadAnswer:
    """How many entities and hours the cells in force have, and how many entities the parts of another division.

    Args:
        reader: where cells and entities are.
        jurisdiction: code of a bureau or station.
        on: the day.
        caller: who asks.
        groups: id of an entity in its register -> the part that it is in; entities that it leaves out do not count.
        division: what to call that division.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see. BadRequest: no cell is in force that day, or the
            other division names nobody of the register.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=reader.ancestors(jurisdiction),
        to=f"see the cells of {jurisdiction}",
    )
    loads = reader.loads(jurisdiction, on)
    if not loads.codes:
        raise BadRequest(f"no cell of {jurisdiction} is in force on {on}: publish a plan first, or ask for another day")
    found = [_spread("cells", "entities", loads.entities), _spread("cells", "hours_per_year", loads.hours)]
    if groups is not None:
        of = [groups[i] for i in loads.ids if groups.get(i)]
        if not of:
            raise BadRequest(
                f"not one of the {len(groups)} ids of the file is in the register of {jurisdiction}: is it the right column?"
            )
        found.append(_spread(division, "entities", np.unique(of, return_counts=True)[1].astype(np.float64)))
    return SpreadAnswer(jurisdiction, on, tuple(found))


def _spread(division: str, measure: str, values: NDArray[np.float64]) -> Spread:
    mean = float(values.mean())
    variation = float(values.std(ddof=1) / mean) if mean and len(values) > 1 else 0.0
    return Spread(division, measure, len(values), float(values.min()), float(values.max()), mean, variation)
