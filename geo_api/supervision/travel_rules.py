"""Travel between visits as data (``[rules.travel]``): included in the visit, so many minutes, or from distances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "travel"
METHODS = ("included", "minutes", "distance")


@dataclass(frozen=True, slots=True)
class TravelRules:
    """What the way to a visit takes.

    Attributes:
        method: "included" = the minutes of a visit hold it already; "minutes" = ``minutes`` for each visit; "distance" =
            from the places of the entities around (:func:`geo_api.services.workload.travel.travel_minutes`).
        minutes: of the way to one visit, for the method "minutes", and of an entity without a place otherwise.
        speed_kmh: on the way, stops included.
        detour: way on the streets / straight line.
        neighbours: so many entities around one tell how dense its surroundings are.
        longest_minutes: no way counts as longer.
    """

    method: str = "included"
    minutes: float = 10.0
    speed_kmh: float = 12.0
    detour: float = 1.3
    neighbours: int = 12
    longest_minutes: float = 60.0


def travel_rules(settings: Mapping[str, Any]) -> TravelRules:
    """``[rules.travel]``; BadRequest with every problem."""
    table = SectionReader(SECTION, settings)
    usual = TravelRules()
    rules = TravelRules(
        method=table.choice("method", usual.method, METHODS),
        minutes=table.number("minutes", usual.minutes),
        speed_kmh=table.number("speed_kmh", usual.speed_kmh, low=0.1, high=200),
        detour=table.number("detour", usual.detour, low=1, high=10),
        neighbours=table.number("neighbours", usual.neighbours, low=1, high=1000, whole=True),
        longest_minutes=table.number("longest_minutes", usual.longest_minutes, low=1),
    )
    table.done()
    return rules
