"""Kinds of visit as data (``[rules.kinds]``): special and priority visits that a year brings, and how long they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "kinds"
KINDS = ("daily", "special", "priority")
OTHERS = ("special", "priority")
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class KindRules:
    """Visits beside those of the class.

    Attributes:
        minutes: kind -> industry -> minutes of one visit; "default" for other industries. A kind or industry that is
            missing takes as long as a daily visit.
        visits_per_year: special or priority -> industry -> visits a year that are planned for; "default" likewise.
    """

    minutes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    visits_per_year: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def visits(self, kind: str, industry: str) -> float:
        """Visits a year of a kind other than daily."""
        table = self.visits_per_year.get(kind, {})
        return table.get(industry, table.get(DEFAULT, 0.0))

    def minutes_of(self, kind: str, industry: str) -> tuple[float, str] | None:
        """Minutes of one visit and the setting that says so; None where a daily visit's minutes hold."""
        table = self.minutes.get(kind, {})
        for name in (industry, DEFAULT):
            if name and name in table:
                return table[name], f"kinds.minutes.{kind}.{name}"
        return None


def kinds_rules(settings: Mapping[str, Any]) -> KindRules:
    """``[rules.kinds]``; BadRequest with every problem."""
    table = SectionReader(SECTION, settings)
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, kinds in (("minutes", KINDS), ("visits_per_year", OTHERS)):
        inner = SectionReader(f"{SECTION}.{name}", table.table(name))
        tables = {kind: inner.numbers(kind) for kind in kinds}
        found[name] = {kind: numbers for kind, numbers in tables.items() if numbers}
        table.problems += inner.found()
    table.done()
    return KindRules(found["minutes"], found["visits_per_year"])
